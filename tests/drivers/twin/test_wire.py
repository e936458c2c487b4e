"""A broken line loses, cuts, glues and delays what it is told to, by its seed, and a whole one does nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.twin.faults import RadioFaults
from crosspatch_drivers.twin.wire import GLUE_LIMIT, MOST_WAITING, PIECE_GAP, Wire

LINES = [b"\r\n+CTXG: %d,0,0,0\r\n" % number for number in range(200)]


def wire(**faults: object) -> Wire:
    made = Wire("seed")
    made.faults = replace(RadioFaults(), **faults)  # type: ignore[arg-type]
    return made


def sent(made: Wire, every: float = 0.1) -> bytes:
    """All of `LINES`, one each 100 ms, and time after that."""
    data = b""
    for number, line in enumerate(LINES):
        made.put(line, number * every)
        data += made.take(number * every)
    return data + made.take(1000.0)


def test_a_whole_line_carries_everything_at_its_time() -> None:
    assert sent(wire()) == b"".join(LINES)
    made = wire()
    made.put(b"later", 5.0)
    assert (made.take(4.99), made.next_due(), made.take(5.0)) == (b"", 5.0, b"later")


def test_lines_keep_their_order() -> None:
    made = wire()
    for line in LINES:
        made.put(line, 1.0)
    assert made.take(1.0) == b"".join(LINES)


def test_a_mute_radio_says_nothing() -> None:
    assert sent(wire(mute=True)) == b""


def test_a_delay_holds_for_every_line() -> None:
    made = wire(delay_ms=500.0)
    made.put(b"x", 1.0)
    assert made.take(1.49) == b""
    assert made.take(1.5) == b"x"


def test_a_cut_line_comes_in_three_pieces_and_stays_whole() -> None:
    made = wire(cut=True)
    made.put(LINES[0], 1.0)
    made.put(LINES[1], 1.01)
    pieces = [made.take(1.0 + number * PIECE_GAP + 1e-6) for number in range(7)]
    assert [len(piece) > 0 for piece in pieces] == [True] * 6 + [False]
    assert b"".join(pieces) == LINES[0] + LINES[1]


def test_a_glued_line_comes_with_the_next_or_in_the_end_alone() -> None:
    made = wire(glue=True)
    made.put(LINES[0], 1.0)
    assert made.take(1.1) == b""
    made.put(LINES[1], 1.2)
    assert made.take(1.2) == LINES[0] + LINES[1]
    made.put(LINES[2], 2.0)
    assert made.next_due() == 2.0 + GLUE_LIMIT
    assert made.take(2.0 + GLUE_LIMIT) == LINES[2]


@pytest.mark.parametrize(("fault", "unit"), [("line_loss", 19), ("byte_loss", 1)])
def test_losses_have_the_rate_they_are_told(fault: str, unit: int) -> None:
    whole = b"".join(LINES)
    lost = (len(whole) - len(sent(wire(**{fault: 0.1})))) / len(whole)
    assert lost == pytest.approx(0.1, abs=0.05)


def test_noise_comes_before_lines_and_harms_none() -> None:
    data = sent(wire(noise=0.5))
    assert all(line in data for line in LINES)
    assert len(data) > len(b"".join(LINES)) + 100


def test_one_seed_gives_one_course_of_events() -> None:
    assert sent(wire(byte_loss=0.1, noise=0.1)) == sent(wire(byte_loss=0.1, noise=0.1))


def test_commands_get_lost_at_the_rate_they_are_told() -> None:
    made = wire(command_loss=0.2)
    assert sum(made.hears_nothing() for _ in range(1000)) == pytest.approx(200, abs=60)
    assert not wire().hears_nothing()
    assert wire(deaf=True).hears_nothing()


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.floats(0, 10)), max_size=50), st.booleans())
def test_nothing_is_lost_unless_told(lines: list[tuple[bytes, float]], cut: bool) -> None:
    made = wire(cut=cut, delay_ms=100.0)
    for line, due in lines:
        made.put(line, due)
    assert sorted(made.take(1000.0)) == sorted(b"".join(line for line, _ in lines))


def test_what_nobody_reads_is_bounded_and_counted() -> None:
    made = wire()
    for number in range(MOST_WAITING + 5):
        made.put(b"x", float(number))
    assert made.dropped == 5
    made.clear()
    assert made.take(1e9) == b""
