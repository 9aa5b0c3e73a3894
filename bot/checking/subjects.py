"""Rules of the three things that nobody may miss: that AI learns, what cannot be undone, that one can leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, error
from bot.checking.word_lists import entries
from flows.collection import Card, CardQuestion

AI, UNDONE, LEAVING = "ai", "undone", "leaving"

_NAMES: Mapping[str, str] = {
    AI: "what AI learns",
    UNDONE: "what cannot be undone",
    LEAVING: "that one can leave at any time",
}


def nothing_undone(checked: Checked) -> Iterator[Found]:
    """Documents that do not say what cannot be undone. What a card asks about is no statement."""
    for language, cards in checked.reading.documents.items():
        if entries("subjects", language) and not any(UNDONE in _about(_told(card), language) for card in cards):
            yield Found(
                checked.card_path(language, 2),
                1,
                "no card says what cannot be undone",
                "Say on card 2 that what AI has learned, and what is published, stays",
                language=language,
            )


def _told(card: Card) -> str:
    return f"{card.text}\n{card.more}"


def _about(words: str, language: str) -> frozenset[str]:
    return frozenset(each.about for each in entries("subjects", language) if each.within(words) is not None)


def unasked(checked: Checked) -> Iterator[Found]:
    """Documents whose questions leave out one of the three subjects. A question counts for one of them alone."""
    for language, cards in checked.reading.documents.items():
        if not entries("subjects", language):
            continue
        asked = [(number, card.question) for number, card in enumerate(cards, start=1) if card.question is not None]
        about = [_asks(question, language) for _, question in asked]
        left_out, at = _left_out(about)
        for subject in sorted(left_out):
            number = asked[at][0] if asked else len(cards)
            yield Found(
                checked.card_path(language, number),
                checked.card_line(language, number, "<!-- question -->"),
                f"no question on the cards asks about {_NAMES[subject]}",
                "Let one question ask about each: what AI learns, what cannot be undone, leaving",
                language=language,
            )


def _asks(question: CardQuestion, language: str) -> frozenset[str]:
    answers = " \n".join(question.answers)
    return _about(f"{question.text} \n{answers} \n{question.once_more}", language)


def _left_out(about: list[frozenset[str]]) -> tuple[set[str], int]:
    """What no question can stand for when each stands for one, and the place of a question that stands for none."""
    best: tuple[set[str], int] = (set(_NAMES), 0)
    for order in permutations(_NAMES, len(about)) if len(about) <= len(_NAMES) else ():
        hit = [subject in subjects for subject, subjects in zip(order, about, strict=True)]
        missed = set(_NAMES) - {subject for subject, is_hit in zip(order, hit, strict=True) if is_hit}
        if len(missed) < len(best[0]):
            best = (missed, hit.index(False) if False in hit else 0)
    return best


RULES: tuple[Rule, ...] = (
    error(
        "consent.nothing_undone",
        "No card says what cannot be undone",
        "Whoever believes that everything can be taken back has agreed to something else.",
        practices.TELEGRAM,
        nothing_undone,
    ),
    error(
        "consent.subject_not_asked",
        "The questions on the cards miss one of three subjects: what AI learns, what cannot be undone, leaving",
        "The questions show whether the cards explained what matters; what they leave out, nobody can know.",
        practices.COMPREHENSION,
        unasked,
    ),
)
