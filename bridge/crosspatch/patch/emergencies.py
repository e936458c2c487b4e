"""Emergency statuses that our radios hear: written down and shown as an alarm, whoever they are for, patch or not.

Not for sending them on: that is `relay`'s, as the rule wants.
"""

from collections import OrderedDict

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import KnownRadio
from crosspatch.patch.names import Names
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import StatusReceived

SHOWN_S = 600.0
"""Seconds for which an emergency stays an alarm of the radio that heard it; the journal keeps it."""

SAME_S = 10.0
"""Seconds in which the same sender's emergency to the same place is the same one: repeated, or heard by two radios."""

REMEMBERED = 256
"""Senders and places that are watched for that."""

ABOUT = "emergency"
"""What the alarm of the radio is about."""


class Emergencies:
    """Of the whole box."""

    def __init__(self, desk: Desk, names: Names) -> None:
        """None heard yet."""
        self._desk, self._names = desk, names
        self._written: OrderedDict[tuple[Identity | None, Identity], float] = OrderedDict()

    def heard(self, radio: KnownRadio, event: StatusReceived, place: str, now: float) -> None:
        """An emergency status came: on the talkgroup ``place``, or somewhere that no patch serves (empty)."""
        where = f"on {place}" if place else f"to {event.called}"
        text = f"emergency of {told(event.sender)} {where}"
        radio.alarms[ABOUT] = text if event.sender is None else f"{text} ({self._names.sender(event.sender)})"
        self._desk.deadlines.set(Timer.EMERGENCY, radio.name, now + SHOWN_S)
        self._desk.count("emergencies heard")
        last = self._written.pop((event.sender, event.called), None)
        self._written[event.sender, event.called] = now
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        if last is not None and now - last < SAME_S:
            return
        facts = {**facts_of(event.sender), "called": str(event.called), "radio": radio.name}
        facts["network"] = radio.plan.network
        self._desk.record("safety", radio.patch or radio.name, text, facts)

    @staticmethod
    def over(radio: KnownRadio) -> None:
        """The radio's alarm was shown for long enough."""
        radio.alarms.pop(ABOUT, None)


def told(sender: Identity | None) -> str:
    """Who it was, for a person."""
    return "an unknown caller" if sender is None else str(sender)


def facts_of(sender: Identity | None) -> dict[str, object]:
    """Who it was, for the journal."""
    return {"talker": "" if sender is None else str(sender)}
