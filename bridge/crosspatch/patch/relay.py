"""Short messages across a patch, as its rule wants: texts with their sender's name, statuses by what they mean.

A message to a leg's talkgroup goes to those of the other legs. What another gateway may send back is stopped three
times: our own radios' messages go nowhere, whoever sent them on; what was relayed lately is not relayed again, whatever
name it wears now; and a patch relays only so many a minute. Not for voice.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from crosspatch.patch.desk import Desk
from crosspatch.patch.emergencies import Emergencies, facts_of, told
from crosspatch.patch.fleet import Fleet, KnownRadio
from crosspatch.patch.names import Names
from crosspatch.patch.patch import Leg, Patch, PatchState
from crosspatch.patch.signals import Signals
from crosspatch.plan import Network, Plan
from crosspatch.texts import Texts, fitted
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import RadioOrder, SdsReceived, SendStatus, SendText, StatusReceived
from crosspatch_drivers.radio.settings import WITH_PEI

REMEMBERED_S = 60.0
"""Seconds in which a sender's same message is not relayed again, nor a text under another name."""

BOUNCE_S = 10.0
"""Seconds in which a status that comes from another leg is taken for the one that was relayed to it."""

LONG = 12
"""Letters and digits from which a text that ends with a relayed one is that one, behind whatever name."""

MOST_A_MINUTE = 20
"""Messages that a patch relays within `REMEMBERED_S`; an emergency always passes."""

EMERGENCY_STATUS = 0
"""The one status that means the same everywhere (ETSI EN 300 392-2, pre-coded status)."""

EMERGENCY = 3
"""The priority of an emergency, which a network may not grant foreigners."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """What was relayed lately. ``mark`` is what stays of it under another name."""

    at: float
    mark: str
    sender: Identity | None  # None: the radio did not tell
    talkgroup: str  # where it came from


class Relay:
    """Relays the messages of all patches."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        fleet: Fleet,
        texts: Texts,
        patches: dict[str, Patch],
        *,
        emergencies: Emergencies,
    ) -> None:
        """Nothing relayed yet."""
        self._networks, self._desk, self._fleet = plan.networks, desk, fleet
        self._texts, self._patches, self._names = texts, patches, Names(plan)
        self._signals, self._emergencies = Signals(plan, desk), emergencies
        self._nowhere: deque[float] = deque(maxlen=MOST_A_MINUTE)  # when a text that went nowhere was written down
        self._relayed: dict[str, deque[Relayed]] = {}

    def text(self, radio: KnownRadio, event: SdsReceived, now: float) -> None:
        """A text came."""
        patch, leg = self._place(radio, event, "text")
        if patch is None or leg is None:
            self._went_nowhere(radio, event, now)
            return
        if not event.text.strip():
            return
        mark = plain(event.text)
        named = event.text.lstrip().startswith("[")
        if any(came_back(mark, named, known) for known in self._lately(patch, now)):
            self._desk.count("texts that came back")
        elif self._may(patch, Relayed(now, mark, event.sender, leg.talkgroup.id)):
            words = fitted(f"[{self._names.sender(event.sender)}] {event.text.strip()}")
            self._send(patch, leg, event.sender, f"text {words!r}", lambda to, _: SendText(to, words, group=True))

    def status(self, radio: KnownRadio, event: StatusReceived, now: float) -> None:
        """A status came. An emergency is written down whether it is sent on or not."""
        emergency = event.status == EMERGENCY_STATUS
        if emergency and not self._fleet.is_own(event.sender):
            self._emergencies.heard(radio, event, self._talkgroup(radio, event), now)
        patch, leg = self._place(radio, event, "status")
        if patch is None or leg is None:
            return
        meaning = self._networks[leg.talkgroup.network].statuses.get(event.status, "")
        if not (emergency or meaning):
            self._desk.count("statuses without a meaning not relayed")
            return
        new = Relayed(now, f"status {meaning}", event.sender, leg.talkgroup.id)
        if any(bounced(new, known) for known in self._lately(patch, now)):
            self._desk.count("statuses that came back")
            return
        if emergency:
            self._signals.emergency(patch, leg, now)
        if self._may(patch, new, always=emergency):
            what = "an emergency" if emergency else f"status {meaning!r}"
            source = self._networks[leg.talkgroup.network]
            self._send(
                patch,
                leg,
                event.sender,
                what,
                lambda to, network: self._translated(event.sender, source, network, to, meaning),
                priority=priority(event),
            )

    # ---- what goes out ----------------------------------------------------------------------------------------

    def _translated(
        self, sender: Identity | None, source: Network, network: Network, to: Identity, meaning: str
    ) -> RadioOrder | None:
        """The status that means the same in this network; an emergency, or words of it where foreigners have none."""
        if meaning:
            number = next((number for number, word in network.statuses.items() if word == meaning), None)
            return None if number is None else SendStatus(to, number, group=True)
        if network.cap(source.id) >= EMERGENCY:
            return SendStatus(to, EMERGENCY_STATUS, group=True)
        caller = self._names.caller(sender, source)
        words = self._texts.render(network.spoken[0], "emergency", {"sender": caller})
        return SendText(to, words or f"EMERGENCY {caller}", group=True)

    def _send(
        self,
        patch: Patch,
        leg: Leg,
        sender: Identity | None,
        what: str,
        order: Callable[[Identity, Network], RadioOrder | None],
        *,
        priority: int = 0,
    ) -> None:
        """To the talkgroups of all other legs that hear messages of this priority."""
        reached = []
        for other in patch.legs:
            if other is leg or other.radio is None or not can_write(other) or not other.hears(priority):
                continue
            network = self._networks[other.talkgroup.network]
            message = order(Identity(network.mcc, network.mnc, other.talkgroup.gssi), network)
            if message is None:
                self._desk.count("statuses without a meaning not relayed")
                continue
            self._desk.tell(other.radio.name, message)
            reached.append(other.talkgroup.id)
        text = f"{what} of {told(sender)} on {leg.talkgroup.id} sent on to {', '.join(reached) or 'nobody'}"
        self._desk.record("message", patch.id, text, {**facts_of(sender), "talkgroups": reached})
        self._desk.count("messages relayed")

    # ---- what is let through ----------------------------------------------------------------------------------

    def _place(
        self, radio: KnownRadio, event: SdsReceived | StatusReceived, kind: str
    ) -> tuple[Patch | None, Leg | None]:
        """The patch and leg this message belongs to, if it is to be relayed."""
        patch = self._patches.get(radio.patch or "")
        leg = None if patch is None else patch.leg_of(radio)
        if patch is None or leg is None or patch.state is not PatchState.UP or kind not in patch.rule.relay:
            return None, None
        ours = event.group and event.called.ssi == leg.talkgroup.gssi
        if not ours and event.sender is not None:  # an emergency without a sender is one of the network
            return None, None
        if self._fleet.is_own(event.sender):
            self._desk.count("own messages not relayed")
            return None, None
        if not leg.is_heard(priority(event)):
            self._desk.count("messages of muted legs not relayed")
            return None, None
        return patch, leg

    def _talkgroup(self, radio: KnownRadio, event: StatusReceived) -> str:
        """The talkgroup of the radio's leg, if that is where the status went."""
        patch = self._patches.get(radio.patch or "")
        leg = None if patch is None else patch.leg_of(radio)
        return leg.talkgroup.id if leg is not None and event.group and event.called.ssi == leg.talkgroup.gssi else ""

    def _went_nowhere(self, radio: KnownRadio, event: SdsReceived, now: float) -> None:
        """A text that no patch relays: somebody may have meant us."""
        if self._fleet.is_own(event.sender):
            return
        while self._nowhere and now - self._nowhere[0] > REMEMBERED_S:
            self._nowhere.popleft()
        self._desk.count("texts that went nowhere")
        if len(self._nowhere) < MOST_A_MINUTE:
            self._nowhere.append(now)
            text = f"text {event.text.strip()!r} of {event.sender} to {event.called} was not sent on to anybody"
            self._desk.record("message", radio.patch or radio.name, text, {"talker": str(event.sender)})

    def _lately(self, patch: Patch, now: float) -> deque[Relayed]:
        """What this patch relayed in the last minute."""
        relayed = self._relayed.setdefault(patch.id, deque(maxlen=4 * MOST_A_MINUTE))
        while relayed and now - relayed[0].at > REMEMBERED_S:
            relayed.popleft()
        return relayed

    def _may(self, patch: Patch, new: Relayed, *, always: bool = False) -> bool:
        relayed = self._relayed[patch.id]
        if len(relayed) >= MOST_A_MINUTE and not always:
            self._desk.count("messages not relayed: too many")
            return False
        relayed.append(new)
        return True


def came_back(mark: str, named: bool, known: Relayed) -> bool:
    """Whether a text is a relayed one again: the same, or behind a name somebody put in front of it."""
    return mark == known.mark or (mark.endswith(known.mark) and (named or len(known.mark) >= LONG))


def bounced(new: Relayed, known: Relayed) -> bool:
    """Whether a status is a relayed one again: of the same sender, or from where it was relayed to just now."""
    if new.mark != known.mark:
        return False
    return new.sender == known.sender or (new.talkgroup != known.talkgroup and new.at - known.at < BOUNCE_S)


def can_write(leg: Leg) -> bool:
    """Whether the leg's radio can send short messages: it has a data cable and works."""
    return leg.radio is not None and leg.radio.fit and leg.radio.plan.keying in WITH_PEI


def priority(event: SdsReceived | StatusReceived) -> int:
    """That of a talker who says the same."""
    return EMERGENCY if isinstance(event, StatusReceived) and event.status == EMERGENCY_STATUS else 0


def plain(text: str) -> str:
    """What stays of a text whoever puts his name in front of it: letters and digits."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
