"""What is wrong with a site file, told to the person who wrote it: all of it at once, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosspatch.plan import Plan

KeyPath = tuple[str, ...]
"""Where in the file: ``("radios", "nl-1", "port")`` is shown as ``radios.nl-1.port``."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to be corrected. ``line`` is counted from 1, where known."""

    where: KeyPath
    text: str
    line: int | None = None

    @property
    def key(self) -> str:
        """The key path as it is written in the file; a list's elements are counted from 1."""
        return ".".join(self.where)


class SiteError(Exception):
    """A site file that cannot be used; its text is what a person reads: a header, then one line for each mistake."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake], rest: "Plan | None" = None) -> None:
        """``mistakes`` holds at least one; they are put in the order of the file's lines.

        ``rest`` is what could be understood, for further checks alone.
        """
        self.path = path
        self.rest = rest
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line or 0))
        super().__init__(path, self.mistakes)

    def __str__(self) -> str:
        count = len(self.mistakes)
        header = f"{self.path} cannot be used: {count} mistake{'s' if count != 1 else ''}"
        return "\n".join([header, *map(self._line, self.mistakes)])

    def _line(self, mistake: Mistake) -> str:
        line = f":{mistake.line}" if mistake.line else ""
        key = f" {mistake.key}:" if mistake.where else ""
        return f"  {self.path.name}{line}:{key} {mistake.text}"


def hint(word: str, known: Iterable[str]) -> str:
    """What the person may have meant, ready to be put behind a mistake's text; else what there is to choose from."""
    choices = list(known)
    begun = [choice for choice in choices if word and choice.startswith(word)]
    close = get_close_matches(word, choices, n=1, cutoff=0.6) or (begun if len(begun) == 1 else [])
    if close:
        return f"; did you mean {close[0]!r}?"
    if not choices:
        return "; there is none"
    return f"; known: {', '.join(choices[:8])}{', …' if len(choices) > 8 else ''}"
