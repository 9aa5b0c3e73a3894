"""What is never asked somewhere, whatever a collection's folder says; the rows behind it are in `flows.territories`.

Of what a region's pack, the list of territories and the place where somebody says that they are each allow, the
strictest wins. A territory without a row is closed for gender identity, sex and orientation.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from flows.collection import Question, Subject
from flows.territories import ROWS, Level

__all__ = [
    "CLOSED_SUBJECTS",
    "COUNSEL",
    "EXPERT",
    "LOCKED",
    "LOCKED_SUBJECTS",
    "OPEN",
    "Level",
    "level",
    "may_be_asked",
    "may_be_named",
    "may_be_opened_by",
    "subjects_of",
    "told_by_id",
]

LOCKED = frozenset(row.territory for row in ROWS.values() if row.gender is Level.LOCKED)
OPEN = frozenset(row.territory for row in ROWS.values() if row.gender is Level.OPEN)

LOCKED_SUBJECTS = frozenset({Subject.GENDER_IDENTITY, Subject.SEX, Subject.ORIENTATION})
CLOSED_SUBJECTS = frozenset({Subject.ORIENTATION, Subject.RELIGION, Subject.CASTE, Subject.TRIBE, Subject.NATIONALITY})
"""Asked nowhere for now: each can endanger somebody, and none is needed by a collection that ships."""

EXPERT, COUNSEL = "expert", "counsel"
"""Who signs: one who knows the region, and one who answers for the law."""


def level(territory: str, subject: Subject) -> Level:
    """What may be asked about `subject` of somebody who says that they live, or are just now, in `territory`."""
    row = ROWS.get(territory)
    if subject in LOCKED_SUBJECTS and row is not None and row.gender is Level.LOCKED:
        return Level.LOCKED
    if subject in CLOSED_SUBJECTS:
        return Level.CLOSED
    if subject in LOCKED_SUBJECTS:
        return row.gender if row is not None else Level.CLOSED
    if subject is Subject.ANCESTRY and row is not None:
        return row.ancestry
    return Level.OPEN


def may_be_opened_by(territory: str, subject: Subject, roles: Collection[str]) -> bool:
    """Whether a subject may be asked somewhere once people in these roles have signed what is shown there.

    What is closed takes an expert and counsel, both; what is locked, or asked nowhere, nobody opens.
    """
    found = level(territory, subject)
    if found is Level.OPEN:
        return True
    if found is Level.LOCKED or subject in CLOSED_SUBJECTS:
        return False
    return EXPERT in roles and COUNSEL in roles


def takes_two(territory: str) -> bool:
    """Whether nothing opens there before a regional expert and counsel have both signed: gender identity is closed."""
    return level(territory, Subject.GENDER_IDENTITY) is Level.CLOSED


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


def may_be_asked(territory: str, question: Question, roles: Collection[str] = ()) -> bool:
    """Whether everything that a question is about may be asked there; `roles` are of those who have signed."""
    return all(may_be_opened_by(territory, subject, roles) for subject in subjects_of(question))


def may_be_named(territory: str, question: Question | None) -> bool:
    """Whether a receipt or a file may name a question to somebody there.

    Where a subject is locked, a file on a phone names nothing sensitive, nor a question that nobody knows any more.
    """
    if territory not in LOCKED:
        return True
    return question is not None and not question.sensitive and may_be_asked(territory, question)
