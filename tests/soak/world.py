"""A busy box in virtual time: talkers, networks, faults, commands and restarts at random, with a notebook beside it.

Everything is a function of the seed. The heart is the real one; radios and engine are played, as ideal as the faults
leave them. What must hold is `Notebook`'s, checked at each order; what takes longer to look at, now and then.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import msgspec
from tests.bridge.heart.box import NETWORKS, TALKGROUPS, Box, make_plan
from tests.bridge.heart.notebook import Notebook

from crosspatch.commands import Close, Command, Consent, Extend, Hold, LegMode, Open, SetLeg, What
from crosspatch.events import Event, Failed, FromRadio, LegDrained, LegStarted, PortChanged, Released
from crosspatch.heart import Heart
from crosspatch.kept import Kept
from crosspatch.orders import DropLeg, EndOver, Order, PatchChanged, Record, StartLeg, TellRadio
from crosspatch.patch.patch import PatchState
from crosspatch.plan import Limits
from crosspatch.wish import Want, Wish
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    OwnIdentity,
    Queued,
    RadioOrder,
    SelectTalkgroup,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)

RULES = {"one": ("nl", "be"), "two": ("nl-2", "be-2", "lu"), "three": ("nl-3", "lu"), "four": ("nl-3", "be-2")}
RADIOS = {
    **{f"nl-{number}": "c2000" for number in range(4)},
    **{f"be-{number}": "astrid" for number in range(3)},
    **{f"lu-{number}": "renita" for number in range(2)},
}
LIMITS = Limits(over_s=15.0, grant_s=3.0, queue_s=6.0, wait_s=8.0, consent_s=60.0)

ASKING = replace(NETWORKS["astrid"], consent="by-hand", owners=("owner",))
"""ASTRID wants to be asked for what people open by hand."""

LOOK_EVERY = 50
"""Steps between two looks at the whole box."""


class QuietBox(Box):
    """Keeps no log; counts the steps of the heart."""

    steps = 0

    def keep(self, orders: list[Order]) -> list[Order]:
        return orders

    def event(self, event: Event) -> list[Order]:
        self.steps += 1
        return self.heart.handle(event, self.now)

    def tick(self) -> list[Order]:
        self.steps += 1
        return self.heart.tick(self.now)


class Soak(Notebook):
    """One seed's world."""

    limits = LIMITS
    own = Identity(206, 1, 9001)

    def __init__(self, seed: int) -> None:
        """Everything is fit, two rules want their patches."""
        self.random = Random(seed)
        plan = make_plan(
            RULES,
            RADIOS,
            limits=LIMITS,
            voice=(),
            rule=None,
            priorities={"one": 3, "two": 2, "three": 1, "four": 0},
            also={"networks": NETWORKS | {"astrid": ASKING}},
        )
        self.box: QuietBox = QuietBox(plan)
        self.counts: Counter[str] = Counter()
        self.before: Counter[str] = Counter()  # what hearts counted that are gone
        self._future: list[tuple[float, int, int | None, Callable[[], None]]] = []  # when, and in which life
        self._number = 0
        self._speaking: dict[str, int] = {}  # radio: which speech
        self._started: dict[tuple[int, str], None] = {}  # in their order: that of a set differs from run to run
        self._ended: set[int] = set()
        self._life = 0  # of the heart: what was to happen in an earlier one does not
        self._boot()
        for act in (self._wish, self._command, self._fail, self._answer):
            self.later(self.random.uniform(1.0, 5.0), act, for_ever=True)
        for talkgroup in TALKGROUPS:
            self.later(self.random.uniform(0.5, 5.0), lambda name=talkgroup: self._talk(name), for_ever=True)  # type: ignore[misc]
        self.later(120.0, self._restart, for_ever=True)

    @property
    def overs(self) -> int:
        """Overs that had the floor so far."""
        return self.before["overs"] + self.box.heart._desk.counters["overs"]

    def run(self, overs: int) -> None:
        """Until at least so many overs had the floor."""
        while self.overs < overs:
            for _ in range(LOOK_EVERY):
                self._step()
            self._look()

    def _step(self) -> None:
        """What comes next: a deadline of the heart, or something that happens to it."""
        box = self.box
        due = box.heart.next_due()
        at, _, life, act = self._future[0]
        if due is not None and due <= at:
            box.now = max(box.now, due)
            self.take(box.tick())
            return
        heapq.heappop(self._future)
        box.now = max(box.now, at)
        if life is None or life == self._life:
            act()

    def counters(self) -> Counter[str]:
        """What all hearts counted."""
        return self.before + self.box.heart._desk.counters

    # ---- making things happen ---------------------------------------------------------------------------------

    def later(self, seconds: float, act: Callable[[], None], *, for_ever: bool = False) -> None:
        """Do it then; what is not ``for_ever`` only if no other heart has begun meanwhile."""
        self._number += 1
        heapq.heappush(self._future, (self.box.now + seconds, self._number, None if for_ever else self._life, act))

    def hear(self, event: Event) -> None:
        """Give it to the heart, and do what comes of it."""
        self.note_event(event)
        orders = self.box.event(event)
        drained = {(event.over, event.leg)} if isinstance(event, LegDrained) else set()
        self.take(orders, drained)

    def take(self, orders: list[Order], drained: set[tuple[int, str]] = frozenset()) -> None:  # type: ignore[assignment]
        """Note the orders, and play radios and engine."""
        self.note_orders(orders, drained)
        for order in orders:
            match order:
                case Record() | PatchChanged():
                    pass
                case TellRadio(radio=name, order=told):
                    self._told(name, told)
                case StartLeg(over=over, leg=leg):
                    self._started[over, leg] = None
                    self.later(0.06, lambda over=over, leg=leg: self._playing(over, leg))  # type: ignore[misc]
                case EndOver(over=over):
                    self._ended.add(over)
                    for started in [leg for number, leg in self._started if number == over]:
                        self.later(0.3, lambda over=over, leg=started: self._drain(over, leg))  # type: ignore[misc]
                case DropLeg(over=over, leg=leg):
                    self._started.pop((over, leg), None)

    # ---- radios and engine ------------------------------------------------------------------------------------

    def _told(self, name: str, order: RadioOrder) -> None:
        """A radio does as it is told, but for an un-key now and then, which it does not confirm."""
        match order:
            case SelectTalkgroup(gssi=gssi):
                self.later(0.3, lambda: self._selected(name, gssi))
            case Key():
                self.later(self.random.uniform(0.05, 0.4), lambda: self._asked(name))
            case Unkey() if self.random.random() > 0.005:
                self.later(self.random.uniform(0.02, 0.1), lambda: self._off(name))

    def _selected(self, name: str, gssi: int) -> None:
        if name in self.fit:
            self.hear(FromRadio(name, TalkgroupSelected(gssi)))

    def _asked(self, name: str) -> None:
        """The network decides about a request that still stands."""
        if name not in self.keyed or name in self.granted:
            return
        chance = self.random.random()
        if name in self._speaking or chance < 0.03:
            self.hear(FromRadio(name, TransmitEnded(EndReason.DENIED)))
        elif chance < 0.1:
            self.hear(FromRadio(name, Queued()))
            self.later(1.0, lambda: self._asked(name))
        elif chance > 0.01:
            self.hear(FromRadio(name, Granted()))

    def _off(self, name: str) -> None:
        if name in self.unconfirmed and name not in self.keyed:
            self.hear(FromRadio(name, TransmitEnded(EndReason.RELEASED)))

    def _playing(self, over: int, leg: str) -> None:
        if leg in self.legs.get(over, ()):
            self.hear(LegStarted(over, leg, 250.0))
            if over in self._ended:
                self.later(self.random.uniform(0.2, 1.2), lambda: self._drain(over, leg))

    def _drain(self, over: int, leg: str) -> None:
        if leg in self.legs.get(over, ()) and leg in self.granted:
            self._started.pop((over, leg), None)
            self.hear(LegDrained(over, leg, 250.0, 3000.0, 0.0, 0.0))

    # ---- people -----------------------------------------------------------------------------------------------

    def _talk(self, talkgroup: str) -> None:
        """Somebody speaks on a talkgroup that a radio of ours listens to."""
        self.later(self.random.expovariate(1 / 3.0), lambda: self._talk(talkgroup), for_ever=True)
        group = TALKGROUPS[talkgroup]
        name = next((name for name, gssi in self.on_group.items() if gssi == group.gssi and name in self.fit), None)
        if name is None or name in self._speaking or name in self.granted:
            return
        self._number += 1
        speech = self._speaking[name] = self._number
        network = NETWORKS[group.network]
        talker = (
            None if self.random.random() < 0.05 else Identity(network.mcc, network.mnc, self.random.randint(1, 500))
        )
        priority = self.random.choices((0, 1, 2, 3), cum_weights=(90, 96, 98, 100))[0]
        self.hear(FromRadio(name, OverStarted(talker, priority)))
        self.later(min(40.0, self.random.expovariate(1 / 3.0)) + 0.2, lambda: self._fall_silent(name, speech))

    def _fall_silent(self, name: str, speech: int) -> None:
        if self._speaking.get(name) == speech:
            del self._speaking[name]
            self.hear(FromRadio(name, OverEnded()))

    def _wish(self) -> None:
        """A rule wants something."""
        self.later(self.random.uniform(2.0, 20.0), self._wish, for_ever=True)
        name = self.random.choice(list(RULES))
        want = self.random.choices((Want.OPEN, Want.ARMED, Want.NOTHING), (7, 1, 2))[0]
        self.box.rules.next.append(Wish(name, want, ("v1",), "because"))
        self.take(self.box.tick())

    def _command(self) -> None:
        """A person commands something, sensible or not."""
        self.later(self.random.uniform(5.0, 40.0), self._command, for_ever=True)
        pick = self.random.choice
        patch = pick([*RULES, "incident"])
        seconds = pick([5.0, 60.0, 300.0])
        what: What = pick(
            [
                Open(seconds, pick([(), ("nl", "be", "lu")]), self.random.random() < 0.3),
                Close(),
                Hold(seconds),
                Extend(seconds),
                SetLeg(pick(list(TALKGROUPS)), pick(list(LegMode))),
            ]
        )
        self.counts["commands"] += 1
        self.hear(Command(patch, what, "jansen", "a pursuit"))

    def _answer(self) -> None:
        """An owner of ASTRID answers what he is asked."""
        self.later(self.random.uniform(2.0, 15.0), self._answer, for_ever=True)
        for patch in list(self.box.heart._patches.values()):
            if "" in patch.consents.values():
                self.hear(Command(patch.id, Consent("astrid", self.random.random() < 0.9), "owner", "as agreed"))

    # ---- faults -----------------------------------------------------------------------------------------------

    def _fail(self) -> None:
        """Something breaks, and is mended a little later."""
        self.later(self.random.uniform(5.0, 60.0), self._fail, for_ever=True)
        name = self.random.choice(list(RADIOS))
        kind = self.random.choice(["radio", "port", "engine", "keeper", "pre-empted", "moved"])
        self.counts[f"fault {kind}"] += 1
        mend = self.random.uniform(1.0, 8.0)
        match kind:
            case "radio":
                self._speaking.pop(name, None)
                self.hear(FromRadio(name, Unfit("gone")))
                self.later(mend, lambda: self._mended(name))
            case "port":
                self.hear(PortChanged(name, False, "card gone"))
                self.later(mend, lambda: self.hear(PortChanged(name, True)))
            case "engine":
                self.hear(Failed("engine", tuple(RADIOS), "killed"))
                assert not self.keyed
            case "keeper":
                self.hear(Released(name))
            case "pre-empted" if name in self.granted:
                self.hear(FromRadio(name, TransmitEnded(EndReason.PREEMPTED)))
            case "moved":
                self.hear(FromRadio(name, TalkgroupSelected(0)))

    def _mended(self, name: str) -> None:
        if name in self.unconfirmed and name not in self.keyed:
            self.hear(FromRadio(name, TransmitEnded(EndReason.LOST)))
        self.hear(FromRadio(name, Fit()))

    def _restart(self) -> None:
        """The control process dies; the next one knows what was kept."""
        self.later(self.random.uniform(60.0, 600.0), self._restart, for_ever=True)
        self.counts["restarts"] += 1
        self.before += self.box.heart._desk.counters
        kept = msgspec.json.decode(msgspec.json.encode(self.box.heart.kept()), type=Kept)
        self.box.heart = Heart(self.box.plan, self.box.rules)
        self._life += 1
        self.box.now += 1.0
        self._boot(kept)

    def _boot(self, kept: Kept | None = None) -> None:
        self.open_notebook()
        self._speaking.clear()
        self._started.clear()
        self._ended.clear()
        if kept is not None:
            self.take(self.box.heart.restore(kept, 0.0, self.box.now))
        self.hear(FromRadio("be-0", OwnIdentity(self.own)))
        for name in RADIOS:
            self.hear(FromRadio(name, Fit()))
            self.hear(PortChanged(name, True))
        for name in ("one", "two"):
            self.box.rules.next.append(Wish(name, Want.OPEN, ("v1",), "because"))
        self.take(self.box.tick())

    # ---- looking ----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """What must hold of the whole box."""
        self.no_radio_is_keyed_longer_than_the_bound()
        self.no_talker_holds_the_floor_beyond_the_limit()
        legs = [leg for patch in self.box.heart._patches.values() for leg in patch.legs if leg.radio is not None]
        assert len(legs) == len({leg.radio.name for leg in legs if leg.radio is not None})
        assert len(legs) == len({leg.talkgroup.id for leg in legs})
        down = [patch for patch in self.box.heart._patches.values() if patch.state is PatchState.DOWN]
        assert [patch.id for patch in down if patch.carrying] == []
        self._ended &= self.kept | self.legs.keys()
        for over in [over for over in self.legs if over not in self.kept and not self.legs[over]]:
            del self.legs[over]
            self.origin.pop(over, None)
            self.began.pop(over, None)
