"""What the patches' room shows of itself: its pieces of the snapshot, made from plain state."""

from crosspatch.floor import FloorState
from crosspatch.patch.fleet import KnownRadio
from crosspatch.patch.names import Names
from crosspatch.patch.over import DELIVERED, RUNNING, Over, Sending, SendState
from crosspatch.patch.patch import Leg, LegState, Patch
from crosspatch.snapshot import LegView, PatchView, RadioView

SENDING = {
    SendState.AWAITING: "requested",
    SendState.REQUESTED: "requested",
    SendState.RETRYING: "requested",
    SendState.PARKED: "requested",
    SendState.QUEUED: "queued",
}
"""How a leg that has not been granted yet is shown."""


LEG_WORDS = {state: state.value for state in LegState}
"""How a leg is shown that has no part in a running over."""


def looks_of(patch: Patch) -> tuple[object, ...]:
    """What `patch_view` shows without ``now``, raw: another one when, and only when, the view is another one.

    To be compared after every event, where to make the view would take as long as everything else together.
    """
    over = patch.over
    talking = over if over is not None and patch.floor.state is FloorState.TAKEN else None
    return (
        patch.state,
        patch.reason,
        patch.vehicles,
        patch.floor.state,
        None if talking is None else (talking.talkgroup, talking.talker),
        [(leg.talkgroup, leg.radio, leg.place, leg.mode, leg.mode_reason, leg_state(leg, over)) for leg in patch.legs],
        patch.priority,
        None if patch.hand is None else (patch.hand.by, patch.hand.door, patch.hand.words),
        tuple(patch.refused) if patch.refused else None,
        dict(patch.consents) if patch.consents else None,
        [over.talker for over in patch.waiting] if patch.waiting else None,
    )


def patch_view(patch: Patch, now: float | None, names: Names) -> PatchView:
    """A patch; without ``now`` it is shown without the figures that only the clock moves."""
    over = patch.over
    talking = over is not None and patch.floor.state is FloorState.TAKEN
    expires = None if now is None or patch.ends_at is None else max(0.0, patch.ends_at - now)
    return PatchView(
        id=patch.id,
        rule=patch.rule.id,
        state=patch.state.value,
        reason=patch.reason,
        legs=tuple(leg_view(leg, over) for leg in patch.legs),
        vehicles=patch.vehicles,
        floor=patch.floor.state.value,
        talker=str(over.talker) if talking and over is not None and over.talker is not None else None,
        talker_alias=names.alias(over.talker) if talking and over is not None else "",
        talking_leg=over.talkgroup if talking and over is not None else None,
        since_s=0.0 if now is None or patch.since is None else now - patch.since,
        expires_in_s=expires,
        priority=patch.priority,
        owner=f"rule {patch.rule.id}" if patch.hand is None else patch.hand.by,
        authority="rule" if patch.hand is None else patch.hand.door,
        by_hand="" if patch.hand is None else patch.hand.words,
        refused=tuple(patch.refused),
        consents=dict(patch.consents),
        waiting=tuple("" if over.talker is None else str(over.talker) for over in patch.waiting),
    )


def leg_view(leg: Leg, over: Over | None) -> LegView:
    """A leg: its part in the running over if it has one, else whether it could take part in one."""
    state, reason = leg_state(leg, over)
    return LegView(
        talkgroup=leg.talkgroup.id,
        network=leg.talkgroup.network,
        radio=leg.radio.name if leg.radio else None,
        state=state,
        reason=reason,
        place=leg.place,
        mode=leg.mode.value,
        mode_reason=leg.mode_reason,
        pool=tuple(talkgroup.id for talkgroup in leg.pool),
    )


def leg_state(leg: Leg, over: Over | None) -> tuple[str, str]:
    """What it does, or can do, and why."""
    state, radio = leg.state, leg.radio
    word = LEG_WORDS[state]
    if over is None or radio is None or state is not LegState.READY:
        return word, leg.reason
    if over.talkgroup == leg.talkgroup.id and over.ended is None:
        word = "talking"
    for part in over.legs:
        if part.radio == radio.name:
            return sending_view(part, over, word)
    return word, leg.reason


def sending_view(sending: Sending, over: Over, state: str) -> tuple[str, str]:
    """What a leg does with the running over, and what became of it if that is worth saying."""
    if sending.state is SendState.SENDING:
        return ("sending" if over.ended is None else "draining"), ""
    if sending.state is SendState.DONE:
        ordinary = sending.outcome in (DELIVERED, RUNNING)
        return state, "" if ordinary else f"over {over.number}: {sending.outcome} {sending.detail}".rstrip()
    return SENDING[sending.state], ""


def radio_view(radio: KnownRadio, talkgroups: dict[tuple[str, int], str], names: Names) -> RadioView:
    """A radio; ``talkgroups`` names the groups the site knows, by network and GSSI."""
    talker = radio.speech.talker if radio.speech is not None else None
    return RadioView(
        id=radio.name,
        network=radio.plan.network,
        state=radio.state.value,
        fit=radio.fit,
        reason=radio.reason,
        gssi=radio.gssi,
        talkgroup=None if radio.gssi is None else talkgroups.get((radio.plan.network, radio.gssi)),
        dbm=radio.dbm,
        talker=None if talker is None else str(talker),
        talker_alias=names.alias(talker),
        identity=None if radio.own is None else str(radio.own),
        patch=radio.patch,
        audio_up=radio.audio_up,
        audio_reason=radio.audio_reason,
        alarms=tuple(radio.alarms.values()),
    )
