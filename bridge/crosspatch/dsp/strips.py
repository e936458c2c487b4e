"""What happens to a radio's sound before anybody hears it, and before it is sent; all channels at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosspatch.dsp.compiled import compiled
from crosspatch.dsp.filters import BandPass
from crosspatch.dsp.gain import SpeechGain
from crosspatch.dsp.level import SpeechLevel
from crosspatch.dsp.limiter import PIECE, Limiter
from crosspatch.dsp.mix import Mixer
from crosspatch.dsp.noise import Noise, reduce
from crosspatch.dsp.shaping import PreEmphasis, received
from crosspatch.dsp.spectrum import OVERLAP, Spectrum
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.units import BLOCK, RATE, TICK, Flags, Floats, Ints, numbers_of
from crosspatch.dsp.voice import VoiceDetector
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
        self._shaped = bool((self._shape != 1.0).any())
        self._band = BandPass(count)
        self._spectrum = Spectrum(count)
        self._limiter = Limiter(count, np.array([stage.limiter for stage in stages], bool))
        self._open: Flags = np.zeros(count, bool)
        self._active_db: Floats = np.full(count, -100.0, np.float32)
        self._silent: Ints = np.full(count, REST, np.int64)  # blocks of digital silence that each channel has brought
        self._blocks = 0
        self._reset()

    def __call__(self, block: Block, power: Floats, flowing: Flags) -> Block:
        """(channels, 160) as it came to (channels, 160) as it goes on; ``power`` are its mean squares."""
        self._silent += 1
        self._silent[power > 0.0] = 0
        rows = numbers_of((self._silent < REST) | (flowing & self.noise.young))
        out = np.zeros(block.shape, np.float32)
        some = _metered(block, power, rows, self._power, self._peak, self._clipped)
        self._metered += 1
        out[rows] = self._limiter(self.gain(self._clean(self._filtered(some, rows), flowing, rows), rows), rows)
        return out

    @property
    def active_db(self) -> Floats:
        """dBov of who spoke last on each channel (active speech level), before the gain."""
        return self._active_db

    def meters(self) -> Meters:
        """What was measured since the last time."""
        blocks = max(1, self._metered)
        power = np.asarray(self._power / blocks, np.float32)
        meters = Meters(power, self._peak, self._clipped, self._active_db, self.noise.level_db)
        self._reset()
        return meters

    def _filtered(self, block: Block, rows: Ints) -> Block:
        band = self._band(block, rows)
        wide = self._wide[rows]
        if wide.any():
            band[wide] = block[wide]
        return band

    def _clean(self, band: Block, flowing: Flags, rows: Ints) -> Block:
        spectra = self._spectrum.analyse(band, rows)
        power = self._spectrum.power(spectra)
        self.noise.learn(power, flowing, rows)
        self.voice(power, self.noise.smooth, self.noise.power, ~self.noise.young, rows)
        gains = self.noise.gains(power, rows)
        gains[self._noisy[rows]] = 1.0
        if self._shaped:
            gains *= self._shape[rows]
        reduce(spectra, gains)
        sound = self._spectrum.synthesise(spectra, rows)
        self._follow(sound, power, gains, rows)
        return sound

    def _follow(self, sound: Block, power: Floats, gains: Floats, rows: Ints) -> None:
        """Let the gain follow the level of who speaks."""
        speaking = self.voice.open
        begins = speaking & ~self._open
        self._open = speaking.copy()
        clean = np.einsum("cb,cb->c", power, gains * gains)
        self.level(sound, clean, speaking, begins, rows)
        self._blocks += 1
        if self._blocks % LEVELS_EVERY == 0 and speaking.any():
            self._active_db = self.level.level_db()
        speech = self.voice.speech & ~self._fixed
        self.gain.follow(self._active_db, self.level.seconds, speech, begins, rows)

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
        self.mixer = Mixer(count)
        self._emphasis = PreEmphasis(stages)
        self._limiter = Limiter(count, np.array([stage.limiter for stage in stages], bool))
        self._off: Ints = np.full(count, SENT, np.int64)  # blocks since each channel was on the air
        self._power: Floats = np.zeros(count, np.float32)
        self._metered = 0

    def __call__(self, heard: Block, on: Flags) -> Block:
        """What legs hear of their overs, (channels, 160), and which of them are on the air, to what is sent."""
        self._off += 1
        self._off[on] = 0
        rows = numbers_of(self._off < SENT)
        self.mixer.gains = np.where(on, self._gains, np.float32(0.0))
        mixed = self._emphasis(self.mixer(heard, rows), rows)
        sent = self._limiter(mixed, rows)
        self._power[rows] += np.einsum("cn,cn->c", sent, sent) / np.float32(BLOCK)
        self._metered += 1
        out = np.zeros(heard.shape, np.float32)
        out[rows] = sent
        return out

    def meters(self) -> Floats:
        """Mean squares since the last time."""
        power = np.asarray(self._power / max(1, self._metered), np.float32)
        self._power = np.zeros_like(self._power)
        self._metered = 0
        return power


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
