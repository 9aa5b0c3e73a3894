"""When a consent is asked for again, and what becomes of what stood under the one before.

Three things ask again: a material change of the text, another place, and an end that is near. Until somebody has
decided, nothing else is collected, and what they had agreed to stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from enum import StrEnum

from flows.collection import Collection
from flows.records import replace
from flows.session import Consented, Passage, Stage

ASKED_AHEAD = dt.timedelta(days=30)
"""How long before its end a consent is asked for again: enough for who looks in once a month."""

SHORTEST_SHARE = 4
"""A consent for less than four months is asked for again when a quarter of its time is left."""

BETWEEN_CONSENTS = frozenset({Stage.RENEW, Stage.CARDS, Stage.DECIDE})
"""Stages in which somebody with a consent decides about another one."""


class Why(StrEnum):
    """Why somebody is asked again."""

    MOVED = "moved"
    CHANGED = "changed"
    ENDING = "ending"


def asks_again_at(consented: Consented) -> dt.datetime:
    """When somebody is asked whether they want to go on (UTC)."""
    share = (consented.expires_at - consented.given_at) / SHORTEST_SHARE
    return consented.expires_at - min(ASKED_AHEAD, share)


def why_again(passage: Passage, collection: Collection, now: dt.datetime) -> Why | None:
    """Why this consent is to be asked for again; None where nothing asks for it, or there is none."""
    consented = passage.consented
    if consented is None:
        return None
    if consented.territory not in {"", passage.territory}:
        return Why.MOVED
    if collection.consent.asks_again(consented.version):
        return Why.CHANGED
    return Why.ENDING if now >= asks_again_at(consented) else None


def is_left(passage: Passage, collection: Collection) -> bool:
    """Whether somebody was asked about today's text and left what they had agreed to as it was."""
    return passage.kept_at >= collection.consent.version


def between_consents(passage: Passage) -> bool:
    """Whether somebody with a consent stands before another one."""
    return passage.consented is not None and passage.stage in BETWEEN_CONSENTS


def to_renewal(passage: Passage) -> Passage:
    """The passage with the question whether to agree again in front; what was open is put away."""
    return replace(
        passage,
        stage=Stage.RENEW,
        asking=None,
        describing=False,
        returning=False,
        folded=False,
        revealed=False,
        unfolded=False,
        misread=0,
        decisions={},
        unkept=(),
    )


def going_on(passage: Passage, path: Iterable[str]) -> Passage:
    """The passage where it goes on: at the thanks, at the first question that was not met, or at the review."""
    passage = replace(passage, unfolded=False, misread=0, decisions={}, card_answers=())
    if passage.submitted_at is not None:
        return replace(passage, stage=Stage.THANKS, asking=None)
    unmet = next((name for name in path if name not in passage.answers), None)
    return replace(passage, stage=Stage.QUESTION if unmet else Stage.REVIEW, asking=unmet)


def under_former_consents(passage: Passage) -> tuple[Consented, ...]:
    """Consents to an earlier text that something submitted still stands under, oldest first."""
    standing = {submitted.record for submitted in passage.submitted.values()}
    return tuple(each for each in passage.former if each.record in standing)


def without_purposes(passage: Passage, purposes: Iterable[str], records: Container[str] | None = None) -> Passage:
    """The passage with some purposes ended, in the consent that is in force and in those before it.

    Where records are named, in those alone.
    """
    ended = set(purposes)

    def without(consented: Consented) -> Consented:
        if records is not None and consented.record not in records:
            return consented
        decisions = {purpose: yes and purpose not in ended for purpose, yes in consented.decisions.items()}
        return replace(consented, decisions=decisions)

    consented = without(passage.consented) if passage.consented is not None else None
    return replace(passage, consented=consented, former=tuple(without(each) for each in passage.former))


def without_code(passage: Passage, needing: Container[str]) -> Passage:
    """The passage without the code of another contribution, once no purpose that needs it is agreed to any more."""
    consents = (*passage.former, *([passage.consented] if passage.consented is not None else []))
    if any(purpose in needing for each in consents for purpose in each.live_purposes()):
        return passage
    return replace(passage, participant=None)


def over_at(passage: Passage, now: dt.datetime) -> tuple[Consented, ...]:
    """Consents to an earlier text whose time is over."""
    return tuple(each for each in passage.former if each.expires_at <= now)


def without_former(passage: Passage, ended: Iterable[Consented]) -> Passage:
    """The passage without what stood under consents that are over: submitted answers, and what they were before.

    What is being changed and was not submitted again stays only where it says something else by now.
    """
    gone = {each.record for each in ended}
    lost = {name: each.answer for name, each in passage.submitted.items() if each.record in gone}
    kept = {name: each for name, each in passage.submitted.items() if each.record not in gone}

    def still(name: str, answer: object) -> bool:
        return lost.get(name) != answer

    passage = replace(
        passage,
        former=tuple(each for each in passage.former if each.record not in gone),
        submitted=kept,
        earlier=tuple(each for each in passage.earlier if each.record not in gone),
        answers={name: answer for name, answer in passage.answers.items() if still(name, answer)},
        retired={name: answer for name, answer in passage.retired.items() if still(name, answer)},
    )
    return passage if kept or not lost else _not_submitted(passage)


def _not_submitted(passage: Passage) -> Passage:
    """Nothing is left of what was submitted: the way goes on where it was before that."""
    waits = passage.stage in BETWEEN_CONSENTS
    stage = passage.stage if waits else Stage.REVIEW
    return replace(passage, stage=stage, asking=None, submitted_at=None, describing=False, folded=False, unkept=())
