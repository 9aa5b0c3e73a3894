"""Answers: the four states, what a question accepts, and which choices shut which others out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from flows.collection import OPT_OUT, Question


class Status(StrEnum):
    """What became of a question. The four are never confused, least of all in an export."""

    ANSWERED = "answered"
    PREFER_NOT_TO_ANSWER = "prefer_not_to_answer"
    NOT_REACHED = "not_reached"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """Option ids in the question's order, and own words where the question takes them.

    The opt-out is held as its option id, alone. An empty answer is a card that was opened and not decided yet.
    """

    options: tuple[str, ...] = ()
    own_words: str | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return "Answer(...)"

    @property
    def status(self) -> Status:
        """Answered, or preferred not to; NOT_REACHED while nothing is chosen."""
        if self.options == (OPT_OUT,):
            return Status.PREFER_NOT_TO_ANSWER
        return Status.ANSWERED if self.options else Status.NOT_REACHED


NOTHING = Answer()


def exclusive_options(question: Question) -> frozenset[str]:
    """Options that stand alone: the opt-out always, and whatever the question says."""
    return frozenset({OPT_OUT, *(option.id for option in question.options if option.exclusive)})


def with_option(question: Question, answer: Answer, option_id: str, *, on: bool) -> Answer:
    """The answer after setting or unsetting one option. Setting twice changes nothing: it is never a toggle."""
    known = [option.id for option in question.options] + [OPT_OUT]
    if option_id not in known:
        return answer
    if not on:
        chosen = set(answer.options) - {option_id}
    elif question.kind == "one" or option_id in exclusive_options(question):
        chosen = {option_id}
    else:
        chosen = (set(answer.options) - exclusive_options(question)) | {option_id}
    return _in_order(question, chosen, answer.own_words)


def with_own_words(question: Question, answer: Answer, words: str) -> Answer:
    """The answer with own words in it; choosing to describe oneself shuts opt-outs out like any other choice."""
    option = question.own_words_option
    if option is None:
        return answer
    chosen = with_option(question, answer, option.id, on=True)
    return Answer(chosen.options, words)


def _in_order(question: Question, chosen: Iterable[str], own_words: str | None) -> Answer:
    picked = set(chosen)
    ordered = tuple(name for name in [*(option.id for option in question.options), OPT_OUT] if name in picked)
    described = question.own_words_option
    keeps_words = described is not None and described.id in picked
    return Answer(ordered, own_words if keeps_words else None)


def clean_own_words(text: str) -> str:
    """Words that somebody typed, as they are kept: NFC, one line, no control or direction-override characters."""
    harmless = (c for c in text if c.isspace() or (unicodedata.category(c) not in {"Cc", "Cs"} and c not in _OVERRIDES))
    return unicodedata.normalize("NFC", " ".join("".join(harmless).split()))


# Direction overrides and isolates (UAX 9) could turn the rest of a screen or of an export around. Joiners
# (U+200C, U+200D) stay: Persian, Hindi and others spell with them.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fits(question: Question, answer: Answer) -> bool:
    """Whether today's question could have been answered so; used when a collection has changed under a session."""
    chosen = set(answer.options)
    if OPT_OUT in chosen:
        return len(chosen) == 1
    met = [option for option in question.options if option.id in chosen]
    if len(met) < len(chosen):
        return False
    return len(met) <= 1 or (question.kind == "several" and not any(option.exclusive for option in met))
