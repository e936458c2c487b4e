"""The pure heart of the gateway: events in, orders out, time passed in.

It joins the rules' wishes with the patches' room and hands each event to the part that understands it. Not for
decisions, which are the parts' own, and not for the outside: no clock, no I/O, no thread. After every event each patch
that it touched is settled, and one that looks different then is told to be published.
"""

from dataclasses import dataclass

from crosspatch.commands import Command
from crosspatch.events import (
    EchoHeard,
    EngineEvent,
    Event,
    Failed,
    ForeignIdentities,
    FromRadio,
    LegDrained,
    LegStarted,
    PatchTrigger,
    PortChanged,
    PositionReport,
    PositionReports,
    Released,
    RuleDecision,
    VoiceEnded,
    VoiceStarted,
    ZoneTrigger,
)
from crosspatch.kept import Kept
from crosspatch.orders import Order, PatchChanged
from crosspatch.patch.commanding import Commanding
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.emergencies import Emergencies
from crosspatch.patch.fleet import Fleet, KnownRadio
from crosspatch.patch.hearing import Hearing
from crosspatch.patch.keeping import Keeping
from crosspatch.patch.life import Life
from crosspatch.patch.loops import Loops
from crosspatch.patch.names import Names
from crosspatch.patch.notices import Notices
from crosspatch.patch.patch import Patch, PatchState
from crosspatch.patch.relay import Relay
from crosspatch.patch.staffing import Staffing
from crosspatch.patch.traffic import Traffic
from crosspatch.patch.transmitters import Transmitters
from crosspatch.patch.views import looks_of, patch_view, radio_view
from crosspatch.plan import Plan
from crosspatch.rules.facts import Fact, about_patch
from crosspatch.snapshot import OverRecord, PatchView, RadioView, VehicleView, ZoneView
from crosspatch.texts import Texts
from crosspatch.triggers import RuleSource, TriggerBook
from crosspatch.wish import Wish

LOOK_AGAIN = frozenset({Timer.START, Timer.OPEN, Timer.PART, Timer.EXPIRE, Timer.HAND, Timer.CONSENT, Timer.BROKEN})
"""Deadlines of a patch that mean nothing but that it is to be settled."""

LISTEN_AGAIN = frozenset({Timer.RESUME, Timer.TONE})
"""Those that mean nothing but that its floor is to be looked at."""


@dataclass(frozen=True, slots=True)
class HeartView:
    """The heart's pieces of the snapshot."""

    radios: tuple[RadioView, ...]
    patches: tuple[PatchView, ...]
    vehicles: tuple[VehicleView, ...]
    zones: tuple[ZoneView, ...]
    overs: tuple[OverRecord, ...]
    counters: dict[str, int]


class Heart:
    """Everything the gateway decides. Orders are to be carried out in the order in which they are returned."""

    def __init__(self, plan: Plan, rules: RuleSource, texts: Texts | None = None) -> None:
        """All patches down, every radio unknown. Without ``texts`` crews are told nothing by text."""
        texts = texts or Texts()
        self._names = Names(plan)
        self._rules = TriggerBook(plan, rules)
        self._closed = False
        self._desk = Desk()
        self._patches = {name: Patch.of(rule, plan) for name, rule in plan.rules.items()}
        self._groups = {(group.network, group.gssi): name for name, group in plan.talkgroups.items()}
        self._fleet = Fleet(plan, self._desk)
        self._transmitters = Transmitters(plan, self._desk, self._fleet)
        notices = Notices(plan, self._desk, texts)
        self._traffic = Traffic(plan, self._desk, self._fleet, self._transmitters, self._patches, notices=notices)
        staffing = Staffing(self._desk, self._fleet, self._patches)
        self._loops = Loops(self._desk, self._fleet, self._traffic.overs, self._patches)
        self._life = Life(plan, self._desk, staffing, self._traffic, self._patches, notices=notices)
        self._commanding = Commanding(plan, self._desk, self._life, self._traffic.overs, self._patches)
        self._keeping = Keeping(self._desk, self._life, self._commanding, self._patches)
        self._emergencies = Emergencies(self._desk, self._names)
        relay = Relay(plan, self._desk, self._fleet, texts, self._patches, emergencies=self._emergencies)
        self._hearing = Hearing(self._desk, self._fleet, staffing, self._traffic, self._patches, relay=relay)

    def handle(self, event: Event, now: float) -> list[Order]:
        """Take one event; what is to be done because of it, in order."""
        self._desk.now = now
        match event:
            case FromRadio(radio=name, event=said):
                self._hearing.radio_said(name, said, now)
            case LegStarted() | LegDrained() | VoiceStarted() | VoiceEnded() | PortChanged() | EchoHeard():
                self._engine_said(event, now)
            case PositionReport():
                self._wishes(self._rules.report((event,), now), now)
            case PositionReports(reports=reports):
                self._wishes(self._rules.report(reports, now), now)
            case ZoneTrigger() | PatchTrigger():
                self._wishes(self._rules.trigger(event, now), now)
            case RuleDecision(rule=rule, agreed=agreed, by=by):
                self._wishes(self._rules.decide(rule, agreed, by, now), now)
            case Command():
                self._commanded(event, now)
            case ForeignIdentities():
                self._loops.foreign(event, now)
            case Failed():
                self._traffic.failed(event.radios, f"{event.process} failed: {event.reason}", now)
            case Released(radio=name):
                self._traffic.failed((name,), "the keeper un-keyed it: the control process was silent", now)
        return self._settled(now)

    def tick(self, now: float) -> list[Order]:
        """Time passed; to be called about every 20 ms."""
        self._desk.now = now
        self._wishes(self._rules.tick(now), now)
        while (due := self._desk.deadlines.next_due(now)) is not None:
            self._due(*due, now)
        return self._settled(now)

    def next_due(self) -> float | None:
        """When `tick` has something to do if nothing else happens: for those who run the heart in virtual time."""
        look, due = self._rules.next_look(), self._desk.deadlines.earliest()
        if look is None or due is None:
            return due if look is None else look
        return min(look, due)

    def shutdown(self, now: float) -> list[Order]:
        """Transmitters off, patches down; from now on nothing is opened any more."""
        self._closed = True
        self._desk.now = now
        self._traffic.senders.trust()
        for radio in self._fleet.radios.values():
            self._transmitters.unkey(radio, now)
        for patch in self._patches.values():
            self._life.close(patch, "the gateway stops", now)
            self._desk.touch(patch.id)
        self._desk.sum_up_all()
        return self._settled(now)

    def kept(self) -> Kept:
        """What is to outlive a restart; equal as long as nothing of it changes."""
        return Kept(patches=self._keeping.keep(), rules=self._rules.keep())

    def restore(self, kept: Kept, shift: float, now: float) -> list[Order]:
        """Bring back what was kept, its times moved by ``shift``, as far as its cause still holds."""
        self._desk.now = now
        self._keeping.take_up(kept.patches, shift, now)
        self._wishes(self._rules.restore(kept.rules, shift, now), now)
        self._keeping.judge(kept.patches, shift, now)
        return self._settled(now)

    def snapshot(self, now: float, *, news: int | None = None) -> HeartView:
        """Everything the heart knows, as it is now.

        With ``news`` only so many vehicles at most, of those that reported since they were news: for who looks often.
        """
        return HeartView(
            radios=tuple(radio_view(radio, self._groups, self._names) for radio in self._fleet.radios.values()),
            patches=tuple(patch_view(patch, now, self._names) for patch in self._patches.values()),
            vehicles=self._rules.vehicles(now) if news is None else self._rules.news(news, now),
            zones=self._rules.zones(now),
            overs=self._traffic.overs.records(),
            counters={**self._desk.counters, **self._rules.counters},
        )

    def refusal(self, command: Command, now: float) -> str:
        """Why a command would be refused if it came now; empty when it would be obeyed."""
        return "the gateway stops" if self._closed else self._commanding.refusal(command, now)

    def patch(self, name: str) -> PatchView:
        """One patch, without the figures that only the clock moves."""
        return patch_view(self._patches[name], None, self._names)

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        """The chain of facts about a rule, its patch or a vehicle: what speaks for the patch, and what is missing."""
        facts = self._rules.why(name, now)
        return (
            facts + about_patch(patch_view(self._patches[name], now, self._names)) if name in self._patches else facts
        )

    def _engine_said(self, event: EngineEvent, now: float) -> None:
        match event:
            case LegStarted():
                self._traffic.senders.started(event)
            case LegDrained():
                self._traffic.senders.drained(event, now)
            case VoiceStarted(radio=name):
                self._hearing.voice(name, True, now)
            case VoiceEnded(radio=name):
                self._hearing.voice(name, False, now)
            case PortChanged():
                self._hearing.port(event, now)
            case EchoHeard():
                self._loops.heard(event, now)

    def _commanded(self, command: Command, now: float) -> None:
        if self._closed:
            self._desk.count("commands refused")
        else:
            self._commanding.obey(command, now)

    def _wishes(self, wishes: list[Wish], now: float) -> None:
        for wish in wishes:
            if not self._closed:
                self._life.wish(wish, now)

    def _due(self, timer: Timer, name: str, now: float) -> None:
        """A deadline has passed."""
        match timer:
            case Timer.OVER:
                self._traffic.overs.limit_reached(self._patches[name], now)
            case Timer.HANG:
                self._traffic.overs.hang_over(self._patches[name])
            case Timer.WAIT:
                self._traffic.overs.waited(int(name), now)
            case Timer.MEND:
                self._traffic.overs.mend_overdue(self._patches[name], now)
            case Timer.REPEATED:
                self._desk.sum_up(name)
            case Timer.FOREIGN:
                self._loops.forget(name)
            case Timer.CLOSING:
                self._life.closing(self._patches[name], now)
            case _ if timer in LOOK_AGAIN:
                self._desk.touch(name)
            case _ if timer in LISTEN_AGAIN:
                self._desk.stir(name)
            case _:
                self._due_of_radio(timer, self._fleet.radios[name], now)

    def _due_of_radio(self, timer: Timer, radio: KnownRadio, now: float) -> None:
        match timer:
            case Timer.LEG:
                self._traffic.senders.expired(radio, now)
            case Timer.SELECT:
                self._hearing.selection_overdue(radio, now)
            case Timer.RELEASE:
                self._transmitters.release_late(radio, now)
            case Timer.EMERGENCY:
                self._emergencies.over(radio)
            case Timer.WATCH:
                self._traffic.overdue(radio, now)

    def _settled(self, now: float) -> list[Order]:
        """Settle every patch that was touched, tell which of them look different now, and hand out the orders."""
        seen: dict[str, Patch] = {}
        while (touched := self._desk.next_touched()) is not None:
            name, changed = touched
            if (patch := self._patches.get(name)) is not None:
                seen[name] = patch
                if changed:
                    self._life.settle(patch, now)
                else:
                    self._life.listen(patch, now)
        for name, patch in seen.items():
            looks = looks_of(patch)
            if looks != patch.looks and not (patch.looks is None and patch.state is PatchState.DOWN):
                patch.looks = looks
                self._desk.put(PatchChanged(name))
            self._commanding.forget_if_over(patch)
        return self._desk.take()
