"""Which line of a TOML file a key stands on: a light scan beside the real parser, which does not tell.

Good for pointing a person at the place; where it cannot tell (a table within a line, say) it points at the nearest
enclosing key it knows.
"""

import re

from crosspatch.config.mistakes import KeyPath

PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
NAME = rf"{PART}(?:\s*\.\s*{PART})*"
HEADER = re.compile(rf"^\s*\[\[?\s*({NAME})\s*\]\]?")
KEY = re.compile(rf"^\s*({NAME})\s*=")
INLINE = re.compile(rf"[{{,]\s*({NAME})\s*=")
FENCE = re.compile(r'"""|' + r"'''")


class Lines:
    """The lines of one file."""

    def __init__(self, text: str) -> None:
        """Scan ``text``; what is no TOML does no harm."""
        self._known: dict[KeyPath, int] = {}
        table: KeyPath = ()
        fence = ""
        for number, line in enumerate(text.splitlines(), 1):
            if not fence:
                if header := HEADER.match(line):
                    table = self._note((), header[1], number)
                elif key := KEY.match(line):
                    path = self._note(table, key[1], number)
                    for inner in INLINE.finditer(line, key.end()):
                        self._note(path, inner[1], number)
            for mark in FENCE.findall(line):
                fence = mark if not fence else "" if mark == fence else fence

    def of(self, path: KeyPath) -> int | None:
        """The line of ``path``, or of the nearest key around it."""
        for end in range(len(path), 0, -1):
            if (line := self._known.get(path[:end])) is not None:
                return line
        return None

    def _note(self, table: KeyPath, name: str, number: int) -> KeyPath:
        path = table + tuple(part.strip("\"'") for part in re.findall(PART, name))
        for end in range(len(table) + 1, len(path) + 1):
            self._known.setdefault(path[:end], number)
        return path
