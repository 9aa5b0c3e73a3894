"""A picture of how a collection goes, in words of no language: parts, each with lines that may have a bar.

Everything in it comes from snapshots (`flows.snapshots`), and so it may be shown to whoever may look at the collection,
in whatever form: drawn, as a page, in the terminal, or for a program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from flows import tallies
from flows.collection import Collection, Question, Region
from flows.progress import (
    STAGES,
    UNCLEAR,
    chose,
    group_of,
    met,
    middle,
    questions_of,
    reads,
)
from flows.regions import questions_for
from flows.small_counts import FEWEST
from flows.snapshots import SHARE_STEP, Snapshot, shares, together
from flows.words import Day, Language, Money, Place, Text, asked, say


@dataclass(frozen=True, slots=True)
class Line:
    """A label, what is said of it, and a bar of `full` percent, with a mark where it is hoped to reach."""

    label: Text
    said: Text
    full: int | None = None
    hoped: int | None = None
    value: int | None = None
    """For programs: people in tens, or percent, or minutes. None where it is not shown."""


_IN_SHORT = 8
"""Lines that a caption has at most."""


class Theme(StrEnum):
    """What a part is about. A phone shows one of them at a time."""

    COURSE = "course"
    """How far people come, how long it takes, where they stop."""
    GROUPS = "groups"
    """Who is heard."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together."""

    title: Text
    lines: tuple[Line, ...]
    note: Text | None = None
    theme: Theme = Theme.COURSE


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    title: Text
    where: Text
    parts: tuple[Part, ...]
    notes: tuple[Text, ...]

    @property
    def in_short(self) -> tuple[Text, ...]:
        """The first of it in words, for whoever cannot see a picture."""
        first = self.parts[0].lines if self.parts else ()
        said = [Text("{label}: {said}", {"label": line.label, "said": line.said}) for line in first[:_IN_SHORT]]
        return (self.title, self.where, *said, *(self.notes if not self.parts else self.notes[:1]))

    def of(self, theme: Theme) -> Picture:
        """What of it is about one thing."""
        return replace(self, parts=tuple(part for part in self.parts if part.theme is theme))


def picture(collection: Collection, snapshots: Mapping[str, Snapshot], territories: tuple[str, ...]) -> Picture:
    """What may be seen of some regions together. `territories` names at least one."""
    regions = tuple(region for region in collection.regions if region.territory in territories)
    taken = {region.territory: snapshots[region.territory] for region in regions if region.territory in snapshots}
    heading = asked(collection.id, collection.title)
    name = Place(regions[0].territory) if len(regions) == 1 else say("All regions")
    if not taken:
        where = Text("{where}", {"where": name})
        words = say("Nothing can be shown yet: it takes {few} people in a region.", few=FEWEST)
        return Picture(heading, where, (), (words,))
    day = min(snapshot.taken_at for snapshot in taken.values()).date()
    where = say("{where}, as of {day} or later", where=name, day=Day(day))
    seen = together(taken)
    parts = [
        _funnel(seen),
        *_hoped_for(collection, regions, taken),
        *_regions(collection, regions, taken),
        *_groups(collection, regions, seen),
        _screens(collection, regions, seen),
        *_minutes(collection, regions, taken),
        *_unclear(seen),
    ]
    return Picture(heading, where, tuple(parts), _notes(collection, regions))


def _notes(collection: Collection, regions: tuple[Region, ...]) -> tuple[Text, ...]:
    several = len(regions) > 1
    apart = [say("Questions that have other answers in each region are shown one region at a time.")] if several else []
    notes = [
        say("“{count}+” is so many or a few more. Fewer than {few} are never shown.", count=20, few=FEWEST),
        say(
            "A region's numbers change after {few} people have submitted or left, and not by less than that.",
            few=FEWEST,
        ),
    ]
    if collection.balance_purpose is not None:
        notes.append(
            say("Groups are counted among people who agreed to that, as shares of the groups that can be shown.")
        )
    return (*notes, *apart)


def _so_many(count: int | None) -> Text:
    return say("fewer than {few}", few=FEWEST) if count is None else Text("{count}+", {"count": count})


def _share(percent: int) -> Text:
    if percent == 0:
        return say("under {percent} %", percent=SHARE_STEP)
    return say("about {percent} %", percent=percent)


_STAGES = {
    tallies.INVITED: say("Invites that arrived"),
    tallies.OPENED: say("Opened it"),
    tallies.CONSENTED: say("Agreed"),
    tallies.SUBMITTED: say("Sent their answers"),
    tallies.LEFT: say("Left again"),
}


def _funnel(seen: Mapping[str, int]) -> Part:
    return Part(say("How far people come"), _bars([(_STAGES[stage], seen.get(stage)) for stage in STAGES]))


def _bars(counts: list[tuple[Text, int | None]]) -> tuple[Line, ...]:
    most = max((count for _, count in counts if count), default=1)
    return tuple(
        Line(label, _so_many(n), None if n is None else max(1, 100 * n // most), None, n) for label, n in counts
    )


_SCREENS = {
    **{tallies.card_screen(number): say("Card {number}", number=number) for number in range(1, 5)},
    tallies.DECIDE: say("The decision"),
    tallies.REVIEW: say("Reading it over"),
}


def _screens(collection: Collection, regions: tuple[Region, ...], seen: Mapping[str, int]) -> Part:
    """Of questions, those that all of these regions ask: another one would look as if people had stopped before it."""
    everywhere = [{question.id for question in questions_for(region)} for region in regions]
    known = questions_of(collection, tuple(region.territory for region in regions))
    asked_here = [question for question in known if all(question.id in asked_there for asked_there in everywhere)]
    words = {tallies.question_screen(q.id): asked(collection.id, q.text) for q in asked_here}
    named = {**_SCREENS, **words}
    order = tallies.screens([question.id for question in asked_here])
    return Part(say("Where people stop"), _bars([(named[screen], seen.get(screen)) for screen in order]))


# --- groups ----------------------------------------------------------------------------------------------------------


def _regions(collection: Collection, regions: tuple[Region, ...], taken: Mapping[str, Snapshot]) -> Iterator[Part]:
    """Balance by region, by submissions."""
    if len(regions) < 2:
        return
    lines = []
    counts = {r.territory: taken[r.territory].seen.get(tallies.SUBMITTED) for r in regions if r.territory in taken}
    most = max([*(count or 0 for count in counts.values()), 1])
    for region in regions:
        count = counts.get(region.territory)
        targets = collection.targets.get(region.territory)
        hoped = targets.people if targets is not None else None
        said = _so_many(count)
        if hoped is not None:
            said = say("{count}, hoped for {hoped}", count=said, hoped=hoped)
        full = None if count is None else 100 * count // most
        lines.append(Line(Text("{place}", {"place": Place(region.territory)}), said, full, None, count))
    yield Part(say("Regions, by what was submitted"), tuple(lines), theme=Theme.GROUPS)


def _groups(collection: Collection, regions: tuple[Region, ...], seen: Mapping[str, int]) -> Iterator[Part]:
    if collection.balance_purpose is None:
        return
    languages = list(dict.fromkeys(language for region in regions for language in region.languages))
    labels = {each: Text("{language}", {"language": Language(each, own=False)}) for each in languages}
    hoped = _targets(collection, regions)
    yield _group(say("Languages"), labels, group_of(seen, reads("")), hoped.get("", {}))
    for question in _alike(collection, regions):
        words = {option.id: _option(collection, question, option.id) for option in question.options}
        chosen = group_of(seen, chose(question.id, ""))
        yield _group(asked(collection.id, question.text), words, chosen, hoped.get(question.id, {}))


def _alike(collection: Collection, regions: tuple[Region, ...]) -> Iterator[Question]:
    """Questions that all of these regions ask, with the same answers: others cannot be added up."""
    for question in questions_of(collection, tuple(region.territory for region in regions)):
        options = {option.id for option in question.options}
        there = [{o.id for o in q.options} for region in regions if (q := region.question(question.id)) is not None]
        if len(there) == len(regions) and all(each == options for each in there):
            yield question


def _targets(collection: Collection, regions: tuple[Region, ...]) -> dict[str, Mapping[str, int]]:
    """Shares that are hoped for in a region, by question, languages under ""; regions together have none."""
    targets = collection.targets.get(regions[0].territory) if len(regions) == 1 else None
    return {} if targets is None else {"": targets.languages, **targets.questions}


def _option(collection: Collection, question: Question, option_id: str) -> Text:
    option = question.option(option_id)
    if option is None:
        return Text("{id}", {"id": option_id})
    if option.language is not None:
        return Text("{language}", {"language": Language(option.language, own=False)})
    return asked(collection.id, option.label)


def _group(title: Text, labels: Mapping[str, Text], seen: Mapping[str, int], hoped: Mapping[str, int]) -> Part:
    percent = shares({group: seen.get(group) for group in labels})
    lines = []
    for group, label in labels.items():
        share, wanted = percent[group], hoped.get(group)
        alone = share is None and group in seen
        said = say("{few} or more", few=FEWEST) if alone else say("fewer than {few}", few=FEWEST)
        if share is not None:
            said = _share(share)
        if wanted is not None:
            said = say("{share}, hoped for {percent} %", share=said, percent=wanted)
        lines.append(Line(label, said, share, wanted, share))
    return Part(title, tuple(lines), theme=Theme.GROUPS)


def _hoped_for(collection: Collection, regions: tuple[Region, ...], taken: Mapping[str, Snapshot]) -> Iterator[Part]:
    """Groups whose target is not met."""
    lines = [line for region in regions for line in _unmet(collection, region, taken, several=len(regions) > 1)]
    if lines:
        yield Part(say("Groups we still hope to hear from"), tuple(lines), theme=Theme.GROUPS)


def _unmet(collection: Collection, region: Region, taken: Mapping[str, Snapshot], *, several: bool) -> Iterator[Line]:
    targets = collection.targets.get(region.territory)
    if targets is None:
        return
    snapshot = taken.get(region.territory)
    reached = met(targets, snapshot.seen if snapshot is not None else {})
    place = Text("{place}", {"place": Place(region.territory)})

    def here(label: Text) -> Text:
        return Text("{place}: {group}", {"place": place, "group": label}) if several else label

    if targets.people is not None and not reached.people:
        yield Line(place, say("hoped for {hoped}", hoped=targets.people))
    for language, percent in targets.languages.items():
        if language not in reached.languages:
            label = Text("{language}", {"language": Language(language, own=False)})
            yield Line(here(label), say("hoped for {percent} %", percent=percent))
    for question in questions_for(region):
        for option, percent in targets.questions.get(question.id, {}).items():
            if (question.id, option) not in reached.options:
                yield Line(here(_option(collection, question, option)), say("hoped for {percent} %", percent=percent))


# --- minutes, pay, cards ---------------------------------------------------------------------------------------------


def _minutes(collection: Collection, regions: tuple[Region, ...], taken: Mapping[str, Snapshot]) -> Iterator[Part]:
    lines = []
    for region in regions:
        minutes = middle(taken[region.territory].seen) if region.territory in taken else None
        if minutes is None:
            continue
        pay = region.pay
        hourly = Money((pay.amount * 60 / minutes).quantize(Decimal("0.01")), pay.currency, region.territory)
        floor = Money(pay.floor_per_hour, pay.currency, region.territory)
        full = min(100, int(50 * pay.amount * 60 / minutes / pay.floor_per_hour))
        said = say("{minutes} min, {hourly} an hour; the floor is {floor}", minutes=minutes, hourly=hourly, floor=floor)
        lines.append(Line(Text("{place}", {"place": Place(region.territory)}), said, full, 50, minutes))
    if lines:
        note = say("Half of those who submitted took so long or less. {minutes} min were announced.",
                   minutes=collection.minutes)  # fmt: skip
        yield Part(say("Time and pay"), tuple(lines), note)


_UNCLEAR = {
    tallies.not_understood("what_is_asked"): say("Card {number}, what is asked", number=2),
    tallies.not_understood("risks"): say("Card {number}, the risks", number=3),
    tallies.not_understood("in_charge"): say("Card {number}, staying in charge", number=4),
}


def _unclear(seen: Mapping[str, int]) -> Iterator[Part]:
    if any(cell in seen for cell in UNCLEAR):
        yield Part(say("Not understood at first"), _bars([(_UNCLEAR[cell], seen.get(cell)) for cell in UNCLEAR]))
