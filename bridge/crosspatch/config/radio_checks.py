"""Radios of a site: what each way of keying needs and what it cannot have, wires that fit together, a known profile.

Not for ports that two radios claim (see `ports`).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from crosspatch.config.mistakes import Mistake, hint
from crosspatch.config.references import Names, known
from crosspatch.plan import Plan, RadioPlan
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.profiles import AUTO, PROFILE_FILE, load_profile, load_profiles, profiles_folder
from crosspatch_drivers.radio.settings import BUTTONS, WIRED, WITH_PEI, Wiring

Told = Iterator[tuple[tuple[str, ...], str]]
"""Keys within the radio's table, and what is wrong with them."""


def check_radios(plan: Plan, names: Names) -> Iterator[Mistake]:
    """All mistakes about radios."""
    for radio in plan.radios.values():
        where = ("radios", radio.id)
        yield from known((*where, "network"), "network", radio.network, names["networks"])
        for key, text in (*_port(radio), *_profile(radio), *_wiring(radio), *_signal(radio)):
            yield Mistake((*where, *key), text)


def with_profiles(plan: Plan, folder: Path) -> Plan:
    """The plan with the names of profile files made absolute; they are beside the site file, in ``folder``."""
    radios = {
        name: replace(radio, profile=str(folder.absolute() / radio.profile)) if _is_file(radio.profile) else radio
        for name, radio in plan.radios.items()
    }
    return replace(plan, radios=radios)


def _port(radio: RadioPlan) -> Told:
    if radio.keying in WITH_PEI and not radio.port:
        yield ("port",), f'is missing: a radio keyed by "{radio.keying}" needs its serial port'
    elif radio.keying == "voice" and radio.port:
        yield ("port",), 'does not belong here: a radio keyed by "voice" has audio only'
    elif radio.keying == "wired" and radio.wiring is not None:
        if radio.port and radio.wiring.device:
            yield ("port",), "does not belong here: the wires are those of wiring.device"
        elif not (radio.port or radio.wiring.device or radio.wiring.fob):
            yield ("port",), 'is missing: a radio keyed by "wired" needs the serial port of its wires'
    if radio.keying not in WITH_PEI and radio.raw_log_mb:
        yield ("raw_log_mb",), f'does not belong here: a radio keyed by "{radio.keying}" says nothing on a port'


def _profile(radio: RadioPlan) -> Told:
    if radio.profile == AUTO:
        return
    if radio.keying not in WITH_PEI:
        yield ("profile",), f'does not belong here: a radio keyed by "{radio.keying}" takes no commands'
        return
    try:
        profile = _found(radio.profile)
    except Cannot as error:
        for line in str(error).splitlines():
            yield ("profile",), line
        return
    if profile is None:
        yield ("profile",), f"no profile {radio.profile!r}{hint(radio.profile, (AUTO, *_shipped()))}"
    elif profile.hardware_flow_control and _on_own_port(radio.wiring) == "rts":
        yield ("wiring", "key"), f"rts cannot be the key: profile {profile.name!r} needs it for flow control"


def _wiring(radio: RadioPlan) -> Told:
    wiring, keying = radio.wiring, radio.keying
    if keying not in WIRED:
        if wiring is not None:
            yield ("wiring",), f'does not belong here: a radio keyed by "{keying}" has no wired key'
        return
    if wiring is None:
        yield ("wiring",), f'is missing: a radio keyed by "{keying}" needs to know its lines'
        return
    if keying == "wired" and wiring.squelch is None:
        yield ("wiring", "squelch"), "is missing: nothing else tells when somebody speaks"
    elif keying == "pei-wired" and wiring.squelch is not None:
        yield ("wiring", "squelch"), "does not belong here: the PEI tells who speaks"
    elif wiring.squelch is not None and wiring.fob != (wiring.squelch in BUTTONS):
        yield ("wiring", "squelch"), f"{wiring.squelch} is not on the device of key {wiring.key}"
    yield from _device(radio, wiring)


def _device(radio: RadioPlan, wiring: Wiring) -> Told:
    if wiring.fob and wiring.device is None:
        yield ("wiring", "device"), f"is missing: {wiring.key} is a pin of a sound fob, such as /dev/hidraw0"
    elif wiring.device is not None and not wiring.device.startswith("/"):
        yield ("wiring", "device"), f"must be a device like /dev/ttyUSB0 or /dev/hidraw0, not {wiring.device!r}"
    elif wiring.device is not None and wiring.device == radio.port:
        yield ("wiring", "device"), "is the radio's own port: leave it out"
    elif wiring.device is None and radio.port and "://" in radio.port:
        yield ("port",), f"{radio.port!r} has no modem lines to key by"


def _signal(radio: RadioPlan) -> Told:
    if radio.least_dbm is not None and radio.keying not in WITH_PEI:
        yield ("least_dbm",), f'does not belong here: a radio keyed by "{radio.keying}" tells no signal strength'
    elif radio.least_dbm is not None and radio.least_dbm > radio.weak_dbm:
        yield ("least_dbm",), "must not be larger than weak_dbm"


def _on_own_port(wiring: Wiring | None) -> str:
    """The key on the radio's own port, if it is there."""
    return wiring.key if wiring is not None and wiring.device is None else ""


def _found(name: str) -> Profile | None:
    """The profile of this name or file; `Cannot` when the file cannot be used."""
    return load_profile(Path(name)) if _is_file(name) else _shipped().get(name)


def _is_file(name: str) -> bool:
    return name.endswith(PROFILE_FILE)


@cache
def _shipped() -> dict[str, Profile]:
    return load_profiles(profiles_folder())
