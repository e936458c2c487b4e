"""Opus carries speech-like sound whole, hides a lost packet, and says plainly when libopus is not there."""

import sys
from pathlib import Path

import numpy as np
import pytest

from crosspatch_codecs.base import CodecError, Samples
from crosspatch_codecs.opus import RATES, Opus, OpusSettings


def hum(rate: int, seconds: float) -> Samples:
    """A voice-like sound: a gliding pitch with harmonics, swelling four times a second."""
    time = np.arange(round(rate * seconds)) / rate
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 1.7 * time)) / rate
    voice = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 12))
    return (0.2 * voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))).astype(np.float32)


def blocks(audio: Samples, rate: int) -> list[Samples]:
    return list(audio.reshape(-1, rate // 50))


def likeness(first: Samples, second: Samples, most: int) -> float:
    """The best normalised correlation of the two over lags up to ``most`` samples."""
    size = first.size - most
    return max(
        float(np.dot(first[:size], second[lag : lag + size]))
        / float(np.linalg.norm(first[:size]) * np.linalg.norm(second[lag : lag + size]) + 1e-9)
        for lag in range(most)
    )


@pytest.mark.parametrize("rate", RATES)
def test_sound_comes_back(rate: int) -> None:
    codec, audio = Opus(rate), hum(rate, 1.0)
    heard = np.concatenate([codec.decode(codec.encode(block)) for block in blocks(audio, rate)])
    assert heard.shape == audio.shape
    assert heard.dtype == np.float32
    assert likeness(audio, heard, rate // 50) > 0.8  # its high-pass turns the phase of the pitch


@pytest.mark.parametrize("milliseconds", [2.5, 5, 10, 20, 40, 60])
def test_a_packet_decodes_to_as_many_samples_as_were_encoded(milliseconds: float) -> None:
    codec = Opus(16000)
    block = hum(16000, milliseconds / 1000)
    assert block.shape == codec.decode(codec.encode(block)).shape


@pytest.mark.parametrize("rate", RATES)
def test_packets_of_different_lengths_follow_each_other_in_one_stream(rate: int) -> None:
    codec, audio, heard, at = Opus(rate), hum(rate, 1.3), [], 0
    for milliseconds in (10, 20, 40, 60) * 10:
        block = audio[at : at + rate * milliseconds // 1000]
        heard.append(codec.decode(codec.encode(block)))
        assert heard[-1].shape == block.shape
        at += block.size
    assert at == audio.size
    assert likeness(audio, np.concatenate(heard), rate // 50) > 0.8


@pytest.mark.parametrize("rate", RATES)
def test_a_lost_packet_is_concealed_by_as_many_samples_of_sound(rate: int) -> None:
    codec, audio = Opus(rate), blocks(hum(rate, 0.4), rate)
    for block in audio:
        codec.decode(codec.encode(block))
    hidden = codec.conceal(rate // 50)
    assert hidden.shape == (rate // 50,)
    assert np.abs(hidden).max() > 0.01


def test_the_packet_after_a_lost_one_brings_it_back_better_than_concealment() -> None:
    rate, size = 16000, 320
    settings = OpusSettings(fec=True, loss_percent=20)
    sender, whole, repaired, hidden = (Opus(rate, settings) for _ in range(4))
    noise = np.random.default_rng(3).normal(0, 0.003, rate * 2).astype(np.float32)
    packets = [sender.encode(block) for block in blocks(hum(rate, 2.0) + noise, rate)]
    errors = {"repaired": 0.0, "hidden": 0.0}
    for number, packet in enumerate(packets[:-1]):
        true = whole.decode(packet)
        if number % 10 == 7:
            following = packets[number + 1]
            errors["repaired"] += float(np.sum((repaired.recover(following, size) - true) ** 2))
            errors["hidden"] += float(np.sum((hidden.conceal(size) - true) ** 2))
        else:
            repaired.decode(packet)
            hidden.decode(packet)
    assert errors["repaired"] < errors["hidden"] / 2


def test_silence_with_dtx_costs_next_to_nothing() -> None:
    codec = Opus(16000, OpusSettings(dtx=True))
    sizes = [len(codec.encode(np.zeros(320, np.float32))) for _ in range(100)]
    assert sum(size <= 2 for size in sizes) > 50


def test_the_bitrate_is_kept() -> None:
    sizes = {}
    for bitrate in (12000, 48000):
        codec = Opus(48000, OpusSettings(bitrate=bitrate, fec=False))
        sizes[bitrate] = sum(len(codec.encode(block)) for block in blocks(hum(48000, 2.0), 48000)) * 8 / 2.0
    assert sizes[12000] == pytest.approx(12000, rel=0.3)
    assert sizes[48000] == pytest.approx(48000, rel=0.3)


def test_not_a_number_and_too_loud_do_not_break_the_codec() -> None:
    codec = Opus(16000)
    codec.decode(codec.encode(np.full(320, np.nan, np.float32)))
    assert np.isfinite(codec.decode(codec.encode(np.full(320, np.inf, np.float32)))).all()


@pytest.mark.parametrize(
    ("doing", "words"),
    [
        (lambda: Opus(44100), "44100 Hz is none of"),
        (lambda: Opus(16000, OpusSettings(complexity=11)), "libopus refuses"),
        (lambda: Opus(16000).encode(np.zeros(123, np.float32)), "123 samples"),
        (lambda: Opus(16000).decode(b""), "empty packet"),
        (lambda: Opus(16000).decode(b"\xff" * 3), "libopus answered"),
        (lambda: Opus(16000).conceal(16000), "more than 120 ms"),
    ],
)
def test_mistakes_are_named(doing, words: str) -> None:
    with pytest.raises(CodecError, match=words):
        doing()


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opuslib_next")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.setattr("os.path.exists", lambda path: False)
    with pytest.raises(CodecError, match=r"libopus .*libopus0"):
        Opus(16000)


def test_codecs_that_are_gone_leave_no_memory_behind() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    for _ in range(50):
        Opus(16000)
    before = resident()
    for _ in range(500):  # 62 kB each when they leak
        Opus(16000)
    assert resident() - before < 10_000_000
