"""Location reports of a virtual vehicle as short messages of its network: LIP, short or long. Pure.

Not for driving (see `vehicle`), and not for delivering (see `post`).
"""

from datetime import UTC, datetime

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.lip import LongReport, ShortReport
from crosspatch_drivers.sds.message import SDS_4, Sds4, encode
from crosspatch_drivers.sds.position import long_report, no_fix, short_report
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinVehicle
from crosspatch_drivers.twin.told import ShortData
from crosspatch_drivers.twin.vehicle import Position, Track

LOCATION = 0x0A
"""Protocol identifier of LIP."""

ERROR_M = 15.0
"""Position error that is reported."""


class Feed:
    """One vehicle that reports. `no_fix` may be switched while it drives."""

    def __init__(self, settings: TwinVehicle, network: Network, track: Track) -> None:
        """Not under way: see `start`."""
        self.settings = settings
        self.identity: Identity = network.identity(settings.ssi)
        self.no_fix = settings.no_fix
        self.reports = 0
        self._network, self._track = network, track
        self._started = self._due = 0.0

    def start(self, now: float) -> None:
        """Begin to drive, and to report at once."""
        self._started = self._due = now

    def position(self, now: float) -> Position:
        """Where it is."""
        return self._track.at(self.settings.begin_s + (now - self._started) * self.settings.faster)

    def advance(self, now: float, wall: float) -> None:
        """Report if it is time; ``wall``: seconds since the epoch, which long reports carry."""
        if now < self._due:
            return
        self._due += self.settings.every_s
        if self._due <= now:  # the process was stopped: no burst of old reports
            self._due = now + self.settings.every_s
        self.reports += 1
        bits = encode(Sds4(LOCATION, self._report(now, wall)))
        to = self._network.identity(self.settings.to)
        self._network.post.deliver(ShortData(self.identity, to, SDS_4, bits.count, bits.hex()), now)

    def _report(self, now: float, wall: float) -> ShortReport | LongReport:
        if self.no_fix:
            return no_fix()
        here = self.position(now)
        if self.settings.long:
            return long_report(
                here.lon,
                here.lat,
                time=datetime.fromtimestamp(wall, UTC),
                uncertainty_m=ERROR_M,
                velocity_kmh=here.speed_kmh,
                direction_deg=here.course_deg,
            )
        return short_report(
            here.lon, here.lat, error_m=ERROR_M, velocity_kmh=here.speed_kmh, direction_deg=here.course_deg
        )
