"""The documents on MQTT, and a check of JSON values against the parts of JSON Schema that they use."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CONFIG = Path(__file__).parents[3] / "config"

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

KNOWN = {
    "$schema", "$ref", "$defs", "title", "description", "examples", "default", "discriminator", "format",
    "type", "const", "enum", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items", "pattern",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
}  # fmt: skip


def is_type(value: object, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


class Document:
    """A YAML or JSON document, whose ``$ref`` may point into itself or to files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text("utf-8")
        self.root: Any = yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)

    def follow(self, node: Any) -> tuple["Document", Any]:
        """The node itself, or what its reference points to."""
        if not (isinstance(node, dict) and "$ref" in node):
            return self, node
        file, _, pointer = node["$ref"].partition("#")
        document = Document(self.path.parent / file) if file else self
        found = document.root
        for part in pointer.strip("/").split("/") if pointer else []:
            found = found[part]
        return document.follow(found)

    def faults(self, value: object, node: Any, where: str = "$") -> Iterator[str]:
        """What is wrong with the value."""
        document, schema = self.follow(node)
        if document is not self:
            yield from document.faults(value, schema, where)
            return
        assert set(schema) <= KNOWN, f"the check does not know {set(schema) - KNOWN}"
        yield from self._choice(value, schema, where)
        yield from _limits(value, schema, where)
        if isinstance(value, dict):
            yield from self._object(value, schema, where)
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self.faults(item, schema["items"], f"{where}[{index}]")

    def _choice(self, value: object, schema: Any, where: str) -> Iterator[str]:
        names = schema.get("type", [])
        names = [names] if isinstance(names, str) else names
        if names and not any(is_type(value, name) for name in names):
            yield f"{where}: {value!r} is not {' or '.join(names)}"
        if "const" in schema and value != schema["const"]:
            yield f"{where}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        for word in ("anyOf", "oneOf"):
            tried = [list(self.faults(value, option, where)) for option in schema.get(word, [])]
            fitting = sum(not faults for faults in tried)
            if tried and (fitting == 0 or (word == "oneOf" and fitting > 1)):
                yield f"{where}: fits {fitting} of {word}: {tried}"

    def _object(self, value: dict[str, object], schema: Any, where: str) -> Iterator[str]:
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: {name} is missing"
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                yield from self.faults(item, properties[name], f"{where}.{name}")
            elif others is False:
                yield f"{where}.{name}: not described"
            elif others is not True:
                yield from self.faults(item, others, f"{where}.{name}")


def _limits(value: object, schema: Any, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{where}: {len(value)} characters"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where}: {value!r} is not like {schema['pattern']}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        above, below = schema.get("exclusiveMinimum", value - 1), schema.get("exclusiveMaximum", value + 1)
        if not (low <= value <= high and above < value < below):
            yield f"{where}: {value} is out of range"


@pytest.fixture
def load() -> Callable[[str], Document]:
    """``load("asyncapi.yaml")``: a document of ``config``."""
    return lambda name: Document(CONFIG / name)
