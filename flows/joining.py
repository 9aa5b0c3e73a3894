"""Counts of several installations as one: what each publishes of its regions, and the snapshots that follow from it.

A zone's file holds what pictures of its single regions show anyway, and nothing else: people in tens, minutes up to
which half of them took, groups as shares in steps of five percent, targets that are met. So whatever is made of several
files could be made by whoever looks at the pictures, and joining can give nothing away: there is no total in any file
whose parts another one hides, and what a zone does not show stands in no file.

What it costs is exactness. How many are in a group is published nowhere, so shares of several regions are joined by
how many people sent their answers there; and a group that is seen alone in its region counts as the ten that are known
of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from flows import tallies
from flows.collection import Collection, Record, Region
from flows.progress import MINUTES, Met, chose, countable, group_of, met, middle, reads, took
from flows.small_counts import FEWEST
from flows.snapshots import SHARE_STEP, Snapshot, shares

FORMAT: Literal[1] = 1
"""Of the counts. Another number is another surveybot's."""

_UNDER_A_STEP = 1
"""Percent that a share counts as which is seen as under five: between nothing and half a step."""

InTens = Annotated[int, Field(strict=True, ge=FEWEST, multiple_of=FEWEST)]
Share = Annotated[int, Field(strict=True, ge=0, le=100, multiple_of=SHARE_STEP)]
Groups = dict[str, Share | None]
"""Group -> percent; None for one that is seen alone, as ten or more."""


class Reached(Record):
    """Targets of a region that are met."""

    people: bool = False
    languages: tuple[str, ...] = ()
    questions: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Published(Record):
    """What one installation shows of one region."""

    region: str = Field(pattern=r"^[A-Z]{2}$")
    as_of: dt.date
    people: dict[str, InTens]
    """Cells of how far people come, of screens and of cards, in the words of `flows.tallies`."""
    minutes: Annotated[int, Field(strict=True)] | None
    languages: Groups
    questions: dict[str, Groups]
    met: Reached

    @model_validator(mode="after")
    def _as_pictures_show_it(self) -> Self:
        for name, groups in (("languages", self.languages), *self.questions.items()):
            told = [share for share in groups.values() if share is not None]
            if len(groups) == 1 and told:
                raise ValueError(f"{name}: one group by itself has no share")
            if len(groups) > 1 and len(told) < len(groups):
                raise ValueError(f"{name}: only a group that is alone has no share")
            if told and abs(sum(told) - 100) * 2 > SHARE_STEP * len(told):
                raise ValueError(f"{name}: its shares come to {sum(told)} percent")
        if self.minutes is not None and self.minutes not in MINUTES:
            raise ValueError(f"minutes: no picture shows {self.minutes}")
        return self


class Counts(Record):
    """What one installation shows of a collection. `sha256` finds a file that has come to harm, and no forger."""

    format: Literal[1]
    collection: str
    version: int = Field(strict=True, ge=1)
    installation: str = Field(pattern=r"^[0-9a-f]{16}$")
    regions: tuple[Published, ...]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.sha256 != digest(self):
            raise ValueError("its digest does not fit: something in it is not as it was written")
        names = [each.region for each in self.regions]
        if len(set(names)) < len(names):
            raise ValueError("a region stands in it twice")
        return self


def digest(counts: Counts) -> str:
    """SHA-256 over everything but itself, as JSON with sorted names and without spaces."""
    value = counts.model_dump(mode="json", exclude={"sha256"})
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def counts_of(collection: Collection, snapshots: Mapping[str, Snapshot], installation: str) -> Counts:
    """What an installation hands out of some regions. Its id is told as a hash, which says which files are its own."""
    known = [(region, snapshots.get(region.territory)) for region in collection.regions]
    regions = tuple(_published(collection, region, taken) for region, taken in known if taken is not None)
    name = hashlib.sha256(b"surveybot progress\n" + installation.encode()).hexdigest()[:16]
    made = Counts.model_construct(
        format=FORMAT, collection=collection.id, version=collection.version, installation=name, regions=regions,
        sha256="",
    )  # fmt: skip
    return made.model_copy(update={"sha256": digest(made)})


def _published(collection: Collection, region: Region, taken: Snapshot) -> Published:
    seen = taken.seen
    reached = met(collection.targets.get(region.territory), seen)
    by_question = {q.id: shares(group_of(seen, chose(q.id, ""))) for q in region.questions}
    options: defaultdict[str, list[str]] = defaultdict(list)
    for question, option in sorted(reached.options):
        options[question].append(option)
    return Published(
        region=region.territory,
        as_of=taken.taken_at.date(),
        people={cell: count for cell, count in seen.items() if _is_of_the_course(cell)},
        minutes=middle(seen),
        languages=dict(shares(group_of(seen, reads("")))),
        questions={question: dict(groups) for question, groups in by_question.items() if groups},
        met=Reached(people=reached.people, languages=tuple(sorted(reached.languages)), questions=dict(options)),
    )


def _is_of_the_course(cell: str) -> bool:
    return not cell.startswith((reads(""), "answer:", "took:"))


def strangers(counts: Counts, collection: Collection) -> Iterator[tuple[str, str]]:
    """Place and reason of everything that is counted there and not in the collection as it stands here."""
    for number, each in enumerate(counts.regions):
        place, region = f"counts.regions.{number}", collection.region(each.region)
        if region is None:
            yield place, f"the collection has no region {each.region} here; take the folder that has every zone's"
            continue
        known = countable(collection, region)
        cells = {f"people.{cell}": cell for cell in each.people}
        cells |= {f"languages.{language}": reads(language) for language in each.languages}
        cells |= {f"questions.{q}.{o}": chose(q, o) for q, groups in each.questions.items() for o in groups}
        for inside, cell in cells.items():
            if cell not in known:
                yield f"{place}.{inside}", f"nothing of that name is counted in {each.region} here"


@dataclass(frozen=True, slots=True)
class Joined:
    """Several installations' counts as one: what a picture is made of."""

    snapshots: Mapping[str, Snapshot]
    """Territory -> cells that give the joined shares. Those of groups are no counts of people."""
    reached: Mapping[str, Met]
    installations: int


def joined(counts: Iterable[Counts]) -> Joined:
    """Counts as one. Where two installations have a region, it is both of theirs together, and so are its targets."""
    given = tuple(counts)
    of_region: defaultdict[str, list[Published]] = defaultdict(list)
    for each in given:
        for region in each.regions:
            of_region[region.region].append(region)
    return Joined(
        {territory: _together(published) for territory, published in of_region.items()},
        {territory: _reached(published) for territory, published in of_region.items()},
        len({each.installation for each in given}),
    )


def _together(published: list[Published]) -> Snapshot:
    cells: Counter[str] = Counter()
    for each in published:
        people = each.people.get(tallies.SUBMITTED, FEWEST)
        cells.update(each.people)
        if each.minutes is not None:
            cells[took(each.minutes)] += people
        cells.update({reads(name): weight for name, weight in _weights(each.languages, people)})
        for question, groups in each.questions.items():
            cells.update({chose(question, name): weight for name, weight in _weights(groups, people)})
    day = min(each.as_of for each in published)
    return Snapshot(dt.datetime.combine(day, dt.time(), dt.UTC), 0, cells)


def _weights(groups: Groups, people: int) -> Iterator[tuple[str, int]]:
    """In people times percent, and so in tens: a snapshot shows nothing else."""
    for name, share in groups.items():
        yield name, FEWEST * 100 if share is None else people * (share or _UNDER_A_STEP)


def _reached(published: list[Published]) -> Met:
    every = [each.met for each in published]
    options = {(question, each) for reached in every for question, names in reached.questions.items() for each in names}
    languages = {language for reached in every for language in reached.languages}
    return Met(any(reached.people for reached in every), frozenset(languages), frozenset(options))
