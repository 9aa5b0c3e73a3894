"""In a language that nobody speaks, every word of every screen comes out translated, and longer words still fit."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_flows_team import NOW, OF_REVIEWS, SAID, _full_board
from ways import PLACES, collections, told, way

from bot.catalogs import placeholders
from bot.pseudo import PseudoTexts, faults, names_in, pseudo, untranslated
from flows.explore import ORIGINAL
from flows.releases import FORMATS
from flows.screens import Screen
from flows.team.draft import Draft
from flows.team.engine import visit_screen
from flows.team.visit import Page, Visit
from flows.words import Text, say

_ABOUT = {
    Page.LETTER: "c_1", Page.PLAN: NOW.isoformat(), Page.PREVIEW: NOW.isoformat(), Page.BROADCAST: "7",
    Page.RELEASE: "o_made1", **dict.fromkeys(OF_REVIEWS, "ar/expert"),
}  # fmt: skip
"""Which letter, plan, broadcast, order or place a page shows; the others show a right."""


@cache
def in_pseudo(*, mirrored: bool = False) -> PseudoTexts:
    """The words of everything that ships, accented."""
    return PseudoTexts({}, collections().values(), mirrored=mirrored)


def screens(name: str, territory: str) -> list[Screen]:
    """Those on which everything is said."""
    return [screen for number in told(name, territory) for screen in way(name, territory)[number].screens]


@pytest.mark.parametrize(("name", "territory"), PLACES)
def test_every_word_but_names_is_translated_and_fits(name: str, territory: str) -> None:
    names = names_in(collections()[name])
    found = {f"{s.name}: {fault}" for s in screens(name, territory) for fault in faults(s, in_pseudo(), names)}
    assert sorted(found) == []


def test_running_the_other_way_it_is_all_there_too() -> None:
    name, territory = PLACES[0]
    names = names_in(collections()[name])
    mirrored = in_pseudo(mirrored=True)
    for screen in screens(name, territory):
        assert list(faults(screen, mirrored, names)) == []
        words = mirrored.screen(screen, ORIGINAL)
        assert words.count("\u202e") == words.count("\u202c")


@pytest.mark.parametrize("page", Page)
def test_the_teams_screens_are_translated_too(page: Page) -> None:
    """What members write, and ids, are nobody's to translate."""
    board = _full_board()
    names = {letter * count for letter in "Ww" for count in range(2, 301)} | set(FORMATS) | {"Counsel", "Nairobi"}
    names |= {board.bot_name, "demographics", "How to invite", "UTC", "surveybot", "check"}
    draft = Draft(paragraphs={ORIGINAL: "W"}, shown=ORIGINAL, looks=((0, 1), (9, 2)))
    for said in SAID:
        about = _ABOUT.get(page, "r_1")
        visit = Visit(
            ORIGINAL, 7, NOW, page, about=about, territory="US", said=said, collection="demographics", draft=draft
        )
        shown = in_pseudo().screen(visit_screen(visit, board, NOW), ORIGINAL)
        assert untranslated(shown, names) == set(), said


def test_what_no_catalog_has_is_found() -> None:
    """A word that was put into a value, and a label that has no room to grow."""
    shown = in_pseudo().plain(say("You live in: {place}", place="here, in plain words"), ORIGINAL)
    assert untranslated(shown) == {"here", "in", "plain", "words"}
    assert untranslated(shown, {"here", "in plain words"}) == set()
    assert untranslated(in_pseudo().plain(Text("Write to {contact}: /leave", {"contact": ""}), ORIGINAL)) == set()


@given(
    st.lists(st.sampled_from(["{pay}", "{day}", "/leave", " and ", "Ann ", "**you**", "\n", "1", ", "])).map("".join)
)
def test_placeholders_and_commands_stay_as_they_are(message: str) -> None:
    for mirrored in (False, True):
        turned = pseudo(message, mirrored=mirrored)
        assert placeholders(turned) == placeholders(message)
        assert turned.count("/leave") == message.count("/leave")
        assert turned.count("**") == message.count("**")


def test_a_message_grows_by_a_quarter_and_a_short_one_by_its_brackets() -> None:
    message = "What you answer is sealed with a key of your own, and nobody reads it."
    assert len(pseudo(message)) == int(len(message) * 1.25)
    assert len(pseudo("Language")) == len("Language") + 2
    assert pseudo("{number} › {count}") == "{number} › {count}"
