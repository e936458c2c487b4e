"""The receive strip: what happens to a radio's sound before anybody hears it, for all channels at once."""

from crosspatch.dsp.filters import BandPass
from crosspatch.dsp.gain import SpeechGain
from crosspatch.dsp.limiter import Limiter
from crosspatch.dsp.voice import VoiceDetector
from crosspatch_drivers.audio.ring import Block


class ReceiveStrip:
    """Band-pass, voice detection, gain, limiter."""

    def __init__(self, channels: int) -> None:
        """At rest."""
        self.voice = VoiceDetector(channels)
        self._band = BandPass(channels)
        self._gain = SpeechGain(channels)
        self._limiter = Limiter(channels)

    def __call__(self, block: Block) -> Block:
        """(channels, 160) as it came to (channels, 160) as it goes on."""
        band = self._band(block)
        self.voice(band)
        return self._limiter(self._gain(band, self.voice.speech))
