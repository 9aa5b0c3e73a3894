"""Rules of the translations: complete, looked at, in one script, running the right way, and translated at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, error, warning
from bot.checking.questions import labels_nowhere
from bot.texts import ORIGINAL
from flows.language import is_right_to_left


def missing(checked: Checked) -> Iterator[Found]:
    """Languages that lack words, the bot's or the collection's: they are offered to nobody."""
    fuzzy = {each.message for messages in checked.catalogs.values() for each in messages if each.fuzzy}
    nowhere = labels_nowhere(checked)  # `questions.never_translated` speaks of them
    for language, messages in checked.missing.items():
        lacking = [words for words in messages if words not in fuzzy and words not in nowhere]
        others = len(messages) - len(lacking)
        named = f" ({others} of them are told of one by one)" if others else ""
        if lacking:
            yield Found(
                checked.catalog_path(language),
                1,
                f"{language} lacks {len(messages)} words{named}, such as {lacking[0]!r}, and is offered to nobody",
                "Run surveybot catalogs, translate what is empty, and run it once more",
                language=language,
            )


def fuzzy(checked: Checked) -> Iterator[Found]:
    """Translations of words that changed since, and that nobody has looked at again."""
    for language, messages in checked.catalogs.items():
        for each in messages:
            if each.fuzzy:
                remedy = "Look whether it still says the same, and take the mark away"
                yield Found(each.path, each.line, f"{each.message!r} is marked fuzzy", remedy, language=language)


def _said(checked: Checked) -> Iterator[tuple[str, Path, int, str]]:
    """Every text of the collection by language: cards line by line, and catalogs."""
    for language in checked.reading.documents:
        for number in range(1, len(checked.reading.documents[language]) + 1):
            path = checked.card_path(language, number)
            for line, words in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
                yield language, path, line, words
    for language, messages in checked.catalogs.items():
        for each in messages:
            yield language, each.path, each.line, each.translation


_TOGETHER = (
    frozenset({"HIRAGANA", "KATAKANA", "CJK", "LATIN", "KATAKANA-HIRAGANA", "FULLWIDTH", "HANGUL", "BOPOMOFO"}),
)
"""Scripts that stand in one run of letters where words have no spaces between them."""


def mixed_scripts(checked: Checked) -> Iterator[Found]:
    """Words in which letters of two scripts stand: mostly one that looks like another."""
    for language, path, line, words in _said(checked):
        for word in re.findall(r"[^\W\d_]+", words):
            scripts = {_script(letter) for letter in word if unicodedata.category(letter)[0] == "L"}
            if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
                named = " and ".join(sorted(script.capitalize() for script in scripts))
                what = f"“{word}” is written in {named}"
                yield Found(path, line, what, "Type the word anew in one script", language=language)


def _script(letter: str) -> str:
    """The script of a letter, as its Unicode name begins."""
    name = unicodedata.name(letter, "UNKNOWN")
    first = name.split(" ", maxsplit=1)[0]
    return {"FULLWIDTH": "LATIN", "HALFWIDTH": "KATAKANA"}.get(first, first)


_OVERRIDES = re.compile("[\u202a-\u202e]")
_BEGIN, _END = re.compile("[\u2066-\u2068]"), re.compile("\u2069")


def direction_marks(checked: Checked) -> Iterator[Found]:
    """Marks of direction that turn what follows around, or are never ended."""
    for language, path, line, words in _said(checked):
        if _OVERRIDES.search(words):
            what = "a mark forces the direction of what follows"
            yield Found(
                path, line, what, "Take it out; an isolate (U+2066 to U+2069) is what is meant", language=language
            )
        elif len(_BEGIN.findall(words)) != len(_END.findall(words)):
            what = "an isolate is begun and not ended, or ended and not begun"
            yield Found(path, line, what, "Put U+2069 where it ends", language=language)


_COMMAND = re.compile("(?<![\u2066-\u2068\\w/<])/[a-z]{2,}")


def bare_commands(checked: Checked) -> Iterator[Found]:
    """Commands among words that run from right to left, where the slash goes to the wrong end: leave/."""
    for language, path, line, words in _said(checked):
        found = _COMMAND.search(words) if is_right_to_left(language) else None
        if found is not None:
            yield Found(
                path,
                line,
                f"{found[0]} stands bare among words that run from right to left, and is read with its slash behind it",
                "Put U+2066 in front of it and U+2069 behind it",
                language=language,
            )


_FEWEST_WORDS = 4
"""Names of people, places and groups are often the same in several languages; whole sentences are not."""


def unchanged(checked: Checked) -> Iterator[Found]:
    """Sentences that stand in a language as they stand in the original."""
    names = {words for words, _ in _named(checked)}
    for language, messages in checked.catalogs.items():
        for each in messages:
            if each.translation == each.message and each.message not in names and _is_a_sentence(each.message):
                what, remedy = f"{each.message!r} is still the original's", "Translate it"
                yield Found(each.path, each.line, what, remedy, language=language)
    original = checked.reading.documents.get(ORIGINAL, ())
    for language, cards in checked.reading.documents.items():
        for number, (card, first) in enumerate(zip(cards, original, strict=False), start=1):
            sentences = set(_sentences(first.model_dump_json(exclude={"voice"})))
            same = [each for each in _sentences(card.model_dump_json(exclude={"voice"})) if each in sentences]
            if language != ORIGINAL and same:
                path = checked.card_path(language, number)
                what = f"card {number} still has the original's words: “{same[0]}”"
                yield Found(path, checked.card_line(language, number, same[0]), what, "Translate it", language=language)


def _named(checked: Checked) -> Iterator[tuple[str, str]]:
    """Names and contacts, which may be the same everywhere."""
    base = checked.reading.base
    organisation = base.value.get("organisation") if base is not None else None
    for name, value in organisation.items() if isinstance(organisation, dict) else ():
        yield str(value), name
    for _, region in checked.reading.regions:
        for line in region.help_lines:
            yield line.name, "name"
            yield line.contact, "contact"


def _is_a_sentence(words: str) -> bool:
    return len(re.findall(r"[^\W\d_]{2,}", words)) >= _FEWEST_WORDS


def _sentences(card: str) -> list[str]:
    pieces = re.split(r'\\n|(?<=[.!?])\s|"', card)
    return [piece.strip() for piece in pieces if _is_a_sentence(piece)]


RULES: tuple[Rule, ...] = (
    warning(
        "translations.missing",
        "A language lacks words",
        "Nobody is asked to agree in two languages: until it is whole it is offered to nobody.",
        practices.TRANSLATED,
        missing,
    ),
    warning(
        "translations.fuzzy",
        "A translation is of earlier words",
        "It may say something else than what is agreed to; until somebody looks, the language is offered to nobody.",
        practices.TRANSLATED,
        fuzzy,
    ),
    error(
        "translations.placeholders_differ",
        "A card leaves something else to be filled in than the original",
        "People in one language would be told less, or something else.",
        practices.TRANSLATED,
    ),
    error(
        "translations.mixed_scripts",
        "A word holds letters of two scripts",
        "It looks right and is not: nobody can search for it, and a screen reader stumbles.",
        practices.SCRIPTS,
        mixed_scripts,
    ),
    error(
        "translations.direction_marks",
        "Marks of direction are wrong",
        "They turn numbers, names and sentences around.",
        practices.BIDI,
        direction_marks,
    ),
    warning(
        "translations.bare_command",
        "A command stands bare among words that run from right to left",
        "Its slash is shown at the wrong end, and who types what they read gets nowhere.",
        practices.BIDI,
        bare_commands,
    ),
    warning(
        "translations.unchanged",
        "Words are still the original's",
        "They would be met in a language that the reader did not choose.",
        practices.TRANSLATED,
        unchanged,
    ),
)
