"""Nobody meets a word of another language, in any region; and where gender is locked, no word about it at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.numbers import get_currency_symbol
from scripts import foreign_words, script, words_in
from ways import SPOKEN, collections, every_language, labels_on, messages, texts, words_on, worlds

from bot.adapter.render import keyboard
from flows.collection import Subject
from flows.explore import ORIGINAL
from flows.language import is_right_to_left, language_name
from flows.safety import LOCKED
from flows.screen_words import texts_on
from flows.screens import Screen
from flows.walk import RECIPIENT
from flows.words import Text

TRANSLATED = [each for each in SPOKEN if each[2] != ORIGINAL]

OF: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8")
)
"""What these tests have to know of each language, by its name; the file says what."""

NAMED_ALIKE = frozenset({Subject.GREW_UP, Subject.FIRST_LANGUAGE})
"""Questions whose options are names of places and languages, which several languages may write alike."""

ENGLISH = frozenset(
    ["the", "and", "you", "your", "with", "what", "which", "this", "that", "from", "please", "where", "there", "when"]
)
"""Words that make a sentence English, and are none in another language."""


def words_of(language: str, what: str) -> frozenset[str]:
    """Names, or messages that are the same as in the original."""
    return frozenset(OF.get(language, {}).get(what, ()))


def speaks_of_gender(language: str) -> re.Pattern[str]:
    """How the language does."""
    assert "gender" in OF.get(language, {}), f"tests/flows/languages.yaml lacks how {language} speaks of gender"
    return re.compile(OF[language]["gender"], re.IGNORECASE)


def shown(name: str, territory: str, language: str) -> Iterator[tuple[str, str]]:
    """Everything that is read, with its screen's name.

    But for what is no language's: names in the picker of languages, each in itself, a postal address, money signs, and
    fingerprints of texts, a recipient, and the id of a collection that is no longer there.
    """
    own_names = {language_name(each, each) for shelf in worlds(name).values() for each in shelf.languages}
    for _, screen in messages(name, territory, language):
        for words in (words_on(screen, language), *labels_on(screen, language)):
            if words not in own_names:
                yield screen.name, _of_a_language(name, language, words)


def _of_a_language(name: str, language: str, words: str) -> str:
    signs = {get_currency_symbol(region.pay.currency, locale=language) for region in collections()[name].regions}
    words = re.sub(r"\b[0-9a-f]{64}\b", "", words)
    for named in (collections()[name].organisation.address, *sorted(signs, key=len, reverse=True), name, RECIPIENT):
        words = words.replace(named, "")
    return words


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_no_screen_has_letters_of_another_script(name: str, territory: str, language: str) -> None:
    allowed = words_of("*", "names") | words_of(language, "names")
    found = {
        (screen, word)
        for screen, words in shown(name, territory, language)
        for word in foreign_words(words, language) - allowed
    }
    assert sorted(found) == []


@pytest.mark.parametrize(("name", "territory", "language"), TRANSLATED)
def test_no_message_is_left_in_the_original(name: str, territory: str, language: str) -> None:
    """A message that a catalog lacks, or that was copied over."""
    named = _named_alike(name, territory)
    found = {
        text.message
        for _, screen in messages(name, territory, language)
        for text in texts_on(screen)
        if _has_words(text.message) and text.message not in words_of(language, "same") and text.message not in named
        if texts()._message(text, language) in {text.message, text.plural}
    }
    assert sorted(found) == []


def _named_alike(name: str, territory: str) -> set[str]:
    region = collections()[name].region(territory)
    assert region is not None
    return {
        option.label for question in region.questions if question.subject in NAMED_ALIKE for option in question.options
    }


def _has_words(message: str) -> bool:
    return any(letter.isalpha() for letter in re.sub(r"\{\w+\}", "", message))


@pytest.mark.parametrize(("name", "territory", "language"), TRANSLATED)
def test_no_sentence_is_that_of_another_language(name: str, territory: str, language: str) -> None:
    """Short words may be alike between two languages; a whole sentence never is."""
    others = [each for each in every_language() if each not in {language, ORIGINAL}]
    for _, screen in messages(name, territory, language):
        for text in texts_on(screen):
            said = texts()._message(text, language)
            if _is_sentence(said):
                assert [each for each in others if texts()._message(text, each) == said] == [], said


def _is_sentence(words: str) -> bool:
    return len(words_in(re.sub(r"\{\w+\}", "", words))) > 3


@pytest.mark.parametrize("name", collections())
def test_no_consent_card_is_that_of_another_language(name: str) -> None:
    """Paragraph by paragraph: consent text never falls back."""
    said: dict[str, str] = {}
    for language, cards in collections()[name].documents.items():
        for card in cards:
            for paragraph in [card.title, *card.text.split("\n"), *card.more.split("\n")]:
                if _is_sentence(paragraph):
                    assert said.setdefault(paragraph, language) == language, paragraph


@pytest.mark.parametrize(
    ("name", "territory", "language"), [each for each in TRANSLATED if script(each[2]) == script(ORIGINAL)]
)
def test_no_screen_has_english_words_in_a_language_of_the_same_script(name: str, territory: str, language: str) -> None:
    """Values too: what CLDR, a collection or a region puts into a sentence."""
    for screen, words in shown(name, territory, language):
        assert ENGLISH.isdisjoint(words_in(words.lower())), (screen, words)


@pytest.mark.parametrize(("name", "territory", "language"), [each for each in SPOKEN if each[1] in LOCKED])
def test_where_gender_is_locked_no_screen_and_no_button_speaks_of_it(name: str, territory: str, language: str) -> None:
    """Nor what a button sends when it is pressed."""
    telling = speaks_of_gender(language)
    for screen, words in shown(name, territory, language):
        assert telling.search(words) is None, (screen, words)
    for standing, card in messages(name, territory, language):
        assert re.fullmatch(r"[0-9a-f.+ -]*", _behind_buttons(card, standing.session.step))


def _behind_buttons(screen: Screen, step: int) -> str:
    markup = keyboard(screen, texts(), ORIGINAL, step) or {"inline_keyboard": []}
    return " ".join(button.get("callback_data", "") for row in markup["inline_keyboard"] for button in row)


@pytest.mark.parametrize("language", every_language())
def test_the_words_that_would_tell_of_gender_are_known_in_every_language(language: str) -> None:
    """And they are the words that the language's own question about it uses, where there is one."""
    telling = speaks_of_gender(language)
    for collection in collections().values():
        for region in collection.regions:
            for question in region.questions:
                if question.subject is Subject.GENDER_IDENTITY:
                    asked = texts().plain(Text(question.text, domain=collection.id), language)
                    assert telling.search(asked), asked


@pytest.mark.parametrize(("name", "territory", "language"), [each for each in SPOKEN if is_right_to_left(each[2])])
def test_a_command_keeps_its_slash_in_front_where_the_sentence_runs_from_right_to_left(
    name: str, territory: str, language: str
) -> None:
    """Without an isolate (UAX 9) around it, /leave is read as leave/."""
    for _, screen in messages(name, territory, language):
        commands = re.findall(r"(.?)/[a-z]{3,}(.?)", words_on(screen, language))
        assert set(commands) <= {("\u2066", "\u2069")}, words_on(screen, language)


def test_a_word_of_another_language_is_noticed() -> None:
    """The checks above would see what they look for."""
    assert foreign_words("اختر Yes أو لا /leave hello@example.org K7M4-QX2P", "ar") == {"Yes"}
    assert foreign_words("はい、AIがジェンダーです नमस्ते", "ja") == {"AI", "नमस्ते"}
    assert foreign_words("Grüße aus Köln", "de") == set()
    assert _is_sentence("Wo leben Sie denn jetzt?")
    assert not _is_sentence("{number} No")
