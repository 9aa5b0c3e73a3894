"""Which of a collection's bare counters go up with a step: how many opened it, reached a screen, agreed, submitted.

Nothing of a count points at a person or an answer. Somebody counts once a screen and passage: going back counts
nothing again, and neither do cards that are read anew. Who names another place before agreeing is counted there
instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from flows.collection import CARDS
from flows.effects import Count, Effect, TakeBack
from flows.grading import graded
from flows.records import replace
from flows.session import Passage, Session, Stage
from flows.shelf import Shelf
from flows.trail import Trail

INVITED = "invited"
"""Got an invite; somebody counts once for each. Counted where it arrives (`bot.storage.deliveries`)."""
OPENED = "opened"
"""Said where they live, and saw the first card."""
CONSENTED = "consented"
SUBMITTED = "submitted"
LEFT = "left"
"""Took everything back after agreeing. A consent that ended by itself is none."""
DECLINED = "declined"
REVIEW = "review"
DECIDE = "decide"
FIRST_CARD = "cards"

IDLE = dt.timedelta(minutes=5)
"""The most that counts of the time between two presses that move a passage along: longer than it takes to read any
card with its longer text, and short enough that a cup of tea is no time spent."""

MOST_MINUTES = 240
"""Whoever took longer counts as this."""

SUBJECTS = MappingProxyType({1: "who_asks", 2: "what_is_asked", 3: "risks", 4: "in_charge"})
"""What each card, and so its question, is about (docs/collections.md)."""

_NOT_UNDERSTOOD, _MINUTES, _QUESTION = "not_understood:", "minutes:", "question:"


def question_screen(question: str) -> str:
    """What a question's screen is counted as."""
    return _QUESTION + question


def card_screen(number: int) -> str:
    """What a card is counted as, from 1."""
    return FIRST_CARD if number == 1 else f"card:{number}"


def not_understood(subject: str) -> str:
    """What a first answer off the mark is counted as, by what the card is about."""
    return _NOT_UNDERSTOOD + subject


def minutes(count: int) -> str:
    """What a submission is counted as that took so many minutes; each that was begun counts as one."""
    return f"{_MINUTES}{count}"


def minutes_of(what: str) -> int | None:
    """How many minutes a counter stands for; None where it counts something else."""
    return int(what.removeprefix(_MINUTES)) if what.startswith(_MINUTES) else None


def screens(questions: Sequence[str]) -> tuple[str, ...]:
    """Every screen that is counted, in the order in which it is met, where these questions are asked."""
    return (*_BEFORE_CONSENT, *(question_screen(each) for each in questions), REVIEW)


_BEFORE_CONSENT = (*(card_screen(number) for number in range(1, CARDS + 1)), DECIDE)
_RANKS = MappingProxyType({screen: rank for rank, screen in enumerate(_BEFORE_CONSENT)})


def counted(
    before: Session | None, after: Session, effects: Sequence[Effect], shelf: Shelf, now: dt.datetime
) -> tuple[Session, tuple[Effect, ...]]:
    """The session that remembers what was counted of it, and what a step adds to the counters."""
    counts = _left(before, effects)
    name = after.current or ""
    passage, earlier = after.passages.get(name), before.passages.get(name) if before is not None else None
    if passage is None or passage is earlier or passage == earlier or not _is_counted(passage, earlier):
        return after, counts
    trail, added = _moved_along(passage, earlier, shelf, now, after.language)
    if passage.consented is not None and (earlier is None or earlier.consented is None):
        added = (*added, Count(name, trail.territory, CONSENTED))
    if passage.submitted_at is not None and trail.moved_at:
        took = minutes(_begun(trail.seconds))
        added = (*added, Count(name, trail.territory, SUBMITTED), Count(name, trail.territory, took))
        trail = replace(trail, seconds=0, moved_at=0)
    if trail == passage.trail:
        return after, (*counts, *added)
    return after.with_passage(replace(passage, trail=trail)), (*counts, *added)


def declined(passage: Passage) -> tuple[Count, ...]:
    """What a no to what is asked, before anything was agreed to, adds to the counters."""
    if passage.consented is not None or not passage.trail.furthest:
        return ()
    return (Count(passage.collection, passage.trail.territory, DECLINED),)


def _left(before: Session | None, effects: Sequence[Effect]) -> tuple[Count, ...]:
    if before is None or not any(isinstance(effect, TakeBack) for effect in effects):
        return ()
    names = [effect.collection for effect in effects if isinstance(effect, TakeBack) and not effect.lapsed]
    passages = [before.passages[name] for name in names if name in before.passages]
    return tuple(Count(p.collection, p.trail.territory, LEFT) for p in passages if p.trail.furthest)


def _is_counted(passage: Passage, earlier: Passage | None) -> bool:
    """Whether a passage is counted from its beginning. One that was begun before anything was counted, never is."""
    if passage.trail.furthest:
        return True
    came_in = earlier is None or earlier.stage is Stage.PLACE
    return came_in and passage.stage is Stage.CARDS and passage.consented is None


def _moved_along(
    passage: Passage, earlier: Passage | None, shelf: Shelf, now: dt.datetime, language: str
) -> tuple[Trail, tuple[Effect, ...]]:
    trail, counts = passage.trail, list[Effect]()
    name, territory = passage.collection, passage.territory or passage.trail.territory
    if territory != trail.territory:
        if trail.furthest and passage.consented is None:
            counts += _elsewhere(name, trail, territory)
        trail = replace(trail, territory=territory)
    screen = _screen(passage)
    if screen is not None and screen != trail.furthest and _is_further(screen, passage, shelf):
        counts += [Count(name, territory, OPENED)] if not trail.furthest else []
        counts.append(Count(name, territory, screen))
        trail = replace(trail, furthest=screen)
    if passage.consented is None and len(passage.card_answers) > trail.cards:
        fresh = tuple(enumerate(passage.card_answers[trail.cards :], start=trail.cards + _FIRST_WITH_QUESTION))
        version = shelf.collections[name].consent.version
        counts += [
            Count(name, territory, graded(version, language, card, understood=understood)) for card, understood in fresh
        ]
        counts += [
            Count(name, territory, not_understood(SUBJECTS[card])) for card, understood in fresh if not understood
        ]
        trail = replace(trail, cards=len(passage.card_answers))
    return _timed(trail, earlier, now), tuple(counts)


_FIRST_WITH_QUESTION = 2
"""Cards 2 to 4 end with a question."""


def _elsewhere(name: str, trail: Trail, territory: str) -> Iterator[Count]:
    """Who is counted in one place, is counted in another instead. Until they agree they have met only these."""
    for what in (OPENED, *_BEFORE_CONSENT[: _RANKS.get(trail.furthest, 0) + 1]):
        yield Count(name, trail.territory, what, -1)
        yield Count(name, territory, what)


def _screen(passage: Passage) -> str | None:
    if passage.stage is Stage.CARDS:
        return card_screen(passage.card + 1)
    if passage.stage is Stage.DECIDE:
        return DECIDE
    if passage.stage is Stage.QUESTION:
        return question_screen(passage.asking or "")
    return REVIEW if passage.stage is Stage.REVIEW else None


def _is_further(screen: str, passage: Passage, shelf: Shelf) -> bool:
    furthest = passage.trail.furthest
    if not furthest:
        return True
    if (rank := _RANKS.get(screen)) is not None:
        return rank > _RANKS.get(furthest, len(_RANKS))
    if furthest in _RANKS:
        return True
    return furthest != REVIEW and _place(screen, passage, shelf) > _place(furthest, passage, shelf)


def _place(screen: str, passage: Passage, shelf: Shelf) -> int:
    """Where a screen stands among the questions. One that is not asked any more stands where the answers end."""
    questions = [question.id for question in shelf.path(shelf.collections[passage.collection], passage.territory or "")]
    if screen == REVIEW:
        return len(questions)
    asked = screen.removeprefix(_QUESTION)
    if asked in questions:
        return questions.index(asked)
    met = (place for place, each in enumerate(questions) if each in passage.answers or each in passage.retired)
    return max(met, default=-1)


def _timed(trail: Trail, earlier: Passage | None, now: dt.datetime) -> Trail:
    """With the time since it was last moved along; from the first card on, and no more once it was submitted."""
    moment = int(now.timestamp())
    if earlier is None or not earlier.trail.furthest:
        return replace(trail, moved_at=moment)
    if not trail.moved_at:
        return trail
    gap = min(max(moment - trail.moved_at, 0), _IDLE_SECONDS)
    return replace(trail, seconds=trail.seconds + gap, moved_at=moment)


_IDLE_SECONDS = int(IDLE.total_seconds())


def _begun(seconds: int) -> int:
    return min(max(-(-seconds // 60), 1), MOST_MINUTES)
