"""Bare counters: everybody once a screen and passage, and nothing that points at anybody."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from hypothesis import example, given, settings
from made_up import shelves
from promise import Promises, Walked
from walker import Walker
from walks import Beginning, Doings, Happening, beginnings, doings, walk_from

from flows.collection import OPT_OUT, Collection
from flows.effects import Count, TakeBack
from flows.events import Command
from flows.grading import graded
from flows.session import Stage
from flows.tallies import (
    CONSENTED,
    DECIDE,
    DECLINED,
    FIRST_CARD,
    LEFT,
    OPENED,
    REVIEW,
    SUBMITTED,
    minutes,
    minutes_of,
    not_understood,
    question_screen,
)

promise = Promises()


@promise
def a_passage_is_counted_once_whatever_happens(walk: Walked) -> None:
    """Each thing at most once a passage, and nothing further along without what comes before it."""
    lives: defaultdict[str, Counter[str]] = defaultdict(Counter)
    places: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for each in walk:
        for effect in each.step.effects:
            if isinstance(effect, Count):
                assert len(effect.territory) == 2
                lives[effect.collection][_kind(effect.what)] += effect.more
                places[effect.collection][effect.territory, effect.what] += effect.more
        for name, life in lives.items():
            assert set(life.values()) <= {0, 1}
            assert set(places[name].values()) <= {0, 1}
            assert life[LEFT] <= life[CONSENTED] <= life[DECIDE] <= life[FIRST_CARD] <= life[OPENED]
            assert life[SUBMITTED] <= life[CONSENTED] <= 1 - life[DECLINED]
            assert life[SUBMITTED] == life["minutes"]
        for name in set(lives) - _goes_on(each):
            lives.pop(name)
            places.pop(name)


def _goes_on(each: Happening) -> set[str]:
    """Passages that are still the same: not one that begins anew with the event that an earlier one ended with."""
    if each.after is None:
        return set()
    ended = {effect.collection for effect in each.step.effects if isinstance(effect, TakeBack)}
    return {name for name, passage in each.after.passages.items() if passage.consented or name not in ended}


def _kind(what: str) -> str:
    return "minutes" if minutes_of(what) is not None else what


@promise
def the_counters_say_nothing_but_how_far_and_how_long(walk: Walked) -> None:
    """What is counted is a screen, an end, a card's subject, how its question was answered in a language, or minutes:
    never an answer to what is asked, or a code."""
    words = {OPENED, DECIDE, REVIEW, CONSENTED, SUBMITTED, LEFT, DECLINED, FIRST_CARD, "card:2", "card:3", "card:4"}
    words |= {not_understood(subject) for subject in ("what_is_asked", "risks", "in_charge")}
    for each in walk:
        for effect in each.step.effects:
            if isinstance(effect, Count) and minutes_of(effect.what) is None:
                collection = each.shelf.collections.get(effect.collection)
                assert effect.what in words | (_of(collection) if collection is not None else set())


def _of(collection: Collection) -> set[str]:
    """What is counted of a collection alone; of one that has left the shelf, an end at most."""
    asked = {question_screen(question.id) for region in collection.regions for question in region.questions}
    grades = {
        graded(collection.consent.version, name, card, understood=understood)
        for name in collection.languages
        for card in (2, 3, 4)
        for understood in (True, False)
    }
    return asked | grades


@settings(max_examples=1000)
@given(beginnings, doings)
@example(("ready", "en", 0, 6), [("wait", 7), ("open", 0), ("go on", 0)])  # a consent ends, and somebody begins anew
@example(("both", "en", 2, 6), [("open", 9), ("change shelf", 11), ("press", 0)])  # by a link to what is no more
def test_whatever_happens_counters_keep_what_they_promise(beginning: Beginning, steps: Doings) -> None:
    """Each function above that is marked as a promise."""
    promise.hold(list(walk_from(beginning, steps)))


def _told(walker: Walker) -> Counter[str]:
    told: Counter[str] = Counter()
    for effect in walker.effects:
        if isinstance(effect, Count):
            told[effect.what] += effect.more
    return told


def _at_the_decision(walker: Walker) -> Walker:
    while walker.session is not None and walker.session.passage is not None and (
        walker.session.passage.stage is Stage.CARDS
    ):  # fmt: skip
        document = walker.shelf.document(
            walker.shelf.collections[walker.session.passage.collection],
            walker.language,
            walker.session.passage.territory or "",
        )
        question = document.cards[walker.session.passage.card].question
        walker.waits(dt.timedelta(seconds=40))
        if question is None:
            walker.press(walker.by_verb("next"))
        else:
            walker.press(walker.by_verb("card_answer", str(question.right)))
    return walker


def _through(walker: Walker, *, pause: dt.timedelta = dt.timedelta(seconds=20)) -> Walker:
    """Leave out every question, and submit."""
    while walker.session is not None and walker.session.passage is not None and (
        walker.session.passage.stage is Stage.QUESTION
    ):  # fmt: skip
        walker.waits(pause)
        assert walker.screen is not None
        walker.press(next(choice for choice in walker.screen.choices if choice.value == OPT_OUT))
    walker.waits(pause)
    walker.press(walker.by_verb("submit"))
    return walker


def _begun() -> Walker:
    walker = Walker(shelves()["ready"]).opens("demographics")
    walker.press(walker.by_verb("live_in", "GB"))
    return walker


def test_the_way_through_is_counted_screen_by_screen() -> None:
    """Opened, each card, the decision, agreeing, each question, the review, submitting, and the minutes."""
    walker = _through_all()
    told = _told(walker)
    path = walker.shelf.path(walker.shelf.collections["demographics"], "GB")
    for what in (OPENED, FIRST_CARD, "card:2", "card:3", "card:4", DECIDE, CONSENTED, REVIEW, SUBMITTED):
        assert told[what] == 1
    for question in path:
        assert told[question_screen(question.id)] == 1
    seconds = 4 * 40 + (len(path) + 1) * 20
    assert told[minutes(-(-seconds // 60))] == 1


def _through_all() -> Walker:
    walker = _at_the_decision(_begun())
    walker.press(walker.by_verb("agree"))
    return _through(walker)


def test_going_back_and_changing_an_answer_later_count_nothing_again() -> None:
    """What was met is met."""
    walker = _at_the_decision(_begun())
    walker.press(walker.by_verb("back"))
    _at_the_decision(walker).press(walker.by_verb("agree"))
    assert walker.screen is not None
    walker.press(next(choice for choice in walker.screen.choices if choice.value == OPT_OUT))
    walker.press(walker.by_verb("back"))
    _through(walker)
    before = _told(walker)
    walker.asks(Command.EDIT)
    walker.press(walker.by_verb("submit"))
    assert _told(walker) == before
    assert set(before.values()) == {1}


def test_a_long_pause_counts_as_five_minutes_at_most() -> None:
    """Who goes for lunch has not worked for an hour."""
    walker = _at_the_decision(_begun())
    walker.waits(dt.timedelta(hours=1))
    walker.press(walker.by_verb("agree"))
    _through(walker, pause=dt.timedelta(0))
    assert _told(walker)[minutes(-(-(4 * 40 + 300) // 60))] == 1


def test_who_names_another_place_is_counted_there_instead() -> None:
    """A slip of the thumb leaves nobody behind in the wrong place."""
    walker = _begun()
    walker.press(walker.by_verb("next"))
    walker.press(walker.by_verb("back"))
    walker.press(walker.by_verb("back"))
    walker.press(walker.by_verb("live_in", "KE"))
    there: Counter[tuple[str, str]] = Counter()
    for effect in walker.effects:
        if isinstance(effect, Count):
            there[effect.territory, effect.what] += effect.more
    assert +there == Counter({("KE", OPENED): 1, ("KE", FIRST_CARD): 1, ("KE", "card:2"): 1})


def test_a_card_that_was_not_understood_is_counted_by_its_subject_once() -> None:
    """The first answer tells; the second try is for the reader alone."""
    walker = _begun()
    walker.press(walker.by_verb("next"))
    document = walker.shelf.document(walker.shelf.collections["demographics"], "en", "GB")
    question = document.cards[1].question
    assert question is not None
    wrong = next(number for number in range(len(question.answers)) if number != question.right)
    for _ in range(2):
        walker.press(walker.by_verb("card_answer", str(wrong)))
    assert _told(walker)[not_understood("what_is_asked")] == 1


def test_saying_no_and_leaving_are_two_things() -> None:
    """Declined before agreeing; left after it."""
    walker = _at_the_decision(_begun())
    walker.press(walker.by_verb("decline"))
    assert (_told(walker)[DECLINED], _told(walker)[LEFT]) == (1, 0)
    walker = _through_all().asks(Command.LEAVE)
    walker.press(walker.by_verb("open_take_back"))
    walker.press(walker.by_verb("take_back_all"))
    assert (_told(walker)[DECLINED], _told(walker)[LEFT]) == (0, 1)
