"""A whole gateway in virtual time: the real heart and rules, radios against their twins, an ideal audio engine.

Nothing waits: the clock jumps to the next thing that is due. Everything is a function of plan, reports and presses.
"""

from collections import deque
from collections.abc import Sequence
from itertools import chain

from crosspatch.events import Event, FromRadio, PortChanged, PositionReport, PositionReports
from crosspatch.geofence import Geofence
from crosspatch.heart import Heart
from crosspatch.orders import Order, PatchChanged, Record, TellRadio
from crosspatch.plan import Plan
from crosspatch.replay.recorder import Recorder
from crosspatch.replay.sound import IdealEngine
from crosspatch.replay.stations import PeiStation, Station, VoiceStation
from crosspatch.replay.traffic import Press
from crosspatch.rules import RuleBook
from crosspatch_drivers.radio.settings import WITH_PEI
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinNetwork

OWN_SSI = 16_000_000
"""SSIs of the gateway's own radios are counted from here, away from those of crews."""

ROUGHLY = 0.05
"""Share of a distance by which the story may tell it wrong where no rule cares."""

QUANTUM = 0.001
"""Seconds by which the clock moves at least between two looks."""


class VirtualBridge:
    """One gateway box, its networks, and a clock that jumps."""

    def __init__(self, plan: Plan, geofence: Geofence, began: float, wall: float) -> None:
        """``began``: the clock at the start; ``wall``: seconds since the epoch at that moment."""
        self.now, self._offset = began, wall - began
        self._plan = plan
        self._rules = RuleBook(plan, geofence, self._offset, roughly=ROUGHLY)
        self._heart = Heart(plan, self._rules)
        self._engine = IdealEngine(plan.radios)
        self._networks = {name: _twin_network(name, plan) for name in plan.networks}
        self._waiting: deque[Event] = deque()
        self._stations: dict[str, Station] = {}
        for number, radio in enumerate(plan.radios.values()):
            make = PeiStation if radio.keying in WITH_PEI else VoiceStation
            self._stations[radio.id] = make(
                radio, self._networks[radio.network], OWN_SSI + number, self._waiting.append
            )
        self._by_identity = {station.identity: station for station in self._stations.values()}
        self.recorder = Recorder(began)

    def start(self) -> None:
        """Switch everything on."""
        for radio, station in self._stations.items():
            station.start(self.now)
            self._waiting.append(PortChanged(radio, True))
        self._settle()

    def report(self, reports: Sequence[PositionReport]) -> None:
        """Vehicles tell their positions now."""
        for report in reports:
            self.recorder.position(report.vehicle, report.lon, report.lat, self.now)
        if orders := self._heart.handle(PositionReports(tuple(reports)), self.now):
            self._carry_out(orders)
            self._settle()
        for report in reports:
            for zone, metres in self._rules.distances(report.vehicle).items():
                self.recorder.distance(report.vehicle, zone, metres, (report.lon, report.lat), self.now)

    def press(self, press: Press, held: bool) -> None:
        """Somebody presses his key, or lets it go."""
        network, gssi = self._group(press)
        who = network.identity(press.talker)
        if held:
            network.enlist(who, gssi, self.now)
            network.ask(who, press.priority, self.now)
        else:
            network.cease(who, self.now)
        self._settle()

    def run(self, until: float) -> None:
        """Let time pass."""
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(due, self.now + QUANTUM)
            self._settle()
        self.now = max(until, self.now)

    def finish(self) -> None:
        """Keep what vehicles' reports were refused for."""
        for vehicle in self._rules.vehicles(self.now):
            self.recorder.refused.update(vehicle.refused)

    # ---- inside -----------------------------------------------------------------------------------------------

    def _next_due(self) -> float | None:
        times = [self._heart.next_due(), self._engine.next_due()]
        times += [network.next_due() for network in self._networks.values()]
        times += [station.next_due() for station in self._stations.values()]
        return min((at for at in times if at is not None), default=None)

    def _settle(self) -> None:
        """Everything that follows from this moment."""
        now = self.now
        for network in self._networks.values():
            network.advance(now)
        self._deliver()
        for station in self._stations.values():
            station.advance(now)
        self._waiting += self._engine.advance(now)
        self._carry_out(self._heart.tick(now))
        self._deliver()
        while self._waiting:
            event = self._waiting.popleft()
            if isinstance(event, FromRadio):
                self.recorder.radio(event, now)
            self._carry_out(self._heart.handle(event, now))
            self._deliver()

    def _deliver(self) -> None:
        """What networks tell radios."""
        told = True
        while told:
            told = False
            for who, what, at in chain.from_iterable(network.take() for network in self._networks.values()):
                told = True
                if (station := self._by_identity.get(who)) is not None:
                    station.told(what, at)
                    station.advance(self.now)

    def _carry_out(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case TellRadio(radio, what):
                    self._stations[radio].order(what, self.now)
                case Record():
                    self.recorder.record(order, self.now)
                case PatchChanged(patch):
                    self.recorder.patch(self._heart.patch(patch), self.now)
                case _:
                    self._engine.order(order, self.now)

    def _group(self, press: Press) -> tuple[Network, int]:
        group = self._plan.talkgroups[press.talkgroup]
        return self._networks[group.network], group.gssi


def _twin_network(name: str, plan: Plan) -> Network:
    network = plan.networks[name]
    groups = tuple(group.gssi for group in plan.talkgroups.values() if group.network == name)
    return Network(TwinNetwork(id=name, mcc=network.mcc, mnc=network.mnc, groups=groups))
