"""`crosspatch patch …`, answered by the real heart behind a daemon's door."""

import asyncio
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from tests.bridge.heart.box import RADIOS, TWO, Box, make_box
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.cli.common import Exit
from crosspatch.cli.patch import duration
from crosspatch.control.asking import patch_answers, rule_answers
from crosspatch.control.inbox import Inbox
from crosspatch.snapshot import Snapshot


@pytest.fixture
def box() -> Box:
    box = make_box(TWO, RADIOS)
    box.now = time.monotonic()
    box.fit()
    return box


@pytest.fixture
def run_dir(box: Box) -> Iterator[Path]:
    """The daemon's door, with a heart behind it whose radios are fit."""
    path = Path(tempfile.mkdtemp(prefix="xp-patch-"))

    def status(_: object) -> bytes:
        patches = box.heart.snapshot(time.monotonic()).patches
        return msgspec.json.encode(Snapshot(gateway="box", version="1", at=0.0, uptime_s=1.0, patches=patches))

    def handle(event: Any) -> None:
        box.now = time.monotonic()
        box.event(event)
        box.answer_selections()

    answers = {"status": status, **rule_answers(box.plan, box.heart, handle), **patch_answers(box.heart, handle)}
    loop = asyncio.new_event_loop()
    inbox = Inbox(path, answers)
    loop.run_until_complete(inbox.open())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield path
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    for task in asyncio.all_tasks(loop):
        loop.run_until_complete(task)
    loop.close()
    shutil.rmtree(path)


def run(run_dir: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["patch", *map(str, words), "--run-dir", str(run_dir)])


def told(run_dir: Path, *words: object) -> Any:
    result = run(run_dir, *words, "--json")
    assert result.exit_code == Exit.DONE, result.output
    return json.loads(result.stdout)


def test_a_patch_is_opened_extended_muted_and_closed_by_name(run_dir: Path, box: Box) -> None:
    opened = told(run_dir, "open", "border", "--for", "1h", "--why", "a pursuit", "--by", "jansen")
    assert (opened["state"], opened["owner"], opened["authority"]) == ("up", "jansen", "box")
    assert 3590 < opened["expires_in_s"] <= 3600
    extended = told(run_dir, "extend", "border", "--for", "30m", "--why", "it goes on")
    assert 5390 < extended["expires_in_s"] <= 5400
    muted = told(run_dir, "leg", "border", "nl", "muted", "--why", "an open microphone", "--by", "jansen")
    assert muted["legs"][0]["mode_reason"] == "muted by jansen: an open microphone"
    assert told(run_dir, "leg", "border", "nl", "listen-only", "--why", "better")["legs"][0]["mode"] == "listen-only"
    assert told(run_dir, "leg", "border", "nl", "both", "--why", "it is gone")["legs"][0]["mode"] == "both"
    closed = told(run_dir, "close", "border", "--why", "done", "--by", "jansen")
    assert (closed["state"], closed["reason"]) == ("down", "closed by jansen: done")
    assert len(box.records("command")) == 6


def test_people_read_who_wants_it_and_how_long_still(run_dir: Path) -> None:
    text = run(run_dir, "open", "border", "--for", "90m", "--why", "a pursuit", "--by", "jansen").stdout
    assert "opened by jansen: a pursuit" in text
    assert "wanted by jansen, expires in 90 min" in text
    assert "opened by jansen" in run(run_dir, "show", "border").stdout
    assert "jansen" in run(run_dir, "list").stdout.splitlines()[1]


def test_a_patch_of_any_talkgroups_is_made(run_dir: Path) -> None:
    made = told(run_dir, "open", "incident-7", "-t", "nl", "-t", "be", "-t", "lu", "--for", "600", "--why", "a fire")
    assert [leg["talkgroup"] for leg in made["legs"]] == ["nl", "be", "lu"]
    assert {view["id"] for view in told(run_dir, "list")} == {"border", "incident-7"}
    assert told(run_dir, "close", "incident-7", "--why", "it is out") is None
    assert [view["id"] for view in told(run_dir, "list")] == ["border"]


def test_why_tells_the_chain_of_facts(run_dir: Path) -> None:
    run(run_dir, "open", "border", "--for", "60", "--why", "a pursuit", "--by", "jansen")
    result = run(run_dir, "why", "border")
    assert result.stdout.splitlines()[0].startswith("+ patch border is up for ")
    assert "opened by jansen: a pursuit" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("close", "bordr", "--why", "x"), Exit.FAILED, "no such patch: 'bordr'; there is: border"),
        (("show", "bordr"), Exit.FAILED, "no such patch: 'bordr'; there are: border"),
        (("why", "bordr"), Exit.FAILED, "no rule, no patch and no vehicle 'bordr'"),
        (("open", "border", "--for", "60", "--why", ""), Exit.FAILED, "why is missing: the reason"),
        (("open", "border", "--for", "1d", "--why", "x"), Exit.USAGE, "no unit 'd'; there are s, m, h"),
        (("open", "border", "--for", "soon", "--why", "x"), Exit.USAGE, "'soon' is no duration; one is 90s"),
        (("open", "border", "--why", "x"), Exit.USAGE, "Missing option '--for'"),
        (("close", "border"), Exit.USAGE, "Missing option '--why'"),
    ],
)
def test_what_is_refused_is_told_with_an_exit_code(run_dir: Path, words, code: int, error: str) -> None:
    result = run(run_dir, *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert error in result.stderr


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, "list").exit_code == Exit.NO_DAEMON
    assert run(tmp_path, "close", "border", "--why", "x").exit_code == Exit.NO_DAEMON


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("30m", 1800.0), ("1h30m", 5400.0), ("0.5h", 1800.0)]
)
def test_durations_are_written_as_people_do(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1x", "1h 30", "-5", "1e9h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"do": "open"}, "open: patch is missing"),
        ({"do": "open", "patch": "border", "by": "x", "why": "y"}, "open: for_s is missing"),
        ({"do": "open", "patch": "border", "why": "y", "for_s": 5}, "open: by is missing"),
        ({"do": "close", "patch": "border", "by": "x"}, "close: why is missing"),
        ({"do": "close", "patch": "border", "by": "x", "why": "y", "forse": 1}, "close: no field 'forse' is known"),
        ({"do": "hold", "patch": "a", "by": "x", "why": "y", "for_s": "5"}, "hold: expected float, got str: for_s"),
        ({"do": "leg", "patch": "border", "by": "x", "why": "y", "talkgroup": "nl", "mode": "off"},
         "leg: invalid enum value 'off': mode"),
        ({"do": "close", "patch": "", "by": "x", "why": "y"}, "close: expected str of length >= 1: patch"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_as_described_is_told_what_is_wrong(box: Box, request_, error: str) -> None:
    answers = patch_answers(box.heart, lambda command: box.event(command) and None)
    assert json.loads(answers[request_["do"]](request_)) == {"error": error}
