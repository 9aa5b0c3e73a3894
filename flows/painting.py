"""Makes a picture of snapshots: how far people come and how long it takes; `flows.groups` adds who is heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from flows import tallies
from flows.collection import Collection, Region
from flows.groups import groups, hoped_for, regions_beside
from flows.joining import Joined
from flows.picture import Line, Part, Picture, bars
from flows.progress import STAGES, UNCLEAR, Met, middle, questions_of
from flows.regions import questions_for
from flows.small_counts import FEWEST
from flows.snapshots import Snapshot, together
from flows.words import Day, Money, Place, Text, Value, asked, say, say_count


def picture(
    collection: Collection,
    snapshots: Mapping[str, Snapshot],
    territories: tuple[str, ...],
    *,
    reached: Mapping[str, Met] | None = None,
) -> Picture:
    """What may be seen of some regions together. `territories` names at least one.

    `reached` is what is met of each region's targets, where that is known from elsewhere.
    """
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
        *hoped_for(collection, regions, taken, reached),
        *regions_beside(collection, regions, taken),
        *groups(collection, regions, seen),
        _screens(collection, regions, seen),
        *_minutes(collection, regions, taken),
        *_unclear(seen),
    ]
    return Picture(heading, where, tuple(parts), _notes(collection, regions))


def joined_picture(collection: Collection, joined: Joined, territories: tuple[str, ...]) -> Picture:
    """What may be seen of several installations together."""
    note = say_count(
        "Joined from {count} installation. A region's shares weigh as much as people sent their answers there.",
        "Joined from {count} installations. A region's shares weigh as much as people sent their answers there.",
        joined.installations,
    )
    made = picture(collection, joined.snapshots, territories, reached=joined.reached)
    return replace(made, notes=(*made.notes, note))


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


_STAGES = {
    tallies.INVITED: say("Invites that arrived"),
    tallies.OPENED: say("Opened it"),
    tallies.CONSENTED: say("Agreed"),
    tallies.SUBMITTED: say("Sent their answers"),
    tallies.LEFT: say("Left again"),
}


def _funnel(seen: Mapping[str, int]) -> Part:
    return Part(say("How far people come"), bars([(_STAGES[stage], seen.get(stage)) for stage in STAGES]))


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
    return Part(say("Where people stop"), bars([(named[screen], seen.get(screen)) for screen in order]))


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
                   minutes=_announced(collection, regions))  # fmt: skip
        yield Part(say("Time and pay"), tuple(lines), note)


def _announced(collection: Collection, regions: tuple[Region, ...]) -> Value:
    told = [collection.minutes_in(each) for each in regions]
    least, most = min(told), max(told)
    return most if least == most else Text("{least}–{most}", {"least": least, "most": most})


_UNCLEAR = {
    tallies.not_understood("what_is_asked"): say("Card {number}, what is asked", number=2),
    tallies.not_understood("risks"): say("Card {number}, the risks", number=3),
    tallies.not_understood("in_charge"): say("Card {number}, staying in charge", number=4),
}


def _unclear(seen: Mapping[str, int]) -> Iterator[Part]:
    if any(cell in seen for cell in UNCLEAR):
        yield Part(say("Not understood at first"), bars([(_UNCLEAR[cell], seen.get(cell)) for cell in UNCLEAR]))
