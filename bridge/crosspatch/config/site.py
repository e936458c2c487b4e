"""A site file, TOML, into a `Plan`: read, compared with the plan's classes, validated, cross-checked.

All mistakes are collected; only a file that is no TOML at all stops at its first. Tables are keyed by id, so that each
thing's ``id`` is the name of its table and is never written.
"""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pydantic

from crosspatch.config.checks import check
from crosspatch.config.keys import SECTIONS, misplaced, with_ids
from crosspatch.config.lines import Lines
from crosspatch.config.mending import follows, mended, without
from crosspatch.config.mistakes import KeyPath, Mistake, SiteError
from crosspatch.config.radio_checks import with_profiles
from crosspatch.config.references import of_refused
from crosspatch.plan import Plan

Table = dict[str, Any]

LARGEST = 4_000_000
"""Bytes; a file larger than that is no site file."""


def load_site(path: Path | str) -> Plan:
    """The plan in the site file; `SiteError` lists everything that is wrong with it."""
    path = Path(path)
    text = _read(path)
    lines = Lines(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SiteError(path, [Mistake((), f"is no TOML file: {_plain(str(error))}")]) from None
    except RecursionError:
        raise SiteError(path, [Mistake((), "is no site file: nested too deep")]) from None
    mistakes = list(misplaced(document))
    plan, refused = _validate(document)
    plan = plan and with_profiles(plan, path.parent)
    told = {mistake.where for mistake in mistakes}
    mistakes += [mistake for mistake in refused if mistake.where not in told]
    names = {name: list(_table(document, name)) for name in SECTIONS}
    if plan is not None:
        refusals = [mistake.where for mistake in refused]
        mistakes += [mistake for mistake in check(plan, names) if not follows(mistake, refusals)]
    lost = {(section, thing) for section in SECTIONS for thing in _lost(document, plan, section)}
    mistakes += of_refused(document, lost, names)
    if mistakes or plan is None:
        raise SiteError(path, [Mistake(m.where, m.text, lines.of(m.where)) for m in mistakes], plan)
    return plan


def _lost(document: Table, plan: Plan | None, section: str) -> set[str]:
    """Things of the document of which the plan knows nothing."""
    return set(_table(document, section)) - set(getattr(plan, section, {}))


def _read(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > LARGEST:
            raise SiteError(path, [Mistake((), f"is larger than {LARGEST} bytes: no site file")])
        return path.read_bytes().decode()
    except OSError as error:
        raise SiteError(path, [Mistake((), f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError as error:
        text = f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#x}"
        raise SiteError(path, [Mistake((), text)]) from None


@cache
def _adapter() -> pydantic.TypeAdapter[Plan]:
    return pydantic.TypeAdapter(Plan)


def _validate(document: Table) -> tuple[Plan | None, list[Mistake]]:
    """The plan, and what was refused. Where something was, the plan is of the rest, for the checks to go on with."""
    mistakes: list[Mistake] = []
    for leave_out in (mended, without, without):
        try:
            return _parse(document), mistakes
        except pydantic.ValidationError as error:
            mistakes = mistakes or list(_told(error, document))
            document = leave_out(document, [found["loc"] for found in error.errors()])
    try:
        return _parse(document), mistakes
    except pydantic.ValidationError:
        return None, mistakes


def _parse(document: Table) -> Plan:
    """Validate as JSON, strictly: no text where a number belongs, and lists may fill tuples."""
    return _adapter().validate_json(json.dumps(with_ids(document), default=_foreign), strict=True)


def _table(document: Table, name: str) -> Table:
    section = document.get(name)
    return section if isinstance(section, dict) else {}


def _foreign(value: object) -> object:
    """TOML's dates and times, which no field takes: an empty table is refused everywhere."""
    return {"date": str(value)}


def _told(error: pydantic.ValidationError, document: Table) -> Iterator[Mistake]:
    """Pydantic's findings in the words of a site file, each place once."""
    seen: set[KeyPath] = set()
    for found in error.errors(include_url=False):
        where = _place(found["loc"], document)
        if where is None or where in seen:
            continue
        seen.add(where)
        yield Mistake(where, _words(found["type"], found["msg"], found["input"]))


def _place(loc: tuple[int | str, ...], document: Table) -> KeyPath | None:
    """The key path of a finding; None for one about an audio driver that the file did not choose."""
    where: list[str] = []
    table: Any = document
    for part in loc:
        if isinstance(part, str) and part.endswith("Settings"):
            if isinstance(table, dict) and part.removesuffix("Settings").lower() != str(table.get("driver")).lower():
                return None
            continue
        where.append(str(part + 1) if isinstance(part, int) else part)
        if isinstance(table, dict):
            table = table.get(str(part))
        elif isinstance(table, list) and isinstance(part, int) and part < len(table):
            table = table[part]
    return tuple(where)


def _words(kind: str, message: str, given: object) -> str:
    if kind == "missing":
        return "is missing"
    if kind in ("dataclass_type", "dict_type"):
        return f"must be a table, not {_shown(given)}"
    text = message.replace("Input should be", "must be").replace("Tuple should have", "must have")
    text = text.replace("String should have", "must have").replace("item after validation", "entry")
    return f"{text}, not {_shown(given)}" if text.startswith("must be") else text


def _shown(given: object) -> str:
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]
