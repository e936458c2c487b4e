"""``crosspatch journal`` and ``journal verify``, as somebody at the terminal sees them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.journal.store import FILE
from crosspatch.journal.writer import Journal
from crosspatch.orders import Record

STORY = (
    Record("patch", "liege", "patch liege is up: v1 is near", {"from": "down", "to": "up", "radios": ["r-be"]}),
    Record("over", "liege", "over 1 delivered", {"over": 1}),
    Record("radio", "r-be", "r-be lost its service", {}),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    write(tmp_path, *STORY)
    return tmp_path


def write(directory: Path, *records: Record) -> None:
    journal = Journal(directory, time.time)
    journal.start()
    for record in records:
        journal.write(record)
    journal.stop(30)


def crosspatch(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_newest_records_are_shown(state: Path) -> None:
    result = crosspatch("journal", "--state-dir", state, "-n", 2)
    assert result.exit_code == 0
    assert [line.split("  ")[-1] for line in result.stdout.splitlines()] == [
        "over liege: over 1 delivered",
        "radio r-be: r-be lost its service",
    ]


def test_why_a_patch_is_up_is_told_without_its_overs(state: Path) -> None:
    result = crosspatch("journal", "--state-dir", state, "--why", "liege", "--json")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == [STORY[0].text, STORY[2].text]


def test_a_patch_that_the_journal_does_not_know_is_said(state: Path) -> None:
    result = crosspatch("journal", "--state-dir", state, "--why", "nowhere")
    assert (result.exit_code, result.stderr) == (1, "The journal has nothing on a patch 'nowhere'.\n")


def test_json_has_the_facts(state: Path) -> None:
    result = crosspatch("journal", "--state-dir", state, "--kind", "over", "--json")
    record = json.loads(result.stdout)
    assert (record["seq"], record["subject"], record["facts"]) == (2, "liege", {"over": 1})


def test_a_whole_journal_is_whole(state: Path) -> None:
    result = crosspatch("journal", "--state-dir", state, "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("whole: 3 records (1 to 3), 0 no longer kept; newest 3:")


def test_a_tampered_journal_fails_and_names_the_record(state: Path) -> None:
    db = sqlite3.connect(state / FILE)
    db.executescript("DROP TRIGGER no_change; UPDATE records SET text = 'nothing happened' WHERE seq = 2;")
    db.close()
    result = crosspatch("journal", "--state-dir", state, "verify")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "record 2: its content was changed")
    told = json.loads(crosspatch("journal", "--state-dir", state, "verify", "--json").stdout)
    assert (told["whole"], [fault["seq"] for fault in told["faults"]]) == (False, [2])


def test_an_export_is_verified_and_its_newest_record_can_be_noted(state: Path, tmp_path: Path) -> None:
    exported = tmp_path / "export.jsonl"
    exported.write_text(crosspatch("journal", "--state-dir", state, "--export").stdout)
    result = crosspatch("journal", "verify", exported)
    assert result.exit_code == 0
    noted = result.stdout.split("newest ")[1].strip()
    assert crosspatch("journal", "--state-dir", state, "verify", "--noted", noted).exit_code == 0
    assert crosspatch("journal", "verify", "--state-dir", state, "--noted", noted).exit_code == 0
    wrong = noted[:-1] + ("0" if noted[-1] != "0" else "1")
    assert crosspatch("journal", "--state-dir", state, "verify", "--noted", wrong).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--state-dir", "{empty}"], 1, "There is no journal at"),
        (["--state-dir", "{damaged}"], 1, "cannot be read: file is not a database"),
        (["--state-dir", "{damaged}", "verify"], 1, "cannot be read: file is not a database"),
        (["--follow", "--export"], 2, "exclude each other"),
        (["verify", "{damaged}/journal.sqlite"], 2, "line 1: "),
        (["verify", "{empty}/nothing"], 2, "No such file"),
        (["verify", "--noted", "seven"], 2, "'seven' is not of the form NUMBER:HASH"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    damaged, empty = tmp_path / "damaged", tmp_path / "empty"
    damaged.mkdir()
    empty.mkdir()
    (damaged / FILE).write_bytes(b"no database" * 500)
    result = crosspatch("journal", *(argument.format(damaged=damaged, empty=empty) for argument in arguments))
    assert result.exit_code == code
    assert told in result.stderr


def test_following_shows_what_comes(state: Path) -> None:
    heeding = ("env", "--default-signal=INT")  # a shell that runs the tests in the background ignores Ctrl-C for them
    follow = ("-m", "crosspatch", "journal", "--state-dir", str(state), "--follow", "-n", "1")
    with subprocess.Popen(
        [*heeding, sys.executable, *follow],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().endswith("radio r-be: r-be lost its service\n")
        write(state, Record("patch", "liege", "patch liege is down: v1 left", {}))
        assert child.stdout.readline().endswith("patch liege: patch liege is down: v1 left\n")
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0
