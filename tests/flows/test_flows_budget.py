"""What it costs a person: taps and words from a deep link, in every region and language. `-s` prints the table."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from made_up import demographics, shelves, texts
from walker import Walker, visible_words

from flows.cards import View, receipt_screen

TAPS_TO_RECEIPT, WORDS_TO_RECEIPT, TAPS_TO_THANKS, CARD_WORDS = 10, 400, 16, 70

_PLACES = [(region.territory, language) for region in demographics().regions for language in region.languages]


@dataclass
class Cost:
    """Taps and words so far, up to and including the screen that is read now."""

    walker: Walker
    taps: int = 0
    words: int = 0

    def read(self) -> None:
        """Read everything on the card, buttons too."""
        self.words += visible_words(self.walker.text) + sum(visible_words(label) for label in self.walker.labels)

    def press(self, verb: str, value: str | None = None) -> None:
        """Press one button; `read` counts what then stands there."""
        self.taps += 1
        self.walker.press(self.walker.by_verb(verb, value))


def to_agreement(territory: str, language: str, participant: str | None) -> Cost:
    """From a deep link to the screen where one agrees, with nothing misread."""
    cost = Cost(Walker(shelves()["ready"], language).opens("demographics", participant))
    cost.read()
    cost.press("live_in", territory)
    document = demographics().documents[language]
    for card in document:
        cost.read()
        if card.question is None:
            cost.press("next")
        else:
            cost.press("card_answer", str(card.question.right))
    cost.read()
    return cost


def to_thanks(cost: Cost) -> int:
    """Taps in all, through every question with one press or tick each, and the review."""
    cost.press("agree")
    walker = cost.walker
    while walker.name.startswith("question-"):
        assert walker.screen is not None
        if any(choice.verb == "choose" for choice in walker.screen.choices):
            cost.press("choose")
        else:
            cost.press("tick")
            cost.press("done")
    cost.press("submit")
    assert walker.name == "thanks"
    return cost.taps


@pytest.mark.parametrize("participant", [None, "a1b2c3d4e5"], ids=["alone", "linked"])
@pytest.mark.parametrize(("territory", "language"), _PLACES)
def test_the_receipt_takes_ten_taps_and_four_hundred_words_and_the_thanks_sixteen_taps(
    territory: str, language: str, participant: str | None
) -> None:
    """Consent that people can read beats consent that is complete and unread."""
    cost = to_agreement(territory, language, participant)
    taps, words = cost.taps + 1, cost.words
    in_all = to_thanks(cost)
    linked = "linked" if participant else "alone"
    print(f"\n{territory} {language} {linked}: receipt {taps} taps, {words} words; thanks {in_all} taps")  # noqa: T201
    assert taps <= TAPS_TO_RECEIPT
    assert words <= WORDS_TO_RECEIPT
    assert in_all <= TAPS_TO_THANKS


@pytest.mark.parametrize("territory", [region.territory for region in demographics().regions])
def test_every_card_has_seventy_words_at_most(territory: str) -> None:
    """Title, text and question of each English card, with the region's values in."""
    document = shelves()["ready"].document(demographics(), "en", territory)
    for card in document.cards:
        question = " ".join([card.question.text, *card.question.answers]) if card.question is not None else ""
        assert visible_words(re.sub(r"\*\*", "", f"{card.title} {card.text} {question}")) <= CARD_WORDS


def test_the_receipt_names_what_was_agreed_to_and_a_code() -> None:
    """What arrives with the first question."""
    walker = to_agreement("US", "en", None).walker
    walker.presses("2 Yes", "I am 18 or older and I agree")
    assert walker.session is not None
    words = texts().screen(receipt_screen(View(walker.session, walker.shelf, walker.now)), "en")
    assert "Measure how well AI works for different people" in words
    assert "Count me so that all groups are heard" in words
    assert "Improve AI models" not in words
    assert re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", words)
