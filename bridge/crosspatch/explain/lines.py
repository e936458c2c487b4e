"""Lines from a radio explained field by field, with the parser that the driver uses."""

import dataclasses
from collections.abc import Callable, Mapping

from crosspatch.explain import words
from crosspatch.explain.identities import NETWORKS, identity_meaning
from crosspatch.explain.model import Explanation, Row
from crosspatch.explain.short_data import header_values
from crosspatch_drivers.identity import network_from_digits
from crosspatch_drivers.radio.pei import lines as pei
from crosspatch_drivers.sds.bits import Refusal
from crosspatch_drivers.sds.header import parse_header

Meaning = Mapping[int, str] | Callable[[int], str] | None

PARTY = {
    "caller_type": words.IDENTITY_TYPES,
    "called_type": words.IDENTITY_TYPES,
    "talker_type": words.TALKER_TYPES,
}
"""Type fields; what they say about the identity beside them is not to be relied on, so the digits are explained."""

FIELDS: dict[str, Meaning] = {
    "cc": lambda cc: f"call instance {cc}",
    "service": words.SERVICES,
    "hook": words.HOOKS,
    "simplex": words.SIMPLEX,
    "e2ee": words.ENCRYPTION,
    "comms": words.COMMUNICATIONS,
    "slots": words.SLOTS,
    "priority": words.priority_meaning,
    "grant": words.GRANTS,
    "permission": words.PERMISSIONS,
    "go_on": words.CONTINUES,
    "cause": words.CAUSES,
    "mode": words.MODES,
    "rssi": words.signal_meaning,
    "errors": lambda rate: "bit error rate not known" if rate == 99 else f"bit error rate {rate}",
    "kind": words.NUMBER_TYPES,
    **PARTY,
}
"""What the fields of the driver's messages mean, by name."""

LABELS = {"kind": "number_type"}
"""Fields that need a longer name outside of their message."""

IDENTITIES = frozenset({"caller", "called", "talker", "number"})

MESSAGES: dict[type, tuple[str, str]] = {
    pei.CallIncoming: ("+CTICN", "incoming call"),
    pei.CallProgress: ("+CTOCP", "outgoing call makes progress"),
    pei.CallConnect: ("+CTCC", "call connected"),
    pei.TransmitGrant: ("+CTXG", "transmit grant"),
    pei.TransmitCeased: ("+CDTXC", "transmission ended, the channel is free"),
    pei.CallReleased: ("+CTCR", "call released"),
    pei.TransmitInterrupt: ("+CTXI", "transmission interrupted"),
    pei.TransmitWait: ("+CTXW", "transmission waits"),
    pei.TransmitContinue: ("+CTXN", "transmission continues"),
    pei.Mode: ("+CTOM", "operating mode"),
    pei.SignalQuality: ("+CSQ", "signal quality"),
    pei.OwnNumber: ("+CNUMF", "number of this radio"),
}

INFORMATION: dict[str, tuple[str, tuple[tuple[str, Meaning], ...]]] = {
    "CMGS": ("short message", (("instance", None), ("SDS status", words.SDS_STATES), ("message reference", None))),
    "CTDGR": (
        "direct mode gateway or repeater",
        (("communication type", words.DIRECT_TYPES), ("address", None), ("network", None), ("presence", None)),
    ),
    "CLVL": ("volume", (("level", None),)),
    "CMUT": ("mute", (("mute", words.SWITCH),)),
    "GMI": ("manufacturer", (("name", None),)),
    "GMM": ("model", (("status", None), ("model", None), ("software", None))),
    "GMR": ("revision", (("revision", None),)),
    "GSN": ("serial number", (("serial number", None),)),
    "GSR": ("serial number", (("serial number", None),)),
    "CCLK": ("clock", (("date", None), ("time", None))),
    "CBC": ("battery", (("source", None), ("per cent", None))),
    "CPIN": ("PIN", (("state", None),)),
    "CSCS": ("character set", (("name", None),)),
    "CNUM": ("own number", (("name", None), ("number", None))),
    "CNUMS": ("static group", (("type", words.NUMBER_TYPES), ("group", None), ("name", None))),
    "CNUMD": ("dynamic group", (("type", words.NUMBER_TYPES), ("group", None), ("name", None))),
    "GPSPOS": ("own position", (("UTC", None), ("latitude", None), ("longitude", None), ("satellites", None))),
    "GCLI": ("cells", (("count", None),)),
    "CTSP": (
        "services routed",
        (("profile", words.PROFILES), ("layer 1", words.LAYERS), ("layer 2", None), ("mode", None), ("link", None)),
    ),
    "CTSDC": ("service definition", ()),
    "CTSDS": ("short data definition", (("AI service", words.SERVICES),)),
    "CTXD": ("transmit demand", (("call instance", None), ("priority", words.DEMANDS))),
    "CTBCT": ("broadcast time", ()),
    "CTGL": ("group list", ()),
    "CTMGR": ("group management", ()),
    "CTMGS": ("group management", ()),
}
"""Lines that the driver passes on as they are: names of what they tell, as far as it is known."""


def explain_line(line: str) -> Explanation | None:
    """What a line from a radio means; None when it is none that is known."""
    message = pei.parse_line(line)
    if isinstance(message, pei.Ok):
        return Explanation("line", "OK: the command was taken", line)
    if isinstance(message, pei.Error):
        return _error(line, message)
    if isinstance(message, pei.Text):
        return None
    if isinstance(message, pei.SdsHeader):
        return _short_data(line, message.value)
    if isinstance(message, pei.Information):
        return _information(line, message)
    if isinstance(message, pei.Talkgroup):
        return _talkgroup(line, message)
    if isinstance(message, pei.RegistrationStatus):
        return _registration(line, message)
    return _fields(line, message)


def explain_own_number(line: str) -> Explanation | None:
    """A line that follows +CNUMF; None when it is none."""
    number = pei.parse_own_number(line)
    return _fields(line, number) if number else None


def told(value: int | str | None, meaning: Meaning) -> str:
    """A value's meaning; a number that is none, or has no meaning, says so."""
    if value is None or value == "":
        return "not told"
    if meaning is None or not isinstance(value, int):
        return ""
    return meaning.get(value, "reserved or not known") if isinstance(meaning, Mapping) else meaning(value)


def summary(title: str, rows: tuple[Row, ...]) -> str:
    """Title and what the fields mean, as far as they mean more than a number."""
    said = [row.meaning for row in rows if row.meaning and row.meaning != "not told" and "instance" not in row.name]
    return f"{title}: {', '.join(said)}" if said else title


def split_rows(value: str, names: tuple[tuple[str, Meaning], ...]) -> tuple[Row, ...]:
    """The fields of a value, named as far as they have names."""
    fields = [field.strip() for field in value.split(",")] if value else []
    rows = []
    for place, text in enumerate(fields, 1):
        name, meaning = names[place - 1] if place <= len(names) else (f"field {place}", None)
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        shown = text if number is None or meaning is None else number
        rows.append(Row(name, shown, told(shown, meaning) if text else "not told", place))
    return tuple(rows)


def _fields(line: str, message: pei.Message) -> Explanation:
    name, title = MESSAGES[type(message)]
    rows = []
    for place, field in enumerate(dataclasses.fields(message), 1):
        value = getattr(message, field.name)
        meaning: Meaning = FIELDS.get(field.name)
        if field.name == "status":
            meaning = words.CALL_STATES
        said = identity_meaning(value) if field.name in IDENTITIES else told(value, meaning)
        rows.append(Row(LABELS.get(field.name, field.name).replace("_", " "), value, said, place))
    while rows and rows[-1].value in (None, ""):  # what the radio left out at the end
        rows.pop()
    fields = tuple(rows)
    values = {LABELS.get(field.name, field.name): getattr(message, field.name) for field in dataclasses.fields(message)}
    hidden = [row for row in fields if row.name.replace(" ", "_") not in PARTY]
    return Explanation("line", summary(f"{name} {title}", tuple(hidden)), line, fields, values)


def _error(line: str, message: pei.Error) -> Explanation:
    if message.cme is None:
        return Explanation("line", f"{message.text}: the command was not taken", line, values={"cme": None})
    meaning = words.ERRORS.get(message.cme, "reserved")
    row = Row("error", message.cme, meaning, 1)
    return Explanation("line", f"+CME ERROR {message.cme}: {meaning}", line, (row,), {"cme": message.cme})


def _short_data(line: str, value: str) -> Explanation:
    header = parse_header(value)
    if isinstance(header, Refusal):
        return Explanation("line", "+CTSDSR incoming short message", line, refused=str(header))
    rows = (
        Row("AI service", header.service, told(header.service, words.SERVICES)),
        Row("calling", header.calling, identity_meaning(header.calling)),
        Row("calling type", header.calling_type, told(header.calling_type, words.IDENTITY_TYPES)),
        Row("called", header.called, identity_meaning(header.called)),
        Row("called type", header.called_type, told(header.called_type, words.IDENTITY_TYPES)),
        Row("length", header.bits, f"{header.bits} bits, in the next line"),
        Row("e2ee", header.e2ee, told(header.e2ee, words.ENCRYPTION)),
    )
    service = told(header.service, words.SERVICES)
    title = f"+CTSDSR incoming {service} from {identity_meaning(header.calling)} to {identity_meaning(header.called)}"
    return Explanation("line", title, line, rows, header_values(header))


def _information(line: str, message: pei.Information) -> Explanation | None:
    if message.name not in INFORMATION:
        return None
    title, names = INFORMATION[message.name]
    rows = split_rows(message.value, names)
    said = summary(title, rows)
    plain = f"{title}: {message.value}" if said == title and message.value else said
    return Explanation("line", f"+{message.name} {plain}", line, rows, {"value": message.value})


def _talkgroup(line: str, message: pei.Talkgroup) -> Explanation:
    rows: list[Row] = []
    said = []
    for kind, digits in message.groups:
        rows.append(Row("group type", kind, told(kind, words.GROUP_TYPES), len(rows) + 1))
        if digits:
            rows.append(Row("group", digits, identity_meaning(digits), len(rows) + 1))
        which = told(kind, words.GROUP_TYPES)
        said.append(f"{identity_meaning(digits)} ({which})" if digits else which)
    groups = [{"type": kind, "group": digits} for kind, digits in message.groups]
    return Explanation("line", f"+CTGS talkgroup: {', '.join(said)}", line, tuple(rows), {"groups": groups})


def _registration(line: str, message: pei.RegistrationStatus) -> Explanation:
    network = ""
    mcc = mnc = None
    if message.mni:
        try:
            mcc, mnc = network_from_digits(message.mni)
            network = f"MCC {mcc} ({NETWORKS.get(mcc, 'not known here')}), MNC {mnc}"
        except ValueError as error:
            network = str(error)
    rows = (
        Row("status", message.status, told(message.status, words.REGISTRATIONS), 1),
        Row("location area", message.location_area, "", 2),
        Row("network", message.mni, network or "not told", 3),
    )
    values: dict[str, object] = {
        "status": message.status,
        "location_area": message.location_area,
        "mcc": mcc,
        "mnc": mnc,
    }
    return Explanation("line", summary("+CREG registration", rows), line, rows, values)
