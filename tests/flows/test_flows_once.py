"""What is the same on everybody's card is made once: it is what it would be if it were made anew, and of nobody."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from made_up import texts
from test_flows_journeys import agreed
from walks import OWN_WORDS, Beginning, Doings, beginnings, doings, walk_from

from flows.engine import current_screen
from flows.screens import Screen
from flows.shelf import Shelf


def as_if_new(shelf: Shelf) -> Shelf:
    """The same shelf, of which nothing has been made yet."""
    new = copy.copy(shelf)
    new._made = {}
    return new


def kept(shelf: Shelf) -> list[Screen]:
    """Cards that are shown again to whoever comes next."""
    return [made for made in shelf._made.values() if isinstance(made, Screen)]


@settings(max_examples=150)
@given(beginnings, doings)
def test_whatever_happened_before_a_card_is_what_it_is_when_it_is_made_anew(
    beginning: Beginning, steps: Doings
) -> None:
    for happening in walk_from(beginning, steps):
        session = happening.after
        if session is None:
            continue
        anew = current_screen(session, as_if_new(happening.shelf), happening.now, happening.records)
        assert happening.screen == anew
        assert happening.screen.layout == anew.layout
        assert texts().screen(happening.screen, session.language) == texts().screen(anew, session.language)


def test_nothing_that_somebody_has_chosen_or_written_is_kept() -> None:
    walker = agreed()
    walker.shelf = as_if_new(walker.shelf)
    walker.presses("35–44", "White", "Asian", "Done", "Woman", "Done", "Change 1")
    assert kept(walker.shelf), "else this looks at nothing"
    for screen in kept(walker.shelf):
        assert not any(choice.ticked for choice in screen.choices)
        said = texts().screen(screen, "en") + "".join(texts().plain(choice.label, "en") for choice in screen.choices)
        assert not set("☑●") & set(said)


def test_own_words_are_not_kept() -> None:
    walker = agreed()
    walker.shelf = as_if_new(walker.shelf)
    walker.presses("35–44")
    walker.presses(next(label for label in walker.labels if "own words" in label or "describe" in label.casefold()))
    walker.writes(OWN_WORDS).presses("‹ Back")
    assert OWN_WORDS not in repr(kept(walker.shelf))
    assert OWN_WORDS not in repr(list(walker.shelf._made))
