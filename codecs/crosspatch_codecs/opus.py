"""Opus (RFC 6716), one channel at 8, 16 or 48 kHz, through libopus by way of opuslib-next's low-level calls.

Its classes only take bytes and copy through Python lists; the calls below them take pointers, so buffers are made
once. Not for jitter, packet order or deciding which packet is lost: the receiver says so by calling `conceal` or
`recover`.
"""

import ctypes
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosspatch_codecs.base import Codec, CodecError, Samples

RATES = (8000, 16000, 48000)
"""Hz; the rates of this house among those Opus offers."""

FRAMES_MS = (2.5, 5, 10, 20, 40, 60)
"""Lengths of block Opus can encode (RFC 6716 clause 2.1.4)."""

LONGEST_MS = 120
"""The longest audio one packet may hold (RFC 6716 clause 3.1)."""

LARGEST_PACKET = 1500
"""Bytes offered to the encoder: one Ethernet frame; a single Opus frame has at most 1275 (RFC 6716 clause 3.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpusSettings:
    """The encoder's knobs. Speech at 24 kbit/s or more adds nothing audible to two vocoders."""

    bitrate: int = 24000  # bit/s, 500 to 512000
    complexity: int = 5  # 0 to 10
    fec: bool = True  # each packet repeats the one before it, coarser
    loss_percent: int = 10  # expected on the way, 0 to 100; 0 makes FEC spend nothing
    dtx: bool = False  # in silence packets of at most 2 bytes, which need not be sent


class Opus(Codec):
    """An encoder and a decoder for one stream."""

    name = "opus"

    def __init__(self, rate: int, settings: OpusSettings | None = None) -> None:
        """`CodecError` for a rate Opus lacks, or when libopus is not on this machine."""
        if rate not in RATES:
            msg = f"opus: {rate} Hz is none of {', '.join(map(str, RATES))}"
            raise CodecError(msg)
        self.rate = rate
        self._library = _Library()
        self._encoder = self._library.encoder(rate, settings or OpusSettings())
        self._decoder = self._library.decoder(rate)
        self._packet = (ctypes.c_char * LARGEST_PACKET)()
        self._decoded = np.zeros(rate * LONGEST_MS // 1000, np.float32)
        self._decoded_at = self._decoded.ctypes.data_as(ctypes.POINTER(ctypes.c_float))

    def encode(self, block: Samples) -> bytes:
        """One packet of a block of 2.5 to 60 ms; `CodecError` for other lengths."""
        if block.size * 1000 / self.rate not in FRAMES_MS:
            msg = f"opus: a block of {block.size} samples at {self.rate} Hz is none of {FRAMES_MS} ms"
            raise CodecError(msg)
        clean = np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0).astype(np.float32)
        at = clean.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        count = self._library.encode(self._encoder, at, clean.size, self._packet, LARGEST_PACKET)
        return self._packet.raw[: _checked(count)]

    def decode(self, data: bytes) -> Samples:
        """The audio of the packet ``data``."""
        if not data:
            msg = "opus: an empty packet; a lost one is for conceal() or recover()"
            raise CodecError(msg)
        return self._decode(data, self._decoded.size, 0)

    def conceal(self, samples: int) -> Samples:
        """In the place of a lost packet of ``samples``: the sound so far, fading (packet loss concealment)."""
        return self._decode(None, samples, 0)

    def recover(self, following: bytes, samples: int) -> Samples:
        """The lost packet of ``samples`` from the copy in the one after it; concealed when there is no copy."""
        return self._decode(following, samples, 1)

    def _decode(self, data: bytes | None, samples: int, fec: int) -> Samples:
        if not 0 < samples <= self._decoded.size:  # libopus would write beyond the buffer
            msg = f"opus: {samples} samples at {self.rate} Hz are more than {LONGEST_MS} ms or none"
            raise CodecError(msg)
        count = self._library.decode(self._decoder, data, len(data or b""), self._decoded_at, samples, fec)
        return self._decoded[: _checked(count)].copy()


class _Library:
    """The calls of libopus that are used here."""

    def __init__(self) -> None:
        """Find libopus; `CodecError` says what to install."""
        try:
            import opuslib_next  # noqa: PLC0415 - imported where needed: it refuses to import without libopus
            from opuslib_next.api import ctl, decoder, encoder  # noqa: PLC0415
        except Exception as error:  # it raises a bare Exception when the shared library is not there
            msg = f"opus: the shared library libopus cannot be loaded (Debian package libopus0): {error}"
            raise CodecError(msg) from error
        self._module: Any = opuslib_next
        self._control: Any = ctl
        self._encoding: Any = encoder
        self._decoding: Any = decoder
        self.encode = encoder.libopus_encode_float
        self.decode = decoder.libopus_decode_float

    def encoder(self, rate: int, settings: OpusSettings) -> object:
        """A mono speech encoder, freed with the last reference to it."""
        state = self._encoding.create_state(rate, 1, self._module.APPLICATION_VOIP)
        _free_with(state, self._encoding.destroy)
        for setter, value in (
            (self._control.set_bitrate, settings.bitrate),
            (self._control.set_complexity, settings.complexity),
            (self._control.set_inband_fec, int(settings.fec)),
            (self._control.set_packet_loss_perc, settings.loss_percent),
            (self._control.set_dtx, int(settings.dtx)),
        ):
            try:
                self._encoding.encoder_ctl(state, setter, value)
            except self._module.OpusError as error:
                msg = f"opus: libopus refuses one of {settings}: {error}"
                raise CodecError(msg) from error
        return state

    def decoder(self, rate: int) -> object:
        """A mono decoder, freed with the last reference to it."""
        state = self._decoding.create_state(rate, 1)
        _free_with(state, self._decoding.destroy)
        return state


def _free_with(state: Any, destroy: Any) -> None:
    """Call ``destroy`` on a copy of the pointer ``state`` when the last reference to ``state`` goes."""
    address = ctypes.cast(state, ctypes.c_void_p).value or 0
    weakref.finalize(state, destroy, ctypes.cast(address, type(state)))


def _checked(result: int) -> int:
    """A count of bytes or samples; libopus' negative answers as `CodecError`."""
    if result < 0:
        msg = f"opus: libopus answered with error {result}"
        raise CodecError(msg)
    return result
