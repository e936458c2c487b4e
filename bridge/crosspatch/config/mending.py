"""A document with mistakes made fit for the checks that come after them, so that one mistake does not hide another.

What was refused is left out where that is allowed, and else replaced by something harmless; only where neither helps
the whole thing goes. Nothing made here is ever used: a file with a mistake is no site.
"""

import copy
from collections.abc import Iterable
from typing import Any

from crosspatch.config.keys import SECTIONS
from crosspatch.config.mistakes import KeyPath, Mistake

Table = dict[str, Any]
Places = Iterable[tuple[int | str, ...]]

NAMELESS = "(refused)"
"""A name that no thing of a site can have."""

STAND_INS: dict[str, dict[str, Any]] = {
    "networks": {"name": NAMELESS, "country": "NL", "mcc": 1023, "mnc": 16383},
    "talkgroups": {"network": NAMELESS, "gssi": 16777215},
    "radios": {"network": NAMELESS, "audio": {"driver": "virtual", "cable": NAMELESS}},
    "vehicles": {"network": NAMELESS},
    "rules": {"talkgroups": [NAMELESS, NAMELESS * 2]},
}
"""What a thing must have."""


def mended(document: Table, refused: Places) -> Table:
    """The document without the values that were refused."""
    rest = copy.deepcopy(document)
    for section, *path in refused:
        table = rest.get(str(section))
        if section not in SECTIONS:
            _leave_out(rest, str(section), path)
        elif isinstance(table, dict) and path:
            thing = table.get(str(path[0]))
            if len(path) == 1 or not isinstance(thing, dict):
                table.pop(str(path[0]), None)
            else:
                key = str(path[1])
                thing.pop(key, None)
                if key in STAND_INS.get(str(section), {}):
                    thing[key] = STAND_INS[str(section)][key]
        else:
            rest.pop(str(section), None)
    return {"gateway": {"id": "unknown"}, **rest}


def without(document: Table, refused: Places) -> Table:
    """The document without the things in which something was refused."""
    places = {place[: 2 if place[0] in SECTIONS else 1] for place in refused}
    rest = {name: section for name, section in document.items() if (name,) not in places}
    for name in SECTIONS:
        section = rest.get(name)
        things = section if isinstance(section, dict) else {}
        rest[name] = {key: thing for key, thing in things.items() if (name, key) not in places}
    return {"gateway": {"id": "unknown"}, **rest}


def follows(mistake: Mistake, told: Iterable[KeyPath]) -> bool:
    """Whether a mistake is one only because of what was left out or replaced for those that are ``told`` already."""
    where = mistake.where
    return any(where[: len(path)] == path or path[: len(where)] == where for path in told) or NAMELESS in mistake.text


def _leave_out(rest: Table, section: str, path: list[int | str]) -> None:
    table = rest.get(section)
    if isinstance(table, dict) and path and not (section == "gateway" and path[0] == "id"):
        table.pop(str(path[0]), None)
    else:
        rest.pop(section, None)
