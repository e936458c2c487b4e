"""What was compiled is compiled anew when something it is built on has changed, wherever that stands."""

import types
from collections.abc import Callable

import numpy as np
import pytest

from crosspatch_codecs.compiled import compiled

FACTOR = 2.0
TABLE = np.arange(3.0)


def inner(value: float) -> float:
    return value + 1.0


def other(value: float) -> float:
    return value + 2.0


def name(part: Callable[[float], float] = inner, **constants: object) -> str:
    """What a loop is kept by that is built on ``part`` and these constants."""

    def loop(value: float) -> float:
        return part_of_it(value) * FACTOR + TABLE[1]  # type: ignore[name-defined]  # noqa: F821

    world = {**globals(), "part_of_it": compiled(types.FunctionType(part.__code__, globals(), "part")), **constants}
    made = compiled(types.FunctionType(loop.__code__, world, "loop"))
    return str(made.py_func.__qualname__)  # type: ignore[attr-defined]


def test_the_same_is_kept_by_the_same_name() -> None:
    assert name() == name()


@pytest.mark.parametrize("change", [{"FACTOR": 2.5}, {"TABLE": np.array([0.0, 5.0, 2.0])}, {"part": other}])
def test_another_constant_or_part_makes_another_name(change: dict[str, object]) -> None:
    assert name() != name(**change)  # type: ignore[arg-type]


def test_a_loop_does_what_the_function_did() -> None:
    def loop(values: np.ndarray) -> float:
        total = 0.0
        for value in values:
            total += value
        return total

    values = np.arange(10.0)
    assert compiled(loop)(values) == loop(values) == 45.0
