"""The one interface of every radio, whatever the wire: orders in, events out.

Not for audio: a radio's sound comes and goes through `crosspatch_drivers.audio`. Words are those of ETSI
EN 300 392-5 (PEI) and 3GPP floor control: grant, queued, denied, pre-empted.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.lip import LongReport, ShortReport


class RadioState(Enum):
    """Where a radio is, from a dead port to on the air."""

    OFFLINE = "offline"  # no port
    DETECTING = "detecting"  # port open, nothing sensible answered yet
    INIT = "init"  # answering; set-up commands running
    IDLE = "idle"  # ready, no call
    CALL_IDLE = "call idle"  # a call stands, nobody talks (hang time)
    RECEIVING = "receiving"  # somebody else talks
    REQUESTED = "requested"  # we asked for the transmitter
    QUEUED = "queued"  # the network put our request in a queue
    TRANSMITTING = "transmitting"  # on the air


class EndReason(Enum):
    """Why a transmission of ours, or a request for one, ended."""

    RELEASED = "released"  # we gave it back
    DENIED = "denied"  # the network said no
    TIMED_OUT = "timed out"  # no answer to the request
    PREEMPTED = "pre-empted"  # a higher priority took it
    LIMIT = "transmit limit"  # radio's or network's transmission timer
    REFUSED = "refused"  # the radio itself refused the command
    LOST = "lost"  # call, port, registration or radio lost
    SAFETY = "safety"  # taken back because a process that carried it failed


# ---- orders ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SelectTalkgroup:
    """Go to this group of the radio's own network; answered by `TalkgroupSelected` or `Unfit`."""

    gssi: int


@dataclass(frozen=True, slots=True)
class Key:
    """Ask the network for the transmitter. Priority as AT+CTXD: 0 low, 1 high, 2 pre-emptive, 3 emergency."""

    priority: int = 1


@dataclass(frozen=True, slots=True)
class Unkey:
    """Give the transmitter back, or withdraw the request for it."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Send this text to a subscriber or (``group``) to a group, when no call is in the way; ends in `MessageEnded`."""

    called: Identity
    text: str
    group: bool = False
    reference: int = 0


@dataclass(frozen=True, slots=True)
class SendStatus:
    """Send this status (16 bit, 0: emergency) to a subscriber or a group; ends in `MessageEnded`."""

    called: Identity
    status: int
    group: bool = False
    reference: int = 0


RadioOrder = SelectTalkgroup | Key | Unkey | SendText | SendStatus

# ---- events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The radio's state machine moved."""

    state: RadioState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """The radio can serve a leg on the group it has selected (registered, right mode, port alive)."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """The radio cannot serve a leg now, and why, in words for a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """The radio told its own ITSI."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class TalkgroupSelected:
    """Read back from the radio: this is the group it is on now (0: none)."""

    gssi: int


@dataclass(frozen=True, slots=True)
class Registration:
    """The network's view of the radio (+CREG)."""

    registered: bool
    status: int
    location_area: int | None = None
    mcc: int | None = None
    mnc: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """Received signal strength in dBm; None when unknown."""

    dbm: int | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A person should look after the radio, which may go on serving. Without ``text`` it is over."""

    about: str  # one word, by which it is taken back: volume, signal, transmitter, driver
    text: str


@dataclass(frozen=True, slots=True)
class OverStarted:
    """Somebody else began to speak on the selected group. Priority as AT+CTXD: 0 low to 3 emergency.

    Told again without an `OverEnded` between, it is the same over, of which a higher priority has become known.
    """

    talker: Identity | None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class TalkerKnown:
    """The identity of the one who speaks came after the over had begun."""

    talker: Identity


@dataclass(frozen=True, slots=True)
class OverEnded:
    """The other's over ended."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The transmitter is ours: we are on the air."""


@dataclass(frozen=True, slots=True)
class Pausing:
    """Our transmission goes on, but what is sent from now on is not heard until `Resumed`: a renewal, a change of cell.

    Where the driver can, it tells so a moment before, for what is on its way to the radio to get through.
    """


@dataclass(frozen=True, slots=True)
class Resumed:
    """On the air again."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The network queued our request; a grant may follow."""


@dataclass(frozen=True, slots=True)
class TransmitEnded:
    """Our transmission, or our request, is over. Always sent once for each Key order, whatever happens."""

    reason: EndReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SdsReceived:
    """A text message came, for this radio or for a group (``group``) it listens to."""

    sender: Identity
    called: Identity
    text: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class StatusReceived:
    """A status came (16 bit, 0: emergency). ``sender`` is None for an emergency whose sender the radio did not tell."""

    sender: Identity | None
    called: Identity
    status: int
    group: bool = False


@dataclass(frozen=True, slots=True)
class LocationReceived:
    """Somebody's radio told where it is (LIP). What the report tells depends on the time of day: `sds.position`."""

    sender: Identity
    report: ShortReport | LongReport


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """What became of the message with this reference. Sent once for each `SendText` and `SendStatus`.

    ``sent``: it left over the air, and a subscriber who was asked whether he has it did not say that he has not.
    """

    reference: int
    sent: bool
    detail: str = ""


RadioEvent = (
    StateChanged
    | Fit
    | Unfit
    | OwnIdentity
    | TalkgroupSelected
    | Registration
    | Signal
    | Alarm
    | OverStarted
    | TalkerKnown
    | OverEnded
    | Granted
    | Pausing
    | Resumed
    | Queued
    | TransmitEnded
    | SdsReceived
    | StatusReceived
    | LocationReceived
    | MessageEnded
)

# ---- the interface --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What un-keys a radio without knowing it: bytes to write on its descriptor, and modem lines to drop or raise.

    ``data`` must work whatever was half written before it (on a PEI it begins with a CR). ``drop_lines`` and
    ``raise_lines`` hold TIOCM bits.
    """

    data: bytes
    drop_lines: int = 0
    raise_lines: int = 0


class Guard(Protocol):
    """Who un-keys for us when this process cannot: the keeper. Calls return once the keeper's kernel queue has them."""

    def opened(self, radio: str, descriptor: int) -> None:
        """A port was opened; the keeper gets a duplicate of ``descriptor``."""

    def closed(self, radio: str) -> None:
        """The port was closed; the duplicate may go."""

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        """From now on the radio may be on the air. Called before the first byte of a key command is written."""

    def disarm(self, radio: str) -> None:
        """The radio is known to be un-keyed."""


class NoGuard:
    """A guard that guards nothing: for probes and tests that key no real transmitter."""

    def opened(self, radio: str, descriptor: int) -> None:
        """Ignore it."""

    def closed(self, radio: str) -> None:
        """Ignore it."""

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        """Ignore it."""

    def disarm(self, radio: str) -> None:
        """Ignore it."""


RadioSink = Callable[[str, RadioEvent, float], None]
"""Called as ``sink(radio name, event, monotonic now)``."""


class Radio(ABC):
    """One radio wired to the box. All methods are called from the control process's event loop and never block."""

    name: str

    @abstractmethod
    async def start(self) -> None:
        """Begin to serve: open the port, and keep it open until `close`. A missing port is no error."""

    @abstractmethod
    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order. What came of it is told by events."""

    @abstractmethod
    def release_now(self, now: float) -> None:
        """Un-key at once, ahead of any command in progress: for when a process that carried the audio failed."""

    @abstractmethod
    async def close(self) -> None:
        """Un-key if keyed, close the port, leave no task and no descriptor behind."""
