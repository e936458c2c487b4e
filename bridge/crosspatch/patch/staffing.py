"""Radios for legs: found, set to the talkgroup, read back; given up when lost, replaced when there is another.

A leg keeps its radio while that is out of order, unless another one is free: so it returns without being asked. Where
radios are scarce, legs wait in a line, by the priority of their patch, then by how long they wait. A patch of higher
priority takes a radio from one of lower priority, but not in the middle of an over; of two patches of equal priority
that block each other with half of what they need, the later one gives way.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Transmitter
from crosspatch.patch.line import Line
from crosspatch.patch.patch import Leg, LegState, Patch, PatchState
from crosspatch_drivers.radio.base import SelectTalkgroup

SELECT_S = 5.0
"""Seconds for a radio to be read back on its talkgroup; radios need 0.3 to 3 s, attaching included."""


class Staffing:
    """Serves the legs of all patches from the fleet."""

    def __init__(self, desk: Desk, fleet: Fleet, patches: dict[str, Patch]) -> None:
        """No leg has a radio yet."""
        self._desk, self._fleet, self._patches = desk, fleet, patches

    def staff(self, patch: Patch, now: float) -> None:
        """Give every leg that lacks a working radio one that is free, or a place in the line."""
        for leg in patch.legs:
            self._give_way(patch, leg, now)
            state = leg.state
            if state is LegState.WAITING or state is LegState.FAILED:
                self._serve(patch, leg, now)
            elif leg.place is not None or leg.reason:
                leg.reason, leg.place = "", None
                self._line(leg).leave(patch.id, leg.talkgroup.id)

    def dismiss(self, patch: Patch) -> None:
        """The patch is over: all its radios are free."""
        for leg in patch.legs:
            self._line(leg).leave(patch.id, leg.talkgroup.id)
            leg.reason, leg.place, leg.taken_by = "", None, None
            self._take_away(leg)

    def outrank(self, patch: Patch) -> None:
        """The patch's priority is another one now: its legs stand in line anew."""
        for leg in patch.legs:
            self._line(leg).leave(patch.id, leg.talkgroup.id)

    def selected(self, patch: Patch, leg: Leg, gssi: int, now: float) -> None:
        """A radio of the patch was read back: on its leg's group, still on its way, or gone from it by itself."""
        if gssi == leg.talkgroup.gssi:
            leg.confirmed, leg.selecting = True, False
            self._cancel(leg)
        elif leg.confirmed:
            where = f"to group {gssi}" if gssi else "from its group"
            text = f"the radio of {leg.talkgroup.id} went {where} by itself: sent back"
            self._desk.record("radio", patch.id, text)
            self._select(leg, now)

    def fit_again(self, leg: Leg, now: float) -> None:
        """The leg's radio works again: it may have forgotten its group."""
        if not (leg.confirmed or leg.selecting):
            self._select(leg, now)

    def unfit(self, leg: Leg) -> None:
        """The leg's radio does not work: where it is has to be read anew."""
        leg.confirmed = False

    def overdue(self, patch: Patch, leg: Leg, now: float) -> None:
        """The read-back did not come: another radio if there is one, else again."""
        leg.selecting = False
        radio = leg.radio
        if radio is None:
            return
        self._desk.count("talkgroup selections without answer")
        self._serve(patch, leg, now)
        if leg.radio is radio and radio.fit:
            self._select(leg, now)

    def any_unmet(self, leg: Leg) -> bool:
        """Whether a radio that could serve the leg was not usable yet since the box started."""
        return self._fleet.any_unmet(leg.talkgroup.network)

    def _line(self, leg: Leg) -> Line:
        return self._fleet.lines[leg.talkgroup.network]

    def _serve(self, patch: Patch, leg: Leg, now: float) -> None:
        network, talkgroup, priority = leg.talkgroup.network, leg.talkgroup.id, patch.priority
        ahead = self._line(leg).ahead(patch.id, talkgroup, priority)
        radio = self._fleet.pick(network, leg.talkgroup.gssi, ahead)
        if radio is None and leg.radio is None and not ahead:
            radio = self._take_from_another(patch, leg)
        if radio is None:
            leg.place = self._line(leg).join(patch.id, talkgroup, priority)
            leg.reason = self._why(leg)
            return
        self._line(leg).leave(patch.id, talkgroup)
        self._assign(patch, leg, radio, now)

    def _assign(self, patch: Patch, leg: Leg, radio: KnownRadio, now: float) -> None:
        self._take_away(leg)
        leg.radio, leg.reason, leg.place, leg.taken_by = radio, "", None, None
        self._fleet.assign(radio, patch.id)
        self._select(leg, now)

    def _why(self, leg: Leg) -> str:
        if leg.radio is not None:
            return f"{leg.radio.name}: {'not read back on its talkgroup' if leg.radio.usable else leg.radio.trouble}"
        taken = f"its radio was taken for patch {leg.taken_by}; " if leg.taken_by is not None else ""
        return f"{taken}{self._fleet.shortage(leg.talkgroup.network)}, number {leg.place} in line"

    # ---- taking and giving way --------------------------------------------------------------------------------

    def _take_from_another(self, patch: Patch, leg: Leg) -> KnownRadio | None:
        """A radio of the patch that matters least, among those that have to give way to this one now."""
        weaker = [
            (self._patches[radio.patch], radio)
            for radio in self._fleet.serving(leg.talkgroup.network)
            if radio.patch is not None and radio.patch != patch.id
        ]
        weaker = [(other, radio) for other, radio in weaker if _gives_way(other, patch)]
        if not weaker:
            return None
        other, radio = min(weaker, key=lambda pair: (pair[0].priority, -pair[0].claimed_as, pair[1].name))
        self._lose(other, radio, patch)
        return radio if radio.transmitter is Transmitter.OFF else None

    def _give_way(self, patch: Patch, leg: Leg, now: float) -> None:
        """Between two overs the first in line gets this leg's radio, if it matters more."""
        first = self._line(leg).first
        if first is None or leg.radio is None or first.patch == patch.id or not leg.radio.usable:
            return
        other = self._patches[first.patch]
        waiting = other.leg_on(first.talkgroup)
        if waiting is None or waiting.radio is not None or not _gives_way(patch, other):
            return
        radio = leg.radio
        self._lose(patch, radio, other)
        if radio.transmitter is Transmitter.OFF:
            self._line(waiting).leave(other.id, first.talkgroup)
            self._assign(other, waiting, radio, now)
        self._desk.touch(other.id)

    def _lose(self, patch: Patch, radio: KnownRadio, winner: Patch) -> None:
        """The patch loses this radio to another one, and is told."""
        leg = patch.leg_of(radio)
        if leg is None:
            return
        self._take_away(leg)
        leg.taken_by = winner.id
        priorities = f"priority {winner.priority} before {patch.priority}"
        text = f"{radio.name} was taken from patch {patch.id} for patch {winner.id} ({priorities})"
        self._desk.record("radio", patch.id, text, {"radio": radio.name, "for": winner.id})
        self._desk.count("radios taken for another patch")
        self._desk.touch(patch.id)

    def _take_away(self, leg: Leg) -> None:
        radio, leg.radio = leg.radio, None
        leg.confirmed = leg.selecting = False
        if radio is not None:
            self._desk.deadlines.cancel(Timer.SELECT, radio.name)
            self._fleet.release(radio)

    def _select(self, leg: Leg, now: float) -> None:
        radio = leg.radio
        if radio is None:
            return
        leg.confirmed, leg.selecting = False, True
        if radio.gssi != leg.talkgroup.gssi:
            radio.speech = None  # whoever speaks does so on the group that it leaves
        self._desk.deadlines.set(Timer.SELECT, radio.name, now + SELECT_S)
        self._desk.tell(radio.name, SelectTalkgroup(leg.talkgroup.gssi))

    def _cancel(self, leg: Leg) -> None:
        radio: KnownRadio | None = leg.radio
        if radio is not None:
            self._desk.deadlines.cancel(Timer.SELECT, radio.name)


def _gives_way(patch: Patch, other: Patch) -> bool:
    """Whether ``patch`` has to give a radio to ``other`` now."""
    if patch.floor.busy:
        return False
    if patch.priority != other.priority:
        return patch.priority < other.priority
    return patch.state is PatchState.FAILED and patch.claimed_as > other.claimed_as
