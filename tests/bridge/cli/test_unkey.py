"""`crosspatch unkey` reaches every transmitter it can, whatever state the site file and the ports are in."""

import json
import os
import pty
import select
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from typer.testing import CliRunner, Result

from crosspatch.cli import unkeying
from crosspatch.cli.app import app
from crosspatch.cli.common import Exit
from crosspatch_drivers.radio.pei.commands import unkey_bytes

SITE = """
[gateway]
id = "box"
[radios.nl]
port = "{nl}"
baud = 9600
[radios.be]
port = "{be}"
[radios.voice]
keying = "voice"
"""


class Port:
    """A pseudo-terminal in the place of a radio's port."""

    def __init__(self) -> None:
        self.far, self.near = pty.openpty()
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def written(self) -> bytes:
        ready, _, _ = select.select([self.far], [], [], 0)
        return os.read(self.far, 1024) if ready else b""


@pytest.fixture
def ports() -> Iterator[tuple[Port, Port]]:
    ports = Port(), Port()
    yield ports
    for port in ports:
        os.close(port.far)
        os.close(port.near)


@pytest.fixture
def site(tmp_path: Path, ports: tuple[Port, Port]) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE.format(nl=ports[0].path, be=ports[1].path))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["unkey", *map(str, words)])


def test_all_radios_are_told(site: Path, ports: tuple[Port, Port]) -> None:
    result = run("--all", site)
    assert result.exit_code == Exit.DONE
    assert [unkey_bytes()] * 2 == [port.written() for port in ports]
    assert "nl: told to un-key" in result.output


def test_one_radio_may_be_named(site: Path, ports: tuple[Port, Port]) -> None:
    assert run("--radio", "be", site).exit_code == Exit.DONE
    assert [b"", unkey_bytes()] == [port.written() for port in ports]


def test_json_says_of_each_whether_it_was_told(site: Path) -> None:
    assert json.loads(run("--all", "--json", site).stdout)["be"] == {"told": True, "reason": ""}


def test_one_that_cannot_be_reached_costs_the_others_nothing(
    tmp_path: Path, ports: tuple[Port, Port], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unkeying, "PATIENCE", 0.1)
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(nl=tmp_path / "unplugged", be=ports[1].path))
    result = run("--all", site)
    assert result.exit_code == Exit.FAILED
    assert "nl: not reached: " in result.output
    assert unkey_bytes() == ports[1].written()


def test_a_site_file_that_is_no_toml_any_more_still_names_its_ports(site: Path, ports: tuple[Port, Port]) -> None:
    site.write_text(site.read_text() + "\n[radios.broken\n")
    result = run("--all", site)
    assert result.exit_code == Exit.DONE
    assert [unkey_bytes()] * 2 == [port.written() for port in ports]
    assert "taking every line that names a port" in result.output


def test_a_site_file_that_would_not_pass_the_check_is_good_enough(site: Path, ports: tuple[Port, Port]) -> None:
    site.write_text(site.read_text().replace("baud = 9600", 'baud = "fast"\ncolour = "red"'))
    assert run("--all", site).exit_code == Exit.DONE
    assert unkey_bytes() == ports[0].written()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "Say --all, or --radio NAME."),
        (["--radio", "lu"], "No radio with a port or a wired key is named lu; known: nl, be."),
        (["--radio", "voice"], "No radio with a port or a wired key is named voice; known: nl, be."),
    ],
)
def test_wrong_usage_is_told(site: Path, words: list[str], error: str) -> None:
    result = run(*words, site)
    assert result.exit_code == Exit.USAGE
    assert error in result.output


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("--all", tmp_path / "none.toml")
    assert result.exit_code == Exit.USAGE
    assert "none.toml: cannot be read: No such file or directory" in result.output


def test_a_key_on_a_sound_fob_is_let_go(tmp_path: Path) -> None:
    fob = tmp_path / "hidraw0"
    fob.touch()
    site = tmp_path / "site.toml"
    site.write_text(
        f'[radios.fob]\nkeying = "wired"\nwiring = {{ key = "gpio3", squelch = "x", device = "{fob}" }}\n'
        '[radios.odd]\nkeying = "wired"\nwiring = { key = "gpio9" }\n'
    )
    result = run("--all", site)
    assert (result.exit_code, result.output) == (Exit.DONE, "fob: told to un-key\n")
    assert {bytes((0, 0, 0, 4, 0))} == {fob.read_bytes()[at : at + 5] for at in range(0, fob.stat().st_size, 5)}


def test_a_port_whose_line_may_be_the_key_is_opened_with_it_idle(
    site: Path, ports: tuple[Port, Port], monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[tuple[bool, bool]] = []
    really = serial.Serial.open

    def opened(port: serial.Serial) -> None:
        levels.append((port.rts, port.dtr))
        really(port)

    monkeypatch.setattr(serial.Serial, "open", opened)
    monkeypatch.setattr("crosspatch_drivers.radio.wiring.SerialLines.press", lambda lines, pressed: None)
    text = site.read_text().replace("baud = 9600", 'wiring = { key = "rts", key_inverted = true }')
    site.write_text(text)
    assert run("--radio", "nl", site).exit_code == Exit.DONE
    site.write_text(text + "[broken")
    assert run("--radio", ports[0].path, site).exit_code == Exit.DONE
    assert levels == [(True, True), (True, True), (False, False)]
    assert unkey_bytes() * 2 == ports[0].written()


def test_what_the_unit_runs_says_and_does_the_same_without_reading_a_command_line(
    site: Path, ports: tuple[Port, Port], tmp_path: Path
) -> None:
    program = "import sys, crosspatch.cli; sys.argv[0] = 'crosspatch'\ntry: crosspatch.cli.main()\n"
    program += "finally: assert 'typer' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", program, "unkey", "--all", str(site)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (Exit.DONE, run("--all", site).output)
    assert [unkey_bytes() * 2] * 2 == [port.written() for port in ports]
    gone = [sys.executable, "-m", "crosspatch", "unkey", "--all", str(tmp_path / "none.toml")]
    assert subprocess.run(gone, capture_output=True, check=False).returncode == Exit.USAGE
