"""`crosspatch why`, `why-not` and `approve`, answered by the real heart and rules behind a daemon's door."""

import asyncio
import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.cli.common import Exit
from crosspatch.config import load_geofence, load_site
from crosspatch.control.asking import rule_answers
from crosspatch.control.inbox import Inbox
from crosspatch.events import PositionReport
from crosspatch.heart import Heart
from crosspatch.rules import RuleBook

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "eijsden.toml"


@pytest.fixture(scope="module")
def run_dir() -> Iterator[Path]:
    """A gateway whose vehicle is two kilometres before Belgium, and whose rule waits for approval."""
    path = Path(tempfile.mkdtemp(prefix="xp-why-"))
    site = path / "site.toml"
    site.write_text(EXAMPLE.read_text().replace("max_s = 7200", 'max_s = 7200\napproval = "confirm"'))
    plan = load_site(site)
    heart = Heart(plan, RuleBook(plan, load_geofence(plan, site), 0.0))
    now = time.time()
    heart.handle(PositionReport("v4101", 5.7160, 50.8000, now, now, 5.0, 100.0, 180.0), time.monotonic())
    answers = rule_answers(plan, heart, lambda event: heart.handle(event, time.monotonic()) and None)
    loop = asyncio.new_event_loop()
    inbox = Inbox(path, answers)
    loop.run_until_complete(inbox.open())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield path
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    shutil.rmtree(path)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_why_prints_the_chain_of_facts_of_a_patch(run_dir: Path) -> None:
    result = run("why", "to-belgium", "--run-dir", run_dir)
    assert result.exit_code == Exit.DONE
    lines = result.stdout.splitlines()
    assert lines[0].startswith("- rule to-belgium wants its patch armed: v4101 is 1.3 km before BE")
    assert lines[1] == "- nobody has approved it"
    assert lines[2].startswith("+ v4101 is 1.3 km before BE")
    assert lines[3].startswith("- patch to-belgium is proposed for 0 s: it waits for its radios: nl-maastricht (")
    assert lines[4].startswith("- nl-maastricht on no radio: waiting")


def test_why_of_a_vehicle_names_its_rules(run_dir: Path) -> None:
    facts = json.loads(run("why", "v4101", "--run-dir", run_dir, "--json").stdout)
    assert re.match(r"v4101 reported \d+ s ago: 50\.80000, 5\.71600", facts[0]["text"])
    assert [fact["text"].split(":")[0] for fact in facts[1:]] == ["rule to-belgium"]


def test_why_not_prints_what_is_missing_until_it_is_there(run_dir: Path) -> None:
    assert "- nobody has approved it" in run("why-not", "to-belgium", "--run-dir", run_dir).stdout.splitlines()
    result = run("approve", "to-belgium", "--by", "Jansen", "--run-dir", run_dir)
    assert (result.exit_code, result.stdout) == (Exit.DONE, "to-belgium: approved\n")
    assert not [
        line for line in run("why-not", "to-belgium", "--run-dir", run_dir).stdout.splitlines() if "appr" in line
    ]
    assert "+ Jansen agreed" in run("why", "to-belgium", "--run-dir", run_dir).stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("why", "nobody"), "no rule, no patch and no vehicle 'nobody'"),
        (("why-not", "nobody"), "no rule, no patch and no vehicle 'nobody'"),
        (("approve", "v4101"), "no rule 'v4101' that waits for approval"),
    ],
)
def test_an_unknown_name_is_told(run_dir: Path, words, told) -> None:
    result = run(*words, "--run-dir", run_dir)
    assert (result.exit_code, result.stderr) == (Exit.FAILED, f"{told}\n")


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    assert run("why", "x", "--run-dir", tmp_path).exit_code == Exit.NO_DAEMON
