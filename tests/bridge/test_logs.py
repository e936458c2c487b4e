"""The log: one line for each change, on standard error, for people or as JSON; libraries do not drown it."""

import json
import logging
import subprocess
import sys

import pytest

SPEAK = """
import logging, structlog, sys
from crosspatch import logs
logs.set_up(json_lines={json_lines}, level={level!r})
structlog.get_logger().debug("a detail")
structlog.get_logger().info("patch is up", patch="to-belgium")
logging.getLogger("aiomqtt").info("chatter")
logging.getLogger("aiomqtt").warning("the broker is gone")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("defect")
print("out")
"""


def speak(json_lines: bool, level: str = "INFO") -> tuple[str, str]:
    script = SPEAK.format(json_lines=json_lines, level=level)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_the_log_goes_to_standard_error_only() -> None:
    out, err = speak(json_lines=False)
    assert out == "out\n"
    assert "patch is up" in err
    assert "to-belgium" in err


def test_json_lines_are_one_object_each_with_time_and_level() -> None:
    _, err = speak(json_lines=True)
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["patch is up", "the broker is gone", "defect"]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "ZeroDivisionError" in lines[-1]["exception"]


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_the_level_says_what_is_logged(level: str, expected: int) -> None:
    _, err = speak(json_lines=True, level=level)
    assert expected == len(err.splitlines())


def test_importing_it_configures_nothing() -> None:
    before = list(logging.getLogger().handlers)
    import crosspatch.logs

    assert crosspatch.logs.QUIET
    assert before == list(logging.getLogger().handlers)
