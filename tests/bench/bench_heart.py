"""How fast the pure heart decides: 200 patches, 400 radios, 50 talkers at once, everything else being ideal."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.bench.table import Row, ms, share

from crosspatch.events import Event, FromRadio, LegDrained, LegStarted, PortChanged, PositionReport
from crosspatch.heart import Heart
from crosspatch.orders import BeginOver, Order, StartLeg, TellRadio
from crosspatch.plan import Gateway, Network, Plan, RadioPlan, Rule, Talkgroup
from crosspatch.rules.zones import Said
from crosspatch.snapshot import VehicleView, ZoneView
from crosspatch.wish import Want, Wish
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    OverEnded,
    OverStarted,
    SelectTalkgroup,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)

PATCHES = 200
TALKERS = 50
TICK = 0.02


@dataclass
class Wishes:
    """Every patch is wanted open, once."""

    next: list[Wish] = field(default_factory=list)

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        return []

    def tick(self, now: float) -> list[Wish]:
        wishes, self.next = self.next, []
        return wishes

    @property
    def counters(self) -> dict[str, int]:
        return {}

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        return ()

    def zones(self, now: float, said: Said) -> tuple[ZoneView, ...]:
        return ()


def big_plan() -> Plan:
    """200 pairs of talkgroups of two networks, a radio for each leg."""
    sides = {"c2000": "nl", "astrid": "be"}
    names = [(f"{side}-{i:03}", network, i) for i in range(PATCHES) for network, side in sides.items()]
    return Plan(
        gateway=Gateway(id="bench"),
        networks={
            "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
            "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
        },
        radios={
            name: RadioPlan(id=name, network=network, audio=VirtualSettings(driver="virtual", cable=name))
            for name, network, _ in names
        },
        talkgroups={name: Talkgroup(id=name, network=network, gssi=1000 + i) for name, network, i in names},
        rules={f"p-{i:03}": Rule(id=f"p-{i:03}", talkgroups=(f"nl-{i:03}", f"be-{i:03}")) for i in range(PATCHES)},
    )


class Bench:
    """The heart, and a clock around each of its decisions."""

    def __init__(self) -> None:
        plan = big_plan()
        self.rules = Wishes([Wish(name, Want.OPEN, (), "bench") for name in plan.rules])
        self.heart = Heart(plan, self.rules)
        self.now = 0.0
        self.orders = 0
        self.took: list[float] = []
        self.ticks: list[float] = []
        for radio in plan.radios:
            self.handle(FromRadio(radio, Fit()))
            self.handle(PortChanged(radio, True))
        for order in self.tick():
            if isinstance(order, TellRadio) and isinstance(order.order, SelectTalkgroup):
                self.handle(FromRadio(order.radio, TalkgroupSelected(order.order.gssi)))
        self.took.clear()
        self.orders = 0

    def handle(self, event: Event) -> list[Order]:
        began = time.perf_counter()
        orders = self.heart.handle(event, self.now)
        self.took.append(time.perf_counter() - began)
        self.orders += len(orders)
        return orders

    def tick(self) -> list[Order]:
        self.now += TICK
        began = time.perf_counter()
        orders = self.heart.tick(self.now)
        self.ticks.append(time.perf_counter() - began)
        self.orders += len(orders)
        return orders

    def round(self, first: int) -> None:
        """50 talkers begin, are granted, end and are played; a tick between the steps."""
        sources = [f"{'nl' if (first + i) % 2 else 'be'}-{(first + i) % PATCHES:03}" for i in range(TALKERS)]
        overs: list[BeginOver] = []
        for i, radio in enumerate(sources):
            orders = self.handle(FromRadio(radio, OverStarted(Identity(204, 1, 1 + i))))
            overs += [order for order in orders if isinstance(order, BeginOver)]
        self.tick()
        legs = [(over, leg) for over in overs for leg in over.legs]
        for _, leg in legs:
            assert any(isinstance(order, StartLeg) for order in self.handle(FromRadio(leg, Granted())))
        self.tick()
        for over, leg in legs:
            self.handle(LegStarted(over.over, leg, 300.0))
        for radio in sources:
            self.handle(FromRadio(radio, OverEnded()))
        self.tick()
        for over, leg in legs:
            assert TellRadio(leg, Unkey()) in self.handle(LegDrained(over.over, leg, 200.0, 900.0, 50.0, 0.0))
            self.handle(FromRadio(leg, TransmitEnded(EndReason.RELEASED)))
        for _ in range(20):  # the floors hang
            self.tick()


def rows(quick: bool) -> list[Row]:
    """Decisions and ticks of the heart, timed one by one."""
    bench = Bench()
    began = time.perf_counter()
    for i in range(10 if quick else 200):
        bench.round(i * 37)
    spent = sum(bench.took) + sum(bench.ticks)
    wall = time.perf_counter() - began
    began = time.perf_counter()
    bench.heart.snapshot(bench.now)
    snapshot = time.perf_counter() - began
    what = f"{PATCHES} patches, {2 * PATCHES} radios, {TALKERS} talkers at once, {len(bench.took)} events"
    return [
        Row("heart: orders per second", f"{bench.orders / spent:.0f}", note=what),
        Row("heart: events per second", f"{len(bench.took) / wall:.0f}", note=what),
        Row("heart: decision p50", ms(share(bench.took, 0.5), 3), note=what),
        Row("heart: decision p99", ms(share(bench.took, 0.99), 3), "< 1 ms", what),
        Row("heart: decision p99.9", ms(share(bench.took, 0.999), 3), note=what),
        Row("heart: tick p99", ms(share(bench.ticks, 0.99), 3), note=what),
        Row("heart: whole snapshot", ms(snapshot, 3), note="as published ten times a second at most"),
    ]
