"""Names in one part of a site file that must stand in another."""

from collections.abc import Iterable, Iterator, Mapping

from crosspatch.config.mistakes import KeyPath, Mistake, hint

Names = Mapping[str, Iterable[str]]
"""Ids written in the file, by section: those of things that were refused too."""


def known(where: KeyPath, what: str, name: str, names: Iterable[str]) -> Iterator[Mistake]:
    """``name`` must be one of ``names``."""
    if name not in names:
        yield Mistake(where, f"no {what} {name!r}{hint(name, names)}")
