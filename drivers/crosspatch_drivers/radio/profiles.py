"""Profiles of kinds of radio as TOML files: read, checked, every mistake named at once; and written.

Not for what a profile means (see `pei.profile`).
"""

import dataclasses
import difflib
import json
import string
import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import crosspatch_drivers
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.sds.bits import MOST_BITS

AUTO = "auto"
"""The profile is chosen by the brand that the radio tells, and its line settings are searched for."""

PROFILE_FILE = ".toml"
"""How the name of a profile ends that is a file of the site."""

TEMPLATES = {
    "service_definition": {"priority"},
    "dial": {"group"},
    "demand": {"call", "priority"},
    "cease": {"call"},
    "select": {"group"},
    "hang_up": set[str](),
    "detach": set[str](),
    "define_message": {"service", "type"},
    "define_status": {"service", "type"},
    "send_message": {"destination", "bits"},
}
"""What the braces of each command must hold."""

OPTIONAL = {"define_message": {"priority", "encrypted"}, "define_status": {"priority", "encrypted"}}
"""What they may hold besides."""

LINE_ENDS = ("\r", "\n", "\r\n")
"""What may stand between a message's command and its digits."""

LEAST_BITS = 256
"""Bits of a message with which a text can be told in parts at all."""

LONGEST_COMMAND = 200
"""Characters of a command; radios take fewer."""

FIELDS = {field.name: field for field in dataclasses.fields(Profile)}
CHECKED = TypeAdapter(Profile)


def profiles_folder() -> Path:
    """Where the profiles that ship with the program are; `FileNotFoundError` names the places looked at."""
    top = Path(crosspatch_drivers.__file__).parent.parent
    places = (top / "crosspatch" / "_config" / "radios", top.parent / "config" / "radios")
    for place in places:
        if place.is_dir():
            return place
    msg = f"the radio profiles are missing: neither {places[0]} nor {places[1]} is there"
    raise FileNotFoundError(msg)


def load_profile(path: Path) -> Profile:
    """Read one file. `Cannot` with every mistake, each naming file and key."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise Cannot(msg) from error
    except ValueError as error:
        msg = f"{path}: is no TOML file: {error}"
        raise Cannot(msg) from error
    mistakes = [f"{key}: no such key{_suggestion(key)}" for key in table if key not in FIELDS]
    try:
        profile = CHECKED.validate_python({key: value for key, value in table.items() if key in FIELDS}, strict=False)
    except ValidationError as error:
        mistakes += [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    else:
        mistakes += check(profile)
    if mistakes:
        raise Cannot("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    return profile


def load_profiles(folder: Path) -> dict[str, Profile]:
    """All profiles of a folder by name. `Cannot` with the mistakes of all files."""
    found: dict[str, Profile] = {}
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            profile = load_profile(path)
        except Cannot as error:
            mistakes.append(str(error))
            continue
        if profile.name in found:
            mistakes.append(f"{path}: name: another file has {profile.name!r}, too")
        found[profile.name] = profile
    if mistakes:
        raise Cannot("\n".join(mistakes))
    return found


def choose_profile(name: str) -> tuple[Profile, tuple[Profile, ...]]:
    """The profile of this name or file, and those to choose from by brand. `Cannot` when there is none such."""
    profiles = load_profiles(profiles_folder())
    if name == AUTO:
        return profiles["generic"], tuple(profiles.values())
    if name.endswith(PROFILE_FILE):
        return load_profile(Path(name)), ()
    if name not in profiles:
        msg = f"there is no profile {name!r}; there are {', '.join((AUTO, *profiles))}"
        raise Cannot(msg)
    return profiles[name], ()


def check(profile: Profile) -> list[str]:
    """What is wrong with the values of a profile, key by key."""
    mistakes = []
    for name, holes in TEMPLATES.items():
        faults = _template_faults(str(getattr(profile, name)), holes, OPTIONAL.get(name, set()))
        mistakes += [f"{name}: {fault}" for fault in faults]
    for name in ("set_up", "asserted"):
        for i, command in enumerate(getattr(profile, name)):
            mistakes += [f"{name}.{i}: {fault}" for fault in _template_faults(command, set(), set())]
    for name, field in FIELDS.items():
        value = getattr(profile, name)
        if field.type is float and not 0 <= value < 86400:
            mistakes.append(f"{name}: {value} is no time of 0 to 86400 s")
    if profile.message_line_end not in LINE_ENDS:
        mistakes.append(f"message_line_end: {profile.message_line_end!r} is none of {', '.join(map(repr, LINE_ENDS))}")
    if not LEAST_BITS <= profile.most_message_bits <= MOST_BITS:
        mistakes.append(f"most_message_bits: {profile.most_message_bits} is not {LEAST_BITS} to {MOST_BITS}")
    if not all(0 <= priority <= 15 for priority in profile.call_priorities):
        mistakes.append("call_priorities: a call priority is 0 to 15")
    for name in ("deaf_after", "detect_attempts"):
        if getattr(profile, name) < 1:
            mistakes.append(f"{name}: must be 1 or more")
    return mistakes


def format_profile(profile: Profile, remark: str = "") -> str:
    """The TOML text of what differs from the generic profile; reading it back gives ``profile``."""
    lines = [f"# {line}" for line in remark.splitlines()]
    for name in FIELDS:
        value = getattr(profile, name)
        if name == "name" or value != getattr(GENERIC, name):
            lines.append(f"{name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # the escapes of TOML, and some that TOML has as well
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    return repr(value)


def _template_faults(text: str, holes: set[str], optional: set[str]) -> list[str]:
    """What keeps a command from being sent."""
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_COMMAND):
        return [f"{text!r} is no command of 1 to {LONGEST_COMMAND} printable characters"]
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        return [f"{text!r}: {error}"]
    if found - optional != holes:
        wanted = " and ".join(f"{{{hole}}}" for hole in sorted(holes)) or "no braces"
        return [f"{text!r} must have {wanted}"]
    return []


def _suggestion(key: str) -> str:
    near = difflib.get_close_matches(key, FIELDS, 1)
    return f"; did you mean {near[0]}?" if near else ""
