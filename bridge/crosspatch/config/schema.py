"""The JSON Schema of a site file, made from the plan's classes: for editors that complete and check TOML.

``python -m crosspatch.config.schema`` prints it; `config/site.schema.json` is its copy in the source tree. It cannot
say what `checks` says, so that `crosspatch check` stays the judge.
"""

import json
import sys
from typing import Any

import pydantic

from crosspatch.config.keys import ID, ID_WORDS, SECTIONS
from crosspatch.plan import Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PATTERN = f"^{ID.pattern[:-2]}$"
"""An id in the regular expressions of JSON Schema, which know no end-of-text mark but this."""


def site_schema() -> dict[str, Any]:
    """The schema, with ids as the names of tables and no key beyond the known ones."""
    schema = pydantic.TypeAdapter(Plan).json_schema()
    definitions: dict[str, dict[str, Any]] = schema["$defs"]
    for definition in definitions.values():
        definition["additionalProperties"] = False
    for name in SECTIONS:
        section = schema["properties"][name]
        thing = definitions[section["additionalProperties"]["$ref"].rpartition("/")[2]]
        thing["properties"].pop("id")
        thing["required"].remove("id")
        if not thing["required"]:
            del thing["required"]
        section["propertyNames"] = {"pattern": PATTERN, "description": ID_WORDS}
    return {"$schema": DIALECT, **schema, "title": "Crosspatch site file", "additionalProperties": False}


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(site_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
