"""Texts for crews in their own language: data, with places for names. Not for when they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

PLACES: dict[str, frozenset[str]] = {
    "armed": frozenset({"others"}),
    "up": frozenset({"others"}),
    "closing": frozenset({"others", "seconds"}),
    "down": frozenset({"others"}),
    "select": frozenset({"talkgroup", "gssi", "network"}),
    "clear": frozenset({"others"}),
    "not-delivered": frozenset({"missed"}),
    "interrupted": frozenset({"missed"}),
    "emergency": frozenset({"sender"}),
}
"""Every text there is, and the names of the places it may have."""

LONGEST = 120
"""Characters; a short message holds 148 octets with its head (SDS type 4), in the least room for each character."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of all languages: language to the name of a text to its words."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def render(self, language: str, name: str, places: Mapping[str, object]) -> str | None:
        """The text, its places filled, cut where it is too long; None when there is none in this language."""
        words = self.words.get(language, {}).get(name)
        return None if words is None else fitted(words.format_map(places))


def fitted(text: str) -> str:
    """Cut where it is too long for one message."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def mistakes(language: str, words: Mapping[str, str]) -> list[str]:
    """What is wrong with a language's texts: missing ones, unknown ones, places they cannot have."""
    found = [f"{language}: {name} is missing" for name in PLACES if name not in words]
    for name, text in words.items():
        if name not in PLACES:
            found.append(f"{language}: {name} is no text there is")
            continue
        places = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
        found += [f"{language}: {name} has no place {{{place}}}" for place in sorted(places - PLACES[name])]
    return found
