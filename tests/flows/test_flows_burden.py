"""What it costs a person: taps and words from a deep link, in every region and language. `-s` prints the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_up import demographics, shelves
from walker import Walker
from ways import PLACES, SPOKEN, collections, texts

from bot.burden import TAPS_TO_RECEIPT, TAPS_TO_THANKS, WORDS_TO_RECEIPT, cost, drawn, visible_words
from flows.cards import View, receipt_screen
from flows.explore import ORIGINAL, PARTICIPANT
from flows.regions import in_every_language
from flows.shelf import Shelf

CARD_WORDS = 70

DOC = Path(__file__).parents[2] / "docs" / "budget.md"


@pytest.mark.parametrize("participant", [None, PARTICIPANT], ids=["alone", "linked"])
@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_the_receipt_takes_ten_taps_and_the_thanks_sixteen(
    name: str, territory: str, language: str, participant: str | None
) -> None:
    """Coming from another contribution, which offers one purpose more, costs no tap more either."""
    found = cost(collections()[name], territory, language, texts(), participant)
    assert 0 < found.taps_to_receipt <= TAPS_TO_RECEIPT
    assert found.taps_to_thanks <= TAPS_TO_THANKS


@pytest.mark.parametrize("participant", [None, PARTICIPANT], ids=["alone", "linked"])
@pytest.mark.parametrize(("name", "territory"), PLACES)
def test_the_receipt_takes_four_hundred_words_to_read(name: str, territory: str, participant: str | None) -> None:
    """Consent that people can read beats consent that is complete and unread. Counted in the original."""
    everywhere = in_every_language(collections()[name])
    assert cost(everywhere, territory, ORIGINAL, texts(), participant).words <= WORDS_TO_RECEIPT


def test_the_table_in_the_docs_is_counted_from_the_screens() -> None:
    """`make budget` counts it again."""
    counted = drawn()
    print(counted)  # noqa: T201
    assert DOC.read_text(encoding="utf-8") == counted


@pytest.mark.parametrize(("name", "territory"), PLACES)
def test_every_card_has_seventy_words_at_most(name: str, territory: str) -> None:
    """Title, text and question of each English card, with the region's values in."""
    collection = collections()[name]
    everywhere = Shelf((in_every_language(collection),), unreviewed=True)
    for card in everywhere.document(collection, ORIGINAL, territory).cards:
        question = " ".join([card.question.text, *card.question.answers]) if card.question is not None else ""
        assert visible_words(re.sub(r"\*\*", "", f"{card.title} {card.text} {question}")) <= CARD_WORDS


def test_the_receipt_names_what_was_agreed_to_and_a_code() -> None:
    """What arrives with the first question."""
    walker = Walker(shelves()["ready"], "en").opens("demographics").presses("United States", "Next")
    for card in demographics().documents["en"][1:]:
        assert card.question is not None
        walker.presses(card.question.answers[card.question.right])
    walker.presses("2 Yes", "I am 18 or older and I agree")
    assert walker.session is not None
    words = texts().screen(receipt_screen(View(walker.session, walker.shelf, walker.now)), "en")
    assert "Measure how well AI works for different people" in words
    assert "Count me so that all groups are heard" in words
    assert "Improve AI models" not in words
    assert re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", words)
