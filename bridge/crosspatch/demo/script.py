"""What is said in the demonstration, by whom, and how slow the other networks are meanwhile. Data only."""

from dataclasses import dataclass

QUICK_MS = 200.0
"""Grant delay of a network that has little to do."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of a shipped recording, in seconds; ``end_s`` None: to its end."""

    file: str
    begin_s: float = 0.0
    end_s: float | None = None

    @property
    def name(self) -> str:
        """A name for files and reports."""
        return f"{self.file}-{self.begin_s:g}-{'end' if self.end_s is None else f'{self.end_s:g}'}"


WOMAN, MAN = "harvard_F1_16k", "harvard_M1_16k"
BOTH_W, FIRST_W, SECOND_W = Clip(WOMAN), Clip(WOMAN, 0.0, 2.75), Clip(WOMAN, 3.35)
BOTH_M, FIRST_M, SECOND_M = Clip(MAN), Clip(MAN, 0.0, 2.05), Clip(MAN, 2.6)


@dataclass(frozen=True, slots=True)
class Line:
    """One over: the officer of ``network`` says ``clip``; every other network takes ``grant_ms`` to grant."""

    network: str
    clip: Clip
    grant_ms: float = QUICK_MS
    why: str = ""


SCRIPT = (
    Line("c2000", BOTH_M, why="a Dutch officer, before the border"),
    Line("astrid", BOTH_W, why="a Belgian officer answers"),
    Line("c2000", FIRST_M, why="a second over"),
    Line("renita", FIRST_W, why="the third network"),
    Line("c2000", SECOND_M, 100.0, why="the far networks grant after 0.1 s"),
    Line("astrid", SECOND_W, 500.0, why="the far networks grant after 0.5 s"),
    Line("c2000", BOTH_M, 2000.0, why="the far networks grant after 2.0 s, and the delay is worked off"),
)
