"""The one form in which every measurement of quality tells what it found: figures against what was asked, pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``ok``: it is as asked; None where nothing was asked."""

    name: str
    measured: str
    asked: str = ""
    ok: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing for the page: SVG or an image, as HTML."""

    title: str
    html: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one measurement found."""

    figures: list[Figure] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


Step = Callable[[str], None]
"""Called before each step of long work with what it is."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that can be measured, and how many steps that takes."""

    name: str
    steps: int
    run: Callable[[bool, Step], Finding]
    """``run(quick, step)``."""
