"""Every radio of the box as the heart knows it, and which of them are free to serve a leg.

Not for what a radio's speech or transmitter means to an over: that is `traffic`'s and `sending`'s. Which radios are
free is kept up to date at each change, so that nobody ever searches the whole box.
"""

from dataclasses import dataclass, field

from crosspatch.patch.desk import Desk
from crosspatch.patch.line import Line
from crosspatch.patch.tail import Tail
from crosspatch.plan import Plan, RadioPlan
from crosspatch.state import State
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import RadioState

NAMED = 3
"""How many radios are named where it is said why none of a network is free."""


class Transmitter(State):
    """What we have asked of a radio's transmitter, and what came of it."""

    OFF = "off"
    REQUESTED = "requested"
    QUEUED = "queued"
    ON = "on"
    RELEASING = "releasing"  # told to un-key; the end of the transmission is not confirmed yet


@dataclass(slots=True, eq=False)
class Speech:
    """Somebody speaks on a radio's group, from the announcement to the end."""

    talker: Identity | None
    priority: int
    began: float
    spent: bool = False  # is recorded or was, or must never be: only a new over counts
    barred: bool = False  # spoke up to the limit: not heard again before the end of this very over
    doubtful: bool = False  # began while our own transmitter was on and nobody said who: may be ourselves
    own: bool = False  # is one of our own radios
    tail: bool = False  # began right after our own transmission, as its tail would


@dataclass(slots=True, eq=False)
class KnownRadio:
    """One radio. Nothing is taken for granted: it is unfit and without audio until told otherwise."""

    plan: RadioPlan
    name: str = field(init=False)  # its id in the site file
    fit: bool = False
    met: bool = False  # was usable once since the box started
    reason: str = "nothing heard from it yet"
    state: RadioState = RadioState.OFFLINE
    gssi: int | None = None
    dbm: int | None = None
    audio_up: bool = False
    audio_reason: str = "the audio port is not open yet"
    own: Identity | None = None
    unfit_since: float | None = None  # when it was fit last; None while it is, and before it ever was
    reasons: list[str] = field(default_factory=list)  # why it is not fit, as written down since then
    alarms: dict[str, str] = field(default_factory=dict)  # what a person should look after, by what it is about
    speech: Speech | None = None
    patch: str | None = None
    transmitter: Transmitter = Transmitter.OFF
    on_air: bool = False  # the transmitter was granted since it was keyed last
    sounding: bool = False  # its voice detector is open, whatever it hears
    tail: Tail = field(default_factory=Tail)
    releases_told: int = 0  # un-keys told since the transmitter was last keyed

    def __post_init__(self) -> None:
        """It keeps the name that the plan gives it."""
        self.name = self.plan.id

    @property
    def usable(self) -> bool:
        """Whether it can serve a leg: control and audio both work."""
        return self.fit and self.audio_up

    @property
    def trouble(self) -> str:
        """Why it is not free for a leg, in words."""
        if not self.fit:
            return self.reason
        if not self.audio_up:
            return f"no audio: {self.audio_reason}"
        if self.patch is not None:
            return f"serves patch {self.patch}"
        return "its transmitter is not confirmed to be off" if self.transmitter is not Transmitter.OFF else ""


class Fleet:
    """All radios, by name; and for each network those that are free and the line of legs that wait for one."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        """Every radio of the plan, none of them heard of yet."""
        self._desk = desk
        self.radios = {name: KnownRadio(radio) for name, radio in sorted(plan.radios.items())}
        self._of_network: dict[str, list[KnownRadio]] = {network: [] for network in plan.networks}
        for radio in self.radios.values():
            self._of_network[radio.plan.network].append(radio)
        self._free: dict[str, dict[str, KnownRadio]] = {network: {} for network in plan.networks}
        self.lines = {network: Line(desk) for network in plan.networks}
        self._own: set[Identity] = set()
        self._foreign: dict[str, frozenset[Identity]] = {}

    def refresh(self, radio: KnownRadio) -> None:
        """Something about the radio changed. If it is free now and was not, the first leg in line hears of it."""
        radio.met = radio.met or radio.usable
        free = self._free[radio.plan.network]
        if not (radio.usable and radio.patch is None and radio.transmitter is Transmitter.OFF):
            free.pop(radio.name, None)
        elif radio.name not in free:
            free[radio.name] = radio
            first = self.lines[radio.plan.network].first
            self._desk.touch(first.patch if first else None)

    def any_free(self, network: str) -> bool:
        """Whether a radio of the network is free."""
        return bool(self._free[network])

    def any_unmet(self, network: str) -> bool:
        """Whether a radio of the network was not usable yet since the box started."""
        return any(not radio.met for radio in self._of_network[network])

    def pick(self, network: str, gssi: int, ahead: int) -> KnownRadio | None:
        """The free radio to take: one that is on the group already, else the first by name.

        None when there are only as many as legs ``ahead`` in the line.
        """
        free = self._free[network]
        if len(free) <= ahead:
            return None
        return min(free.values(), key=lambda radio: (radio.gssi != gssi, radio.name))

    def serving(self, network: str) -> list[KnownRadio]:
        """The radios of the network that serve a patch and work."""
        return [radio for radio in self._of_network[network] if radio.patch is not None and radio.usable]

    def assign(self, radio: KnownRadio, patch: str) -> None:
        """The radio serves this patch from now on."""
        radio.patch = patch
        self.refresh(radio)

    def release(self, radio: KnownRadio) -> None:
        """The radio serves no patch any more."""
        radio.patch = None
        self.refresh(radio)

    def learn_own(self, radio: KnownRadio, identity: Identity) -> None:
        """The radio told its own identity; overs of this talker are our own."""
        radio.own = identity
        self._own.add(identity)

    def learn_foreign(self, box: str, identities: frozenset[Identity]) -> None:
        """Another box told which radios it has."""
        if identities:
            self._foreign[box] = identities
        else:
            self._foreign.pop(box, None)

    def knows_box(self, box: str) -> bool:
        """Whether radios of this box are known."""
        return box in self._foreign

    @property
    def boxes(self) -> int:
        """Other boxes of which radios are known."""
        return len(self._foreign)

    def is_own(self, talker: Identity | None) -> bool:
        """Whether this talker is a radio of this box, or of another one."""
        return talker in self._own or any(talker in identities for identities in self._foreign.values())

    def shortage(self, network: str) -> str:
        """Why no radio of the network is free, naming the first `NAMED` of them."""
        radios = self._of_network[network]
        if not radios:
            return f"the site has no radio of {network}"
        words = [f"{radio.name}: {radio.trouble}" for radio in radios[:NAMED] if radio.trouble]
        more = f", and {len(radios) - NAMED} more" if len(radios) > NAMED else ""
        return f"no radio of {network} is free ({'; '.join(words)}{more})"
