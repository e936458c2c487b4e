"""Which codecs there are, by name; each is imported when it is asked for."""

from importlib import import_module

from crosspatch_codecs.base import Codec, CodecError

_CODECS = {
    "s16le": ("crosspatch_codecs.pcm", "Pcm"),
    "pcma": ("crosspatch_codecs.g711", "Alaw"),
    "pcmu": ("crosspatch_codecs.g711", "Mulaw"),
    "opus": ("crosspatch_codecs.opus", "Opus"),
}
_FIXED_RATE = {"pcma": 8000, "pcmu": 8000}

NAMES = tuple(_CODECS)
"""Every name `make_codec` knows."""


def make_codec(name: str, rate: int) -> Codec:
    """A new codec for one stream at ``rate`` Hz; `CodecError` for an unknown name or a rate it does not have."""
    if name not in _CODECS:
        msg = f"no codec is named {name!r}; known: {', '.join(NAMES)}"
        raise CodecError(msg)
    fixed = _FIXED_RATE.get(name)
    if fixed not in (None, rate):
        msg = f"{name}: works at {fixed} Hz only, not at {rate} Hz"
        raise CodecError(msg)
    module, class_name = _CODECS[name]
    factory = getattr(import_module(module), class_name)
    codec: Codec = factory() if fixed else factory(rate)
    return codec
