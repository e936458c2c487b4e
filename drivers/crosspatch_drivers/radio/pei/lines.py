"""One line from a radio to one message: what it says, in the words of ETSI EN 300 392-5; not what follows from it.

Radios differ: the space after the colon may be missing, fields may be empty, missing or too many, numbers may be
no numbers. Nothing of that is an error here: a number that is none is None, an identity that is none is "". Identities
stay strings of digits, because only their number of digits tells their form (the type field beside them lies).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NOT_NOW = 3
"""+CME ERROR for what is supported, but not in the present state: giving back a transmitter that is off, for one."""

SYNTAX = 35
"""+CME ERROR of a command that was not understood; also what radios answer first of all after they start."""

RETRY_SOON = frozenset({1, 31, 42})
"""+CME ERRORs that go away by themselves: no communication, no acknowledgement, busy with signalling."""

HOPELESS_NOW = frozenset({2, 5, 10, 11, 12, 13, 14, 15, 16, 30, 40, 41, 43})
"""+CME ERRORs of a radio that cannot make any call now: PIN or SIM, no service, wrong mode, transmit inhibit."""


@dataclass(frozen=True, slots=True)
class Ok:
    """The final result of a command that was taken."""


@dataclass(frozen=True, slots=True)
class Error:
    """The final result of a command that was not: ``cme`` when the radio gave a number."""

    cme: int | None = None
    text: str = "ERROR"


@dataclass(frozen=True, slots=True)
class CallIncoming:
    """+CTICN: a call comes in, or more is known about one. ``called`` is the group."""

    cc: int | None
    status: int | None = None
    service: int | None = None
    caller_type: int | None = None
    caller: str = ""
    hook: int | None = None
    simplex: int | None = None
    e2ee: int | None = None
    comms: int | None = None
    slots: int | None = None
    called_type: int | None = None
    called: str = ""
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class CallProgress:
    """+CTOCP: a call of ours makes progress; status 1 is queued."""

    cc: int | None
    status: int | None = None
    service: int | None = None
    simplex: int | None = None
    e2ee: int | None = None


@dataclass(frozen=True, slots=True)
class CallConnect:
    """+CTCC: a call is through."""

    cc: int | None
    hook: int | None = None
    simplex: int | None = None
    e2ee: int | None = None
    service: int | None = None
    comms: int | None = None
    slots: int | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class TransmitGrant:
    """+CTXG: who may transmit. ``grant`` 0 we, 1 we not, 2 we are queued, 3 somebody else.

    ``sound`` is false for a line that lost something on its way: a field holds what it cannot hold.
    """

    cc: int | None
    grant: int | None = None
    permission: int | None = None
    e2ee: int | None = None
    talker_type: int | None = None
    talker: str = ""
    sound: bool = True


@dataclass(frozen=True, slots=True)
class TransmitCeased:
    """+CDTXC: the transmission of whoever had it has ended."""

    cc: int | None
    permission: int | None = None


@dataclass(frozen=True, slots=True)
class CallReleased:
    """+CTCR: a call is over."""

    cc: int | None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class TransmitInterrupt:
    """+CTXI: the one who transmits was interrupted. Fields as +CTXG by analogy; only the name is sure.

    Neither line carries a priority: one who takes over a running call has none that a radio could tell.
    """

    cc: int | None
    grant: int | None = None
    permission: int | None = None
    e2ee: int | None = None
    talker_type: int | None = None
    talker: str = ""


@dataclass(frozen=True, slots=True)
class TransmitWait:
    """+CTXW: transmission pauses (the radio changes cell)."""

    cc: int | None
    permission: int | None = None


@dataclass(frozen=True, slots=True)
class TransmitContinue:
    """+CTXN: the pause is over; ``go_on`` 1 continue, 0 do not."""

    cc: int | None
    go_on: int | None = None
    permission: int | None = None


@dataclass(frozen=True, slots=True)
class Talkgroup:
    """+CTGS: attached groups as (type, digits); type 0 none, 1 selected, 2-7 scanned."""

    groups: tuple[tuple[int | None, str], ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """+CTOM: operating mode, 0 trunked."""

    mode: int | None


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """+CREG: ``status`` 1 registered at home, 5 visiting; ``mni`` digits of MCC and MNC."""

    status: int | None
    location_area: int | None = None
    mni: str = ""


@dataclass(frozen=True, slots=True)
class SignalQuality:
    """+CSQ: ``rssi`` 0-31 in steps of 2 dB from -113 dBm, 99 unknown."""

    rssi: int | None
    errors: int | None = None


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """+CNUMF, or one of the lines that follow it: ``kind`` 0 own identity, 6 own extended identity."""

    kind: int | None
    number: str = ""


@dataclass(frozen=True, slots=True)
class SdsHeader:
    """+CTSDSR: the next line is the user data in hex."""

    value: str


@dataclass(frozen=True, slots=True)
class Information:
    """Any other line of the form ``+NAME: value``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """Any other line."""

    text: str


Message = (
    Ok
    | Error
    | CallIncoming
    | CallProgress
    | CallConnect
    | TransmitGrant
    | TransmitCeased
    | CallReleased
    | TransmitInterrupt
    | TransmitWait
    | TransmitContinue
    | Talkgroup
    | Mode
    | RegistrationStatus
    | SignalQuality
    | OwnNumber
    | SdsHeader
    | Information
    | Text
)

NAMED = re.compile(r"\+([A-Za-z0-9]+)\s*:\s*(.*)", re.DOTALL)
FAILED = re.compile(r"\+CM([ES])\s*ERROR\s*:?\s*(.*)", re.DOTALL | re.IGNORECASE)
FAILURES = re.compile(r"(ERROR|NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE|CONNECT)(?:\s*:?\s*(\d*))?", re.IGNORECASE)
"""Final results of ITU-T V.250 that mean a voice call command did not do what it was asked; a number may follow."""

FULL_INCOMING = 12
"""Fields of a +CTICN from which on each is where it should be; shorter ones were seen whose caller was none."""

GRANTS, FLAGS = "0123", "0123456789"
"""What the grant field of +CTXG holds, and the fields between it and the talker, which have one digit or none."""

MAX_DIGITS = 9
"""Digits of the longest number read as a number: all numbers of the standard are shorter."""


def parse_line(line: str) -> Message:
    """What one line says. Never raises, whatever the line."""
    line = line.strip()
    if line.upper() == "OK":
        return Ok()
    if plain := FAILURES.fullmatch(line):
        return Error(_number(plain[2] or "") if plain[1].upper() == "ERROR" else None, line.upper())
    if failed := FAILED.fullmatch(line):
        return Error(_number(failed[2]) if failed[1].upper() == "E" else None, line)
    named = NAMED.fullmatch(line)
    if not named:
        return Text(line)
    name, value = named[1].upper(), named[2].strip()
    reader = READERS.get(name)
    return reader(value) if reader else Information(name, value)


def split_line(line: str) -> list[str]:
    """The lines in one line: noise before a known name is a line of its own, and so is what lost its line end."""
    parts = [part.strip() for part in GLUED.split(line)]
    *whole, last = [part for part in parts if part] or [""]
    if ends := ENDED.fullmatch(last):
        return [*whole, ends[1].strip(), ends[2]]
    return [*whole, last]


def parse_own_number(line: str) -> OwnNumber | None:
    """A following line of a +CNUMF answer, which has no prefix; None when it is none."""
    fields = line.split(",")
    number = OwnNumber(_number(fields[0]), _digits(fields[1])) if len(fields) > 1 else None
    return number if number and number.kind is not None and number.number else None


def _number(field: str) -> int | None:
    field = field.strip(' "')
    return int(field) if field.isascii() and field.isdigit() and len(field) <= MAX_DIGITS else None


def _digits(field: str) -> str:
    field = field.strip(' "')
    return field if field.isascii() and field.isdigit() else ""


def _numbers(value: str, count: int) -> list[int | None]:
    """The first ``count`` fields as numbers, None for each that is missing."""
    fields = [_number(field) for field in value.split(",")[:count]]
    return fields + [None] * (count - len(fields))


def _texts(value: str, count: int) -> Sequence[str]:
    fields = value.split(",")[:count]
    return fields + [""] * (count - len(fields))


def _incoming(value: str) -> CallIncoming:
    fields = _texts(value, 13)
    n = [_number(field) for field in fields]
    in_full = value.count(",") >= FULL_INCOMING - 1
    return CallIncoming(
        cc=n[0],
        status=n[1],
        service=n[2],
        caller_type=n[3],
        caller=_digits(fields[4]) if in_full else "",
        hook=n[5],
        simplex=n[6],
        e2ee=n[7],
        comms=n[8],
        slots=n[9],
        called_type=n[10],
        called=_digits(fields[11]),
        priority=n[12],
    )


def _grant(value: str) -> TransmitGrant:
    cc, grant, permission, e2ee, kind = _numbers(value, 5)
    _, told, *flags = (field.strip(' "') for field in _texts(value, 5))
    sound = len(told) == 1 and told in GRANTS and all(flag in ("", *FLAGS) for flag in flags)
    return TransmitGrant(cc, grant, permission, e2ee, kind, _digits(_texts(value, 6)[5]), sound)


def _interrupt(value: str) -> TransmitInterrupt:
    cc, grant, permission, e2ee, kind = _numbers(value, 5)
    return TransmitInterrupt(cc, grant, permission, e2ee, kind, _digits(_texts(value, 6)[5]))


def _talkgroup(value: str) -> Talkgroup:
    fields = value.split(",")
    pairs = zip(fields[::2], [*fields[1::2], ""], strict=False)
    return Talkgroup(tuple((_number(kind), _digits(digits)) for kind, digits in pairs))


def _registration(value: str) -> RegistrationStatus:
    status, location_area = _numbers(value, 2)
    return RegistrationStatus(status, location_area, _digits(_texts(value, 3)[2]))


READERS: dict[str, Callable[[str], Message]] = {
    "CTICN": _incoming,
    "CTOCP": lambda value: CallProgress(*_numbers(value, 5)),
    "CTCC": lambda value: CallConnect(*_numbers(value, 8)),
    "CTXG": _grant,
    "CDTXC": lambda value: TransmitCeased(*_numbers(value, 2)),
    "CTCR": lambda value: CallReleased(*_numbers(value, 2)),
    "CTXI": _interrupt,
    "CTXW": lambda value: TransmitWait(*_numbers(value, 2)),
    "CTXN": lambda value: TransmitContinue(*_numbers(value, 3)),
    "CTGS": _talkgroup,
    "CTOM": lambda value: Mode(_numbers(value, 1)[0]),
    "CREG": _registration,
    "CSQ": lambda value: SignalQuality(*_numbers(value, 2)),
    "CNUMF": lambda value: OwnNumber(_numbers(value, 1)[0], _digits(_texts(value, 2)[1])),
    "CTSDSR": SdsHeader,
}

NAMES = "|".join([*READERS, "CMGS", "CLVL"])
GLUED = re.compile(rf"(?=\+(?:{NAMES})\s*:|\+CM[ES]\s*ERROR)", re.IGNORECASE)
"""Where a line begins, whatever stands before it."""

ENDED = re.compile(rf"(\+(?:{NAMES})\s*:[\d\s,\"]+)(OK|ERROR)")
"""A line of numbers with the final result behind it."""
