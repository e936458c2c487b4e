"""The texts for crews: complete in every language, of characters that fit one octet, short enough for one message."""

import pytest

from crosspatch.config.texts import load_texts
from crosspatch.texts import LONGEST, PLACES, Texts, fitted, mistakes

LANGUAGES = ("nl", "fr", "de", "en")
FILLED = {
    "others": "Maastricht surveillance, Liège cross-border",
    "seconds": 30,
    "talkgroup": "Liège cross-border",
    "gssi": 16777215,
    "network": "ASTRID",
    "missed": "Liège cross-border",
    "sender": "ASTRID Brigade 12",
}


def test_every_language_has_every_text() -> None:
    assert set(LANGUAGES) == set(load_texts().words)
    for language in LANGUAGES:
        assert set(PLACES) == set(load_texts().words[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PLACES)
def test_a_text_fits_one_message_in_one_octet_a_character(language: str, name: str) -> None:
    text = load_texts().render(language, name, FILLED)
    assert text is not None
    assert "{" not in text
    assert len(text.encode("latin-1")) < LONGEST


def test_a_text_that_is_too_long_is_cut_where_one_can_see_it() -> None:
    assert fitted("x" * LONGEST) == "x" * LONGEST
    assert fitted("x" * (LONGEST + 1)) == "x" * (LONGEST - 3) + "..."


def test_a_language_there_is_not_has_no_text() -> None:
    assert Texts().render("nl", "up", FILLED) is None


def test_what_is_wrong_with_a_language_is_told_all_at_once() -> None:
    words = dict.fromkeys(PLACES, "fine") | {"up": "{nonsense}", "upp": "what"}
    del words["down"]
    expected = ["xx: down is missing", "xx: up has no place {nonsense}", "xx: upp is no text there is"]
    assert sorted(expected) == sorted(mistakes("xx", words))
