"""Bytes that a radio might send on a bad day: real lines, mangled, glued and cut, and noise; the same for each seed."""

from collections.abc import Iterator
from random import Random

SEEN = (
    "OK",
    "ERROR",
    "+CME ERROR: 35",
    "+CME ERROR: 42",
    "NO CARRIER",
    "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,1001,0",
    "+CTICN:0,0,0,0,255,1,1,0,1,1,1,216216300000300,3",
    "+CTICN: 1,0,0,,,1,1,0,1,1,1,9011638300000001,0",
    "+CTICN: 1,0,0,5,09011638300023404,1,1,0,1,1,5,09011638300000001,0",
    "+CTICN:46,0,7,0,2,1,1,0,4,0",
    "+CTOCP: 1,1,0,1,0",
    "+CTCC: 1,1,1,0,0,1,1",
    "+CTXG: 1,0,0,0",
    "+CTXG: 1,1,0,0",
    "+CTXG: 1,2,0,0",
    "+CTXG: 1,3,0,0",
    "+CTXG: 1,3,0,0,1,7530236102089144",
    "+CTXI: 1,3,0,0,0,6101629",
    "+CTXW: 1,1",
    "+CTXN: 1,1,0",
    "+CDTXC: 1,0",
    "+CTCR: 1,13",
    "+CTGS: 1,1001",
    "+CTGS: 0",
    "+CTOM: 0",
    "+CREG: 1,1,20600001",
    "+CREG: 0",
    "+CSQ: 26,99",
    "+CNUMF: 0,2060000100007001",
    "2,16777184",
    "+CTSDSR: 12,2269001,0,9999,0,84",
    "0A112853A9FF4D4FFFE810",
    "+GMI: MOTOROLA",
    "+CLVL: 5",
    "AT+CTGS?",
)
"""Lines of real radios, or of their forms."""

ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"")
SPICE = "0123456789,,,:+ -\"'AT\x00\x7f\xff\r\n"


def mangled(line: str, dice: Random) -> str:
    """A line with up to three characters lost, doubled or replaced."""
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(line) + 1)
        match dice.randrange(4):
            case 0:
                line = line[:at] + line[at + 1 :]
            case 1:
                line = line[:at] + line[at : at + 3] + line[at:]
            case 2:
                line = line[:at] + dice.choice(SPICE) + line[at + 1 :]
            case _:
                line = line[:at]
    return line


def lines(count: int, seed: int = 0) -> Iterator[bytes]:
    """``count`` pieces of about a line each."""
    dice = Random(seed)
    for _ in range(count):
        if dice.random() < 0.1:
            yield dice.randbytes(dice.randrange(40))
        else:
            text = mangled(dice.choice(SEEN), dice).encode("latin-1")
            yield dice.choice(ENDS) + text + dice.choice(ENDS)
