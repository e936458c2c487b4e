"""Payloads from radios, networks and manuals: what they are, so that every test means the same ones."""

from crosspatch_drivers.sds.codings import Coding
from crosspatch_drivers.sds.lip import LongReport, ShapeData, ShortReport, TimeData, VelocityData
from crosspatch_drivers.sds.message import Sds, Sds4
from crosspatch_drivers.sds.protocols import Protocol
from crosspatch_drivers.sds.status import ShortReport as ShortDeliveryReport
from crosspatch_drivers.sds.status import Status
from crosspatch_drivers.sds.text import Part, Text, TimeStamp
from crosspatch_drivers.sds.transport import RECEIVED, Ack, Report, ShortAddress, Storage, Transfer

LOCAL = TimeStamp(4, 11, 10, 15)
UTC = TimeStamp(4, 11, 8, 15, frame=1)


def latin(text: str, stamp: TimeStamp | None = None) -> Text:
    return Text(text, Coding.LATIN_1, stamp)


def text(reference: int, body: Text, request: int = 0, selection: int = 1, storage: Storage | None = None) -> Sds4:
    return Sds4(Protocol.TEXT, body, Transfer(reference, request, selection, storage))


def report(status: int, reference: int, acknowledgement: int = 0) -> Sds4:
    return Sds4(Protocol.TEXT, None, Report(status, reference, acknowledgement))


TEST = latin("testmessage")

MESSAGES: list[tuple[str, Sds4]] = [
    ("0201746573746D657373616765", Sds4(Protocol.TEXT_SIMPLE, TEST)),
    ("0901746573746D657373616765", Sds4(Protocol.TEXT_SIMPLE_IMMEDIATE, TEST)),
    ("82029C01746573746D657373616765", text(0x9C, TEST)),
    ("82029C81045A8F746573746D657373616765", text(0x9C, latin("testmessage", LOCAL))),
    ("8206C981445A0F746573746D657373616765", text(0xC9, latin("testmessage", UTC), RECEIVED)),
    ("82039C5101020301746573746D657373616765", text(0x9C, TEST, storage=Storage(10, ShortAddress(0x010203)))),
    ("821000C9", report(0, 0xC9)),
    ("821800CA", report(0, 0xCA, 1)),
    ("822001C9", Sds4(Protocol.TEXT, None, Ack(1, 0xC9))),
    (
        "8A02C981045A8F050003C90201746573746D657373616765",
        Sds4(
            Protocol.TEXT_PART,
            Part(0xC9, 2, 1, b"testmessage", Coding.LATIN_1, LOCAL),
            Transfer(0xC9, service_selection=1),
        ),
    ),
    ("82040801476A61746A616A676A61", text(8, latin("Gjatjajgja"), RECEIVED, 0)),
    ("82041D014164676A6D707477", text(0x1D, latin("Adgjmptw"), RECEIVED, 0)),
]
"""Texts, reports and acknowledgements, each in whole octets."""

STATUSES: list[tuple[str, Sds]] = [
    ("0000", Status(0)),
    ("8004", Status(0x8004)),
    ("7ECA", ShortDeliveryReport(2, 0xCA)),
    ("7FCA", ShortDeliveryReport(3, 0xCA)),
]


SHORT_REPORTS: list[tuple[str, ShortReport, float | None, float | None]] = [
    ("0A0088BD4247F737FFE810", ShortReport(1120168, 4783846, 0, 7, 127, 15, 0, 129), 12.018099, 51.325099),
    ("0A112853A9FF4D4FFFE810", ShortReport(2427509, 4188585, 1, 7, 127, 15, 0, 129), 26.044346, 44.938642),
    ("0A06B8ACA67F1822FFE810", ShortReport(14095764, -3153148, 0, 2, 127, 15, 0, 129), 151.231141, -33.829608),
    ("0A00893E12472C51026810", ShortReport(1124290, 4777354, 0, 1, 1, 3, 0, 129), 12.062323, 51.255448),
    ("0A30000000000007FFE810", ShortReport(0, 0, 3, 7, 127, 15, 0, 129), None, None),
    ("0A010E6239B0439AFFE020", ShortReport(2214983, 3541107, 0, 2, 127, 15, 0, 2), 23.764189, 37.991956),
    ("0A00000000000007FFF55", ShortReport(0, 0, 0, 7, 127, 15, 1, 0x55), None, None),
    ("0A0044804A4179316B881", ShortReport(561161, 4730662, 0, 1, 53, 12, 0, 129), 6.020604, 50.754497),
    ("0A0031834242903800000", ShortReport(405608, 4739591, 0, 0, 0, 0, 0, 0), 4.351702, 50.850295),
    ("0A0037B25253DB418B082", ShortReport(456266, 4881256, 0, 1, 69, 8, 0, 130), 4.895203, 52.370195),
    ("0A1040C0424293717B203", ShortReport(530440, 4739694, 1, 1, 61, 9, 0, 3), 5.691004, 50.851400),
]
"""Hex with protocol identifier, the report, and the degrees it is at."""


def bare(reason: int) -> LongReport:
    return LongReport(TimeData(0), ShapeData(0), VelocityData(0), 0, 0, reason)


LONG_REPORTS: list[tuple[str, int, LongReport]] = [
    ("0A4C0040B08C8", 33, bare(129)),
    ("0A4C000AB08C8", 33, bare(21)),
    ("0A4C0003B08C8", 33, bare(7)),
    ("0A4C0000308C8", 33, bare(0)),
    (
        "0A4C51AC608A7A20D80FFF4000000",
        115,
        LongReport(
            TimeData(0),
            ShapeData(5, 3509265, 5194779, uncertainty=0, altitude_reference=0, altitude=2047),
            VelocityData(5, 0, direction=0),
            extra=0,
        ),
    ),
    (
        "0A4E8A69154112012905E4C18C8D6B80408",
        137,
        LongReport(
            TimeData(2, None, 17, 9, 41, 5),
            ShapeData(5, 561161, 4730662, uncertainty=3, altitude_reference=0, altitude=401),
            VelocityData(5, 53, direction=192),
            extra=129,
        ),
    ),
]
"""Hex with protocol identifier, how many of its bits are the report, and the report."""
