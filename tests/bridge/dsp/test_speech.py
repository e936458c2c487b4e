"""Speech stays speech: measured as the standard has it, at its level, freed of noise, told from everything else."""

import numpy as np
import pytest
from scipy.signal import butter, cheby1
from tests.bridge.dsp.conftest import active_level, at_level, blocks, pink, sine

from crosspatch.dsp.filters import HIGH, LOW, RIPPLE, SECTIONS, at_rest, filtered
from crosspatch.dsp.level import SpeechLevel, level_of, measure
from crosspatch.dsp.limiter import CEILING, PIECE, Limiter, limited
from crosspatch.dsp.spectrum import OVERLAP, Spectrum, framed, overlapped
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.strips import DELAY, ReceiveStrip, TransmitStrip
from crosspatch.dsp.transform import spectra_of, windows_of
from crosspatch.dsp.units import BLOCK, RATE

ONE = np.ones(1, bool)
ROWS = np.arange(2)


def received(sound: np.ndarray, *stages: Stages) -> tuple[np.ndarray, ReceiveStrip, list[bool], list[bool]]:
    """``sound`` through a receive strip; the strip, and where its detector was open and saw speech."""
    wide = np.atleast_2d(sound)
    strip = ReceiveStrip(stages or (Stages(),) * wide.shape[0])
    out, opened, speech = [], [], []
    for block in blocks(wide):
        power = np.mean(block**2, axis=1)
        out.append(strip(block, power, np.ones(wide.shape[0], bool)))
        opened.append(bool(strip.voice.open[0]))
        speech.append(bool(strip.voice.speech[0]))
    return np.concatenate(out, axis=1), strip, opened, speech


def look(meter: SpeechLevel, block: np.ndarray, begins: np.ndarray) -> None:
    """One who speaks."""
    measure(block, np.mean(block**2, axis=1), ONE, begins, ROWS[:1], meter.next(), *meter.state)


def level_db(meter: SpeechLevel, row: int = 0) -> float:
    _, _, energy, active = meter.state
    return float(level_of(energy[row], active[row]))


def db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) + 1e-15))


def test_the_level_is_that_of_the_standard(man: np.ndarray, woman: np.ndarray) -> None:
    for sound in (man, woman, 0.05 * woman, at_level(man, -16.0)):
        meter = SpeechLevel(1)
        for block in blocks(sound):
            look(meter, block, ~ONE)
        assert level_db(meter) == pytest.approx(active_level(sound), abs=0.3)


def test_a_new_voice_is_measured_by_itself(man: np.ndarray, woman: np.ndarray) -> None:
    meter = SpeechLevel(1)
    for block in blocks(at_level(man, -16.0)):
        look(meter, block, ~ONE)
    begins = ONE
    for block in blocks(at_level(woman, -36.0)):
        look(meter, block, begins)
        begins = ~ONE
    assert level_db(meter) < -25.0


def test_nothing_heard_has_no_level() -> None:
    assert [level_db(SpeechLevel(3), row) for row in range(3)] == [-120.0] * 3


@pytest.mark.parametrize("dbov", [-40.0, -33.0, -26.0, -16.0])
def test_after_a_second_of_speech_any_voice_has_the_level_vocoders_want(
    man: np.ndarray, woman: np.ndarray, dbov: float
) -> None:
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), man, woman])
    out, _, _, speech = received(at_level(sound, dbov))
    second = int(np.flatnonzero(np.cumsum(speech) >= 100)[0]) * BLOCK
    assert active_level(out[0, second:]) == pytest.approx(-26.0, abs=1.0)


def test_the_gain_stays_where_it_was_while_nobody_speaks(man: np.ndarray) -> None:
    noise = 0.001 * pink(RATE + man.size + 4 * RATE)
    said = np.pad(at_level(man, -38.0), (RATE, 0))
    _, strip, _, _ = received(said + noise[: said.size])
    gain = float(strip.gain.gain_db[0])
    assert gain > 8.0
    for block in blocks(noise[said.size :]):
        strip(block, np.mean(block**2, axis=1), ONE)
    assert float(strip.gain.gain_db[0]) == gain


@pytest.mark.parametrize("snr", [20.0, 10.0])
def test_noise_becomes_less_and_speech_does_not(man: np.ndarray, snr: float) -> None:
    lead = RATE
    noise = pink(man.size + 2 * lead) * 10 ** ((-26 - snr) / 20)
    clean = np.pad(man, (lead, lead))
    out, _, _, _ = received(np.stack([clean + noise, clean]), *[Stages(gain=False)] * 2)
    plain, _, _, _ = received(clean + noise, Stages(gain=False, noise_reduction=False))
    assert db(out[0, lead // 2 : lead]) < db(plain[0, lead // 2 : lead]) - 9
    late = round(DELAY * RATE) - PIECE
    loud = np.convolve(clean**2, np.ones(320), "same") > 320 * 10 ** (-26 / 10)
    there = np.roll(loud, late)
    assert db(out[0][: there.size][there[: out.shape[1]]]) == pytest.approx(
        db(plain[0][: there.size][there[: out.shape[1]]]), abs=1.0
    )


def test_clean_speech_is_left_as_it_is(woman: np.ndarray) -> None:
    with_it, _, _, _ = received(woman, Stages(gain=False, limiter=False))
    without, _, _, _ = received(woman, Stages(gain=False, limiter=False, noise_reduction=False))
    assert db(with_it - without) < db(without) - 20


def test_noise_reduction_is_no_gate() -> None:
    noise = pink(5 * RATE) * 10 ** (-40 / 20)
    out, _, _, _ = received(noise, Stages(gain=False))
    plain, _, _, _ = received(noise, Stages(gain=False, noise_reduction=False))
    less = db(plain[0, 3 * RATE :]) - db(out[0, 3 * RATE :])
    assert 10 < less < 18


NOT_SPEECH = {
    "silence": np.zeros(2 * RATE, np.float32),
    "white noise": np.random.default_rng(1).normal(0, 0.1, 8 * RATE),
    "pink noise": 0.03 * pink(8 * RATE),
    "faint noise": 0.001 * pink(8 * RATE),
    "a tone": sine(1000, 8.0),
    "a tone in noise": sine(1000, 8.0) + 0.001 * pink(8 * RATE),
    "two tones, now and then": (sine(770, 8.0) + sine(1336, 8.0)) * (np.arange(8 * RATE) // 3200 % 2),
    "a siren": 0.1 * np.sin(2 * np.pi * np.cumsum(900 + 400 * np.sin(np.pi * np.arange(8 * RATE) / RATE)) / RATE),
    "hum": sum(sine(50.0 * k, 8.0, -36.0 - 6 * k) for k in range(1, 9)),
    "a sub-audible tone": sine(88.5, 8.0, -30.0) + 0.001 * pink(8 * RATE),
}


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_what_is_not_speech_does_not_open_the_detector(name: str) -> None:
    _, _, opened, _ = received(NOT_SPEECH[name].astype(np.float32))
    assert not any(opened)


@pytest.mark.parametrize("snr", [60.0, 20.0, 10.0])
def test_speech_opens_the_detector_before_the_look_back_is_over_and_holds_it(
    man: np.ndarray, woman: np.ndarray, snr: float
) -> None:
    lead = 2 * RATE
    for voice in (man, woman):
        sound = np.pad(voice, (lead, 0))
        sound = sound + pink(sound.size, 2) * 10 ** ((-26 - snr) / 20)
        _, _, opened, _ = received(sound)
        energy = np.array([np.mean(block**2) for block in blocks(voice)])
        spoken = np.flatnonzero(energy > 10 ** (-26 / 10) / 300) + lead // BLOCK
        heard = np.convolve(opened, np.ones(20), "full")[19:] > 0  # open within the next 200 ms
        missed = np.count_nonzero(~heard[spoken[spoken < heard.size]])
        assert missed <= 0.01 * spoken.size


def test_the_detector_closes_a_second_after_the_last_word(man: np.ndarray) -> None:
    sentence = man[: int(2.05 * RATE)]
    _, _, opened, _ = received(np.pad(sentence, (RATE, 2 * RATE)))
    last = int(np.flatnonzero(np.abs(sentence) > 0.02)[-1]) // BLOCK + 100
    closes = np.flatnonzero(np.diff(np.array(opened, int)) == -1)
    assert closes.size == 1
    assert 70 < closes[0] - last < 120


def test_hum_and_sub_audible_tones_do_not_reach_a_vocoder() -> None:
    for hertz, least in ((50.0, 40.0), (88.5, 25.0)):
        out, _, _, _ = received(sine(hertz, 2.0, -30.0), Stages(gain=False, noise_reduction=False))
        assert db(out[0, RATE:]) < -30 - least


def test_the_band_is_flat_where_speech_is() -> None:
    for hertz in (350.0, 1000.0, 3000.0):
        band = at_rest(1)
        some = [filtered(block, ROWS[:1], SECTIONS, band) for block in blocks(sine(hertz, 1.0))]
        out = np.concatenate(some, axis=1)
        assert db(out[0, RATE // 2 :]) == pytest.approx(-20.0, abs=0.6)


def test_a_spectrum_left_alone_is_the_sound_it_was(man: np.ndarray) -> None:
    spectrum = Spectrum(1)
    frames = [framed(block, ROWS[:1], spectrum.before) for block in blocks(man)]
    sound = [overlapped(windows_of(spectra_of(frame)), ROWS[:1], spectrum.tail) for frame in frames]
    out = np.concatenate(sound, axis=1)[0]
    assert np.abs(out[OVERLAP:] - man[: out.size - OVERLAP]).max() < 1e-5


def test_a_stage_that_is_off_does_nothing_and_takes_the_same_time(man: np.ndarray) -> None:
    off = Stages(band_pass=False, noise_reduction=False, gain=False, limiter=False)
    out, _, _, _ = received(man, off)
    late = OVERLAP + PIECE
    assert np.abs(out[0, late:] - man[: out.shape[1] - late]).max() < 1e-5
    transmit = TransmitStrip([off], np.ones(1, np.float32))
    sent = np.concatenate([transmit(block, ONE) for block in blocks(man)], axis=1)[0]
    assert np.abs(sent[PIECE + 40 :] - man[40 : sent.size - PIECE]).max() < 1e-6
    assert round(DELAY * RATE) == late + PIECE


def test_no_sample_passes_the_limiter_and_quiet_sound_is_untouched(woman: np.ndarray) -> None:
    limiter = Limiter(2)
    loud = np.stack([at_level(woman, -6.0), woman * 0.5])
    out = np.concatenate([limited(block, ROWS, *limiter.state) for block in blocks(loud)], axis=1)
    assert np.abs(out[0]).max() <= CEILING + 1e-6
    assert np.abs(out[1, PIECE:] - loud[1, : out.shape[1] - PIECE]).max() < 1e-7


def test_the_limiter_bends_no_wave() -> None:
    limiter = Limiter(1)
    some = [limited(block, ROWS[:1], *limiter.state) for block in blocks(sine(1000, 2.0, 0.0))]
    out = np.concatenate(some, axis=1)[0, RATE:]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    harmonic = max(spectrum[hertz * out.size // RATE + k] for hertz in (2000, 3000, 5000) for k in (-1, 0, 1))
    assert 20 * np.log10(harmonic / spectrum.max()) < -55


def test_emphasis_on_the_way_out_is_undone_on_the_way_in() -> None:
    for hertz in (400.0, 1000.0, 2500.0):
        sound = sine(hertz, 1.0, -30.0)
        there = TransmitStrip([Stages(pre_emphasis=True)], np.ones(1, np.float32))
        sent = np.concatenate([there(block, ONE) for block in blocks(sound)], axis=1)[0]
        back, _, _, _ = received(sent, Stages(de_emphasis=True, gain=False, noise_reduction=False, band_pass=False))
        assert db(back[0, RATE // 2 :]) == pytest.approx(-30.0, abs=1.5)
        if hertz != 1000.0:
            assert abs(db(sent[RATE // 2 :]) + 30.0) > 3.0


def test_shelves_lift_and_lower_what_they_should() -> None:
    stages = Stages(gain=False, noise_reduction=False, bass_db=6.0, treble_db=-6.0)
    plain = Stages(gain=False, noise_reduction=False)
    for hertz, change in ((250.0, 5.0), (3300.0, -4.5)):
        shaped, _, _, _ = received(sine(hertz, 1.0), stages)
        flat, _, _, _ = received(sine(hertz, 1.0), plain)
        assert db(shaped[0, RATE // 2 :]) - db(flat[0, RATE // 2 :]) == pytest.approx(change, abs=1.2)


def test_meters_show_peak_clipping_noise_and_ratio(man: np.ndarray) -> None:
    sound = np.pad(man, (2 * RATE, 2 * RATE)) + 0.001 * pink(man.size + 4 * RATE)
    sound[3 * RATE : 3 * RATE + 5] = 1.0
    out, _, _, _ = received(sound, Stages(gain=False))
    _, strip, _, _ = received(sound)
    meters = strip.meters()
    assert meters.peak[0] == 1.0
    assert meters.clipped[0] == 5
    assert meters.active_db[0] == pytest.approx(active_level(out[0, 2 * RATE : -2 * RATE]), abs=1.0)
    assert meters.noise_db[0] == pytest.approx(-60.0 - 3.0, abs=4.0)  # what of it is in the band
    assert strip.meters().peak[0] == 0.0


def test_a_radio_s_level_is_set_on_the_way_out_and_gains_do_not_jump() -> None:
    transmit = TransmitStrip([Stages(limiter=False)], np.array([0.5], np.float32))
    steady = np.full((1, BLOCK), 0.4, np.float32)
    out = np.concatenate([transmit(steady, on) for on in (~ONE, ONE, ONE, ~ONE, ~ONE)], axis=1)[0]
    assert out.max() == pytest.approx(0.2)
    assert np.abs(np.diff(out)).max() < 0.2 / 30
    assert out[-1] == 0.0


def test_a_channel_that_brought_digital_silence_for_long_is_heard_from_its_first_sample_on(man: np.ndarray) -> None:
    silence, said = np.zeros((1, 3 * RATE), np.float32), man[None, : 2 * RATE]
    plain, _, _, _ = received(said, Stages(gain=False, noise_reduction=False))
    strip, flowing = ReceiveStrip([Stages(gain=False, noise_reduction=False)]), ONE
    for block in blocks(np.concatenate([man[None], silence], axis=1)):
        strip(block, np.mean(block**2, axis=1), flowing)
    assert not strip.voice.open[0]
    out = [strip(block, np.mean(block**2, axis=1), flowing) for block in blocks(said)]
    assert np.abs(np.concatenate(out, axis=1) - plain).max() < 1e-6


def test_the_band_is_the_one_that_is_described() -> None:
    high = butter(4, LOW, "highpass", fs=RATE, output="sos")
    low = cheby1(4, RIPPLE, HIGH, "lowpass", fs=RATE, output="sos")
    np.testing.assert_allclose(SECTIONS, np.concatenate([high, low]), rtol=1e-12)
