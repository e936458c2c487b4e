"""AT commands to a radio explained field by field; what they do, not whether a radio takes them."""

import re
from dataclasses import replace

from crosspatch.explain import words
from crosspatch.explain.identities import identity_meaning
from crosspatch.explain.lines import Meaning, split_rows, summary
from crosspatch.explain.model import Explanation, Row
from crosspatch_drivers.sds.protocols import protocol_name

Names = tuple[tuple[str, Meaning], ...]

COMMANDS: dict[str, tuple[str, Names]] = {
    "CTSDC": (
        "define the next call",
        (
            ("AI service", words.SERVICES),
            ("called identity type", words.IDENTITY_TYPES),
            ("area", words.area_meaning),
            ("hook", words.HOOKS),
            ("simplex", words.SIMPLEX),
            ("encryption", words.ENCRYPTION),
            ("communication type", words.COMMUNICATIONS),
            ("slots and codec", words.SLOTS),
            ("request to transmit", words.SPEAK_FIRST),
            ("priority", words.priority_meaning),
            ("hide own identity", words.SWITCH),
        ),
    ),
    "CTSDS": (
        "define the next short message",
        (
            ("AI service", words.SERVICES),
            ("called identity type", words.IDENTITY_TYPES),
            ("area", words.area_meaning),
            ("access priority", {0: "low", 1: "high", 2: "emergency"}),
            ("encryption", words.ENCRYPTION),
        ),
    ),
    "CMGS": ("send a short message", (("destination", None), ("length in bits", None))),
    "CTXD": ("ask for the transmitter", (("call instance", None), ("priority", words.DEMANDS))),
    "CUTXC": ("give the transmitter back", (("call instance", None),)),
    "CTCR": ("release the call", (("call instance", None),)),
    "CTGS": ("select talkgroups", ()),
    "CTOM": ("operating mode", (("mode", words.MODES),)),
    "CTSP": (
        "route a service",
        (("profile", words.PROFILES), ("layer 1", words.LAYERS), ("layer 2", None), ("mode", None), ("link", None)),
    ),
    "CREG": ("registration", ()),
    "CSQ": ("signal quality", ()),
    "CNUMF": ("own numbers", ()),
    "CNUM": ("own number", ()),
    "CNUMS": ("static groups", (("type", None), ("first", None), ("last", None))),
    "CNUMD": ("dynamic groups", (("type", None), ("first", None), ("last", None))),
    "CMEE": ("errors as numbers", (("numbers", words.SWITCH),)),
    "CSCS": ("character set", (("name", None),)),
    "CLVL": ("volume", (("level", None),)),
    "CMUT": ("mute", (("mute", words.SWITCH),)),
    "CPIN": ("PIN", (("PIN", None),)),
    "CCLK": ("clock", ()),
    "CBC": ("battery", ()),
    "GMI": ("manufacturer", ()),
    "GMM": ("model", ()),
    "GMR": ("revision", ()),
    "GSN": ("serial number", ()),
    "GSR": ("serial number", ()),
    "GCLI": ("cells", ()),
    "GPSPOS": ("own position", ()),
    "CTBCT": ("broadcast time", ()),
    "CTGL": ("group list", ()),
    "CTDCT": ("direct mode communication type", (("type", words.DIRECT_TYPES),)),
    "CTTCT": ("trunked mode communication type", (("type", None),)),
}
"""What follows ``AT+``."""

BASIC: dict[str, str] = {
    "": "are you there",
    "A": "answer the call",
    "H": "leave the call",
    "I": "identify yourself",
    "Z": "reset; some radios restart",
    "E0": "echo off",
    "E1": "echo on",
}
"""What follows ``AT`` alone."""

NAMED = re.compile(r"\+([A-Z0-9]+)\s*(=\?|\?|=|$)(.*)", re.DOTALL | re.IGNORECASE)


def explain_command(line: str) -> Explanation | None:
    """What an AT command asks for; None when it is none that is known."""
    text = line.strip()
    if text[:2].upper() != "AT":
        return None
    rest = text[2:].strip()
    if rest.upper() in BASIC:
        return Explanation("command", f"{text.upper()}: {BASIC[rest.upper()]}", line)
    if rest[:1].upper() == "D" and rest[1:].strip().isdigit():
        return _dial(line, rest[1:].strip())
    match = NAMED.fullmatch(rest)
    if match is None or match[1].upper() not in COMMANDS:
        return None
    name, kind, value = match[1].upper(), match[2], match[3].strip()
    title, names = COMMANDS[name]
    if kind == "=?":
        return Explanation("command", f"AT+{name}: which values may be set: {title}", line)
    if kind == "?" or not value:
        return Explanation("command", f"AT+{name}: ask: {title}", line)
    rows = _rows(name, value, names)
    return Explanation("command", summary(f"AT+{name}: {title}", rows), line, rows, {"command": name, "value": value})


def _dial(line: str, digits: str) -> Explanation:
    meaning = identity_meaning(digits)
    row = Row("called", digits, meaning)
    return Explanation("command", f"ATD: call {meaning}", line, (row,), {"command": "D", "called": digits})


def _rows(name: str, value: str, names: Names) -> tuple[Row, ...]:
    if name == "CTGS":
        groups = (("group type", words.GROUP_TYPES), ("group", None)) * (value.count(",") // 2 + 1)
        return tuple(_identified(row) if row.name == "group" else row for row in split_rows(value, groups))
    rows = split_rows(value, names)
    if name == "CMGS":
        return (_identified(rows[0]), *rows[1:])
    return _routed(rows) if name == "CTSP" else rows


def _identified(row: Row) -> Row:
    return replace(row, meaning=identity_meaning(str(row.value)))


def _routed(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """What the second layer of AT+CTSP means depends on the first."""
    if len(rows) < 3 or not isinstance(rows[1].value, int) or not str(rows[2].value).isdigit():
        return rows
    first, second = rows[1].value, int(str(rows[2].value)[:9])
    meaning = protocol_name(second) if first == 3 else words.SECOND_LAYERS.get((first, second), "not known")
    return (*rows[:2], replace(rows[2], meaning=meaning), *rows[3:])
