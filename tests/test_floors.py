"""The house keeps its shape: imports go down only, pure rooms stay pure, source roots are no packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
FLOORS = {"crosspatch_codecs": 0, "crosspatch_drivers": 1, "crosspatch": 2}
ROOTS = {"bridge": "crosspatch", "codecs": "crosspatch_codecs", "drivers": "crosspatch_drivers"}

PURE = [
    "bridge/crosspatch/dsp",
    "bridge/crosspatch/engine/core.py",
    "bridge/crosspatch/floor.py",
    "bridge/crosspatch/patch",
    "bridge/crosspatch/heart.py",
    "bridge/crosspatch/loopguard.py",
    "bridge/crosspatch/geofence",
    "bridge/crosspatch/positions.py",
    "bridge/crosspatch/approach.py",
    "bridge/crosspatch/rules",
    "bridge/crosspatch/triggers.py",
    "bridge/crosspatch/orders.py",
    "bridge/crosspatch/commands.py",
    "bridge/crosspatch/events.py",
    "bridge/crosspatch/kept.py",
    "bridge/crosspatch/plan.py",
    "bridge/crosspatch/wish.py",
    "bridge/crosspatch/snapshot.py",
    "bridge/crosspatch/texts.py",
    "bridge/crosspatch/mqtt/owntracks.py",
    "bridge/crosspatch/mqtt/publish.py",
    "bridge/crosspatch/mqtt/outbox.py",
    "bridge/crosspatch/mqtt/requests.py",
    "bridge/crosspatch/mqtt/inputs.py",
    "drivers/crosspatch_drivers/identity.py",
    "drivers/crosspatch_drivers/radio/base.py",
    "drivers/crosspatch_drivers/radio/pei",
    "drivers/crosspatch_drivers/sds",
    "drivers/crosspatch_drivers/twin/network.py",
    "drivers/crosspatch_drivers/twin/pei_radio.py",
    "drivers/crosspatch_drivers/twin/vehicle.py",
    "drivers/crosspatch_drivers/twin/air.py",
    "drivers/crosspatch_drivers/twin/call.py",
    "drivers/crosspatch_drivers/twin/callbook.py",
    "drivers/crosspatch_drivers/twin/faults.py",
    "drivers/crosspatch_drivers/twin/feed.py",
    "drivers/crosspatch_drivers/twin/judge.py",
    "drivers/crosspatch_drivers/twin/likeness.py",
    "drivers/crosspatch_drivers/twin/mailbox.py",
    "drivers/crosspatch_drivers/twin/placing.py",
    "drivers/crosspatch_drivers/twin/post.py",
    "drivers/crosspatch_drivers/twin/wire.py",
    "drivers/crosspatch_drivers/twin/world.py",
]
"""Rooms and modules that read no clock, do no I/O and start no thread. Driver contracts (`base`) may be imported."""

NO_BUSINESS_IN_PURE = {"time", "asyncio", "threading", "socket", "subprocess", "serial", "multiprocessing", "select"}
ONLY_CONTRACTS = {
    "crosspatch_drivers.radio.base",
    "crosspatch_drivers.radio.settings",
    "crosspatch_drivers.audio.settings",
    "crosspatch_drivers.audio.ring",
    "crosspatch_drivers.identity",
    "crosspatch_drivers.errors",
}


def imports(source: Path) -> Iterator[str]:
    """Every module that ``source`` imports, wherever in the file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: relative import"
            yield node.module or ""


def modules(place: str) -> list[Path]:
    path = HOUSE / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


@pytest.mark.parametrize("root", ROOTS)
def test_a_source_root_is_no_package_and_holds_one(root: str) -> None:
    packages = [entry.name for entry in (HOUSE / root).iterdir() if (entry / "__init__.py").exists()]
    assert not (HOUSE / root / "__init__.py").exists()
    assert packages == [ROOTS[root]]


@pytest.mark.parametrize("root", ROOTS)
def test_imports_go_down_only(root: str) -> None:
    floor = FLOORS[ROOTS[root]]
    up = [
        f"{source.relative_to(HOUSE)} imports {name}"
        for source in modules(root)
        for name in imports(source)
        if FLOORS.get(name.partition(".")[0], -1) > floor
    ]
    assert up == []


@pytest.mark.parametrize("place", PURE)
def test_a_pure_room_reads_no_clock_and_touches_nothing(place: str) -> None:
    sources = modules(place)
    assert sources, place
    found = [
        f"{source.relative_to(HOUSE)} imports {name}"
        for source in sources
        for name in imports(source)
        if name.partition(".")[0] in NO_BUSINESS_IN_PURE
    ]
    assert found == []


@pytest.mark.parametrize("place", [place for place in PURE if place.startswith("bridge")])
def test_a_pure_room_of_the_bridge_knows_drivers_by_their_contracts_only(place: str) -> None:
    found = [
        f"{source.relative_to(HOUSE)} imports {name}"
        for source in modules(place)
        for name in imports(source)
        if name.startswith("crosspatch_drivers") and name not in ONLY_CONTRACTS
    ]
    assert found == []


def test_python_files_lie_in_the_rooms_only() -> None:
    known = {"bridge", "codecs", "drivers", "tests"}
    hidden = {".venv", "build", "dist"}
    stray = [
        source.relative_to(HOUSE)
        for source in HOUSE.rglob("*.py")
        if source.relative_to(HOUSE).parts[0] not in known | hidden
    ]
    assert stray == []
