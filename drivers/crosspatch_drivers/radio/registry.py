"""Which driver serves which way of keying; each is imported when a site uses it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Guard, Radio, RadioSink
from crosspatch_drivers.radio.pei_log import Entry
from crosspatch_drivers.radio.settings import USUAL_SIGNAL, WIRED, Keying, SignalLimits, Wiring, check

if TYPE_CHECKING:
    from crosspatch_drivers.radio.pei_radio import PeiSettings

KEYINGS = get_args(Keying)


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
    profile: str = "auto",
    wiring: Wiring | None = None,
    limits: SignalLimits = USUAL_SIGNAL,
    record: Callable[[Entry], None] | None = None,
) -> Radio:
    """The radio, made but not started. ``mcc`` and ``mnc`` are its network's. `Cannot` when it can never be made."""
    if keying not in KEYINGS:
        msg = f"radio {name}: there is no keying {keying!r}; there are {', '.join(KEYINGS)}"
        raise Cannot(msg)
    wired = keying in WIRED
    if wired and (wiring is None or check(wiring)):
        msg = f"radio {name}: keyed by wire, but {check(wiring) if wiring else 'no wiring is given'}"
        raise Cannot(msg)
    if keying == "voice":
        from crosspatch_drivers.radio.voice_radio import VoiceRadio  # noqa: PLC0415 - on demand

        return VoiceRadio(name, sink)
    if keying == "wired":
        return _wired(name, url, wiring, sink, guard)
    if not url:
        msg = f"radio {name}: keyed by PEI, but no port is given"
        raise Cannot(msg)
    from crosspatch_drivers.radio.pei_radio import PeiRadio, PeiSettings  # noqa: PLC0415 - on demand

    wires = wiring if wired else None
    settings = PeiSettings(url=url, baud=baud, home=Identity(mcc, mnc, 0), wiring=wires, limits=limits)
    return PeiRadio(name, _with_profile(settings, name, profile), sink, guard, record)


def _with_profile(settings: "PeiSettings", name: str, profile: str) -> "PeiSettings":
    """The settings for the profile of this name or file, or for all of them when it is to be found."""
    from crosspatch_drivers.radio.profiles import choose_profile  # noqa: PLC0415 - on demand

    try:
        chosen, candidates = choose_profile(profile)
    except Cannot as error:
        msg = f"radio {name}: {error}"
        raise Cannot(msg) from error
    wiring = settings.wiring
    if wiring is not None:
        chosen = replace(chosen, wired_key=True)
        candidates = tuple(replace(each, wired_key=True) for each in candidates)
    if chosen.hardware_flow_control and wiring is not None and wiring.key == "rts" and wiring.device is None:
        msg = f"radio {name}: its key is on RTS, and profile {profile} needs that for flow control"
        raise Cannot(msg)
    return replace(settings, profile=chosen, candidates=candidates, search=bool(candidates))


def _wired(name: str, url: str | None, wiring: Wiring | None, sink: RadioSink, guard: Guard) -> Radio:
    from crosspatch_drivers.radio.wired_radio import WiredRadio  # noqa: PLC0415 - on demand

    if wiring is None or not (device := wiring.device or url) or wiring.squelch is None:
        msg = f"radio {name}: keyed by wire alone, it needs a device and a squelch line"
        raise Cannot(msg)
    return WiredRadio(name, replace(wiring, device=device), sink, guard)
