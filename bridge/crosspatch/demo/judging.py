"""Comparing what was spoken with what was received, in a process of its own at low priority: the audio goes first."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosspatch_drivers.twin.judge import Verdict


def judges() -> ProcessPoolExecutor:
    """One process that judges."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_stand_back)


def judge_files(spoken: Path, received: Path) -> "Verdict":
    """The verdict on two WAV files."""
    from crosspatch_drivers.twin.judge import judge  # noqa: PLC0415 - in that process only
    from crosspatch_drivers.twin.wav import read_wav  # noqa: PLC0415

    return judge(read_wav(spoken), read_wav(received))


def _stand_back() -> None:
    """Before numpy is imported: low priority, one thread; Ctrl-C is for the parent."""
    os.nice(10)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
