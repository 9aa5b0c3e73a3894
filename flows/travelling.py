"""Being somewhere else for a while: what is not safe to ask there is put away, and nothing more is ever asked for it.

Answers that were given stay as they are; a question that is put away is not asked until somebody is back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flows.collection import Question
from flows.records import replace
from flows.safety import may_be_asked
from flows.session import Passage, Session, Stage
from flows.shelf import Shelf

LONGEST = dt.timedelta(days=30)
"""After so long it is over unless it is said again: nobody is left without their questions for having forgotten it."""


def safe_on_the_way(session: Session, questions: Iterable[Question]) -> tuple[Question, ...]:
    """Those of some questions that may be asked where somebody is just now, too: it only ever takes away."""
    where = session.travelling
    if where is None:
        return tuple(questions)
    return tuple(question for question in questions if may_be_asked(where, question))


def to_submit(session: Session, passage: Passage, questions: Iterable[Question]) -> tuple[str, ...]:
    """Those of a passage's questions whose answers are submitted now, by id.

    What stands submitted and is put away stays as it stands, under what was agreed to then: nobody can look at it here.
    """
    asked = tuple(questions)
    seen = {question.id for question in safe_on_the_way(session, asked)}
    return tuple(each.id for each in asked if each.id in seen or each.id not in passage.submitted)


def set_out(session: Session, territory: str, now: dt.datetime) -> Session:
    """The session of somebody who is in `territory` from now on."""
    return replace(session, travelling=territory, travelling_until=now + LONGEST)


def back_home(session: Session) -> Session:
    """The session of somebody who is back."""
    return replace(session, travelling=None, travelling_until=None)


def is_over(session: Session, now: dt.datetime) -> bool:
    """Whether somebody said so long ago that it counts no more."""
    return session.travelling_until is not None and session.travelling_until <= now


def moved_on(session: Session, shelf: Shelf) -> Session:
    """With every open question left that is not safe to ask where somebody is; the same object if there is none."""
    if session.travelling is None:
        return session
    for passage in session.consents:
        collection = shelf.collections.get(passage.collection)
        if collection is None or passage.stage is not Stage.QUESTION:
            continue
        path = safe_on_the_way(session, shelf.path(collection, passage.territory or ""))
        if passage.asking not in {question.id for question in path}:
            session = session.with_passage(_left(passage, path))
    return session


def _left(passage: Passage, path: tuple[Question, ...]) -> Passage:
    unmet = next((question.id for question in path if question.id not in passage.answers), None)
    stage = Stage.QUESTION if unmet else Stage.REVIEW
    left = replace(passage, stage=stage, asking=unmet, describing=False, unkept=())
    return replace(left, folded=False, revealed=False, returning=False)
