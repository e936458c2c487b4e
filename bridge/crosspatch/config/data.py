"""Where the data files lie that ship with the program: borders, the schema, examples."""

from functools import cache
from pathlib import Path

import crosspatch

INSTALLED = "_config"
"""Name of the data folder inside the installed package."""

SOURCE = "config"
"""Name of the same folder at the top of the source tree, from which an editable install runs."""


@cache
def data_folder() -> Path:
    """The folder of the data files; `FileNotFoundError` names both places if there is none."""
    package = Path(crosspatch.__file__).parent
    places = (package / INSTALLED, package.parent.parent / SOURCE)
    for place in places:
        if (place / "borders").is_dir():
            return place
    msg = f"the program's data files are missing: neither {places[0]} nor {places[1]} holds them"
    raise FileNotFoundError(msg)


def data_file(name: str) -> Path:
    """A data file by its path within the folder, ``borders/benelux.geojson`` say."""
    return data_folder() / name
