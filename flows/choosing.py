"""Choosing whom to invite by what they answered: which questions may serve for it, and whose group is heard enough."""

from __future__ import annotations

from collections.abc import Collection as Group

from flows.collection import Collection, Question
from flows.progress import Met
from flows.safety import CLOSED_SUBJECTS, LOCKED_SUBJECTS, may_be_asked, subjects_of

FEWEST_CHOSEN = 30
"""An audience that is chosen by answers has so many people at least: a smaller one would tell who they are."""

Answered = tuple[str, str]
"""A question and an option."""


class NotToChooseBy(Exception):
    """Nobody is chosen by this; the text says why, and what helps."""


def never_chosen_by(question: Question) -> bool:
    """Whether a question is about something that is locked, or closed everywhere."""
    return bool(subjects_of(question) & (LOCKED_SUBJECTS | CLOSED_SUBJECTS))


def chosen_by(collection: Collection, who: str, territories: Group[str]) -> Answered:
    """What `question=option` means, for an audience in these territories. Raises NotToChooseBy."""
    name, equals, option = (part.strip() for part in who.partition("="))
    question = collection.question(name)
    if not equals or question is None:
        known = ", ".join(
            dict.fromkeys(q.id for region in collection.regions for q in region.questions if not never_chosen_by(q))
        )
        raise NotToChooseBy(f"--who: write question=option, such as age=age_65_74; questions to choose by: {known}")
    if never_chosen_by(question):
        raise NotToChooseBy(
            f"--who: nobody is ever chosen by {name}: finding people by it could endanger them. Reach such groups "
            "through community links, which they open by themselves"
        )
    regions = [region for region in collection.regions if region.territory in territories]
    asked = [q for r in regions if (q := r.question(name)) is not None and may_be_asked(r.territory, q)]
    if not asked:
        where = ", ".join(sorted(territories)) or "any of these regions"
        raise NotToChooseBy(
            f"--who: {name} is not asked, or is closed, in {where}, so nobody there is chosen by it. Reach such groups "
            "through community links, which they open by themselves"
        )
    if all(each.option(option) is None for each in asked):
        options = ", ".join(dict.fromkeys(o.id for each in asked for o in each.options))
        raise NotToChooseBy(f"--who: {name} has no option {option!r} there; it has: {options}")
    return name, option


def same_question(name: str, one: Collection, other: Collection) -> bool:
    """Whether a question means the same in two collections: same subject and kind, and its options the same words."""
    if one.id == other.id:
        return True
    mine, theirs = one.question(name), other.question(name)
    if mine is None or theirs is None or (mine.subject, mine.kind) != (theirs.subject, theirs.kind):
        return False
    shared = {option.id: option.label for option in mine.options}
    return all(shared.get(option.id, option.label) == option.label for option in theirs.options)


def may_be_chosen_by(question: Question | None, territory: str | None) -> bool:
    """Whether somebody who lives there now may be chosen by what they answered to it."""
    if question is None or territory is None:
        return False
    return not never_chosen_by(question) and may_be_asked(territory, question)


def is_heard(answers: Group[Answered], met: Met, hoped_for: Group[Answered]) -> bool:
    """Whether somebody belongs to groups with a target, and all of these are met. `hoped_for`: all with a target."""
    theirs = set(answers) & set(hoped_for)
    return bool(theirs) and theirs <= met.options
