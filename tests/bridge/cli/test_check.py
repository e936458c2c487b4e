"""``crosspatch check``: mistakes or a summary, for people and for programs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crosspatch.cli.app import app

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "eijsden.toml"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A file with two mistakes."""
    path = tmp_path / "site.toml"
    text = EXAMPLE.read_text().replace("baud = 38400", "bauds = 38400").replace("gssi = 204101", "gssi = 0")
    path.write_text(text)
    return path


def test_a_sound_site_is_described() -> None:
    result = CliRunner().invoke(app, ["check", str(EXAMPLE)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"{EXAMPLE} is right: gateway eijsden"
    assert (
        "  rule to-belgium: joins nl-maastricht, be-liege when v4101 come within 3000 m or 90 s of belgium"
        in result.stdout.splitlines()
    )


def test_every_mistake_is_printed_and_the_exit_code_says_so(site: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(site)])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{site} cannot be used: 2 mistakes",
        "  site.toml:39: talkgroups.nl-maastricht.gssi: must be greater than or equal to 1, not 0",
        "  site.toml:54: radios.nl-1.bauds: is no known key; did you mean 'baud'?",
    ]


def test_a_program_may_read_it(site: Path) -> None:
    found = json.loads(CliRunner().invoke(app, ["check", str(site), "--json"]).stdout)
    assert (found["ok"], found["file"]) == (False, str(site))
    assert found["mistakes"][1] == {
        "key": "radios.nl-1.bauds",
        "line": 54,
        "text": "is no known key; did you mean 'baud'?",
    }
    sound = json.loads(CliRunner().invoke(app, ["check", str(EXAMPLE), "--json"]).stdout)
    assert (sound["ok"], sound["mistakes"]) == (True, [])
    assert sound["plan"]["rules"]["to-belgium"]["talkgroups"] == ["nl-maastricht", "be-liege"]


def test_a_file_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr
