"""Exploring finds every screen: all stages, asides, questions and goodbyes, and everything that is said."""

from __future__ import annotations

from functools import cache

import pytest
from ways import PLACES, SPOKEN, collections, stations, told, way, worlds

from bot import shipped
from bot.catalogs import bot_messages
from flows.asides.table import ASIDE_SCREENS
from flows.engine import _SAID
from flows.explore import acts_to
from flows.screen_words import texts_on
from flows.session import Aside, Farewell, Stage
from flows.stage_screens import STAGE_SCREENS
from flows.walk import Station, go


@cache
def everywhere() -> list[Station]:
    """Everywhere that exploring leads to, in every region."""
    return [found.station for name, territory in PLACES for found in way(name, territory)]


NOT_ON_A_SCREEN = frozenset(
    {
        "flows/rehearsal.py",
        "flows/team/code.py",
        "flows/team/pages/in_words.py",
        "flows/team/pages/rights.py",
        "flows/team/pages/halts.py",
        "flows/team/pages/invites.py",
        "flows/team/pages/letters.py",
        "flows/team/pages/links.py",
        "flows/team/pages/posts.py",
        "flows/team/pages/reviews.py",
        "flows/team/pages/changes.py",
        "flows/why_closed.py",
        "flows/team/pages/releases.py",
        "flows/posters.py",
        "flows/published.py",
        "flows/posts.py",
        "flows/screens.py",
        "flows/team/pages/piloting.py",
        "flows/team/pages/choosing.py",
        "flows/team/pages/progress.py",
        "flows/groups.py",
        "flows/painting.py",
        "flows/picture.py",
        "flows/team/pages/table.py",
        "flows/contact/correspondence.py",
    }
)
"""Modules whose words only the team reads, that stand on posters, in channels and on lock screens, or that lie over it
(tests/flows/test_flows_contact.py)."""


def test_every_stage_and_every_aside_is_met() -> None:
    """A screen that is added to the tables is found without anybody saying so here."""
    assert {_stage(each) for each in everywhere()} - {None} == set(STAGE_SCREENS) == set(Stage)
    assert {each.session.aside for each in everywhere()} - {None} == set(ASIDE_SCREENS) == set(Aside)


def _stage(station: Station) -> Stage | None:
    passage = station.session.passage
    return passage.stage if passage is not None and station.session.aside is None else None


def test_every_goodbye_is_met() -> None:
    assert {each.session.farewell for each in everywhere()} - {None} == set(Farewell)


def test_everything_that_is_said_on_top_of_a_screen_is_said() -> None:
    """But for `speaks`, since every place speaks the language that is explored in: its words stand in what is held."""
    said = {each.session.said.partition(":")[0] for each in everywhere() if each.session.said is not None}
    assert said == {*_SAID, "too_long", "not_open", "not_open_now", "travelling", "other_zone"}


def test_every_message_of_the_flow_stands_on_some_screen_that_is_shown() -> None:
    """What the code can say and no screen shows would be read by nobody before a contributor reads it."""
    shown = {
        text.message
        for name, territory in PLACES
        for number in told(name, territory)
        for screen in way(name, territory)[number].screens
        for text in texts_on(screen)
    }
    root = shipped.translations().parent
    for words, place in bot_messages(root):
        if place.startswith("flows/") and place not in NOT_ON_A_SCREEN:
            assert (words if isinstance(words, str) else words[0]) in shown, f"{place} says {words!r} on no screen"


@pytest.mark.parametrize(("name", "territory"), PLACES)
def test_every_question_is_met_open_answered_described_and_hidden(name: str, territory: str) -> None:
    """Own words where the question takes them, hidden where it is sensitive; any may be, once it had vanished."""
    region = collections()[name].region(territory)
    assert region is not None
    met = {found.station.screen.name for found in way(name, territory)}
    passages = [each.station.session.passage for each in way(name, territory)]
    for question in region.questions:
        assert f"question-{question.id}" in met
        assert (f"describe-{question.id}" in met) == (question.own_words_option is not None)
        answers = [passage.answers.get(question.id) for passage in passages if passage is not None]
        assert {answer is not None for answer in answers} == {True, False}
        folded = any(p is not None and p.asking == question.id and p.folded for p in passages)
        assert folded >= question.sensitive


@pytest.mark.parametrize(("name", "territory"), PLACES)
def test_a_screen_is_come_by_again_by_doing_the_same_again(name: str, territory: str) -> None:
    """From nothing, act by act: what a gallery says of the way there is true."""
    found = way(name, territory)
    for number in told(name, territory)[::7]:
        station = None
        for act in acts_to(found, number):
            station = go(worlds(name), station, act, "en", found[0].station.now)
            assert station is not None
        assert station is not None
        assert station.screen.name == found[number].station.screen.name


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_every_language_is_led_through_the_same_screens(name: str, territory: str, language: str) -> None:
    """Side by side with the original, screen by screen."""
    original = [way(name, territory)[number].station.screen.name for number in told(name, territory)]
    assert [each.screen.name for each in stations(name, territory, language)] == original
