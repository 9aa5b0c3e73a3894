"""How a collection goes in its regions: which cells are counted, what of them may be seen, and which targets are met.

Whom a target keeps from being invited is decided by what may be seen, and by nothing else: who invites sees the same as
who looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.collection import CARDS, Collection, Question, Region, Targets
from flows.regions import questions_for


class Stage(StrEnum):
    """How far people came, in order; leaving may follow on any."""

    INVITED = "invited"
    OPENED = "opened"
    CONSENTED = "consented"
    SUBMITTED = "submitted"
    LEFT = "left"


MINUTES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 45, 60)
"""Taking part is noted as having taken up to so many minutes; longer than the last is the last."""


def people(stage: Stage) -> str:
    """The cell of a stage."""
    return f"people/{stage.value}"


def reached(question: str) -> str:
    """The cell of who had a question in front of them."""
    return f"screen/{question}"


def unclear(card: int) -> str:
    """The cell of who was shown once more what a consent card says. Cards count from 1."""
    return f"card/{card}"


def took(minutes: int) -> str:
    """The cell of who took up to so many minutes."""
    return f"minutes/{minutes}"


def reads(language: str) -> str:
    """The cell of who agreed in a language."""
    return f"language/{language}"


def chose(question: str, option: str) -> str:
    """The cell of who chose an option, perhaps among others."""
    return f"answer/{question}/{option}"


def countable(collection: Collection, region: Region) -> dict[str, int]:
    """Every cell that may be counted in a region today, each at none.

    A question that is locked or closed there has none. Who preferred not to answer has none anywhere.
    """
    cells = [people(stage) for stage in Stage]
    cells += [took(minutes) for minutes in MINUTES]
    cells += [unclear(card) for card in range(1, CARDS + 1)]
    asked = questions_for(region)
    cells += [reached(question.id) for question in asked]
    if collection.balance_purpose is not None:
        cells += [reads(language) for language in region.languages]
        cells += [chose(question.id, option.id) for question in asked for option in question.options]
    return dict.fromkeys(cells, 0)


def questions_of(collection: Collection, territories: tuple[str, ...]) -> Iterator[Question]:
    """Each question that is counted in one of these regions, once, with every option that one of them offers."""
    found: dict[str, Question] = {}
    for region in collection.regions:
        if region.territory not in territories:
            continue
        for question in questions_for(region):
            known = found.get(question.id)
            more = [] if known is None else [o for o in question.options if known.option(o.id) is None]
            found[question.id] = (
                question if known is None else known.model_copy(update={"options": (*known.options, *more)})
            )
    yield from found.values()


@dataclass(frozen=True, slots=True)
class Met:
    """What is met of one region's targets: enough people have been heard there."""

    people: bool = False
    languages: frozenset[str] = frozenset()
    options: frozenset[tuple[str, str]] = frozenset()
    """Question and option."""


def met(targets: Targets, seen: Mapping[str, int]) -> Met:
    """What is met, by what may be seen of a region. What is not seen is not met."""
    enough = targets.people is not None and seen.get(people(Stage.SUBMITTED), 0) >= targets.people
    spoken = {language: seen.get(cell) for cell in seen if (language := _named(cell, "language"))}
    languages = _met_shares(targets.languages, spoken)
    options = set()
    for question, wanted in targets.questions.items():
        prefix = chose(question, "")
        chosen = {cell.removeprefix(prefix): count for cell, count in seen.items() if cell.startswith(prefix)}
        options |= {(question, option) for option in _met_shares(wanted, chosen)}
    return Met(enough, frozenset(languages), frozenset(options))


def _named(cell: str, kind: str) -> str:
    return cell.partition("/")[2] if cell.partition("/")[0] == kind else ""


def _met_shares(wanted: Mapping[str, int], seen: Mapping[str, int | None]) -> set[str]:
    """A group that is seen alone is no share of anything."""
    counts = {group: count for group, count in seen.items() if count is not None}
    whole = sum(counts.values())
    if len(counts) < 2:
        return set()
    return {group for group, percent in wanted.items() if 100 * counts.get(group, 0) >= percent * whole}
