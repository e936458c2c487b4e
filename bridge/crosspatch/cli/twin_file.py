"""The settings file of a twin, TOML: read and checked, every mistake at once.

Tables are keyed by id, as in a site file: ``[networks.c2000]``, ``[radios.nl-1]``, ``[radios.nl-1.audio]``,
``[vehicles.v1]``. A scenario is a list of steps, ``[[scenario]]``, each ``at_s``, ``op`` and what that op needs, as
over the control socket; it may lie in a file of its own.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crosspatch.config.lines import Lines
from crosspatch.config.mistakes import KeyPath, Mistake, SiteError, hint
from crosspatch_drivers.audio.settings import PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings, TwinVehicle
from crosspatch_drivers.twin.world import faults

SECTIONS = {"networks": TwinNetwork, "radios": TwinRadio, "vehicles": TwinVehicle}
"""Tables of tables, and what each of the inner ones is."""

PLAIN = ("run_dir", "scenario", "seed")
"""Keys beside them."""

AUDIO = {"udp": UdpSettings, "pyaudio": PyAudioSettings, "virtual": VirtualSettings}

Table = dict[str, Any]


def load_twin(path: Path, run_dir: Path, scenario: Path | None = None) -> TwinSettings:
    """The settings in the file; ``run_dir`` holds when it names none. `SiteError` lists everything wrong with it.

    The steps of ``scenario``, a file of steps only, come to those of the settings file.
    """
    text = _read(path)
    document = _parse(path, text)
    if scenario:
        document = {**document, "scenario": [*_steps(document), *_steps(_only_steps(scenario))]}
    mistakes = [*_unknown(document)]
    if not document.get("networks"):
        mistakes.append(Mistake(("networks",), "is missing: without a network there is nothing to run"))
    settings = None
    try:
        settings = _validated(document, run_dir, path.parent)
    except ValidationError as error:
        told = {mistake.where for mistake in mistakes}
        mistakes += [mistake for mistake in _refused(error, document) if mistake.where not in told]
    if settings:
        mistakes += [Mistake((), fault.removeprefix("twin: ")) for fault in faults(settings)]
    if mistakes or settings is None:
        lines = Lines(text)
        raise SiteError(path, [Mistake(m.where, m.text, lines.of(m.where)) for m in mistakes])
    return settings


def _parse(path: Path, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SiteError(path, [Mistake((), f"is no TOML file: {error}")]) from None


def _only_steps(path: Path) -> Table:
    """A scenario file."""
    document = _parse(path, _read(path))
    if strange := [key for key in document if key != "scenario"]:
        raise SiteError(path, [Mistake((key,), "does not belong into a scenario") for key in strange])
    return document


def _steps(document: Table) -> list[Any]:
    steps = document.get("scenario", [])
    return steps if isinstance(steps, list) else [steps]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SiteError(path, [Mistake((), f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError:
        raise SiteError(path, [Mistake((), "is not UTF-8 text")]) from None


def _unknown(document: Table) -> Iterator[Mistake]:
    """Keys that nothing reads, with what may have been meant."""
    known = [*SECTIONS, *PLAIN]
    for key, section in document.items():
        if key not in known:
            yield Mistake((key,), f"is no known key{hint(key, known)}")
        elif key in SECTIONS and isinstance(section, dict):
            for name, table in section.items():
                yield from _unknown_in(table, (key, name), SECTIONS[key])


def _unknown_in(table: Any, where: KeyPath, kind: type[Any]) -> Iterator[Mistake]:
    if not isinstance(table, dict):
        yield Mistake(where, "must be a table")
        return
    known = [field.name for field in fields(kind) if field.name != "id"]
    for key, value in table.items():
        if key not in known:
            yield Mistake((*where, key), f"is no known key{hint(key, known)}")
        elif key == "audio" and isinstance(value, dict):
            yield from _unknown_audio(value, (*where, key))


def _unknown_audio(table: Table, where: KeyPath) -> Iterator[Mistake]:
    driver = table.get("driver")
    if driver not in AUDIO:
        words = f"no such driver: {driver!r}{hint(str(driver), AUDIO)}" if "driver" in table else "is missing"
        yield Mistake((*where, "driver"), words)
        return
    known = [field.name for field in fields(AUDIO[str(driver)])]
    for key in table:
        if key not in known:
            yield Mistake((*where, key), f"is no known key{hint(key, known)}")


def _step(step: Any) -> Any:
    """A step's own keys apart from those of its request."""
    if not isinstance(step, dict):
        return step
    return {"at_s": step.get("at_s"), "request": {key: value for key, value in step.items() if key != "at_s"}}


def _validated(document: Table, run_dir: Path, folder: Path) -> TwinSettings:
    """Strictly, as JSON: no text where a number belongs, and lists may fill tuples."""
    filled: Table = {"run_dir": str(run_dir), **document}
    for section in SECTIONS:
        tables = document.get(section, {})
        if isinstance(tables, dict):
            filled[section] = [{**table, "id": key} for key, table in tables.items() if isinstance(table, dict)]
    filled["scenario"] = [_step(step) for step in _steps(document)]
    for vehicle in filled["vehicles"]:
        if isinstance(vehicle.get("track"), str):
            vehicle["track"] = str(folder / vehicle["track"])
    return TypeAdapter(TwinSettings).validate_json(json.dumps(filled, default=str), strict=True)


def _refused(error: ValidationError, document: Table) -> Iterator[Mistake]:
    """What pydantic found, by the file's own key paths, each once."""
    seen: set[KeyPath] = set()
    for found in error.errors(include_url=False):
        where = _place(found["loc"], document)
        if where is not None and where not in seen:
            seen.add(where)
            text = found["msg"].replace("Input should be", "must be")
            yield Mistake(where, "is missing" if found["type"] == "missing" else text)


def _place(loc: tuple[int | str, ...], document: Table) -> KeyPath | None:
    """The key path of a finding; None for one about an audio driver that the file did not choose."""
    where: list[str] = []
    table: Any = document
    for part in loc:
        if part in {kind.__name__ for kind in AUDIO.values()}:
            chosen = AUDIO.get(str(table.get("driver"))) if isinstance(table, dict) else None
            if chosen is None or chosen.__name__ != part:
                return None
            continue
        if isinstance(part, int) and len(where) == 1 and where[0] in SECTIONS:
            table = [each for each in table.items() if isinstance(each[1], dict)][part]
            where.append(table[0])
            table = table[1]
            continue
        where.append(str(part + 1) if isinstance(part, int) else part)
        table = table.get(part) if isinstance(table, dict) else None
    return tuple(where)
