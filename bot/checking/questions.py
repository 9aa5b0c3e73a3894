"""Rules of the questions: that people can be what they are, say so in their own words, or say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.checking import practices
from bot.checking.checked import Asked, Checked
from bot.checking.findings import Found, Rule, error, warning
from bot.checking.word_lists import entries
from bot.texts import ORIGINAL
from flows.collection import Question, Subject
from flows.id_meanings import Reused, reused

_BELONGING = frozenset({Subject.ANCESTRY, Subject.GENDER_IDENTITY})
"""Subjects of which no list holds everybody."""

_SEVERAL_THINGS = _BELONGING | {
    Subject.ORIENTATION,
    Subject.RELIGION,
    Subject.TRIBE,
    Subject.NATIONALITY,
    Subject.FIRST_LANGUAGE,
}
"""Subjects of which a person can be several things at once."""

_OF_A_PLACE = re.compile(r"^\s*(where|when|in which|how old)\b", re.IGNORECASE)
"""A place or a time is one, whatever the question is about."""


def _lists_groups(question: Question) -> bool:
    """Whether its options are groups that people belong to; a yes and a no, or places, are none."""
    return len(question.options) > 2 and not _OF_A_PLACE.match(question.text)


def opt_out_among_others(checked: Checked) -> Iterator[Found]:
    """Ways of not answering that can be chosen together with answers."""
    for asked in checked.questions():
        for option in asked.question.options:
            for said in _sayings(checked, option.label, checked.option_place(asked, option)):
                if any(each.within(said.words) for each in entries("opt_outs", said.language)):
                    yield Found(
                        *said.place,
                        f"{asked.question.id}: “{said.words}” is an option among others",
                        "Leave it out: every question has “Prefer not to answer”, which stands alone",
                        asked.region.territory,
                        said.translated,
                    )


def no_own_words(checked: Checked) -> Iterator[Found]:
    """Lists of groups that leave nobody room to say it otherwise."""
    for asked in checked.questions():
        question = asked.question
        belongs = question.subject in _BELONGING and question.kind == "several" and _lists_groups(question)
        if belongs and question.own_words_option is None:
            yield Found(
                *checked.place(asked, "options"),
                f"{question.id} ({asked.region.territory}) has no option for own words",
                "Give one option `own_words: true`, such as “I describe myself as”",
                asked.region.territory,
            )


def single_choice(checked: Checked) -> Iterator[Found]:
    """Questions that make somebody choose between the things that they are."""
    for asked in checked.questions():
        question = asked.question
        if question.kind == "one" and question.subject in _SEVERAL_THINGS and _lists_groups(question):
            yield Found(
                *checked.place(asked, "kind"),
                f"{question.id} ({asked.region.territory}) takes one answer",
                "Write `kind: several`: people can be more than one of these",
                asked.region.territory,
            )


def loaded(checked: Checked) -> Iterator[Found]:
    """Wording that pushes, shames or takes something for granted."""
    yield from _worded(checked, "loaded", "sounds loaded")


def about_others(checked: Checked) -> Iterator[Found]:
    """Questions about people who were not asked."""
    yield from _worded(checked, "others", "asks about somebody else")


def _worded(checked: Checked, name: str, problem: str) -> Iterator[Found]:
    for asked in checked.questions():
        for words, place in _texts(checked, asked):
            for said in _sayings(checked, words, place):
                for each in entries(name, said.language):
                    found = each.within(said.words)
                    if found is not None:
                        what = f"{asked.question.id}: “{found}” {problem} ({each.source})"
                        yield Found(*said.place, what, each.instead, asked.region.territory, said.translated)


class _Saying(NamedTuple):
    """Words of a question in one language, and where they stand."""

    language: str
    words: str
    place: tuple[Path, int]

    @property
    def translated(self) -> str | None:
        """The language, where it is not the original."""
        return None if self.language == ORIGINAL else self.language


def _sayings(checked: Checked, words: str, place: tuple[Path, int]) -> Iterator[_Saying]:
    """Words as they stand in the file, and in every language that has a translation of them."""
    yield _Saying(ORIGINAL, words, place)
    for language in checked.catalogs:
        said = checked.translation(words, language)
        if said is not None and said.translation != words:
            yield _Saying(language, said.translation, (said.path, said.line))


def _texts(checked: Checked, asked: Asked) -> Iterator[tuple[str, tuple[Path, int]]]:
    for name in ("text", "caution", "note"):
        words = getattr(asked.question, name)
        if words is not None:
            yield words, checked.place(asked, name)
    for option in asked.question.options:
        for label in filter(None, (option.heading, option.label)):
            yield label, checked.option_place(asked, option)


def never_translated(checked: Checked) -> Iterator[Found]:
    """Options that have a translation in no language at all."""
    nowhere = labels_nowhere(checked)
    for label, (asked, number) in _labels(checked).items():
        if label in nowhere:
            yield Found(
                *checked.place(asked, "options", number),
                f"{asked.question.id}: “{label}” has been translated into no language",
                f"Translate it into {', '.join(checked.catalogs)} (surveybot catalogs), or leave it out",
                asked.region.territory,
            )


def labels_nowhere(checked: Checked) -> frozenset[str]:
    """Options' labels that no catalog translates, where there is any other language than the original."""
    if not checked.catalogs:
        return frozenset()
    said = {
        each.message for messages in checked.catalogs.values() for each in messages if each.translation or each.fuzzy
    }
    return frozenset(label for label in _labels(checked) if label not in said)


def _labels(checked: Checked) -> dict[str, tuple[Asked, int]]:
    """Every label that is translated, and where it first stands."""
    found: dict[str, tuple[Asked, int]] = {}
    for asked in checked.questions():
        for number, option in enumerate(asked.question.options):
            if option.language is None:
                found.setdefault(option.label, (asked, number))
    return found


def alike(checked: Checked) -> Iterator[Found]:
    """Options of one question that a language cannot tell apart."""
    for asked in checked.questions():
        for language in dict.fromkeys((ORIGINAL, *checked.languages)):
            said: dict[str, str] = {}
            for option in asked.question.options:
                if option.language is not None:
                    continue
                translated = checked.translated(option.label, language).casefold()
                first = said.setdefault(translated, option.id)
                if first != option.id:
                    yield Found(
                        *checked.option_place(asked, option),
                        f"{asked.question.id}: {first} and {option.id} are both “{translated}” in {language}",
                        "Say them apart, so that nobody chooses the wrong one",
                        asked.region.territory,
                        language,
                    )


def id_reused(checked: Checked) -> Iterator[Found]:
    """Ids that stand for something else than when they were opened: the bot does not start with them."""
    found = () if checked.collection is None else reused(checked.collection, checked.known.id_meanings)
    for each in found:
        asked = next(a for a in checked.asked() if _asks(a.question, each))
        option = asked.question.option(each.option)
        yield Found(
            *(checked.place(asked) if option is None else checked.option_place(asked, option)),
            f"{each.name} meant {each.before!r} and now means {each.now!r}",
            "Take a new id: answers were given to the earlier one",
            asked.region.territory,
        )


def _asks(question: Question, each: Reused) -> bool:
    return question.id == each.question and (not each.option or question.option(each.option) is not None)


RULES: tuple[Rule, ...] = (
    error(
        "questions.no_opt_out",
        "A question says that it has to be answered",
        "Nobody owes an answer: every question can be left out.",
        practices.OPT_OUT,
    ),
    error(
        "questions.opt_out_not_exclusive",
        "An option that means no answer stands among the answers",
        "“Rather not say” together with an answer is neither, and both are read wrongly later.",
        practices.OPT_OUT,
        opt_out_among_others,
    ),
    error(
        "questions.no_own_words",
        "A list of groups leaves no room for own words",
        "No list holds everybody: whoever is not in it would be told that they do not exist.",
        practices.SELF_DESCRIPTION,
        no_own_words,
    ),
    error(
        "questions.single_choice",
        "People may choose one thing where they are several",
        "Whoever belongs to two groups would have to deny one.",
        practices.SEVERAL,
        single_choice,
    ),
    error(
        "questions.age_bands",
        "Age bands overlap, or leave somebody out",
        "At a gap nobody finds themselves, and at an overlap nobody can be counted.",
        practices.BANDS,
    ),
    error(
        "questions.under_age",
        "Age bands begin below the region's minimum age",
        "Who would be that young was told that they cannot take part.",
        practices.MINORS,
    ),
    error(
        "questions.locked",
        "A region asks what is locked or closed there",
        "An honest answer could be used against the person who gives it.",
        practices.LOCKED,
    ),
    error(
        "questions.locked_own_words",
        "A region takes own words on what is locked or closed there",
        "What somebody writes themselves says more than any list, and endangers more.",
        practices.LOCKED,
    ),
    error(
        "questions.never_translated",
        "An option has been translated into no language",
        "Whoever reads another language meets a word that is not theirs, or the language is offered to nobody.",
        practices.TRANSLATED,
        never_translated,
    ),
    error(
        "questions.options_alike",
        "Two options of a question are the same words in a language",
        "Nobody can choose between two buttons that say the same.",
        practices.TRANSLATED,
        alike,
    ),
    error(
        "questions.id_reused",
        "An id stands for something else than it did when it was opened",
        "What was answered to one question would be read as an answer to another.",
        practices.VERSIONS,
        id_reused,
        can_be_waived=False,
    ),
    error(
        "questions.default_chosen",
        "A file chooses an answer, or a purpose, for people",
        "What was chosen beforehand was chosen by nobody.",
        practices.PURPOSES,
    ),
    error(
        "questions.about_others",
        "A question asks about somebody who is not there to agree",
        "They were never asked, and have no way to leave.",
        practices.OTHERS,
        about_others,
    ),
    warning(
        "questions.loaded",
        "A question's wording pushes, shames, or takes something for granted",
        "People answer what seems to be expected, or are hurt before they answer.",
        practices.WORDING,
        loaded,
    ),
)
