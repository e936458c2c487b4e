"""Short data of a virtual network: status and SDS stored and delivered, to radios, to groups, and to who is away.

Pure: time comes in. A message reaches a subscriber on the control channel only, so not while he is in a call. Not for
what a message says, and not for how a radio prints it. Not imitated: individual reports of the network itself.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from crosspatch_drivers.identity import Form, Identity
from crosspatch_drivers.sds.answers import answer
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.header import Header
from crosspatch_drivers.sds.message import SDS_4, decode, encode
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.told import DataSent, ShortData, Told

LOOK = 0.2
"""Seconds between looks whether somebody can be reached."""

SENDER_PATIENCE = 10.0
"""Seconds a sender waits to leave his call, then the message has failed."""

MOST_WAITING = 256
"""Messages on their way; more are refused."""

KEPT = 1000
"""Messages kept for whoever wants to see what was sent."""


class Subscribers(Protocol):
    """What the post needs of its network."""

    settings: TwinNetwork

    def registered(self, who: Identity) -> bool:
        """Whether the subscriber can be reached at all."""

    def in_call(self, who: Identity) -> bool:
        """Whether the subscriber is in a call."""

    def members(self, gssi: int) -> list[Identity]:
        """Who is in the group."""

    def tell(self, who: Identity, told: Told, at: float) -> None:
        """Send an indication."""


@dataclass(slots=True, eq=False)
class Parcel:
    """One message for one subscriber, or still with its sender."""

    message: ShortData
    to: Identity
    due: float
    until: float


class Post:
    """All messages of one network."""

    def __init__(self, network: Subscribers, dice: Random) -> None:
        """Nothing on its way."""
        self.sent: deque[tuple[float, ShortData]] = deque(maxlen=KEPT)
        self.refused = 0
        self._network, self._dice = network, dice
        self._parcels: list[Parcel] = []
        self._leaving: list[tuple[Parcel, int]] = []  # with their senders yet, and the senders' references
        self._references: dict[Identity, int] = {}

    def hand_in(self, message: ShortData, at: float) -> int:
        """A radio sends: its reference (1-255). It is told `DataSent` later. ValueError when too much is on its way."""
        reference = self._references.get(message.sender, 0) % 255 + 1
        self._references[message.sender] = reference
        if len(self._leaving) >= MOST_WAITING:
            self.refused += 1
            msg = "too many messages on their way"
            raise ValueError(msg)
        settings = self._network.settings
        delay = (settings.data_ms + self._dice.random() * settings.data_jitter_ms) / 1000
        self._leaving.append((Parcel(message, message.sender, at + delay, at + SENDER_PATIENCE), reference))
        return reference

    def deliver(self, message: ShortData, at: float) -> None:
        """Bring a message to its subscriber, or to all of its group but the sender."""
        self.sent.append((at, message))
        group = [who for who in self._network.members(message.called.ssi) if who != message.sender]
        for who in group or [message.called]:
            if len(self._parcels) >= MOST_WAITING:
                self.refused += 1
                return
            self._parcels.append(Parcel(message, who, at, at + self._network.settings.data_store_s))

    def taken(self, message: ShortData, who: Identity, at: float) -> None:
        """A subscriber with a radio of his own has the message: that radio reports it, if the sender asked for it."""
        said = decode(message.service, Bits(int(message.data, 16), 4 * len(message.data)).part(0, message.bits))
        sender, called = (each.digits(Form.TSI_17) for each in (message.sender, message.called))
        if isinstance(said, Refusal):
            return
        reply = answer(Header(message.service, sender, called, message.bits), said, who)
        if reply is not None:
            bits = encode(reply)
            delay = self._network.settings.data_ms / 1000
            self.deliver(ShortData(who, message.sender, SDS_4, bits.count, bits.hex()), at + delay)

    def timers(self) -> Iterator[tuple[float, Callable[[float], None]]]:
        """What is to happen by itself, and when."""
        for parcel in self._parcels:
            yield parcel.due, partial(self._bring, parcel)
        for parcel, reference in self._leaving:
            yield parcel.due, partial(self._leave, parcel, reference)

    def _bring(self, parcel: Parcel, at: float) -> None:
        if self._network.registered(parcel.to) and not self._network.in_call(parcel.to):
            self._parcels.remove(parcel)
            self._network.tell(parcel.to, parcel.message, at)
        elif at >= parcel.until:
            self._parcels.remove(parcel)
        else:
            parcel.due = at + LOOK

    def _leave(self, parcel: Parcel, reference: int, at: float) -> None:
        sender = parcel.to
        free = self._network.registered(sender) and not self._network.in_call(sender)
        if not free and at < parcel.until:
            parcel.due = at + LOOK
            return
        self._leaving.remove((parcel, reference))
        self._network.tell(sender, DataSent(reference, free), at)
        if free:
            self.deliver(parcel.message, at)
