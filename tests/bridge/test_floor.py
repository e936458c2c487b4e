"""The floor of a patch: one talker, draining and hanging before it is free, an emergency first."""

import pytest

from crosspatch.floor import EMERGENCY, NOBODY, PREEMPTIVE, TRANSITIONS, Answer, Floor, FloorState, FloorStep


def floor_in(state: FloorState, priority: int = 0) -> Floor:
    return Floor(state=state, priority=priority)


def test_a_round_goes_from_free_over_taken_draining_and_hanging_to_free() -> None:
    floor = Floor()
    floor.take(1)
    states = [floor.state]
    floor.go(FloorStep.END)
    states.append(floor.state)
    floor.hang(5.0)
    states.append(floor.state)
    floor.go(FloorStep.HUNG)
    states.append(floor.state)
    expected = [FloorState.TAKEN, FloorState.DRAINING, FloorState.HANGING, FloorState.FREE]
    assert expected == states
    assert floor.hang_until == 5.0


@pytest.mark.parametrize("state", FloorState)
@pytest.mark.parametrize("step", FloorStep)
def test_a_step_that_is_not_in_the_table_is_refused_and_changes_nothing(state: FloorState, step: FloorStep) -> None:
    floor = floor_in(state)
    if (state, step) in TRANSITIONS:
        floor.go(step)
        assert TRANSITIONS[state, step] == floor.state
    else:
        with pytest.raises(ValueError, match=f"the floor is {state.value}"):
            floor.go(step)
        assert state == floor.state


@pytest.mark.parametrize(
    ("state", "held", "asked", "doubted", "answer"),
    [
        (FloorState.FREE, 0, 0, False, Answer.GIVEN),
        (FloorState.FREE, 0, 0, True, Answer.GIVEN),
        (FloorState.HANGING, 0, 0, False, Answer.GIVEN),
        (FloorState.HANGING, 0, 0, True, Answer.WAIT),
        (FloorState.TAKEN, 0, 1, False, Answer.WAIT),
        (FloorState.TAKEN, 1, PREEMPTIVE, False, Answer.PREEMPTS),
        (FloorState.TAKEN, PREEMPTIVE, PREEMPTIVE, False, Answer.WAIT),
        (FloorState.DRAINING, 0, PREEMPTIVE, False, Answer.WAIT),
        (FloorState.DRAINING, NOBODY, 0, False, Answer.PREEMPTS),
        (FloorState.TAKEN, 2, EMERGENCY, False, Answer.PREEMPTS),
        (FloorState.DRAINING, 0, EMERGENCY, False, Answer.PREEMPTS),
        (FloorState.TAKEN, EMERGENCY, EMERGENCY, False, Answer.WAIT),
    ],
)
def test_who_asks_gets_an_answer_by_state_and_priority(
    state: FloorState, held: int, asked: int, doubted: bool, answer: Answer
) -> None:
    assert answer == floor_in(state, held).answer(asked, doubted)
