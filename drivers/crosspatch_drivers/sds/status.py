"""Status messages: one 16 bit number, which may be an emergency, a short report or the users' own.

ETSI EN 300 392-2, pre-coded status. What the free numbers mean is agreed in each network; not known here.
"""

from dataclasses import dataclass
from enum import IntEnum

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.layout import Field, Walk, named, pack

EMERGENCY = 0
FIRST_REPORT, FIRST_FREE = 0x7C00, 0x8000

GERMAN_KEYS = {
    **{0x8002 + digit: str(digit) for digit in range(10)},
    **dict(zip((0x80F2, 0x80F3, 0x80F4, 0x80F5, 0x80F6, 0x80F7, 0x80F8, 0x80F9), "AECFHJLP", strict=True)),
    **dict(zip((0x80FC, 0x80FD, 0x80FE, 0x80FF), "dhou", strict=True)),
}
"""The keys of German police and rescue radios that send these numbers; their meaning is local."""


class ShortReportType(IntEnum):
    """What a short report says about the message it names."""

    UNSUPPORTED = 0
    MEMORY_FULL = 1
    RECEIVED = 2
    CONSUMED = 3


REPORT_NAMES: dict[int, str] = {
    ShortReportType.UNSUPPORTED: "protocol or coding not supported",
    ShortReportType.MEMORY_FULL: "memory full",
    ShortReportType.RECEIVED: "received",
    ShortReportType.CONSUMED: "consumed",
}


@dataclass(frozen=True, slots=True)
class Status:
    """A status number."""

    value: int

    @property
    def emergency(self) -> bool:
        """Whether this is the one number that means emergency everywhere."""
        return self.value == EMERGENCY


@dataclass(frozen=True, slots=True)
class ShortReport:
    """A delivery report in the shape of a status: what became of the message with this reference."""

    report: int
    reference: int


def status_meaning(value: int) -> str:
    """What a status number is, for a person."""
    if value == EMERGENCY:
        return "EMERGENCY"
    if value < FIRST_REPORT:
        return "reserved"
    if value < FIRST_FREE:
        return f"short report: {REPORT_NAMES[value >> 8 & 3]}, message reference {value & 0xFF}"
    key = GERMAN_KEYS.get(value)
    return "free for the network and its users" + (f"; key {key} of German radios" if key else "")


STATUS = (Field("value", 16, status_meaning),)
SHORT_REPORT = (
    Field("marker", 6, lambda _: "short report", fixed=0x1F),
    Field("report", 2, named(REPORT_NAMES)),
    Field("reference", 8),
)


def read_status(walk: Walk) -> Status | ShortReport:
    """The user data of a status message; bits after the sixteenth are none of it."""
    if walk.left >= 16 and walk.bits.at(walk.at, 6) == SHORT_REPORT[0].fixed:
        return ShortReport(**walk.read(SHORT_REPORT, "short report"))
    return Status(**walk.read(STATUS, "status"))


def write_status(status: Status | ShortReport) -> Bits:
    """ValueError names the number that does not fit."""
    return pack(STATUS if isinstance(status, Status) else SHORT_REPORT, status)
