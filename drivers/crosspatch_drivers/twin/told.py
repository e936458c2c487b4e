"""What a virtual network tells its subscribers. Pure values; not for how a radio prints them."""

from dataclasses import dataclass
from enum import IntEnum

from crosspatch_drivers.identity import Identity


class Cause(IntEnum):
    """Why a call ended: disconnect causes of EN 300 392-5."""

    USER = 1
    CONGESTION = 5
    PREEMPTION = 9
    EXPIRY = 13
    SWMI = 14


@dataclass(frozen=True, slots=True)
class Registered:
    """The network knows the subscriber from now on."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The subscriber is in this group from now on."""

    gssi: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call in the subscriber's group, set up by somebody else. ``priority`` 15: emergency."""

    call: int
    gssi: int
    caller: Identity
    priority: int


@dataclass(frozen=True, slots=True)
class Proceeding:
    """The call that the subscriber dialled is under way, or waits."""

    call: int
    queued: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The call stands."""

    call: int


@dataclass(frozen=True, slots=True)
class Granted:
    """The subscriber may speak."""

    call: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The subscriber may not speak."""

    call: int


@dataclass(frozen=True, slots=True)
class Queued:
    """The subscriber may speak later."""

    call: int


@dataclass(frozen=True, slots=True)
class OtherTalks:
    """Somebody else speaks."""

    call: int
    talker: Identity


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The subscriber spoke and may no longer: somebody of higher priority does."""

    call: int
    talker: Identity


@dataclass(frozen=True, slots=True)
class Ceased:
    """Nobody speaks any more; the call stands."""

    call: int


@dataclass(frozen=True, slots=True)
class Released:
    """The call is over for the subscriber."""

    call: int
    cause: Cause


CallTold = Incoming | Proceeding | Connected | Granted | Denied | Queued | OtherTalks | Interrupted | Ceased | Released
"""What is about a call."""


@dataclass(frozen=True, slots=True)
class ShortData:
    """A short message for the subscriber. ``service``: 12 SDS type 4, 13 status; ``data``: hex digits."""

    sender: Identity
    called: Identity
    service: int
    bits: int
    data: str


@dataclass(frozen=True, slots=True)
class DataSent:
    """What became of a short message that the subscriber sent."""

    reference: int
    delivered: bool


Told = Registered | Attached | CallTold | ShortData | DataSent
