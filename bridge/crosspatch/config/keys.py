"""The shape of a site file, read off the plan's classes: which keys may stand where, and where the ids come from."""

import dataclasses
import math
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from crosspatch.config.mistakes import KeyPath, Mistake, hint
from crosspatch.plan import Plan

ID = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
"""An id: it becomes part of MQTT topics, file names and log lines."""

ID_WORDS = "must be lower-case letters, digits and hyphens"


def misplaced(document: dict[str, Any]) -> Iterator[Mistake]:
    """Unknown keys, ids that are none, values that no field takes; all of them."""
    yield from _in_class(Plan, document, ())


def with_ids(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each thing's ``id`` put into its table, as the plan's classes want it."""
    filled: dict[str, Any] = {}
    for name, section in document.items():
        if name in SECTIONS and isinstance(section, dict):
            filled[name] = {
                key: {**table, "id": key} if isinstance(table, dict) else table for key, table in section.items()
            }
        else:
            filled[name] = section
    return filled


def _in_class(kind: Any, table: dict[str, Any], where: KeyPath) -> Iterator[Mistake]:
    hints = get_type_hints(kind)
    keyed = len(where) == 2 and where[0] in SECTIONS
    known = [field.name for field in dataclasses.fields(kind) if not (keyed and field.name == "id")]
    for key, value in table.items():
        if key not in known:
            yield Mistake((*where, key), _unknown(key, keyed, known))
        else:
            yield from _in_value(hints[key], value, (*where, key))


def _unknown(key: str, keyed: bool, known: list[str]) -> str:
    if keyed and key == "id":
        return "is not written: the id is the name of the table"
    return f"is no known key{hint(key, known)}"


def _in_value(kind: Any, value: Any, where: KeyPath) -> Iterator[Mistake]:
    if isinstance(value, float) and not math.isfinite(value):
        yield Mistake(where, f"must be a finite number, not {value}")
    elif isinstance(value, date | datetime | time):
        yield Mistake(where, f"must not be a date or time: {value}")
    elif isinstance(value, list):
        for number, entry in enumerate(value, 1):
            yield from _in_value(None, entry, (*where, str(number)))
    elif isinstance(value, dict):
        yield from _in_table(kind, value, where)


def _in_table(kind: Any, table: dict[str, Any], where: KeyPath) -> Iterator[Mistake]:
    if get_origin(kind) is dict:
        for key, value in table.items():
            if not ID.match(key):
                yield Mistake((*where, key), ID_WORDS)
            yield from _in_value(get_args(kind)[1], value, (*where, key))
    elif isinstance(kind, type) and dataclasses.is_dataclass(kind):
        yield from _in_class(kind, table, where)
    elif get_origin(kind) in (Union, UnionType):
        yield from _in_union(kind, table, where)


def _in_union(kind: Any, table: dict[str, Any], where: KeyPath) -> Iterator[Mistake]:
    """One class of several, chosen by ``driver``, or the only one."""
    several = [one for one in get_args(kind) if dataclasses.is_dataclass(one)]
    if len(several) == 1:
        yield from _in_class(several[0], table, where)
        return
    classes = {driver: one for one in several for driver in _drivers(one)}
    if not classes:
        return
    driver = table.get("driver")
    if not isinstance(driver, str) or driver not in classes:
        words = f"no such driver: {driver!r}{hint(str(driver), classes)}" if "driver" in table else "is missing"
        yield Mistake((*where, "driver"), words)
    else:
        yield from _in_class(classes[driver], table, where)


def _drivers(kind: Any) -> tuple[str, ...]:
    hinted = get_type_hints(kind).get("driver")
    return get_args(hinted) if get_origin(hinted) is Literal else ()


SECTIONS = tuple(name for name, kind in get_type_hints(Plan).items() if get_origin(kind) is dict)
"""Sections whose tables are keyed by id."""
