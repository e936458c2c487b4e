"""Which driver serves which way of keying; each is imported when a site uses it."""

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Guard, Radio, RadioSink

KEYINGS = ("pei", "voice")
"""Every way of keying there is."""


def make_radio(
    keying: str,
    *,
    name: str,
    url: str | None,
    baud: int,
    mcc: int,
    mnc: int,
    sink: RadioSink,
    guard: Guard,
) -> Radio:
    """The radio, made but not started. ``mcc`` and ``mnc`` are its network's. `Cannot` when it can never be made."""
    match keying:
        case "pei" if url:
            from crosspatch_drivers.radio.pei_radio import PeiRadio  # noqa: PLC0415 - on demand

            return PeiRadio(name, url, baud=baud, home=Identity(mcc, mnc, 0), sink=sink, guard=guard)
        case "pei":
            msg = f"radio {name}: keyed by PEI, but no port is given"
            raise Cannot(msg)
        case "voice":
            from crosspatch_drivers.radio.voice_radio import VoiceRadio  # noqa: PLC0415 - on demand

            return VoiceRadio(name, sink)
        case _:
            msg = f"radio {name}: there is no keying {keying!r}; there are {', '.join(KEYINGS)}"
            raise Cannot(msg)
