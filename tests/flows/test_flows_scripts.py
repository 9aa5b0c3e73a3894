"""No word of any catalog or card is written in another script than its language's, unless it is a name.

The screens are looked at where they are met (`test_flows_languages`); here is everything else too, the team's words and
the profile's, in whatever languages there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po
from scripts import foreign_words, letters_of, script
from test_flows_languages import words_of
from ways import every_language

from bot import shipped
from flows.explore import ORIGINAL

ROOT = shipped.translations().parent

EVERYWHERE = frozenset({"UTC", "stop", "CVV", "surveybot", "preview", "recipients", "add", "kB"})
"""The world's time; the end of a command; a help line's name in Brazil; a command of the command line."""


def said(language: str) -> Iterator[str]:
    """Every message of every catalog of a language, and its cards."""
    own = f"translations/{language}/LC_MESSAGES/*.po"
    for catalog in (*ROOT.glob(own), *ROOT.glob(f"collections/*/{own}")):
        with catalog.open("rb") as file:
            for message in [each for each in read_po(file, locale=language) if each.id]:
                yield from [message.string] if isinstance(message.string, str) else message.string or ()
    for folder in ROOT.glob(f"collections/*/consent/{language}"):
        for card in folder.glob("*.md"):
            yield re.sub(r"<!--.*?-->|^- \[[ x]\] ", "", card.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("language", [each for each in every_language() if each != ORIGINAL])
def test_no_message_holds_a_word_in_another_script(language: str) -> None:
    allowed = words_of("*", "names") | words_of(language, "names") | EVERYWHERE
    found = {word for words in said(language) for word in foreign_words(re.sub(r"\{\w*\}", " ", words), language)}
    assert sorted(found - allowed) == []


@pytest.mark.parametrize(
    ("language", "of_script", "letters"),
    [
        ("fr", "Latn", "LATIN"),
        ("ur", "Arab", "ARABIC"),
        ("hi", "Deva", "DEVANAGARI"),
        ("zh_Hans", "Hans", "CJK"),
        ("zh_Hant", "Hant", "CJK"),
        ("bn", "Beng", "BENGALI"),
        ("ru", "Cyrl", "CYRILLIC"),
        ("sr_Latn", "Latn", "LATIN"),
        ("am", "Ethi", "ETHIOPIC"),
        ("th", "Thai", "THAI"),
    ],
)
def test_a_languages_script_is_cldrs_and_its_letters_are_unicodes(language: str, of_script: str, letters: str) -> None:
    """So that a language which is added is held to its script without anybody listing it."""
    assert script(language) == of_script
    assert letters in letters_of(of_script)


def test_a_word_in_another_script_is_seen_in_every_language() -> None:
    assert foreign_words("یہ ایک word ہے۔", "ur") == {"word"}
    assert foreign_words("这是一个test。", "zh_Hans") == {"test"}
    assert foreign_words("Ceci est un тест.", "fr") == {"тест"}
