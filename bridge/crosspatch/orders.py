"""What the pure heart orders: of radios, of the audio engine, of the journal.

Audio orders also cross the process boundary to the engine, so they are msgspec structs, tagged by their name.
``over`` numbers overs from 1 in each run of the daemon. Radios are named by their id in the site file.
"""

from dataclasses import dataclass, field

import msgspec

from crosspatch_drivers.radio.base import RadioOrder


@dataclass(frozen=True, slots=True)
class TellRadio:
    """Give this order to this radio."""

    radio: str
    order: RadioOrder


class BeginOver(msgspec.Struct, frozen=True, tag=True):
    """An over began on ``source``: record it for each of ``legs``, from before the announcement (look-back)."""

    over: int
    source: str
    legs: tuple[str, ...]


class StartLeg(msgspec.Struct, frozen=True, tag=True):
    """The leg's transmitter was granted: after its settling time play the over from the first sample."""

    over: int
    leg: str


class EndOver(msgspec.Struct, frozen=True, tag=True):
    """The talker ended: keep recording the tail, then play what is left; each leg tells when it has drained."""

    over: int


class DropLeg(msgspec.Struct, frozen=True, tag=True):
    """This leg's part of the over is finished: stop playing and forget what is left."""

    over: int
    leg: str


AudioOrder = BeginOver | StartLeg | EndOver | DropLeg


@dataclass(frozen=True, slots=True)
class Record:
    """A decision or fact worth keeping, with its reason. ``facts`` holds numbers, strings and lists of them."""

    kind: str  # "patch", "over", "radio", "position", "rule", "safety"
    subject: str  # which patch, radio, vehicle …
    text: str  # one sentence for a person
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PatchChanged:
    """The state of a patch changed: publish it."""

    patch: str


Order = TellRadio | AudioOrder | Record | PatchChanged
