"""What first answers to the cards' questions say of the document."""

from __future__ import annotations

import datetime as dt

import pytest
from made_up import demographics, shelves
from test_flows_journeys import AGREE, CARDS_RIGHT
from walker import Walker

from flows.events import Command
from flows.grading import Grading, graded, is_off, not_understood
from flows.halts import Scope
from flows.shelf import Shelf

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("off", "as_meant", "pauses"), [(9, 11, True), (8, 12, False), (3, 2, False), (20, 0, True), (0, 40, False)]
)
def test_a_card_counts_as_not_understood_once_enough_have_answered_and_too_many_otherwise(
    off: int, as_meant: int, *, pauses: bool
) -> None:
    """Over 40 in a hundred, of 20 at least, whatever the territory."""
    counts = [
        {graded(3, "sw", 2, understood=False): off // 2, graded(3, "sw", 2, understood=True): as_meant},
        {graded(3, "sw", 2, understood=False): off - off // 2},
    ]
    found = list(not_understood("demographics", 3, counts, Grading(), NOW))
    assert bool(found) is pauses
    assert not list(not_understood("demographics", 4, counts, Grading(), NOW)), "another version is another card"


def test_the_worst_card_of_a_language_is_named_and_each_language_by_itself() -> None:
    counts = {
        graded(1, "sw", 2, understood=False): 20,
        graded(1, "sw", 3, understood=False): 20,
        graded(1, "sw", 3, understood=True): 10,
        graded(1, "hi", 4, understood=False): 30,
        graded(1, "en", 4, understood=True): 90,
    }
    found = {(each.language, each.card) for each in not_understood("x", 1, [counts], Grading(), NOW)}
    assert found == {("sw", 2), ("hi", 4)}
    assert is_off(graded(1, "pt_BR", 4, understood=False))


def test_a_paused_language_takes_nobody_new_and_whoever_has_agreed_goes_on() -> None:
    shelf, collection = shelves()["ready"], demographics()
    paused = shelf.pausing(frozenset({(collection.id, "ar")}))
    egypt = next(region for region in paused.taking(collection, NOW.date()) if region.territory == "EG")
    assert egypt.languages == ("en",)
    assert paused.regions(collection) == shelf.regions(collection)
    both = shelf.pausing(frozenset({(collection.id, "ar"), (collection.id, "en")}))
    assert "EG" not in {region.territory for region in both.taking(collection, NOW.date())}
    assert both.pausing(frozenset()).taking(collection, NOW.date()) == shelf.taking(collection, NOW.date())


def test_whoever_decides_in_a_language_that_pauses_reads_so_and_in_which_one_it_goes_on() -> None:
    """Nobody comes to cards in another language without a word."""
    walker = Walker(shelves()["ready"]).opens().presses("Egypt", *CARDS_RIGHT)
    walker.shelf = walker.shelf.pausing(frozenset({("demographics", "en")}))
    walker.presses(AGREE)
    assert walker.name == "place"
    assert walker.text.startswith("Egypt (English) is not open just now.")
    walker.presses("Egypt")
    assert walker.name == "card-1"
    assert walker.language == "ar"
    assert "لغة هذه المحادثة: العربية" in walker.text
    walker.press(walker.by_verb("next"))
    assert "لغة هذه المحادثة" not in walker.text, "it is said once"


def test_whoever_reads_the_cards_of_a_place_that_is_halted_reads_that_it_is_not_open_now() -> None:
    """Not that it is not open yet: it was."""
    halted = frozenset({Scope("demographics", "EG")})
    walker = Walker(shelves()["ready"]).opens().presses("Egypt", *CARDS_RIGHT)
    walker.shelf = walker.shelf.halting(halted)
    walker.presses(AGREE)
    assert walker.name == "place"
    assert walker.text.startswith("Egypt is not open just now.")
    assert "Egypt" not in walker.labels
    walker.writes("Egypt")
    assert walker.text.startswith("Egypt is not open just now.")
    walker.writes("Mongolia")
    assert walker.text.startswith("Mongolia is not open yet.")


def test_whoever_reads_the_cards_of_what_stands_still_everywhere_reads_so_before_anything_else_is_offered() -> None:
    walker = Walker(shelves()["both"]).opens("demographics").presses("Egypt", *CARDS_RIGHT)
    walker.shelf = walker.shelf.halting(frozenset({Scope("demographics")}))
    walker.presses(AGREE)
    assert walker.name == "collections"
    assert walker.text.startswith("Egypt is not open just now.")


def test_where_nothing_is_left_but_a_language_that_pauses_nobody_reads_that_it_is_full() -> None:
    """Nor who reads the cards, nor who comes next; where money is spent as well, it is what is said."""
    english = demographics()
    egypt = tuple(r.model_copy(update={"languages": ("en",)}) for r in english.regions if r.territory == "EG")
    shelf = Shelf((english.model_copy(update={"regions": egypt}),), unreviewed=True)
    paused = shelf.pausing(frozenset({("demographics", "en")}))
    walker = Walker(shelf).opens("demographics").presses("Egypt", *CARDS_RIGHT)
    walker.shelf = paused
    walker.presses(AGREE)
    assert walker.name == "closed"
    assert walker.text.startswith("Egypt is not open just now.")
    for link in (None, "demographics"):
        assert "full" not in Walker(paused).opens(link).text
    spent = paused.with_spent([("demographics", "EG")])
    assert Walker(spent).opens().text.startswith("This one is full just now.")


def test_whoever_chooses_a_language_that_a_place_does_not_have_reads_so() -> None:
    walker = Walker(shelves()["ready"]).opens().presses("Egypt", "Next").asks(Command.LANGUAGE)
    walker.presses("Español")
    assert walker.name == "place"
    assert walker.text.startswith("Egipto (Español) no está abierto por ahora.")


def test_a_language_that_goes_from_under_somebody_who_reads_the_cards_is_not_changed_silently() -> None:
    walker = Walker(shelves()["ready"]).opens().presses("Egypt", "Next")
    english = demographics()
    walker.shelf = Shelf(
        (english.model_copy(update={"languages": tuple(name for name in english.languages if name != "en")}),),
        unreviewed=True,
    )
    walker.opens()
    assert (walker.name, walker.language) == ("card-1", "ar")
    assert "لغة هذه المحادثة: العربية" in walker.text
