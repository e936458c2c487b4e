"""`crosspatch run` leaves with one clear message and its exit code when it cannot serve."""

from pathlib import Path

from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.cli.common import Exit

SITE = """
[gateway]
id = "box"
[radios]
[talkgroups]
[networks.c2000]
name = "C2000"
country = "NL"
mcc = 204
mnc = 1
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["run", *map(str, words)])


def test_a_site_file_with_mistakes_is_not_run(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE + "colour = 7\n")
    result = run(site)
    assert result.exit_code == Exit.USAGE
    assert "colour" in result.output


def test_a_level_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    assert run("--log-level", "loud", tmp_path / "site.toml").exit_code == Exit.USAGE


def test_a_run_directory_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE)
    (tmp_path / "file").write_text("")
    result = run(site, "--run-dir", tmp_path / "file")
    assert result.exit_code == Exit.FAILED
    assert f"the run directory {tmp_path / 'file'} is not a directory" in result.output
    assert "Traceback" not in result.output


def test_a_state_directory_that_cannot_be_is_refused_before_anything_starts(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE)
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        result = run(site, "--run-dir", tmp_path / "run", "--state-dir", place)
        assert result.exit_code == Exit.FAILED
        assert f"the state directory {place} is not a directory: there would be no journal" in result.output
