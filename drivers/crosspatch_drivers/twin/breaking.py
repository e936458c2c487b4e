"""Requests that break things, and that send short messages, over the control socket of a twin or from a scenario.

Not for the socket (see `control`) and not for what a fault does (see `faults`, `wire`, `network`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.bits import HEX, Bits
from crosspatch_drivers.sds.message import SDS_4, STATUS, Sds4, encode
from crosspatch_drivers.sds.position import short_report
from crosspatch_drivers.sds.text import Text
from crosspatch_drivers.sds.transport import Transfer
from crosspatch_drivers.twin.faults import RadioFaults
from crosspatch_drivers.twin.mailbox import MOST_BITS
from crosspatch_drivers.twin.taking import whole
from crosspatch_drivers.twin.told import ShortData

if TYPE_CHECKING:
    from crosspatch_drivers.twin.server import TwinServer

TEXT, LOCATION = 0x82, 0x0A
"""Protocol identifiers of texts with a transport header, and of location reports."""

LONGEST_UNPLUGGED = 3600.0
"""Seconds a port may be gone."""

KNOBS = ("mode", "talkgroup", "volume")

Request = dict[str, Any]
Answer = dict[str, object]


class Breaker:
    """Serves these requests."""

    def __init__(self, twin: "TwinServer") -> None:
        """``twin`` is what gets broken."""
        self._twin = twin
        self._reference = 0
        self._replugging: set[asyncio.TimerHandle] = set()
        self.operations: dict[str, Callable[[Request], Awaitable[Answer]]] = {
            "fault": self._fault,
            "turn": self._turn,
            "overhear": self._overhear,
            "unplug": self._unplug,
            "cut": self._cut,
            "send": self._send,
            "messages": self._messages,
            "reboot": self._reboot,
            "vehicle": self._vehicle,
        }

    def close(self) -> None:
        """Nothing is plugged in again."""
        for handle in self._replugging:
            handle.cancel()

    async def _fault(self, request: Request) -> Answer:
        """``radio [values]``: switch faults of a radio and its line; all that are not named stay as they are."""
        wire = self._twin.world.radios[str(request["radio"])].wire
        values = dict(request.get("values", {}))
        faults = asdict(wire.faults)
        for name in values:
            if name not in faults:
                msg = f"there is no fault {name!r}; there are {', '.join(faults)}"
                raise Cannot(msg)
        try:
            wire.faults = TypeAdapter(RadioFaults).validate_python({**faults, **values})
        except ValidationError as error:
            raise Cannot("; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())) from error
        return {"faults": asdict(wire.faults)}

    async def _turn(self, request: Request) -> Answer:
        """``radio knob value``: turn the mode, talkgroup or volume knob of a radio."""
        knob = request["knob"]
        if knob not in KNOBS:
            msg = f"there is no knob {knob!r}; there are {', '.join(KNOBS)}"
            raise Cannot(msg)
        self._twin.turn(str(request["radio"]), knob, whole(request, "value"))
        return {}

    async def _overhear(self, request: Request) -> Answer:
        """``radio talkgroup talker [seconds]``: a call of a group the radio only scans."""
        radio = self._twin.world.radios[str(request["radio"])]
        talker = self._who(radio.settings.network, request["talker"])
        radio.overhear(whole(request, "talkgroup"), talker, float(request.get("seconds", 2)), time.monotonic())
        return {}

    async def _unplug(self, request: Request) -> Answer:
        """``radio [seconds]``: the radio's serial port goes, and comes back after so long."""
        name, seconds = str(request["radio"]), float(request.get("seconds", 2))
        if not 0 <= seconds <= LONGEST_UNPLUGGED:
            msg = f"seconds must be from 0 to {LONGEST_UNPLUGGED:g}"
            raise Cannot(msg)
        plug_in = self._twin.unplug(name)
        self._replugging.add(asyncio.get_running_loop().call_later(seconds, plug_in))
        return {}

    async def _cut(self, request: Request) -> Answer:
        """``network talkgroup``: the group's call is taken away, as by an emergency elsewhere."""
        self._twin.world.networks[str(request["network"])].cut(whole(request, "talkgroup"), time.monotonic())
        return {}

    async def _reboot(self, request: Request) -> Answer:
        """``radio``: switch it off and on."""
        self._twin.reboot(str(request["radio"]))
        return {}

    async def _vehicle(self, request: Request) -> Answer:
        """``vehicle [no_fix]``: where it is; ``no_fix`` true: from now on it does not know."""
        feed = self._twin.world.feeds[str(request["vehicle"])]
        if "no_fix" in request:
            feed.no_fix = bool(request["no_fix"])
        here = feed.position(time.monotonic())
        return {"lat": here.lat, "lon": here.lon, "speed_kmh": here.speed_kmh, "reports": feed.reports}

    async def _send(self, request: Request) -> Answer:
        """``network sender to`` and ``text``, ``status``, ``location`` (lon, lat …) or ``data`` (hex; ``bits``)."""
        name = str(request["network"])
        network = self._twin.world.networks[name]
        service, bits, data = self._written(request)
        message = ShortData(self._who(name, request["sender"]), self._who(name, request["to"]), service, bits, data)
        network.post.deliver(message, time.monotonic())
        return {"bits": bits, "data": data}

    async def _messages(self, request: Request) -> Answer:
        """``network`` → the short messages that were brought on their way."""
        post = self._twin.world.networks[str(request["network"])].post
        return {
            "messages": [
                {
                    "at": at,
                    "sender": str(message.sender),
                    "called": str(message.called),
                    "service": message.service,
                    "bits": message.bits,
                    "data": message.data,
                }
                for at, message in post.sent
            ]
        }

    def _written(self, request: Request) -> tuple[int, int, str]:
        """Service, length and hex digits of what is to be sent."""
        if "status" in request:
            return STATUS, 16, f"{whole(request, 'status') & 0xFFFF:04X}"
        if "data" in request:
            data = str(request["data"]).upper()
            if not data or not HEX.issuperset(data):
                msg = f"data: {data!r} is not made of hex digits"
                raise Cannot(msg)
            if 4 * len(data) > MOST_BITS:
                msg = f"data: {4 * len(data)} bits; a radio takes {MOST_BITS} at most"
                raise Cannot(msg)
            return int(request.get("service", SDS_4)), int(request.get("bits", 4 * len(data))), data
        if "location" in request:
            return self._encoded(Sds4(LOCATION, short_report(**request["location"])))
        self._reference = self._reference % 255 + 1
        transfer = Transfer(reference=self._reference)
        return self._encoded(Sds4(TEXT, Text.of(str(request["text"])), transfer))

    @staticmethod
    def _encoded(message: Sds4) -> tuple[int, int, str]:
        bits: Bits = encode(message)
        return SDS_4, bits.count, bits.hex()

    def _who(self, network: str, value: object) -> Identity:
        """An identity, or the SSI of one in that network."""
        if isinstance(value, int):
            return self._twin.world.networks[network].identity(value)
        return Identity.from_text(str(value))
