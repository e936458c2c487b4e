"""``crosspatch twin``: as a process, on a settings file, asked from outside, ended by a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.cli.twin_file import load_twin
from crosspatch.config import SiteError

PATIENCE = 30.0
"""Seconds in which a process has started or ended, on a busy machine."""

SETTINGS = """
seed = 1

[networks.c2000]
mcc = 204
mnc = 1
groups = [1001, 1002]
grant_ms = 50

[radios.nl-1]
network = "c2000"
ssi = 9001
group = 1001
audio = {{ driver = "udp", listen = "127.0.0.1:{listen}", send = "127.0.0.1:{send}", channels = 1 }}
"""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def written(folder: Path, text: str) -> Path:
    path = folder / "twin.toml"
    path.write_text(text)
    return path


class Running:
    """A twin in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control = folder / "t.sock"
        file = written(folder, SETTINGS.format(listen=free_port(), send=free_port()))
        self.command = [sys.executable, "-m", "crosspatch", "twin", str(file), "--control", str(self.control)]
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)

    def asked(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["twin", *words, "--control", str(self.control)])

    def introduction(self) -> list[str]:
        """The lines it prints once it serves."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if "recordings" in line:
                return lines
        raise AssertionError(lines)


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


@pytest.mark.e2e
def test_its_life_from_the_file_to_the_signal(twin: Running) -> None:
    lines = twin.introduction()
    port = twin.folder / "t.d" / "nl-1.pei"
    assert lines[0] == f"1 networks with 1 radios; control socket {twin.control}"
    assert lines[2] == f"  radio nl-1 of c2000, SSI 9001: port {port}"
    assert os.ttyname(os.open(port, os.O_RDWR | os.O_NOCTTY)).startswith("/dev/pts/")

    second = subprocess.run(twin.command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 1
    assert "a twin runs at" in second.stderr

    radios = json.loads(twin.asked("status", "--json").stdout)["radios"]
    assert radios["nl-1"]["talkgroup"] == 1001
    said = twin.asked("speak", "c2000", "1001", "5001", str(tone(twin.folder)))
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("said: c2000 1001 over 1: 204-00001-5001, 0.4")
    assert "c2000 1001 over 1" in twin.asked("overs").stdout
    assert twin.asked("set", "c2000", "deny=true").exit_code == 0
    refused = twin.asked("speak", "c2000", "1002", "5001", str(tone(twin.folder)))
    assert (refused.exit_code, refused.stdout) == (1, "failed call released, cause 5\n")
    assert "on 1001: idle" in twin.asked("status").stdout

    twin.process.send_signal(signal.SIGTERM)
    assert twin.process.wait(PATIENCE) == 0
    assert not port.is_symlink()
    assert not twin.control.exists()


@pytest.mark.e2e
def test_a_stop_request_ends_it(twin: Running) -> None:
    twin.introduction()
    assert twin.asked("stop").exit_code == 0
    assert twin.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", "c2000", "mcc=5"], "'mcc' cannot be set"),
        (["set", "c2000", "busy=perhaps"], "busy: Input should be"),
        (["set", "c2000", "busy"], "is not KEY=VALUE"),
        (["set", "nowhere", "deny=true"], "'nowhere' is missing or not known"),
        (["fault", "nl-9"], "'nl-9' is missing or not known"),
        (["fault", "nl-1", "glu=true"], "there is no fault 'glu'"),
        (["send", "c2000", "1", "9001"], "Say one of --text"),
        (["do", "dance"], "there is no op 'dance'"),
        (["do", "turn", "radio=nl-1", "knob=group", "value=1"], "no knob 'group'; there are mode, talkgroup, volume"),
        (["do", "turn", "radio=nl-1", "knob=mode", "value=banana"], "value: 'banana' is no whole number"),
        (["do", "unplug", "radio=nl-1", "for_s=3"], "unplug takes no 'for_s'; it takes radio, seconds"),
        (["send", "c2000", "1", "9001", "--data", "ZZ"], "data: 'ZZ' is not made of hex digits"),
        (["send", "c2000", "1", "9001", "--data", "00" * 404], "data: 3232 bits; a radio takes 1184 at most"),
        (["reboot", "nl-9"], "'nl-9' is missing or not known"),
        (["speak", "c2000", "1001", "5001", "/nowhere.wav"], "/nowhere.wav"),
        (["speak", "c2000", "7", "5001", "WAV"], "there is no talkgroup 7"),
        (["speak", "c2000", "1001", "9001", "WAV"], "is a radio of the gateway"),
        (["speak", "c2000", "1001", "who", "WAV"], "'who' is not an identity"),
    ],
)
def test_what_cannot_be_is_refused_in_words(shared: Running, words: list[str], says: str) -> None:
    asked = shared.asked(*(str(tone(shared.folder)) if word == "WAV" else word for word in words))
    assert asked.exit_code in (1, 2)
    assert says in asked.stderr


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("twin"))
    try:
        running.introduction()
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def tone(folder: Path) -> Path:
    """A WAV file of 0.1 s."""
    path = folder / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\x00\x10" * 1600)
    return path


def test_faults_are_shown_set_and_switched_off(shared: Running) -> None:
    assert "glue = true" in shared.asked("fault", "nl-1", "glue=true", "byte_loss=0.01").stdout
    assert json.loads(shared.asked("fault", "nl-1", "--json").stdout)["byte_loss"] == 0.01
    assert "glue = false" in shared.asked("fault", "nl-1", "--off").stdout


def test_a_short_message_is_sent_and_listed(shared: Running) -> None:
    assert shared.asked("send", "c2000", "5001", "9001", "--status", "0").stdout == "16 bits: 0000\n"
    messages = json.loads(shared.asked("do", "messages", "network=c2000").stdout)["messages"]
    assert messages[-1]["sender"] == "204-00001-5001"


def test_vehicles_and_scenarios_are_part_of_the_file_or_of_one_of_their_own(tmp_path: Path) -> None:
    text = SETTINGS.format(listen=1, send=2)
    text += '\n[vehicles.v1]\nnetwork = "c2000"\nssi = 77\nto = 9001\ntrack = "drive.gpx"\n'
    text += '[[scenario]]\nat_s = 5\nop = "cut"\nnetwork = "c2000"\ntalkgroup = 1001\n'
    steps = tmp_path / "steps.toml"
    steps.write_text('[[scenario]]\nat_s = 1\nop = "reboot"\nradio = "nl-1"\n')
    loaded = load_twin(written(tmp_path, text), tmp_path, steps)
    assert loaded.vehicles[0].track == str(tmp_path / "drive.gpx")
    assert [(step.at_s, step.request["op"]) for step in loaded.scenario] == [(5, "cut"), (1, "reboot")]
    steps.write_text("seed = 1\n")
    with pytest.raises(SiteError, match="does not belong into a scenario"):
        load_twin(written(tmp_path, text), tmp_path, steps)


def test_nobody_there_is_exit_code_3(tmp_path: Path) -> None:
    asked = CliRunner().invoke(app, ["twin", "status", "--control", str(tmp_path / "none.sock")])
    assert asked.exit_code == 3
    assert "no twin answers" in asked.stderr


def test_a_file_with_mistakes_lists_them_all(tmp_path: Path) -> None:
    text = SETTINGS.format(listen=1, send=2).replace("mcc = 204", "mcc = 2040").replace("grant_ms", "grnt_ms")
    text = text.replace('"udp"', '"upd"').replace("ssi = 9001", 'ssi = "x"') + "sead = 1\n"
    asked = CliRunner().invoke(app, ["twin", str(written(tmp_path, text))])
    assert asked.exit_code == 2
    lines = asked.stderr.splitlines()
    assert lines[0].endswith("cannot be used: 5 mistakes")
    assert "did you mean 'grant_ms'?" in asked.stderr
    assert "twin.toml:5: networks.c2000.mcc: must be less than or equal to 1023" in asked.stderr
    assert "did you mean 'udp'?" in asked.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("group = 1001", "group = 7"), "radio nl-1: network c2000 has no talkgroup 7"),
        (('network = "c2000"', 'network = "x"'), "radio nl-1: there is no network 'x'"),
        (("channels = 1", "channels = 1, channel = 1"), "radio nl-1: its port has no channel 1, but 1"),
        (("[networks.c2000]", "[networks.c2000"), "is no TOML file"),
        ((SETTINGS.format(listen=1, send=2), ""), "networks: is missing: without a network there is nothing to run"),
        (("[radios.nl-1]", "[radios]\nnl-2 = 5\n[radios.nl-1]"), "radios.nl-2: must be a table"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = written(tmp_path, SETTINGS.format(listen=1, send=2).replace(*change))
    with pytest.raises(SiteError) as error:
        load_twin(path, tmp_path)
    assert says in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read"):
        load_twin(tmp_path / "none.toml", tmp_path)


def test_help_names_every_request() -> None:
    shown = CliRunner().invoke(app, ["twin", "--help"]).stdout
    for word in ("run", "speak", "status", "overs", "set", "fault", "send", "do", "reboot", "stop"):
        assert f"\n  {word} " in shown
