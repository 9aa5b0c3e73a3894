"""No screen is too much, in any region and language: for Telegram to take, or for a phone to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from made_up import BEGINNING
from ways import PLACES, SPOKEN, collections, every_language, labels_on, messages, texts, words_on, worlds

from bot.adapter.render import keyboard
from bot.limits import excesses
from flows.collection import Question
from flows.events import Command
from flows.explore import PARTICIPANT
from flows.rehearsal import Rehearsal, marked, rehearsal_screen
from flows.session import Stage
from flows.shelf import Shelf
from flows.walk import AS_EXPLAINED, Act, Ask, Open, Press, Station, Write, go
from flows.words import letters

LARGEST_STEP = 2**32
"""Steps begin at a random number of four bytes."""


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_no_screen_is_too_much(name: str, territory: str, language: str) -> None:
    """Letters, buttons, bytes behind buttons, and labels that a phone would cut."""
    found = {
        f"{screen.name}: {excess}"
        for station, screen in messages(name, territory, language)
        for excess in excesses(texts().screen(screen, language), keyboard(screen, texts(), language, LARGEST_STEP))
    }
    assert sorted(found) == []


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_no_screen_is_too_much_for_somebody_who_ticks_everything_and_writes_as_much_as_they_may(
    name: str, territory: str, language: str
) -> None:
    """Everything agreed to, every option ticked, own words to the last letter, and all of it shown."""
    met = set()
    for station in _fullest(name, territory, language):
        screen, session = station.screen, station.session
        met.add(screen.name)
        markup = keyboard(screen, texts(), language, session.step)
        assert excesses(texts().screen(screen, language), markup) == []
    assert {"decide", "review", "thanks", "my-data"} <= met


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_a_toast_fits_into_two_hundred_letters(name: str, territory: str, language: str) -> None:
    for _, screen in messages(name, territory, language):
        if screen.name == "toast":
            assert letters(words_on(screen, language)) <= 200  # Bot API, answerCallbackQuery


@pytest.mark.parametrize(("name", "territory", "language"), SPOKEN)
def test_no_two_buttons_of_a_screen_say_the_same(name: str, territory: str, language: str) -> None:
    """Somebody who hears the buttons read out has nothing but their words to tell them apart."""
    for _, screen in messages(name, territory, language):
        if screen.name in {"collections", "my-data-choice"}:
            continue  # the second collection is a copy of the first
        labels = labels_on(screen, language)
        assert len(set(labels)) == len(labels), (screen.name, labels)


@pytest.mark.parametrize("language", every_language())
def test_no_screen_of_a_rehearsal_is_too_much(language: str) -> None:
    """Neither where an owner chooses, nor the longest screen with the mark on it."""
    shelf = Shelf(collections().values(), unreviewed=False)
    one, *_ = PLACES
    begun = Rehearsal(language, LARGEST_STEP, BEGINNING)
    for chosen in (begun, replace(begun, collection=one[0]), replace(begun, collection=one[0], territory=one[1])):
        screen = rehearsal_screen(chosen, shelf, BEGINNING)
        assert excesses(texts().screen(screen, language), keyboard(screen, texts(), language, LARGEST_STEP)) == []
    for name, territory, spoken in SPOKEN:
        if spoken == language:
            for _, screen in messages(name, territory, language):
                assert excesses(texts().screen(marked(screen), language), None) == []


def _fullest(name: str, territory: str, language: str) -> Iterator[Station]:
    """From the link to what is held, always taking the most there is."""
    station = go(worlds(name), None, Open(name, PARTICIPANT), language, BEGINNING)
    while station is not None and station.screen.name != "thanks":
        yield station
        for act in _most(name, territory, station):
            station = _gone(name, station, act, language)
            yield station
    for act in (Ask(Command.MY_DATA), Press("reveal"), Write(None)):
        station = go(worlds(name), station, act, language, BEGINNING) or station
        assert station is not None
        yield station


def _gone(name: str, station: Station | None, act: Act, language: str) -> Station:
    found = go(worlds(name), station, act, language, BEGINNING)
    assert found is not None, act
    return found


def _most(name: str, territory: str, station: Station) -> list[Act]:
    """What takes everything on a screen, and leads on from it."""
    collection, passage = collections()[name], station.session.passage
    region = collection.region(territory)
    assert passage is not None
    assert region is not None
    offered = {choice.verb for choice in station.screen.choices}
    if passage.stage is Stage.QUESTION:
        question = region.question(passage.asking or "")
        assert question is not None
        return _whole_answer(question)
    if passage.stage is Stage.DECIDE:
        purposes = collection.optional_purposes(linked=True)
        return [*(Press("purpose_yes", purpose.id) for purpose in purposes), Press("agree", str(region.minimum_age))]
    ways_on = (
        Press("live_in", territory),
        Press("card_answer", AS_EXPLAINED),
        Press("next"),
        Press("reveal"),
        Press("submit"),
    )
    return [next(press for press in ways_on if press.verb in offered)]


def _whole_answer(question: Question) -> list[Act]:
    described = question.own_words_option
    acts: list[Act] = []
    if question.kind == "several":
        ticked = [option for option in question.options if not option.own_words and not option.exclusive]
        acts = [Press("tick", option.id, on=True) for option in ticked]
    if described is not None:
        acts += [Press("describe", described.id), Write("𝕎" * question.own_words_limit)]
    elif question.kind == "one":
        acts.append(Press("choose", max(question.options, key=lambda option: len(option.label)).id))
    return [*acts, Press("done")] if question.kind == "several" else acts
