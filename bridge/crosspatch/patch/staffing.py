"""Radios for legs: found, set to the talkgroup, read back; given up when lost, replaced when there is another.

A leg keeps its radio while that is out of order, unless another one is free: so it returns without being asked. Who
waits longest is served first.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio
from crosspatch.patch.patch import Leg, LegState, Patch
from crosspatch_drivers.radio.base import SelectTalkgroup

SELECT_S = 5.0
"""Seconds for a radio to be read back on its talkgroup; radios need 0.3 to 3 s, attaching included."""


class Staffing:
    """Serves the legs of all patches from the fleet."""

    def __init__(self, desk: Desk, fleet: Fleet) -> None:
        """No leg has a radio yet."""
        self._desk, self._fleet = desk, fleet

    def staff(self, patch: Patch, now: float) -> None:
        """Give every leg that lacks a working radio one that is free, or a place in the line."""
        for leg in patch.legs:
            if leg.state in (LegState.WAITING, LegState.FAILED):
                self._serve(patch, leg, now)
            else:
                leg.reason = ""
                self._fleet.leave(leg.talkgroup.network, patch.id, leg.talkgroup.id)

    def dismiss(self, patch: Patch) -> None:
        """The patch is over: all its radios are free."""
        for leg in patch.legs:
            self._fleet.leave(leg.talkgroup.network, patch.id, leg.talkgroup.id)
            leg.reason = ""
            self._take_away(leg)

    def selected(self, patch: Patch, leg: Leg, gssi: int, now: float) -> None:
        """A radio of the patch was read back: on its leg's group, still on its way, or gone from it by itself."""
        if gssi == leg.talkgroup.gssi:
            leg.confirmed, leg.selecting = True, False
            self._cancel(leg)
        elif leg.confirmed:
            text = f"the radio of {leg.talkgroup.id} went to group {gssi} by itself: sent back"
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

    def _serve(self, patch: Patch, leg: Leg, now: float) -> None:
        network = leg.talkgroup.network
        radio = self._fleet.pick(network, leg.talkgroup.gssi)
        if radio is None:
            leg.reason = self._why(leg)
            self._fleet.wait(network, patch.id, leg.talkgroup.id)
            return
        self._take_away(leg)
        leg.radio, leg.reason = radio, ""
        self._fleet.leave(network, patch.id, leg.talkgroup.id)
        self._fleet.assign(radio, patch.id)
        self._select(leg, now)

    def _why(self, leg: Leg) -> str:
        if leg.radio is None:
            return self._fleet.shortage(leg.talkgroup.network)
        return f"{leg.radio.name}: {'not read back on its talkgroup' if leg.radio.usable else leg.radio.trouble}"

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
        radio.speech = None  # whoever speaks does so on the group it leaves, or is announced anew
        self._desk.deadlines.set(Timer.SELECT, radio.name, now + SELECT_S)
        self._desk.tell(radio.name, SelectTalkgroup(leg.talkgroup.gssi))

    def _cancel(self, leg: Leg) -> None:
        radio: KnownRadio | None = leg.radio
        if radio is not None:
            self._desk.deadlines.cancel(Timer.SELECT, radio.name)
