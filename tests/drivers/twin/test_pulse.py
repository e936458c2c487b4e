"""The private sound server: cables as named, nothing outside its directory, nothing left behind."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from crosspatch_drivers.errors import Cannot, WillReturn
from crosspatch_drivers.twin.pulse import PulseTwin

pytestmark = pytest.mark.pulse

LIST_DEVICES = """
import pyaudio
audio = pyaudio.PyAudio()
print("|".join(audio.get_device_info_by_index(index)["name"] for index in range(audio.get_device_count())))
"""

START_AND_SLEEP = """
import sys, time
from pathlib import Path
from crosspatch_drivers.twin.pulse import PulseTwin
twin = PulseTwin(Path(sys.argv[1]), ["one"])
twin.start()
print(twin.pid, flush=True)
time.sleep(60)
"""


def test_each_cable_is_a_sink_for_each_direction(pulse: PulseTwin) -> None:
    sinks = [line.split("\t")[1] for line in pulse.control("list", "short", "sinks").splitlines()]
    assert sinks == ["one_a2b", "one_b2a", "two_a2b", "two_b2a"]


def test_a_child_finds_the_devices_by_its_environment_alone(pulse: PulseTwin) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **pulse.environment}
    done = subprocess.run([sys.executable, "-c", LIST_DEVICES], env=bare, capture_output=True, text=True, check=True)
    expected = {f"{cable}_{side}_{way}" for cable in ("one", "two") for side in "ab" for way in ("in", "out")}
    assert expected <= set(done.stdout.strip().split("|"))


def test_stopping_leaves_no_process_and_starting_again_works(own_pulse: PulseTwin) -> None:
    pid = own_pulse.pid or 0
    own_pulse.stop()
    own_pulse.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(WillReturn, match="pactl info"):
        own_pulse.control("info")
    own_pulse.start()
    assert "Server Name: pulseaudio" in own_pulse.control("info")


def test_it_does_not_outlive_a_killed_parent() -> None:
    directory = Path(tempfile.mkdtemp(prefix="xp-pulse-"))
    parent = subprocess.Popen(
        [sys.executable, "-c", START_AND_SLEEP, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}/exe").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    shutil.rmtree(directory)


def test_two_servers_live_side_by_side(pulse: PulseTwin, own_pulse: PulseTwin) -> None:
    assert pulse.pid != own_pulse.pid
    own_pulse.control("set-sink-mute", "one_a2b", "1")
    assert "Mute: no" in pulse.control("get-sink-mute", "one_a2b")


def test_everything_it_writes_is_in_its_directory(own_pulse: PulseTwin) -> None:
    written = {path.name for path in own_pulse.directory.iterdir()}
    assert {"daemon.pa", "asound.conf", "client.conf", "run", "state", "pulseaudio.log"} >= written


@pytest.mark.parametrize("name", ["", "a b", 'x"y', "é", "a-b"])
def test_a_name_that_would_break_a_configuration_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Cannot, match="is no cable name"):
        PulseTwin(tmp_path, [name])


def test_a_machine_without_pulseaudio_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Cannot, match="libasound2-plugins"):
        PulseTwin(tmp_path, ["one"]).start()


def test_a_server_without_its_sinks_is_ended_and_told_with_its_last_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crosspatch_drivers.twin.pulse.RATE", "no rate")
    twin = PulseTwin(tmp_path, ["one"])
    with pytest.raises(WillReturn, match=r"does not serve: E:.*rate=no rate"):
        twin.start()
    assert twin.pid is None


def test_a_directory_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Cannot, match="longer than a socket's path may be"):
        PulseTwin(tmp_path / ("d" * 100), ["one"])


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Cannot, match="named twice in one, one"):
        PulseTwin(tmp_path, ["one", "one"])
