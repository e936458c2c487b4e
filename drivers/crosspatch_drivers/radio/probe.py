"""Looks what is on a port: the rate it talks at, the brand, what it answers to each question, and the profile it needs.

It asks and never keys, selects or restarts; but it ends a transmission that somebody left on the air. Not for serving.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import serial

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.lines import Error, Mode, Ok, parse_line
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.port import Line, Port, open_serial, serve
from crosspatch_drivers.radio.search import search_order

ATTEMPTS = 4
"""AT at each rate: a radio answers the first bytes after its start with errors."""

LONGEST_QUIET_S = 2.0
"""Seconds in which a port that never stops talking is waited for to be quiet."""

MOST_LINES = 64
"""Lines of one answer that are kept."""

UNSUPPORTED = frozenset({4, 35, 44})
"""+CME ERRORs of a command that the radio does not have: unknown, no such form, no such parameter."""

ASKED = (
    commands.ECHO_OFF,
    commands.NUMERIC_ERRORS,
    *commands.IDENTIFY,
    "AT+GMM?",
    "AT+GMR?",
    commands.MODE,
    commands.OWN_NUMBERS,
    commands.TALKGROUP,
    commands.REGISTRATION,
    commands.SIGNAL,
    commands.VOLUME,
)
"""Questions, each of which may be refused."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question and what came of it; ``answer`` is empty when none came. ``noise``: something came all the same."""

    question: str
    answer: tuple[str, ...]
    noise: bool = False

    @property
    def refused(self) -> bool:
        """Whether the radio does not have this command."""
        last = parse_line(self.answer[-1]) if self.answer else None
        return isinstance(last, Error) and last.cme in UNSUPPORTED


@dataclass(frozen=True, slots=True)
class Finding:
    """What is on the port. ``line`` is None when nothing answered, and then the rest is empty."""

    line: Line | None
    steps: tuple[Step, ...]
    profile: Profile | None = None  # the one of its brand, else the generic one, as this radio needs it
    brand: str = ""  # what it tells of its manufacturer
    noise: bool = False  # nothing answered, but something talks there
    tetra: bool = False  # it has an operating mode, as every TETRA radio


async def probe(
    url: str,
    baud: int,
    profiles: dict[str, Profile],
    on_step: Callable[[Step], None],
    patience: float = 2.0,
) -> Finding:
    """Ask everything. ``on_step`` hears of each step as it is made. `WillReturn` when the port cannot be opened."""
    noise = False
    for line in dict.fromkeys(search_order(Line(baud))):
        asker = Asker(await asyncio.to_thread(open_serial, url, line), patience)
        try:
            if await _answers(asker, line, on_step):
                return await _ask_all(asker, line, profiles, on_step)
            noise = noise or asker.noise
        finally:
            asker.port.close()
    return Finding(None, (), noise=noise)


async def _answers(asker: "Asker", line: Line, on_step: Callable[[Step], None]) -> bool:
    flow = "with" if line.hardware_flow_control else "without"
    question = f"AT at {line.baud} baud {flow} hardware flow control"
    asker.write(commands.CR + commands.unkey_bytes())
    await asker.quiet()
    answer: tuple[str, ...] = ()
    for _ in range(ATTEMPTS):
        answer = await asker.ask(commands.ATTENTION, min(0.5, asker.patience)) or answer
        if answer and isinstance(parse_line(answer[-1]), Ok):
            break
    on_step(Step(question, answer, noise=asker.noise and not answer))
    return bool(answer) and isinstance(parse_line(answer[-1]), Ok)


async def _ask_all(
    asker: "Asker", line: Line, profiles: dict[str, Profile], on_step: Callable[[Step], None]
) -> Finding:
    steps = []
    for question in dict.fromkeys((*ASKED, *(text for text in profiles["generic"].set_up if "=" in text))):
        step = Step(question, await asker.ask(question))
        steps.append(step)
        on_step(step)
    told = (text for step in steps if step.question in commands.IDENTIFY for text in step.answer[:-1])
    said = ", ".join(dict.fromkeys(text.removeprefix("+GMI:").strip() for text in told))
    base = next((each for each in profiles.values() if any(brand in said.upper() for brand in each.brands)), None)
    base = base or profiles["generic"]
    refused = {step.question for step in steps if step.refused}
    profile = replace(
        base,
        set_up=tuple(text for text in base.set_up if text not in refused),
        asserted=tuple(text for text in base.asserted if text not in refused),
        hardware_flow_control=line.hardware_flow_control,
    )
    tetra = any(isinstance(parse_line(text), Mode) for step in steps for text in step.answer)
    return Finding(line, tuple(steps), profile, said, tetra=tetra)


class Asker:
    """One question at a time on an open port."""

    def __init__(self, device: serial.Serial, patience: float) -> None:
        """``device`` is an open port of pyserial."""
        self._framer = Framer()
        self.patience = patience
        self._lines: list[str] = []
        self._came = asyncio.Event()
        self._lost = ""
        self.noise = False
        """Something came that was no answer."""
        self.port: Port = serve(device, self._heard, self._gone)

    def write(self, data: bytes) -> None:
        """Send bytes, expecting nothing."""
        self.port.write(data)

    async def quiet(self, for_s: float = 0.3) -> None:
        """Wait until nothing has come for so long, and forget what came."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_QUIET_S
        with contextlib.suppress(TimeoutError):
            while loop.time() < until:
                self._came.clear()
                async with asyncio.timeout(for_s):
                    await self._came.wait()
        self._lines.clear()

    async def ask(self, question: str, patience: float | None = None) -> tuple[str, ...]:
        """The lines of the answer, the final result last; empty when there was none in time."""
        self._lines.clear()
        self.port.write(commands.wire(question))
        try:
            async with asyncio.timeout(self.patience if patience is None else patience):
                while not any(isinstance(parse_line(line), Ok | Error) for line in self._lines):
                    self._came.clear()
                    await self._came.wait()
                    if self._lost:
                        raise WillReturn(self._lost)
        except TimeoutError:
            self.noise = self.noise or self._came.is_set() or bool(self._lines)
            return ()
        return tuple(line for line in self._lines[:MOST_LINES] if line != question)

    def _heard(self, data: bytes) -> None:
        self._lines += self._framer.feed(data)
        del self._lines[:-MOST_LINES]
        self._came.set()

    def _gone(self, reason: str) -> None:
        self._lost = reason
        self._came.set()
