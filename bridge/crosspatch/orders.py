"""What the pure heart orders: of radios, of the audio engine, of the journal.

Audio orders also cross the process boundary to the engine, so they are msgspec structs, tagged by their name.
``over`` numbers overs from 1 in each run of the daemon. Radios are named by their id in the site file.
"""

from enum import Enum

import msgspec

from crosspatch_drivers.radio.base import RadioOrder


class Tone(Enum):
    """Signals that a crew learns once and knows without words.

    There is none for the permission to talk: whoever speaks cannot hear us, his own radio tells him, and what is said
    before a far transmitter is granted is kept. What he should know comes after his words.
    """

    NOT_DELIVERED = "not delivered"  # what was just said did not reach everybody in the patch
    PATCH_UP = "patch up"
    PATCH_CLOSING = "patch closing"
    EMERGENCY = "emergency"  # somebody on another leg pressed the button


class TellRadio(msgspec.Struct, frozen=True):
    """Give this order to this radio."""

    radio: str
    order: RadioOrder


class BeginOver(msgspec.Struct, frozen=True, tag=True):
    """An over began on ``source``: record it for each of ``legs``, from before the announcement (look-back).

    With ``keep_s`` the last so many seconds stay at hand for legs that join later (`JoinOver`), whether others have
    played them or not and even after the talker has ended, until `ForgetOver`; such an over may have no legs yet. With
    0 none joins, and the over is gone when it has ended and its legs are done.
    """

    over: int
    source: str
    legs: tuple[str, ...]
    keep_s: float = 0.0


class JoinOver(msgspec.Struct, frozen=True, tag=True):
    """These legs take part from now on: each plays the over from ``back_s`` seconds ago, or from all that is kept.

    Never from before the first recorded sample. It may come after the talker has ended; the legs then play what there
    is and drain as others do.
    """

    over: int
    legs: tuple[str, ...]
    back_s: float | None = None


class ForgetOver(msgspec.Struct, frozen=True, tag=True):
    """No leg joins this over any more: what no leg still has to play may go. Of an unknown over it means nothing."""

    over: int


class StartLeg(msgspec.Struct, frozen=True, tag=True):
    """The leg's transmitter was granted: after its settling time play the over, from where it was held or the first."""

    over: int
    leg: str


class HoldLeg(msgspec.Struct, frozen=True, tag=True):
    """What the leg plays is not heard for a while: stop there. `StartLeg` lets it go on from the very next sample."""

    over: int
    leg: str


class EndOver(msgspec.Struct, frozen=True, tag=True):
    """The talker ended: keep recording the tail, then play what is left; each leg tells when it has drained."""

    over: int


class DropLeg(msgspec.Struct, frozen=True, tag=True):
    """This leg's part of the over is finished: stop playing and forget what is left."""

    over: int
    leg: str


class ToneOver(msgspec.Struct, frozen=True, tag=True):
    """An over that nobody speaks: a signal for a crew, made by the engine, whole from the start and already ended.

    Its legs, one in each order of the same over, are started, drain and are dropped like any other.
    """

    over: int
    leg: str
    tone: Tone


AudioOrder = BeginOver | JoinOver | StartLeg | HoldLeg | EndOver | DropLeg | ForgetOver | ToneOver


class Record(msgspec.Struct, frozen=True):
    """A decision or fact worth keeping, with its reason. ``facts`` holds numbers, strings and lists of them."""

    kind: str  # "patch", "over", "radio", "position", "rule", "safety"
    subject: str  # which patch, radio, vehicle …
    text: str  # one sentence for a person
    facts: dict[str, object] = {}
    loud: bool = False  # a person should look: a warning in the log


class PatchChanged(msgspec.Struct, frozen=True):
    """The state of a patch changed: publish it."""

    patch: str


Order = TellRadio | AudioOrder | Record | PatchChanged
