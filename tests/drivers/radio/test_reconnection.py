"""A port that fails is tried again, ever more slowly up to a bound, and loudly only once."""

from structlog.testing import capture_logs

from crosspatch_drivers.radio.reconnection import LONGEST_PAUSE, STEADY_S, Connection, Reconnection


def test_pauses_grow_to_a_bound() -> None:
    story = Reconnection("r1", "/dev/x")
    pauses = []
    for i in range(2000):
        story.opening(float(i))
        pauses.append(story.failed("gone", float(i)))
    assert pauses[:5] == [0.2, 0.4, 0.8, LONGEST_PAUSE, LONGEST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE
    assert story.state is Connection.WAITING


def test_the_first_failure_is_a_warning_the_next_are_not_and_success_tells_how_long_it_took() -> None:
    story = Reconnection("r1", "/dev/x")
    with capture_logs() as logs:
        story.opening(0.0)
        story.failed("gone", 0.0)
        story.opening(1.0)
        story.failed("gone", 1.0)
        story.opening(4.0)
        story.opened(4.0)
    assert [entry["log_level"] for entry in logs] == ["warning", "debug", "info"]
    assert logs[-1]["after_s"] == 4.0
    assert logs[-1]["failures"] == 2
    assert story.state is Connection.OPEN


def test_a_port_that_was_steady_begins_anew() -> None:
    story = Reconnection("r1", "/dev/x")
    for at in (0.0, 1.0, 2.0):
        story.opening(at)
        story.failed("gone", at)
    story.opening(3.0)
    story.opened(3.0)
    with capture_logs() as logs:
        assert story.failed("pulled", 3.0 + STEADY_S) == 0.2
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_a_port_that_flaps_is_not_hammered() -> None:
    story = Reconnection("r1", "/dev/x")
    pauses = []
    for i in range(6):
        story.opening(float(i))
        story.opened(float(i))
        pauses.append(story.failed("pulled", i + 0.1))
    assert pauses == [0.2, 0.4, 0.8, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_nobody_wanting_it_is_the_end() -> None:
    story = Reconnection("r1", "/dev/x")
    story.opening(0.0)
    story.failed("gone", 0.0)
    story.closed()
    assert (story.state, story.failures) == (Connection.CLOSED, 0)
