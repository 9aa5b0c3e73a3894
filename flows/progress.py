"""How a collection goes in its regions: which cells are counted, what of them may be seen, and which targets are met.

Whom a target keeps from being invited is decided by what may be seen, and by nothing else: who invites sees the same as
who looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows import tallies
from flows.collection import Collection, Question, Region, Targets
from flows.regions import questions_for

STAGES = (tallies.INVITED, tallies.OPENED, tallies.CONSENTED, tallies.SUBMITTED, tallies.LEFT)
"""Cells of how far people came, in order; leaving may follow on agreeing or on submitting."""

MINUTES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 45, 60, tallies.MOST_MINUTES)
"""Taking part is seen as having taken up to so many minutes: each minute by itself would be few people."""

UNCLEAR = tuple(tallies.not_understood(subject) for card, subject in tallies.SUBJECTS.items() if card > 1)
"""Cells of cards that were not understood at first, in order. The first card asks nothing."""


def took(minutes: int) -> str:
    """The cell of who took up to so many minutes."""
    return f"took:{minutes}"


def reads(language: str) -> str:
    """The cell of who agreed in a language."""
    return f"language:{language}"


def chose(question: str, option: str) -> str:
    """The cell of who chose an option, perhaps among others."""
    return f"answer:{question}:{option}"


def screens_of(region: Region) -> tuple[str, ...]:
    """Cells of who reached a screen, in the order in which they are met there."""
    return tallies.screens([question.id for question in questions_for(region)])


def countable(collection: Collection, region: Region) -> dict[str, int]:
    """Every cell that may be counted in a region today, each at none.

    A question that is locked or closed there has none. Who preferred not to answer has none anywhere.
    """
    cells = [*STAGES, *screens_of(region), *UNCLEAR, *(took(minutes) for minutes in MINUTES)]
    if collection.balance_purpose is not None:
        cells += [reads(language) for language in region.languages]
        cells += [chose(question.id, option.id) for question in questions_for(region) for option in question.options]
    return dict.fromkeys(cells, 0)


def of_tallies(tally: Mapping[str, int]) -> Counter[str]:
    """A region's cells as its bare counters have them."""
    found: Counter[str] = Counter()
    for what, count in tally.items():
        minutes = tallies.minutes_of(what)
        found[what if minutes is None else took(next(each for each in MINUTES if minutes <= each))] += count
    return found


def moved(tally: Mapping[str, int]) -> int:
    """Submissions and withdrawals together, so far."""
    return tally.get(tallies.SUBMITTED, 0) + tally.get(tallies.LEFT, 0)


def questions_of(collection: Collection, territories: tuple[str, ...]) -> Iterator[Question]:
    """Each question that is counted in one of these regions, once, with every option that one of them offers."""
    found: dict[str, Question] = {}
    for region in collection.regions:
        if region.territory not in territories:
            continue
        for question in questions_for(region):
            known = found.setdefault(question.id, question)
            more = tuple(option for option in question.options if known.option(option.id) is None)
            found[question.id] = known.model_copy(update={"options": (*known.options, *more)})
    yield from found.values()


def middle(seen: Mapping[str, int]) -> int | None:
    """Up to how many minutes half of those who submitted took, as far as it may be seen; None where it may not."""
    counts = [(minutes, seen.get(took(minutes), 0)) for minutes in MINUTES]
    half = sum(count for _, count in counts) / 2
    gone = 0
    for minutes, count in counts:
        gone += count
        if count and gone >= half:
            return minutes
    return None


@dataclass(frozen=True, slots=True)
class Met:
    """What is met of one region's targets: enough people have been heard there."""

    people: bool = False
    languages: frozenset[str] = frozenset()
    options: frozenset[tuple[str, str]] = frozenset()
    """Question and option."""


NOTHING_MET = Met()


def met(targets: Targets | None, seen: Mapping[str, int]) -> Met:
    """What is met, by what may be seen of a region. What is not seen is not met."""
    if targets is None:
        return NOTHING_MET
    enough = targets.people is not None and seen.get(tallies.SUBMITTED, 0) >= targets.people
    languages = _met_shares(targets.languages, group_of(seen, reads("")))
    options = {
        (question, option)
        for question, wanted in targets.questions.items()
        for option in _met_shares(wanted, group_of(seen, chose(question, "")))
    }
    return Met(enough, frozenset(languages), frozenset(options))


def group_of(seen: Mapping[str, int], prefix: str) -> dict[str, int]:
    """Cells that begin alike, by what follows."""
    return {cell.removeprefix(prefix): count for cell, count in seen.items() if cell.startswith(prefix)}


def _met_shares(wanted: Mapping[str, int], seen: Mapping[str, int]) -> set[str]:
    """A group that is seen alone is no share of anything."""
    whole = sum(seen.values())
    if len(seen) < 2:
        return set()
    return {group for group, percent in wanted.items() if 100 * seen.get(group, 0) >= percent * whole}
