"""``crosspatch radio probe``: what it found, for people and programs, and the profile it wrote."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner

from crosspatch.cli.app import app
from crosspatch.cli.common import Exit
from crosspatch_drivers.radio.port import Line, open_serial
from crosspatch_drivers.radio.profiles import load_profile
from crosspatch_drivers.twin.line import PtyLine

ANSWERS = {
    b"AT+GMI?": b"+GMI: SEPURA\r\n",
    b"AT+CTOM?": b"+CTOM: 0\r\n",
    b"AT+CTGS?": b"+CTGS: 1,1001\r\n",
}


class Radio:
    """The far end of a port, which says yes to everything."""

    def __init__(self, path: Path) -> None:
        self.line = PtyLine(path, self._hear)
        self.line.open()

    def _hear(self, data: bytes) -> None:
        for command in data.split(b"\r"):
            if command:
                self.line.write(b"\r\n" + ANSWERS.get(command, b"") + b"OK\r\n")


async def test_it_tells_what_is_there_and_writes_the_profile(tmp_path: Path) -> None:
    radio = Radio(tmp_path / "port")
    found = tmp_path / "found.toml"
    asked = ["radio", "probe", str(tmp_path / "port"), "--baud", "9600", "--write", str(found)]
    result = await asyncio.to_thread(CliRunner().invoke, app, asked)
    radio.line.close()
    assert result.exit_code == Exit.DONE, result.output
    assert "AT+CTGS?" in result.output
    assert "+CTGS: 1,1001 | OK" in result.output
    assert "It answers at 9600 baud without hardware flow control. Profile: sepura." in result.output
    assert load_profile(found).name == "sepura"


async def test_programs_get_json(tmp_path: Path) -> None:
    radio = Radio(tmp_path / "port")
    result = await asyncio.to_thread(CliRunner().invoke, app, ["radio", "probe", str(tmp_path / "port"), "--json"])
    radio.line.close()
    told = json.loads(result.stdout)
    assert (told["answers"], told["baud"], told["tetra"], told["profile"]) == (True, 38400, True, "sepura")
    assert {"question": "AT+CTOM?", "answer": ["+CTOM: 0", "OK"]} in told["steps"]


def test_a_port_that_is_not_there_is_one_clear_line() -> None:
    result = CliRunner().invoke(app, ["radio", "probe", "/nonexistent"])
    assert result.exit_code == Exit.FAILED
    assert "/nonexistent" in result.output
    assert "Traceback" not in result.output


LOG = """# a remark
1.0 > AT\\r
1.1 < \\r\\nOK\\r\\n
nonsense
1.2 < \\q
1.3 < \\r\\n+CTICN: 1,0,0,0,0,2060000100000101,1,1,0,1,0,0,1001,0\\r\\n
"""


def test_a_raw_log_is_replayed_and_each_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r1.log"
    path.write_text(LOG)
    result = CliRunner().invoke(app, ["radio", "replay", str(path)])
    assert result.exit_code == Exit.FAILED
    assert f"{path}:4: no entry of a raw log: 'nonsense'" in result.output
    assert f"{path}:5: no entry of a raw log" in result.output
    assert "3 entries" in result.output
    assert "bad lines 2" in result.output
    path.write_text("\n".join(line for line in LOG.splitlines() if line[:4] not in {"nons", "1.2 "}))
    result = CliRunner().invoke(app, ["radio", "replay", str(path), "--json"])
    assert result.exit_code == Exit.DONE
    told = json.loads(result.stdout)
    assert "+CTICN: 1,0,0,0,0,2060000100000101,1,1,0,1,0,0,1001,0" in {each["text"] for each in told["moments"]}
    assert (told["entries"], told["counters"]["bad lines"]) == (3, 0)


def test_a_log_that_does_not_tell_its_network_says_so_and_takes_it_from_a_person(tmp_path: Path) -> None:
    path = tmp_path / "cut.log"
    path.write_text("1.0 < \\r\\n+CTXG: 1,3,0,0,0,101\\r\\n\n")
    result = CliRunner().invoke(app, ["radio", "replay", str(path)])
    assert "000-00000-101 speaks" in result.output
    assert "does not tell which network" in result.output
    result = CliRunner().invoke(app, ["radio", "replay", str(path), "--network", "206-1"])
    assert "206-00001-101 speaks" in result.output
    assert "does not tell which network" not in result.output
    result = CliRunner().invoke(app, ["radio", "replay", str(path), "--network", "belgium"])
    assert (result.exit_code, "'belgium' is no network" in result.output) == (Exit.USAGE, True)


def test_a_log_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    for path, why in (("missing.log", "cannot be read: No such file"), (".", "is a folder"), ("empty.log", "holds no")):
        result = CliRunner().invoke(app, ["radio", "replay", str(tmp_path / path)])
        assert (result.exit_code, 1) == (Exit.FAILED, len(result.output.splitlines()))
        assert why in result.output
    result = CliRunner().invoke(app, ["radio", "replay", str(tmp_path / "empty.log"), "--profile", "motorla"])
    assert result.exit_code == Exit.USAGE
    assert "there is no profile 'motorla'" in result.output


async def test_a_port_that_another_process_has_is_said_to_be(tmp_path: Path) -> None:
    radio = Radio(tmp_path / "port")
    holder = open_serial(str(tmp_path / "port"), Line(38400))
    result = await asyncio.to_thread(CliRunner().invoke, app, ["radio", "probe", str(tmp_path / "port")])
    holder.close()
    radio.line.close()
    assert result.exit_code == Exit.FAILED
    assert result.output == f"{tmp_path / 'port'}: another process has it\n"


def test_a_file_that_is_no_port_is_said_to_be_none() -> None:
    result = CliRunner().invoke(app, ["radio", "probe", "/dev/null"])
    assert (result.exit_code, result.output) == (Exit.FAILED, "/dev/null: it is no serial port\n")
