"""How soon a transmitter is off after a process failed in the middle of an over, by process and by way of failing.

The real daemon (for the cards: with one of the private sound server), twin networks, and a clock that all processes
share: from just before the signal is sent to the moment at which the network took the transmitter back.
"""

import asyncio
import os
import signal
import time

from tests.bench.table import Row, ms, share
from tests.e2e.harness import Box, settled
from tests.e2e.processes import until
from tests.e2e.site import BE, NL

PROCESSES = ("engine", "card", "keeper", "control")
SIGNALS = (signal.SIGKILL, signal.SIGSTOP)
REACH = "< 300 ms"

KILLS, QUICK_KILLS = 100, 8
"""For all processes and signals together."""

UNDERSTUDIED, QUICK_UNDERSTUDIED = 6, 2
"""Failures of an engine that has its understudy, which takes a while to come."""

LOADED_S = 3.0
"""Seconds after its start in which an understudy has loaded what it needs."""


def rows(quick: bool) -> list[Row]:
    """The distributions, and how long service was away."""
    return asyncio.run(_measure(*((QUICK_KILLS, QUICK_UNDERSTUDIED) if quick else (KILLS, UNDERSTUDIED))))


async def _measure(kills: int, understudied: int) -> list[Row]:
    took: dict[tuple[str, signal.Signals], list[float]] = {}
    away: dict[str, list[float]] = {}
    cases = [(process, number) for process in PROCESSES for number in SIGNALS]
    for cards in ((), (BE,)):
        mine = [case for case in cases if (case[0] == "card") is bool(cards)]
        async with Box(grant_ms=50, cards=cards) as box:
            for kill in range(round(kills * len(mine) / len(cases))):
                process, number = mine[kill % len(mine)]
                seconds, absence = await _kill(box, process, number)
                took.setdefault((process, number), []).append(seconds)
                away.setdefault(process, []).append(absence)
    async with Box(grant_ms=50) as box:
        for failure in range(understudied):
            await box.serves()
            await until(lambda: len(box.engines()) > 1, "the understudy")
            await asyncio.sleep(LOADED_S)
            _, absence = await _kill(box, "engine", SIGNALS[failure % len(SIGNALS)])
            away.setdefault("engine that has its understudy", []).append(absence)
    found = [_row(f"{process} {number.name}", took[process, number]) for process, number in cases]
    served = [_service(process, values) for process, values in away.items()]
    return [*found, _row("all", [value for values in took.values() for value in values]), *served]


def _row(name: str, values: list[float]) -> Row:
    figures = f"p50 {ms(share(values, 0.5), 0)}, p99 {ms(share(values, 0.99), 0)}, max {ms(max(values), 0)}"
    return Row(f"un-keyed after {name}", figures, REACH, f"{len(values)} in the middle of an over")


def _service(process: str, values: list[float]) -> Row:
    """Of control systemd's part, the un-key and the start, is played by the bench."""
    figures = f"p50 {share(values, 0.5):.1f} s, max {max(values):.1f} s"
    note = f"{len(values)} failures; until the patch was up again"
    return Row(f"service away after a failure of the {process}", figures, "< 3 s", note)


async def _kill(box: Box, process: str, number: signal.Signals) -> tuple[float, float]:
    """One over, one failure in it: seconds to the transmitter being off, and to the patch being up again."""
    await box.serves()
    await settled(box)
    speech = await box.say(NL)
    await box.keyed(BE)
    await asyncio.sleep(0.4)
    before = box.pids_of(process)
    failed_at = time.monotonic()
    os.kill(before[0], number)
    off = await box.unkeyed(BE) - failed_at
    if process == "control" and number == signal.SIGSTOP:
        box.daemon.send(signal.SIGCONT)
    elif process == "control":
        await box.revive()
    else:
        await until(lambda: before[0] not in box.pids_of(process), f"the old {process} is gone")
    await box.serves()
    back = time.monotonic() - failed_at
    await box.twin.said(speech)
    return off, back
