"""Territories where a question is never asked, whatever a collection's folder says.

Levels, from `regions.md` of the project's reference (facts can be stale; stricter always wins):

- LOCKED: gender identity, sex, orientation and any own words about them are never shown. Nobody can override it.
- CLOSED: off until a named regional expert and counsel have signed; every territory without a row here.
- OPEN: may be asked, always optional.

Sources: Human Rights Watch, "Outlawed" (features.hrw.org/features/features/lgbt_laws), read 2026-11; HRW, "All This
Terror Because of a Photo" (2023), digital evidence used by police; StreetComplete's list of territories that
criminalise same-sex acts or "propaganda", its codes repaired (WL, WV are LC, VC; KY stood for KG), as listed there.
Rows that may have changed since stay locked until a reviewer settles them.
"""

from __future__ import annotations

import re
from enum import StrEnum

from flows.collection import Question, Subject

REVIEWED_ON = "2026-11-23"
"""The day on which the rows below were last held against their sources."""

_LAWS_ON_EXPRESSION = "BN OM SA MY NG SS MW TO AE KW"
_DIGITAL_EVIDENCE_USED = "EG IQ JO LB TN KW MA SA"
_CRIMINALISED_OR_PROPAGANDA = (
    "AE AF BD BI BN CM DM DZ EG ER ET GD GH GM GN GY ID IQ IR JM KE KI KM KW LB LK LR LY MA MM MR MV MW MY NA NG NU "
    "OM PG PK QA SA SB SD SL SN SO SS SZ TD TG TM TN TO TV TZ UG UZ LC VC WS YE ZM ZW RU KG BY GE ML BF TT"
)

LOCKED = frozenset(f"{_LAWS_ON_EXPRESSION} {_DIGITAL_EVIDENCE_USED} {_CRIMINALISED_OR_PROPAGANDA}".split())
OPEN = frozenset({"US", "GB", "DE", "BR", "ZA", "JP", "IN"})

LOCKED_SUBJECTS = frozenset({Subject.GENDER_IDENTITY, Subject.SEX, Subject.ORIENTATION})
CLOSED_SUBJECTS = frozenset({Subject.ORIENTATION, Subject.RELIGION, Subject.CASTE, Subject.TRIBE, Subject.NATIONALITY})
"""Asked nowhere for now: each can endanger somebody, and none is needed by a collection that ships."""

ANCESTRY_CLOSED = frozenset({"EG", "IN", "KE", "NG", "SA"})
"""Where ancestry is not asked by name, but by stand-ins such as a first language or where one grew up.

Kenya: ethnicity was what people were killed for in 2007-08, and is politically explosive since (KBC, K24, Standard).
Nigeria: the censuses of 1991, 2006 and 2023 leave ethnicity out on purpose (Tribune, Nation). India: the official
category is caste. Egypt and Saudi Arabia: sect, tribe and minority identities. A regional review may open a row.
"""


class Level(StrEnum):
    """What a territory allows of a subject."""

    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"


def level(territory: str, subject: Subject) -> Level:
    """What may be asked about `subject` of somebody who says that they live in `territory`."""
    if subject in LOCKED_SUBJECTS and territory in LOCKED:
        return Level.LOCKED
    if subject in CLOSED_SUBJECTS or (subject is Subject.ANCESTRY and territory in ANCESTRY_CLOSED):
        return Level.CLOSED
    if subject in LOCKED_SUBJECTS and territory not in OPEN:
        return Level.CLOSED
    return Level.OPEN


# A question about a locked or closed subject may not come in under another subject's name, be it in its id...
_TELLING = {
    Subject.GENDER_IDENTITY: ("gender", "trans", "nonbinary", "pronoun"),
    Subject.SEX: ("sex",),
    Subject.ORIENTATION: ("orientation", "lgbt", "gay", "queer"),
    Subject.RELIGION: ("religion",),
    Subject.CASTE: ("caste", "buraku"),
    Subject.TRIBE: ("tribe",),
    Subject.NATIONALITY: ("nationality", "citizenship"),
}

# ...or in its words (English, the original of every text) and its options.
_TELLING_WORDS = {
    Subject.GENDER_IDENTITY: frozenset(
        {"gender", "genders", "transgender", "trans", "nonbinary", "binary", "pronoun", "pronouns", "woman", "women"}
    ),
    Subject.SEX: frozenset({"sex", "intersex", "female", "male"}),
    Subject.ORIENTATION: frozenset({"sexual", "sexuality", "gay", "lesbian", "bisexual", "homosexual", "queer"}),
    Subject.RELIGION: frozenset({"religion", "religions", "religious", "sect", "sects", "denomination"}),
    Subject.CASTE: frozenset({"caste", "castes", "dalit", "burakumin", "buraku"}),
    Subject.TRIBE: frozenset({"tribe", "tribes", "tribal", "clan", "clans"}),
    Subject.NATIONALITY: frozenset({"nationality", "nationalities", "citizenship"}),
}


def told_by_id(question_id: str) -> Subject | None:
    """The locked or closed subject that a question's id gives away, if any."""
    for subject, words in _TELLING.items():
        if any(word in question_id for word in words):
            return subject
    return None


def subjects_of(question: Question) -> frozenset[Subject]:
    """What a question is about: what it says of itself, and whatever its id, words and options give away."""
    told = told_by_id(question.id)
    options = (f"{option.id} {option.heading or ''} {option.label}" for option in question.options)
    words = set(
        re.findall(r"[a-z]+", " ".join((question.text, question.caution or "", question.note or "", *options)).lower())
    )
    given_away = {subject for subject, telling in _TELLING_WORDS.items() if words & telling}
    return frozenset({question.subject, *given_away, *([told] if told is not None else [])})


def may_be_asked(territory: str, question: Question) -> bool:
    """Whether everything that a question is about may be asked there."""
    return all(level(territory, subject) is Level.OPEN for subject in subjects_of(question))


def may_be_named(territory: str, question: Question | None) -> bool:
    """Whether a receipt or a file may name a question to somebody there.

    Where a subject is locked, a file on a phone names nothing sensitive, nor a question that nobody knows any more.
    """
    if territory not in LOCKED:
        return True
    return question is not None and not question.sensitive and may_be_asked(territory, question)
