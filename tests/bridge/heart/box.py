"""A gateway box on the bench: the real heart, radios and engine played by the test, in virtual time."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from crosspatch.events import Event, FromRadio, LegDrained, PortChanged, PositionReport
from crosspatch.heart import Heart
from crosspatch.kept import KeptRules
from crosspatch.orders import AudioOrder, BeginOver, DropLeg, EndOver, JoinOver, Order, Record, StartLeg, TellRadio
from crosspatch.plan import Gateway, Limits, Network, Plan, RadioPlan, Rule, Talkgroup, Vehicle
from crosspatch.rules.facts import Fact
from crosspatch.rules.zones import Said
from crosspatch.snapshot import LegView, OverRecord, PatchView, RadioView, VehicleView, ZoneView
from crosspatch.wish import Want, Wish
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    RadioEvent,
    RadioOrder,
    SelectTalkgroup,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)

TICK = 0.02
LIMITS = Limits()
NETWORKS = {
    "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
    "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
    "renita": Network(id="renita", name="RENITA", country="LU", mcc=270, mnc=1),
}
TALKGROUPS = {
    "nl": Talkgroup(id="nl", network="c2000", gssi=2001),
    "nl-2": Talkgroup(id="nl-2", network="c2000", gssi=2002),
    "nl-3": Talkgroup(id="nl-3", network="c2000", gssi=2003),
    "be": Talkgroup(id="be", network="astrid", gssi=3001),
    "be-2": Talkgroup(id="be-2", network="astrid", gssi=3002),
    "lu": Talkgroup(id="lu", network="renita", gssi=4001),
}


class Wishes:
    """The rules' room, played by the test."""

    def __init__(self) -> None:
        self.next: list[Wish] = []

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        return self.take()

    def tick(self, now: float) -> list[Wish]:
        return self.take()

    def next_look(self) -> float | None:
        return None

    @property
    def counters(self) -> dict[str, int]:
        return {}

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        return ()

    def keep(self) -> KeptRules:
        return KeptRules()

    def restore(self, kept: KeptRules, shift: float, now: float) -> list[Wish]:
        return self.take()

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        return (VehicleView(id="v1"),)

    def zones(self, now: float, said: Said) -> tuple[ZoneView, ...]:
        return ()

    def take(self) -> list[Wish]:
        wishes, self.next = self.next, []
        return wishes


class Box:
    """One heart; what it ordered is kept with its time."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rules = Wishes()
        self.heart = Heart(plan, self.rules)
        self.now = 100.0
        self.log: list[tuple[float, Order]] = []

    # ---- doing ----

    def keep(self, orders: list[Order]) -> list[Order]:
        self.log += [(self.now, order) for order in orders]
        return orders

    def event(self, event: Event) -> list[Order]:
        return self.keep(self.heart.handle(event, self.now))

    def say(self, radio: str, event: RadioEvent) -> list[Order]:
        return self.event(FromRadio(radio, event))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + TICK, end)
            self.keep(self.heart.tick(self.now))

    def wish(self, want: Want, rule: str = "border", reason: str = "v1 is near the border") -> list[Order]:
        self.rules.next.append(Wish(rule, want, ("v1",), reason))
        return self.keep(self.heart.tick(self.now))

    def fit(self, *radios: str) -> None:
        for radio in radios or self.plan.radios:
            self.say(radio, Fit())
            self.event(PortChanged(radio, True))

    def answer_selections(self) -> None:
        """Each radio goes where it was last told to go."""
        for radio in self.plan.radios:
            selected = [order for order in self.told(radio) if isinstance(order, SelectTalkgroup)]
            if selected:
                self.say(radio, TalkgroupSelected(selected[-1].gssi))

    def up(self, rule: str = "border") -> None:
        self.fit()
        self.wish(Want.OPEN, rule)
        self.answer_selections()
        assert self.patch(rule).state == "up"

    def talk(self, radio: str, ssi: int | None = 501, priority: int = 0) -> list[Order]:
        network = self.plan.networks[self.plan.radios[radio].network]
        talker = None if ssi is None else Identity(network.mcc, network.mnc, ssi)
        return self.say(radio, OverStarted(talker, priority))

    def stop(self, radio: str) -> list[Order]:
        return self.say(radio, OverEnded())

    def grant(self, *radios: str) -> None:
        for radio in radios:
            self.say(radio, Granted())

    def drain(self, *radios: str, over: int | None = None) -> None:
        """The engine has played everything, the radio confirms its un-key."""
        for radio in radios:
            number = self.overs()[-1].over if over is None else over
            self.event(LegDrained(number, radio, 300.0, 2000.0, 0.0, 0.0))
            self.say(radio, TransmitEnded(EndReason.RELEASED))

    # ---- looking ----

    def orders(self, *kinds: type) -> list[Order]:
        return [order for _, order in self.log if isinstance(order, kinds)]

    def told(self, radio: str) -> list[RadioOrder]:
        return [order.order for _, order in self.log if isinstance(order, TellRadio) and order.radio == radio]

    def keyings(self, radio: str) -> list[RadioOrder]:
        return [order for order in self.told(radio) if isinstance(order, Key | Unkey)]

    def audio(self) -> list[AudioOrder]:
        return [order for _, order in self.log if isinstance(order, BeginOver | StartLeg | EndOver | DropLeg)]

    def begun(self) -> list[tuple[int, str, tuple[str, ...]]]:
        """The overs that had the floor, in that order: number, source, legs (those that joined later included)."""
        sources: dict[int, str] = {}
        legs: dict[int, tuple[str, ...]] = {}
        for order in self.orders(BeginOver, JoinOver):
            if isinstance(order, BeginOver):
                sources[order.over] = order.source
            if order.legs:
                legs[order.over] = legs.get(order.over, ()) + order.legs
        return [(over, sources[over], names) for over, names in legs.items()]

    def records(self, kind: str) -> list[str]:
        return [order.text for _, order in self.log if isinstance(order, Record) and order.kind == kind]

    def forget(self) -> None:
        self.log.clear()

    def patch(self, rule: str = "border") -> PatchView:
        return next(patch for patch in self.heart.snapshot(self.now).patches if patch.rule == rule)

    def leg(self, talkgroup: str, rule: str = "border") -> LegView:
        return next(leg for leg in self.patch(rule).legs if leg.talkgroup == talkgroup)

    def radio(self, name: str) -> RadioView:
        return next(radio for radio in self.heart.snapshot(self.now).radios if radio.id == name)

    def overs(self) -> tuple[OverRecord, ...]:
        return self.heart.snapshot(self.now).overs

    def outcomes(self, over: int = -1) -> dict[str, str]:
        return {leg.talkgroup: leg.outcome for leg in self.overs()[over].legs}

    def count(self, name: str) -> int:
        return self.heart.snapshot(self.now).counters.get(name, 0)


def make_plan(
    rules: dict[str, tuple[str, ...]],
    radios: dict[str, str],
    *,
    limits: Limits,
    voice: tuple[str, ...],
    rule: Rule | None,
    priorities: dict[str, int],
    also: dict[str, Any],
) -> Plan:
    """``rules``: name to talkgroups; ``radios``: name to network; ``voice``: radios keyed by the voice detector.

    ``priorities`` are the rules'; ``also`` holds other fields of the plan.
    """
    plan = Plan(
        gateway=Gateway(id="box"),
        networks=NETWORKS,
        radios={
            name: RadioPlan(
                id=name,
                network=network,
                audio=VirtualSettings(driver="virtual", cable=name),
                keying="voice" if name in voice else "pei",
            )
            for name, network in radios.items()
        },
        talkgroups=TALKGROUPS,
        vehicles={"v1": Vehicle(id="v1", network="c2000")},
        rules={
            name: Rule(id=name, talkgroups=groups, priority=priorities.get(name, 0)) for name, groups in rules.items()
        }
        | ({rule.id: rule} if rule else {}),
        limits=limits,
    )
    return replace(plan, **also)


MakeBox = Callable[..., Box]
"""Makes a box from what a test wants different."""

TWO = {"border": ("nl", "be")}
THREE = {"border": ("nl", "be", "lu")}
RADIOS = {"r-nl": "c2000", "r-be": "astrid", "r-lu": "renita"}


def make_box(
    rules: dict[str, tuple[str, ...]] = TWO,
    radios: dict[str, str] = RADIOS,
    *,
    limits: Limits = LIMITS,
    voice: tuple[str, ...] = (),
    rule: Rule | None = None,
    priorities: dict[str, int] | None = None,
    **also: Any,
) -> Box:
    """A box with two legs and a radio each, unless told otherwise. ``also``: other fields of the plan."""
    return Box(make_plan(rules, radios, limits=limits, voice=voice, rule=rule, priorities=priorities or {}, also=also))


def box_up(rules: dict[str, tuple[str, ...]] = TWO) -> Box:
    """The same with its patch up and its log empty."""
    made = make_box(rules)
    made.up()
    made.forget()
    return made
