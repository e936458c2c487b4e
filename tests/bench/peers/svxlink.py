"""SvxLink as the other bridge: two simplex logics for each pair, linked for ever, on raw UDP audio, keyed by voice."""

import shutil
import subprocess
from pathlib import Path

PROGRAM = "svxlink"

SIDES = "AB"

QUIET = "proc unknown {args} { return 0 }\n"
"""An event handler that plays no announcement."""

LOGIC = """
[Logic{name}]
TYPE=Simplex
RX=Rx{name}
TX=Tx{name}
CALLSIGN={name}
SHORT_IDENT_INTERVAL=0
LONG_IDENT_INTERVAL=0
EVENT_HANDLER={folder}/events.tcl
DEFAULT_LANG=en_US
RGR_SOUND_DELAY=-1

[Rx{name}]
TYPE=Local
AUDIO_DEV=udp:127.0.0.1:{listen}
AUDIO_CHANNEL=0
SQL_DET=VOX
SQL_START_DELAY=0
SQL_DELAY=0
SQL_HANGTIME=500
VOX_FILTER_DEPTH=20
VOX_THRESH=500
DTMF_DEC_TYPE=NONE
DEEMPHASIS=0
PEAK_METER=0

[Tx{name}]
TYPE=Local
AUDIO_DEV=udp:127.0.0.1:{send}
AUDIO_CHANNEL=0
PTT_TYPE=NONE
TIMEOUT=300
TX_DELAY=0
PREEMPHASIS=0
"""


def installed() -> bool:
    """Whether it is on this machine."""
    return shutil.which(PROGRAM) is not None


def start(pairs: int, base: int, rate: int, folder: Path) -> subprocess.Popen[bytes]:
    """Run it. Pair i listens on base + 4 i and base + 4 i + 2, and sends to the port after each."""
    (folder / "none.d").mkdir()
    (folder / "events.tcl").write_text(QUIET)
    config = folder / "svxlink.conf"
    config.write_text(_config(pairs, base, rate, folder))
    with (folder / "svxlink.log").open("wb") as log:
        return subprocess.Popen([PROGRAM, f"--config={config}"], stdout=log, stderr=subprocess.STDOUT)


def _config(pairs: int, base: int, rate: int, folder: Path) -> str:
    names = [(f"{side}{pair}", base + 4 * pair + 2 * number) for pair in range(pairs) for number, side in _sides()]
    parts = [
        "[GLOBAL]",
        "LOGICS=" + ",".join(f"Logic{name}" for name, _ in names),
        f"CFG_DIR={folder}/none.d",
        'TIMESTAMP_FORMAT="%c"',
        f"CARD_SAMPLE_RATE={rate}",
        "LINKS=" + ",".join(f"Link{pair}" for pair in range(pairs)),
    ]
    parts += [LOGIC.format(name=name, folder=folder, listen=port, send=port + 1) for name, port in names]
    for pair in range(pairs):
        joined = f"LogicA{pair}:94:A,LogicB{pair}:95:B"
        parts.append(f"[Link{pair}]\nCONNECT_LOGICS={joined}\nDEFAULT_ACTIVE=1\nTIMEOUT=0\n")
    return "\n".join(parts)


def _sides() -> list[tuple[int, str]]:
    return list(enumerate(SIDES))
