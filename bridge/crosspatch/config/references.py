"""Names in one part of a site file that must stand in another."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from crosspatch.config.mistakes import KeyPath, Mistake, hint

Names = Mapping[str, Iterable[str]]
"""Ids written in the file, by section: those of things that were refused too."""


REFERENCES = {
    "talkgroups": {"network": "network", "never_with": "talkgroup"},
    "radios": {"network": "network"},
    "vehicles": {"network": "network"},
    "zones": {"also": "zone", "without": "zone"},
    "rules": {"talkgroups": "talkgroup", "pool": "talkgroup", "zone": "zone", "vehicles": "vehicle"},
}
"""Keys whose values are names, by section, and what they name: a thing of the section with that name in the plural."""


def known(where: KeyPath, what: str, name: str, names: Iterable[str]) -> Iterator[Mistake]:
    """``name`` must be one of ``names``."""
    if name not in names:
        yield Mistake(where, f"no {what} {name!r}{hint(name, names)}")


def of_refused(document: Mapping[str, Any], refused: Collection[tuple[str, str]], names: Names) -> Iterator[Mistake]:
    """Names in things (section, id) that were refused for something else: they are in no plan that could be checked."""
    for section, keys in REFERENCES.items():
        things = document.get(section)
        for thing, table in things.items() if isinstance(things, dict) else ():
            if (section, thing) not in refused or not isinstance(table, dict):
                continue
            for key, what in keys.items():
                for name in table[key] if isinstance(table.get(key), list) else [table.get(key)]:
                    if isinstance(name, str):
                        yield from known((section, thing, key), what, name, names[f"{what}s"])
