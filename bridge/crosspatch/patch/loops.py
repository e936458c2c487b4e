"""Loops outside of the box: found by identity or by ear, broken by taking a patch down for a while.

A gateway that forwards what another gateway, or itself by a detour, has sent feeds a circle that ends only when
somebody breaks it. Identities of all boxes' radios are never forwarded (`fleet`); what wears another name is found by
the engine, which hears our own sound come back. The patch that would forward it is broken at once, says which leg
heard what, and tries again later: each time it happens again it stays down twice as long.
"""

from crosspatch.events import EchoHeard, ForeignIdentities
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet
from crosspatch.patch.overs import Overs
from crosspatch.patch.patch import Break, Patch
from crosspatch_drivers.radio.base import EndReason

FIRST_S, MOST_S = 60.0, 3600.0
"""Seconds that a patch stays broken at first, and at most."""

MOST_IDENTITIES = 4096
"""Radios of one other box that are remembered; more is no box."""

MOST_BOXES = 256
"""Other boxes whose radios are remembered."""

FORGOTTEN_S = 900.0
"""Seconds after which the radios of a box that says nothing any more are forgotten; boxes tell them every 300 s."""


class Loops:
    """Breaks loops."""

    def __init__(self, desk: Desk, fleet: Fleet, overs: Overs, patches: dict[str, Patch]) -> None:
        """No loop known, no other box either."""
        self._desk, self._fleet, self._overs, self._patches = desk, fleet, overs, patches

    def foreign(self, event: ForeignIdentities, now: float) -> None:
        """The radios of another box, until it says something else or nothing for `FORGOTTEN_S`."""
        if not self._fleet.knows_box(event.box) and self._fleet.boxes >= MOST_BOXES:
            self._desk.count("boxes refused: too many")
            return
        if len(event.identities) > MOST_IDENTITIES:
            self._desk.count("boxes with too many radios refused")
            return
        self._fleet.learn_foreign(event.box, event.identities)
        self._desk.deadlines.set(Timer.FOREIGN, event.box, now + FORGOTTEN_S)

    def forget(self, box: str) -> None:
        """A box has said nothing for so long."""
        self._fleet.learn_foreign(box, frozenset())

    def heard(self, event: EchoHeard, now: float) -> None:
        """Our own sound came back on this radio."""
        self._desk.count("echoes heard")
        radio, sender = self._fleet.radios.get(event.radio), self._fleet.radios.get(event.sent_on)
        if radio is None or sender is None:
            self._desk.count("events of unknown radios")
            return
        patch = self._patches.get(radio.patch or "")
        where = "no patch" if patch is None else f"patch {patch.id}"
        text = f"{event.radio} ({where}) hears what {event.sent_on} sent {event.delay_ms:.0f} ms before"
        facts: dict[str, object] = {
            "heard_on": event.radio,
            "sent_on": event.sent_on,
            "delay_ms": event.delay_ms,
            "likeness": event.likeness,
        }
        self._desk.record("safety", event.radio, text, facts)
        if patch is None:
            return
        leg = patch.leg_of(radio)
        self._break(patch, f"a loop: {leg.talkgroup.id if leg else event.radio} brings back what was sent: {text}", now)

    def _break(self, patch: Patch, reason: str, now: float) -> None:
        if patch.broken is not None and now < patch.broken.until:
            return
        before = patch.broken
        anew = before is None or now > before.until + MOST_S
        lasting = FIRST_S if before is None or anew else min(2 * before.lasting, MOST_S)
        patch.broken = Break(now + lasting, lasting, f"{reason}; tried again after {lasting:.0f} s")
        self._desk.deadlines.set(Timer.BROKEN, patch.id, patch.broken.until)
        self._desk.count("patches broken because of a loop")
        self._overs.cut(patch, EndReason.SAFETY, f"safety: {reason}", now)
        for leg in patch.legs:
            if leg.radio is not None and leg.radio.speech is not None:
                leg.radio.speech.spent = True
        self._desk.touch(patch.id)
