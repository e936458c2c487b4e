"""What happens to a radio's sound before anybody hears it, and before it is sent; all channels at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosspatch.dsp.filters import SECTIONS, Doubles, at_rest, filtered
from crosspatch.dsp.gain import SpeechGain, applied, follow
from crosspatch.dsp.level import SpeechLevel, level_of, measure
from crosspatch.dsp.limiter import PIECE, Limiter, limited
from crosspatch.dsp.mix import mixed
from crosspatch.dsp.noise import YOUNG, Noise, gains_of, learn, reduce
from crosspatch.dsp.shaping import PreEmphasis, emphasised, received
from crosspatch.dsp.spectrum import OVERLAP, Spectrum, framed, overlapped, power_of
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.transform import Spectra, spectra_of, windows_of
from crosspatch.dsp.units import BLOCK, RATE, TICK, Flags, Floats, Ints
from crosspatch.dsp.voice import VoiceDetector, look
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

CLIPPED = 0.999
"""Magnitude from which a received sample counts as clipped."""

LEVELS_EVERY = 5
"""Blocks between two looks at the active speech level."""

REST, SENT = round(1.2 / TICK), round(0.2 / TICK)
"""Blocks of digital silence after which a channel costs nothing more: received, its voice has ended by then; sent."""

DELAY = (OVERLAP + 2 * PIECE) / RATE
"""Seconds that both strips together take."""


@dataclass(frozen=True, slots=True)
class Meters:
    """What the receive strip measured since it was last asked, for each channel."""

    power: Floats  # mean square
    peak: Floats  # largest magnitude
    clipped: Floats  # samples
    active_db: Floats  # dBov of active speech, ITU-T P.56
    noise_db: Floats  # dBov


class ReceiveStrip:
    """Band-pass, noise reduction and equalising, voice detection, gain, limiter."""

    def __init__(self, stages: Sequence[Stages]) -> None:
        """At rest. Every channel has the stages it is given; all channels take the same time."""
        count = len(stages)
        self.voice = VoiceDetector(count)
        self.noise = Noise(count)
        self.level = SpeechLevel(count)
        self.gain = SpeechGain(count)
        self._wide = np.array([not stage.band_pass for stage in stages], bool)
        self._noisy = np.array([not stage.noise_reduction for stage in stages], bool)
        self._fixed = np.array([not stage.gain for stage in stages], bool)
        self._shape = received(stages)
        self._band = at_rest(count)
        self._spectrum = Spectrum(count)
        self._limiter = Limiter(count, np.array([stage.limiter for stage in stages], bool))
        self._open: Flags = np.zeros(count, bool)  # in the block before
        self._active_db: Floats = np.full(count, -100.0, np.float32)
        self._silent: Ints = np.full(count, REST, np.int64)  # blocks of digital silence that each channel has brought
        self._blocks = 0
        self._reset()

    def __call__(self, block: Block, power: Floats, flowing: Flags) -> Block:
        """(channels, 160) as it came to (channels, 160) as it goes on; ``power`` are its mean squares."""
        self._metered += 1
        self._blocks += 1
        return _received(
            block,
            power,
            flowing,
            self._silent,
            (self._power, self._peak, self._clipped),
            (self._wide, self._band, self._spectrum.before, self._spectrum.tail),
            (*self.noise.next(), self.noise.before, self._noisy, self._shape),
            self.voice.state,
            (self._open, self._fixed, self._active_db),
            (self.level.next(), self._blocks % LEVELS_EVERY == 0),
            self.level.state,
            (self.gain.gain_db, self.gain.factor, self.gain.blocks),
            self._limiter.state,
        )

    @property
    def active_db(self) -> Floats:
        """dBov of who spoke last on each channel (active speech level), before the gain."""
        return self._active_db

    def meters(self) -> Meters:
        """What was measured since the last time."""
        blocks = max(1, self._metered)
        power = np.asarray(self._power / blocks, np.float32)
        meters = Meters(power, self._peak, self._clipped, self._active_db.copy(), self.noise.level_db)
        self._reset()
        return meters

    def _reset(self) -> None:
        count = self._open.size
        self._power: Floats = np.zeros(count, np.float32)
        self._peak: Floats = np.zeros(count, np.float32)
        self._clipped: Floats = np.zeros(count, np.float32)
        self._metered = 0


class TransmitStrip:
    """Mixer, the radio's own level, pre-emphasis, limiter."""

    def __init__(self, stages: Sequence[Stages], gains: Floats) -> None:
        """``gains``: the factor set for each radio at installation."""
        count = len(stages)
        self._gains = gains
        self._before: Floats = np.zeros(count, np.float32)  # gains of the routes in the block before
        self._emphasis = PreEmphasis(stages)
        self._limiter = Limiter(count, np.array([stage.limiter for stage in stages], bool))
        self._off: Ints = np.full(count, SENT, np.int64)  # blocks since each channel was on the air
        self._power: Floats = np.zeros(count, np.float32)
        self._metered = 0

    def __call__(self, heard: Block, on: Flags) -> Block:
        """What legs hear of their overs, (channels, 160), and which of them are on the air, to what is sent."""
        self._metered += 1
        routes = self._gains, self._before
        return _sent(heard, on, self._off, routes, self._emphasis.state, self._limiter.state, self._power)

    def meters(self) -> Floats:
        """Mean squares since the last time."""
        power = np.asarray(self._power / max(1, self._metered), np.float32)
        self._power = np.zeros_like(self._power)
        self._metered = 0
        return power


Sound = tuple[Flags, Doubles, Block, Block]
Learnt = tuple[Floats, Floats, Ints, Floats, Floats, Floats, Floats, Flags, Floats]
Heard = tuple[Flags, Ints, Floats, Flags, Flags, Flags]
Speech = tuple[Flags, Flags, Floats]
Level = tuple[Floats, Floats, Floats, Floats]
Limits = tuple[Flags, Block, Floats, Floats]
Three = tuple[Floats, Floats, Floats]
"""What the parts of the strips go on with, as each of them describes."""


@compiled
def _received(
    block: Block,
    power: Floats,
    flowing: Flags,
    silent: Ints,
    meters: Three,
    sound: Sound,
    noise: Learnt,
    voice: Heard,
    speech: Speech,
    turn: tuple[int, bool],
    level: Level,
    gain: Three,
    limiter: Limits,
) -> Block:
    """The whole receive strip: (channels, 160) to (channels, 160)."""
    wide, band, before, tail = sound
    rows = _to_do(power, flowing, noise[2], silent)
    some = _metered(block, power, rows, *meters)
    narrow = filtered(some, rows, SECTIONS, band)
    for index in range(rows.size):
        if wide[rows[index]]:
            narrow[index] = some[index]
    spectra = spectra_of(framed(narrow, rows, before))
    clean = _cleaned(spectra, rows, flowing, noise, voice)
    out = overlapped(windows_of(spectra), rows, tail)
    _follow(out, clean, rows, voice, speech, turn, level, gain)
    return _placed(limited(applied(out, rows, gain[0], gain[1]), rows, *limiter), rows, silent.size)


@compiled
def _to_do(power: Floats, flowing: Flags, age: Ints, silent: Ints) -> Ints:
    """Channels that are not silent for long, or whose noise is still to be learnt."""
    rows, count = np.empty(silent.size, np.int64), 0
    for row in range(silent.size):
        silent[row] = 0 if power[row] > 0.0 else silent[row] + 1
        if silent[row] < REST or (flowing[row] and age[row] < YOUNG):
            rows[count] = row
            count += 1
    return rows[:count]


@compiled
def _cleaned(spectra: Spectra, rows: Ints, flowing: Flags, noise: Learnt, voice: Heard) -> Floats:
    """Noise learnt, voice looked for, noise taken out of the spectra, which are shaped; the powers that are left."""
    level, lasting, age, smooth, least, least_before, before, noisy, shape = noise
    powers = power_of(spectra)
    learn(powers, flowing, rows, level, lasting, age, smooth, least, least_before)
    look(powers, smooth, level, age >= YOUNG, rows, *voice)
    gains = gains_of(powers, rows, level, before)
    clean = np.zeros(rows.size, np.float32)
    for index in range(rows.size):
        row = rows[index]
        for b in range(gains.shape[1]):
            gains[index, b] = (np.float32(1.0) if noisy[row] else gains[index, b]) * shape[row, b]
            clean[index] += powers[index, b] * gains[index, b] * gains[index, b]
    reduce(spectra, gains)
    return clean


@compiled
def _follow(
    sound: Block,
    clean: Floats,
    rows: Ints,
    voice: Heard,
    speech: Speech,
    turn: tuple[int, bool],
    level: Level,
    gain: Three,
) -> None:
    """Let the gain follow the level of who speaks."""
    (before, fixed, active_db), (at, looks) = speech, turn
    speaks, speaking = voice[3], voice[5]
    begins = speaking & ~before
    before[:] = speaking
    measure(sound, clean, speaking, begins, rows, at, *level)
    energy, active = level[2], level[3]
    if looks and speaking.any():
        for row in range(energy.size):
            active_db[row] = level_of(energy[row], active[row])
    gain_db, _, blocks = gain
    follow(active_db, active[:, 0] * np.float32(TICK), speaks & ~fixed, begins, rows, gain_db, blocks)


@compiled
def _sent(
    heard: Block,
    on: Flags,
    off: Ints,
    routes: tuple[Floats, Floats],
    emphasis: tuple[Flags, Doubles, Doubles, Doubles],
    limiter: Limits,
    powers: Floats,
) -> Block:
    """What is on the air, or was shortly before: mixed, emphasised, limited, metered; (channels, 160)."""
    gains, before = routes
    rows, count = np.empty(on.size, np.int64), 0
    for row in range(on.size):
        off[row] = 0 if on[row] else off[row] + 1
        if off[row] < SENT:
            rows[count] = row
            count += 1
    rows = rows[:count]
    mix = mixed(heard, rows, np.where(on, gains, np.float32(0.0)), before)
    emphasised(mix, rows, *emphasis)
    out = limited(mix, rows, *limiter)
    for index in range(rows.size):
        power = np.float32(0.0)
        for n in range(BLOCK):
            power += out[index, n] * out[index, n]
        powers[rows[index]] += power / np.float32(BLOCK)
    return _placed(out, rows, on.size)


@compiled
def _placed(some: Block, rows: Ints, channels: int) -> Block:
    """``rows`` where they belong among all channels, silence in the others."""
    out = np.zeros((channels, some.shape[1]), np.float32)
    for index in range(rows.size):
        out[rows[index]] = some[index]
    return out


@compiled
def _metered(block: Block, power: Floats, rows: Ints, powers: Floats, peaks: Floats, clipped: Floats) -> Block:
    """``rows`` of a block, whose meters go on."""
    out = np.empty((rows.size, block.shape[1]), np.float32)
    for index in range(rows.size):
        row = rows[index]
        powers[row] += power[row]
        peak = np.float32(0.0)
        for n in range(block.shape[1]):
            value = block[row, n]
            out[index, n] = value
            peak = max(peak, abs(value))
        peaks[row] = max(peaks[row], peak)
        if peak >= CLIPPED:
            for n in range(block.shape[1]):
                clipped[row] += abs(block[row, n]) >= CLIPPED
    return out
