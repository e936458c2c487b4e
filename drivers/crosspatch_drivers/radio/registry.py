"""Which driver serves which way of keying; each is imported when a site uses it."""

from collections.abc import Callable
from dataclasses import replace

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Guard, Radio, RadioSink
from crosspatch_drivers.radio.pei_log import Entry
from crosspatch_drivers.radio.wiring import Wiring, check

KEYINGS = ("pei", "voice", "wired", "pei-wired")
"""By command on the PEI; by voice; by a wire; by a wire while the PEI tells what comes of it."""

AUTO = "auto"
"""The profile is chosen by the brand that the radio tells, and its line settings are searched for."""


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
    profile: str = AUTO,
    wiring: Wiring | None = None,
    record: Callable[[Entry], None] | None = None,
) -> Radio:
    """The radio, made but not started. ``mcc`` and ``mnc`` are its network's. `Cannot` when it can never be made."""
    if keying not in KEYINGS:
        msg = f"radio {name}: there is no keying {keying!r}; there are {', '.join(KEYINGS)}"
        raise Cannot(msg)
    wired = keying in ("wired", "pei-wired")
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

    settings = PeiSettings(url=url, baud=baud, home=Identity(mcc, mnc, 0), wiring=wiring if wired else None)
    from crosspatch_drivers.radio.profiles import load_profiles, profiles_folder  # noqa: PLC0415 - on demand

    profiles = load_profiles(profiles_folder())
    if wired:
        profiles = {key: replace(each, wired_key=True) for key, each in profiles.items()}
    if profile == AUTO:
        settings = replace(settings, profile=profiles["generic"], candidates=tuple(profiles.values()), search=True)
    elif profile in profiles:
        settings = replace(settings, profile=profiles[profile])
        if (
            wiring
            and wired
            and wiring.key == "rts"
            and wiring.device is None
            and settings.profile.hardware_flow_control
        ):
            msg = f"radio {name}: its key is on RTS, and profile {profile} needs that for flow control"
            raise Cannot(msg)
    else:
        msg = f"radio {name}: there is no profile {profile!r}; there are {', '.join((AUTO, *profiles))}"
        raise Cannot(msg)
    return PeiRadio(name, settings, sink, guard, record)


def _wired(name: str, url: str | None, wiring: Wiring | None, sink: RadioSink, guard: Guard) -> Radio:
    from crosspatch_drivers.radio.wired_radio import WiredRadio  # noqa: PLC0415 - on demand

    if wiring is None or not (device := wiring.device or url) or wiring.squelch is None:
        msg = f"radio {name}: keyed by wire alone, it needs a device and a squelch line"
        raise Cannot(msg)
    return WiredRadio(name, replace(wiring, device=device), sink, guard)
