"""The texts for crews, read from the data that ships: one file for each language."""

import tomllib

from crosspatch.config.data import data_folder
from crosspatch.texts import Texts, mistakes


def load_texts() -> Texts:
    """Every language of ``config/texts``; ValueError names everything that is wrong with the files."""
    words: dict[str, dict[str, str]] = {}
    for file in sorted((data_folder() / "texts").glob("*.toml")):
        words[file.stem] = tomllib.loads(file.read_text("utf-8"))
    found = [mistake for language, texts in words.items() for mistake in mistakes(language, texts)]
    if found:
        raise ValueError("; ".join(found))
    return Texts(words)
