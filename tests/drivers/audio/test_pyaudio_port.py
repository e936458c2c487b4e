"""The sound card port: what its callback does, how it notices a dead device, and that a real server agrees."""

import os
import signal
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from crosspatch_drivers.audio.base import PortState
from crosspatch_drivers.audio.pyaudio_port import PyAudioPort, one_step_down
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import PyAudioSettings
from crosspatch_drivers.errors import Cannot, WillReturn
from crosspatch_drivers.twin.pulse import PulseTwin

from .conftest import take


class FakeStream:
    """A stream whose callbacks the test makes."""

    def __init__(self, callback: Callable[..., tuple[bytes, int]]) -> None:
        self.callback = callback
        self.active = True
        self.closed = False

    def start_stream(self) -> None:
        pass

    def is_active(self) -> bool:
        return self.active

    def get_output_latency(self) -> float:
        return 0.02

    def close(self) -> None:
        self.closed = True
        raise OSError(-9988, "Stream closed")


class FakeAudio:
    """PyAudio with two devices; ``refusal`` is the error its `open` answers with."""

    refusal: OSError | None = None
    alive = 0

    def __init__(self) -> None:
        type(self).alive += 1

    def get_device_count(self) -> int:
        return 2

    def get_device_info_by_index(self, index: int) -> dict[str, object]:
        channels = {"maxInputChannels": 2 - 2 * index, "maxOutputChannels": 2 * index}
        return {"index": index, "name": ("in", "out")[index], **channels}

    def open(self, *, stream_callback: Callable[..., tuple[bytes, int]], **options: object) -> FakeStream:
        assert (options["input_device_index"], options["output_device_index"]) == (0, 1)
        if self.refusal:
            raise self.refusal
        return FakeStream(stream_callback)

    def terminate(self) -> None:
        type(self).alive -= 1


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeAudio]:
    class Audio(FakeAudio):
        pass

    monkeypatch.setitem(sys.modules, "pyaudio", SimpleNamespace(PyAudio=Audio, paInt16=8, paContinue=0))
    return Audio


def port(**change: object) -> PyAudioPort:
    return PyAudioPort(PyAudioSettings(**{"driver": "pyaudio", "input": "in", "output": "out", "rate": 8000, **change}))


def fire(card: PyAudioPort, data: bytes, flags: int = 0) -> bytes:
    return card._stream.callback(data, 80, {}, flags)[0]


def test_the_callback_carries_every_bit_both_ways_channels_apart(fake: type[FakeAudio]) -> None:
    card = port(channels=2)
    card.open()
    words = np.random.default_rng(2).integers(-32768, 32768, (80, 2)).astype("<i2")
    card.tx.write((words.T / 32768).astype(np.float32))
    assert words.tobytes() == fire(card, words.tobytes())
    assert np.array_equal((words.T / 32768).astype(np.float32), take(card))


def test_an_empty_ring_plays_silence_and_is_counted(fake: type[FakeAudio]) -> None:
    card = port()
    card.open()
    card.tx.write(np.full((1, 100), 0.5, np.float32))
    fire(card, bytes(160))
    second = np.frombuffer(fire(card, bytes(160)), "<i2")
    expected = [16384] * 20 + [0] * 60
    assert expected == second.tolist()
    assert card.tx.missed == 60


def test_rings_from_outside_are_used(fake: type[FakeAudio]) -> None:
    rings = Ring(1, 1000), Ring(1, 1000)
    card = PyAudioPort(PyAudioSettings(driver="pyaudio", input="in", output="out", rate=8000), rings)
    card.open()
    fire(card, bytes(160))
    assert (card.rx, card.tx) == rings
    assert rings[0].fill == 80


def test_states_follow_the_callbacks(fake: type[FakeAudio]) -> None:
    card = port()
    card.open()
    card.pump(10.0)
    assert card.state(10.0) is PortState.STALLED  # no callback yet
    fire(card, bytes(160))
    card.pump(10.1)
    assert card.state(10.29) is PortState.OPEN
    card.pump(10.31)
    assert card.state(10.31) is PortState.STALLED
    fire(card, bytes(160))
    card.pump(10.4)
    assert card.state(10.4) is PortState.OPEN
    card._stream.active = False
    card.pump(10.41)
    assert card.state(10.41) is PortState.FAILED
    card.close()
    assert card.state(10.5) is PortState.CLOSED


def test_over_and_underflows_are_counted(fake: type[FakeAudio]) -> None:
    card = port()
    card.open()
    for flags in (0, 4, 0, 2):
        fire(card, bytes(160), flags)
    assert (card.callbacks, card.flagged) == (4, 2)


def test_portaudio_is_ended_with_the_port_even_when_the_stream_is_dead(fake: type[FakeAudio]) -> None:
    card = port()
    card.open()
    stream = card._stream
    card.close()
    card.close()
    assert stream.closed
    assert fake.alive == 0


@pytest.mark.parametrize(
    ("number", "words", "kind"),
    [
        (-9997, "Invalid sample rate", Cannot),
        (-9998, "Invalid number of channels", Cannot),
        (-9985, "Device unavailable", WillReturn),
        (-9999, "Unanticipated host error", WillReturn),
    ],
)
def test_refusals_name_the_devices_and_the_format(
    fake: type[FakeAudio], number: int, words: str, kind: type[Exception]
) -> None:
    fake.refusal = OSError(number, words)
    with pytest.raises(kind, match=f"'in'/'out' at 8000 Hz, 1 channel.*{words}"):
        port().open()
    assert fake.alive == 0


def test_a_missing_portaudio_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    with pytest.raises(Cannot, match="libportaudio2"):
        port().open()


def test_priority_goes_one_down_and_comes_back() -> None:
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(7))
    except OSError:
        pytest.skip("no real-time priority here")
    try:
        with one_step_down():
            assert os.sched_getparam(0).sched_priority == 6
        assert os.sched_getparam(0).sched_priority == 7
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    with one_step_down():
        assert os.sched_getscheduler(0) == os.SCHED_OTHER


def on_server() -> PyAudioPort:
    return PyAudioPort(PyAudioSettings(driver="pyaudio", input="one_a_in", output="one_a_out"))


def pump_until(card: PyAudioPort, *states: PortState) -> None:
    end = time.monotonic() + 20
    while card.state(time.monotonic()) not in states:
        assert time.monotonic() < end, card.state(time.monotonic())
        time.sleep(0.01)
        card.pump(time.monotonic())


@pytest.mark.pulse
def test_opening_and_closing_keep_the_terminal_clean(pulse: PulseTwin, capfd: pytest.CaptureFixture[str]) -> None:
    card = on_server()
    card.open()
    card.close()
    os.write(2, b"still here")
    assert capfd.readouterr() == ("", "still here")


@pytest.mark.pulse
def test_a_dead_server_is_noticed_and_a_new_one_found(own_pulse: PulseTwin) -> None:
    card = on_server()
    card.open()
    pump_until(card, PortState.OPEN)
    own_pulse.stop()
    pump_until(card, PortState.FAILED)
    card.close()
    with pytest.raises(WillReturn):
        card.open()
    own_pulse.start()
    card.open()
    pump_until(card, PortState.OPEN)
    card.close()


@pytest.mark.pulse
def test_a_hanging_server_stalls_the_port_until_it_goes_on(own_pulse: PulseTwin) -> None:
    card = on_server()
    card.open()
    pump_until(card, PortState.OPEN)
    os.kill(own_pulse.pid or 0, signal.SIGSTOP)
    try:
        pump_until(card, PortState.STALLED)
    finally:
        os.kill(own_pulse.pid or 0, signal.SIGCONT)
    pump_until(card, PortState.OPEN)
    card.close()
