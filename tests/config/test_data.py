"""The data files that ship: borders with their notice, examples that are right, a schema that is true."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from crosspatch.config import load_geofence, load_site
from crosspatch.config.borders import read_borders
from crosspatch.config.data import data_file
from crosspatch.config.schema import site_schema, text

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLES = sorted((CONFIG / "examples").glob("*.toml"))


def test_the_schema_is_that_of_the_plans_classes() -> None:
    assert text() == (CONFIG / "site.schema.json").read_text(), "python -m crosspatch.config.schema prints the new one"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_right(example: Path) -> None:
    plan = load_site(example)
    assert set(load_geofence(plan, example).zones) == set(plan.zones)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_fits_the_schema(example: Path) -> None:
    schema = site_schema()
    document = tomllib.loads(example.read_text())
    assert complaints(document, schema, schema) == []
    document["radios"]["nl-1"]["bauds"] = 1
    document["Gateway"] = {}
    assert complaints(document, schema, schema) == ["bauds is not allowed", "Gateway is not allowed"]


def test_the_borders_carry_their_notice() -> None:
    notice = data_file("borders/README.md").read_text()
    assert "Open Database Licence (ODbL) 1.0, © OpenStreetMap contributors" in notice
    countries = {
        feature["properties"]["iso"]
        for feature in json.loads(data_file("borders/benelux.geojson").read_bytes())["features"]
    }
    assert {"BE", "NL", "LU", "DE", "FR"} == countries


def test_the_borders_are_sound_and_enclaves_belong_to_one_country() -> None:
    lands = read_borders()
    assert {country: shapely.is_valid_reason(land) for country, land in lands.items()} == dict.fromkeys(
        lands, "Valid Geometry"
    )
    hectares = shapely.area(shapely.intersection(lands["BE"], lands["NL"])) / 1e4
    assert hectares < 5  # the enclaves at Baarle have 250


def test_every_place_that_ships_carries_a_notice() -> None:
    for place in (CONFIG / "zones").glob("*.geojson"):
        assert "ODbL 1.0, © OpenStreetMap contributors" in place.read_text()
        assert place.stem in (CONFIG / "zones" / "README.md").read_text()


def test_an_installed_program_finds_its_data(tmp_path: Path) -> None:
    builder = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(builder, cwd=CONFIG.parent, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    ask = "from crosspatch.config.data import data_file; print(data_file('borders/benelux.geojson'))"
    path = {"PYTHONPATH": str(tmp_path / "installed")}
    found = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=os.environ | path, cwd=tmp_path
    )
    assert found.stdout.strip() == str(tmp_path / "installed/crosspatch/_config/borders/benelux.geojson")


def complaints(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> list[str]:
    """The part of JSON Schema that tables need: references, keys, required ones, alternatives by driver."""
    if "$ref" in schema:
        return complaints(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return min((complaints(value, one, root) for one in schema["anyOf"]), key=len)
    if not isinstance(value, dict):
        kinds = {
            "string": str,
            "integer": int,
            "number": int | float,
            "boolean": bool,
            "array": list,
            "null": type(None),
        }
        fits = isinstance(value, kinds.get(schema.get("type", ""), object)) and value in schema.get("enum", [value])
        return [] if fits else [f"{value!r} does not fit"]
    found = [f"{key} is missing" for key in schema.get("required", ()) if key not in value]
    for key, inner in value.items():
        known = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
        if known is False:
            found.append(f"{key} is not allowed")
        elif isinstance(known, dict):
            found += complaints(inner, known, root)
    return found
