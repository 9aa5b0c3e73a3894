"""Rules of what taking part asks of a person: reading, taps, and minutes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from bot.burden import TAPS_TO_RECEIPT, TAPS_TO_THANKS, WITHOUT_SPACES, WORDS_TO_RECEIPT, Cost
from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, error, warning
from bot.checking.readability import MOST, measure_of, read
from bot.limits import LABEL_WIDTHS, width
from bot.texts import ORIGINAL
from flows.screens import Choice, Screen
from flows.words import BOT

WORDS_A_MINUTE = 184
"""Average of 17 languages; the same content takes about as long in each (Trauzettel-Klosinski and Dietz 2012, IReST,
doi 10.1167/iovs.11-8284)."""

SECONDS_A_TAP = 2.65
"""Making up one's mind, pointing, pressing (Card, Moran and Newell 1980, the keystroke-level model: 1.35, 1.1, 0.2)."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What it takes in a region and language, and the minutes that reading and pressing are estimated at."""

    cost: Cost
    minutes: int


def burdens(checked: Checked) -> tuple[Burden, ...]:
    """Of every region in each of its languages.

    The same content takes about as long in each language, whatever its words are like: so minutes are those of the
    original there; of what the region does not offer it in, those of its own words, or of the original elsewhere.
    """
    originals = _originals(checked)
    costs = (checked.cost(*each) for each in checked.spoken)
    return tuple(Burden(cost, originals.get(cost.territory) or _elsewhere(cost, originals)) for cost in costs)


def _originals(checked: Checked) -> Mapping[str, int]:
    """Territory -> minutes of the original, where that is offered."""
    there = (territory for territory, language in checked.spoken if language == ORIGINAL)
    return {territory: _minutes(checked.cost(territory, ORIGINAL)) for territory in there}


def _elsewhere(cost: Cost, originals: Mapping[str, int]) -> int:
    countable = cost.language.split("_")[0] not in WITHOUT_SPACES
    return _minutes(cost) if countable else max(originals.values(), default=1)


def _minutes(cost: Cost) -> int:
    return math.ceil(cost.words_to_thanks / WORDS_A_MINUTE + cost.taps_to_thanks * SECONDS_A_TAP / 60)


class Takes(NamedTuple):
    """How many minutes it takes somewhere, and how that is known."""

    minutes: int
    how: str
    """`measured` or `estimated`."""


def takes(checked: Checked) -> Mapping[str, Takes]:
    """Territory -> how long it takes there: measured, where enough people have taken part, or else the longest that is
    estimated for one of its languages."""
    found = {territory: Takes(minutes, "measured") for territory, minutes in checked.known.minutes.items() if minutes}
    originals = _originals(checked)
    for territory, group in groupby(checked.spoken, key=itemgetter(0)):
        if territory not in found:
            # Each start asks this: other languages are walked through only where there is no original.
            minutes = originals.get(territory) or max(_elsewhere(checked.cost(*each), originals) for each in group)
            found[territory] = Takes(minutes, "estimated")
    return found


def minutes_told(checked: Checked) -> Iterator[Found]:
    """Regions where people are told another length of time than it takes."""
    collection, known = checked.collection, takes(checked)
    if collection is None:
        return
    for file, region in checked.reading.regions:
        told, found = collection.minutes_in(region), known.get(region.territory)
        if found is not None and _is_off(told, found.minutes):
            own = (file.path, file.line(("minutes",)))
            yield Found(
                *(own if region.minutes is not None else (checked.base_path, checked.base_line("minutes"))),
                f"{region.territory}: people are told {told} minutes, and it takes {found.minutes} as {found.how}",
                f"Write `minutes: {found.minutes}` into the region's file, and hold its pay against the floor again",
                region.territory,
            )


def _is_off(told: int, takes: int) -> bool:
    """By a quarter at least. A minute is nothing: each that was begun counts as one, in estimates and in pilots."""
    off = abs(told - takes)
    return off > 1 and 4 * off >= takes


def hard_to_read(checked: Checked) -> Iterator[Found]:
    """Cards, and what stands behind *More*, that measure more than their language's target."""
    for language, number, card in checked.cards():
        measure = measure_of(language)
        for part, text in (("card", card.text), ("*More* of card", card.more)):
            reading = read(text, language)
            if reading.is_hard:
                hardest = " and ".join(f"“{sentence}”" for sentence in reading.hardest)
                yield Found(
                    checked.card_path(language, number),
                    checked.card_line(language, number, text),
                    f"{part} {number}: {measure.value} {reading.value:g}, and {MOST[measure]:g} is the most; "
                    f"hardest: {hardest}",
                    "Make two sentences of one, and take shorter words",
                    language=language,
                )


def over_budget(checked: Checked) -> Iterator[Found]:
    """Regions where it takes more presses, or more words in the original, than we allow ourselves."""
    for burden in burdens(checked):
        cost = burden.cost
        held = [
            (cost.taps_to_receipt, TAPS_TO_RECEIPT, "taps to the receipt"),
            (cost.taps_to_thanks, TAPS_TO_THANKS, "taps to the thanks"),
        ]
        if cost.language == ORIGINAL:
            held.append((cost.words, WORDS_TO_RECEIPT, "words to the receipt"))
        for count, most, unit in held:
            if count > most:
                yield Found(
                    checked.base_path,
                    1,
                    f"{cost.territory}, {cost.language}: {count} {unit}, and {most} are the most",
                    "Ask fewer questions, or say less on the cards",
                    cost.territory,
                    cost.language,
                )


def cut_labels(checked: Checked) -> Iterator[Found]:
    """Labels that a phone would cut, wherever they come up on the way."""
    seen: set[str] = set()
    for territory, language in checked.spoken:
        for station in checked.passage(territory, language):
            for row in station.screen.rows:
                most = LABEL_WIDTHS.get(len(row), min(LABEL_WIDTHS.values()))
                for choice in row:
                    label = checked.texts.plain(choice.label, language)
                    if width(label) > most and _is_its_own(choice) and label not in seen:
                        seen.add(label)
                        path, line = _stands(checked, territory, language, station.screen, choice)
                        problem = f"“{label}” is {width(label)} letters wide, and a phone shows {most}"
                        yield Found(path, line, problem, "Say it in fewer letters", territory, language)


def _is_its_own(choice: Choice) -> bool:
    """Whether the collection says it, and not the bot."""
    return choice.label.domain != BOT or choice.label.message.startswith("{")


def _stands(checked: Checked, territory: str, language: str, screen: Screen, choice: Choice) -> tuple[Path, int]:
    kind, _, which = screen.name.partition("-")
    if kind == "card":
        return checked.card_path(language, int(which)), checked.card_line(language, int(which), "<!-- question -->")
    for asked in checked.asked():
        if kind == "question" and asked.region.territory == territory and asked.question.id == which:
            option = asked.question.option(choice.value)
            return checked.option_place(asked, option) if option is not None else checked.place(asked)
    purposes = checked.reading.base.items("purposes") if checked.reading.base is not None else []
    ids = [each.get("id") for each in purposes if isinstance(each, dict)]
    if choice.value in ids:
        return checked.base_path, checked.base_line("purposes", ids.index(choice.value))
    return checked.base_path, 1


RULES: tuple[Rule, ...] = (
    error(
        "consent.hard_to_read",
        f"A card is harder to read than grade {MOST[measure_of('en')]:g} (English), LIX {MOST[measure_of('de')]:g}, "
        f"{MOST[measure_of('ar')]:g} words a sentence, or {MOST[measure_of('ja')]:g} letters a sentence",
        "Consent that takes a diploma to read leaves out whoever has most to lose.",
        practices.PLAIN,
        hard_to_read,
    ),
    warning(
        "consent.minutes_told",
        "People are told another length of time than it takes, by a quarter or more",
        "How long it takes is part of what somebody agrees to, and what their pay is for.",
        practices.DURATION,
        minutes_told,
    ),
    warning(
        "consent.over_budget",
        f"More than {TAPS_TO_RECEIPT} taps or {WORDS_TO_RECEIPT} English words to the receipt, "
        f"or {TAPS_TO_THANKS} taps to the thanks",
        "What takes long is pressed through: time is what people give.",
        practices.BURDEN,
        over_budget,
    ),
    warning(
        "questions.label_too_long",
        "A label is wider than its button on a phone",
        "Who cannot read the whole of a choice chooses blindly.",
        practices.INFORMED,
        cut_labels,
    ),
)
