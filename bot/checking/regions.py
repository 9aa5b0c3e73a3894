"""Rules of the regions: that somebody there has looked, and that it can be read, slept and helped there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from babel.languages import get_territory_language_info

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, Severity, error, warning
from flows.collection import Region
from flows.faults import YamlFile
from flows.sign_offs import Closure
from flows.why_closed import closed_in_english

FEW = 10.0
"""Percent of a territory's people: fewer than one in ten."""


def no_sign_off(checked: Checked) -> Iterator[Found]:
    """Places that nobody has reviewed in a language that is offered, or not everybody who has to."""
    whys = (Closure.UNREVIEWED, Closure.HALF_SIGNED, Closure.REFUSED)
    return _closed(checked, whys, "Have it reviewed: surveybot preview, and surveybot review (docs/review.md)")


def lapsed(checked: Checked) -> Iterator[Found]:
    """Places whose sign-off is over."""
    return _closed(checked, (Closure.LAPSED,), "Have it reviewed anew")


def changed(checked: Checked) -> Iterator[Found]:
    """Places that show something else than was signed off."""
    return _closed(checked, (Closure.CHANGED,), "Have it reviewed anew, or take the change back")


def _closed(checked: Checked, whys: Sequence[Closure], remedy: str) -> Iterator[Found]:
    known = checked.collection is not None and checked.known.knows_sign_offs
    for file, region in checked.reading.regions if known else ():
        if region.territory in checked.known.in_other_zones:
            continue
        languages: dict[str, list[str]] = {}
        for language in region.languages:
            review = checked.known.review(region.territory, language)
            if review.closure(checked.today) in whys:
                languages.setdefault(closed_in_english(review, checked.today) or "", []).append(language)
        for why, names in languages.items():
            what = f"{region.territory} is closed in {', '.join(names)}: {why}"
            yield Found(file.path, file.line(("languages",)), what, remedy, region.territory)


def few_readers(checked: Checked) -> Iterator[Found]:
    """Regions where hardly anybody reads what is offered, or what is offered first. What CLDR does not list is none."""
    for file, region in checked.reading.regions:
        known = get_territory_language_info(region.territory)
        if not known or not region.languages:
            continue
        readers = {language: _percent(known, language) for language in region.languages}
        first = region.languages[0]
        if max(readers.values()) < FEW:
            yield _few(file, region, f"none of {', '.join(region.languages)} is read by one in ten people there")
        elif readers[first] < FEW:
            yield _few(file, region, f"{first} is offered first, and fewer than one in ten people read it there")


def _percent(known: Mapping[str, Mapping[str, float | str | None]], language: str) -> float:
    """How many percent of a territory's people use a language, by CLDR; under its whole name or without its place."""
    parts = language.split("_")
    names = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
    found = next((known[name]["population_percent"] for name in names if name in known), None)
    return float(found or 0)


def _few(file: YamlFile, region: Region, what: str) -> Found:
    known = get_territory_language_info(region.territory)
    most = sorted(known, key=lambda name: -float(known[name]["population_percent"] or 0))[:3]
    remedy = f"Offer first what is read there; CLDR names {', '.join(most)}"
    return Found(file.path, file.line(("languages",)), f"{region.territory}: {what}", remedy, region.territory)


def no_quiet_hours(checked: Checked) -> Iterator[Found]:
    """Regions in which messages may come at any hour."""
    for file, region in checked.reading.regions:
        if region.quiet_hours.start == region.quiet_hours.end:
            yield Found(
                file.path,
                file.line(("quiet_hours",)),
                f"{region.territory}: quiet hours begin and end at {region.quiet_hours.start:%H:%M}, so there are none",
                'Write from when to when people sleep: {start: "21:00", end: "08:00"}',
                region.territory,
            )


RULES: tuple[Rule, ...] = (
    Rule(
        "regions.no_sign_off",
        Severity.WARNING,
        "Nobody has signed a region off",
        "It is closed: what nobody there has looked at is shown to nobody there.",
        *practices.REVIEW,
        no_sign_off,
        can_be_waived=False,
        by_people=True,
    ),
    warning(
        "regions.lapsed",
        "A region's sign-off has lapsed",
        "It is closed: what was safe a year ago may not be today.",
        practices.REVIEW,
        lapsed,
    ),
    warning(
        "regions.changed",
        "A region's content changed since its sign-off",
        "It is closed: somebody's word is for what they saw, and nothing else.",
        practices.REVIEW,
        changed,
    ),
    error(
        "regions.unknown_territory",
        "CLDR knows no such territory",
        "A mistyped place would take the safety rules of no place at all.",
        practices.CLDR,
    ),
    error(
        "regions.no_help_lines",
        "Something sensitive is asked, and nobody is named to talk to",
        "A question can weigh on somebody at night: then they need a number, and not a form.",
        practices.SUPPORT,
    ),
    warning(
        "regions.few_readers",
        "Few people there read the languages that are offered, or the one that is offered first",
        "Who reads a language badly agrees to what they did not understand.",
        practices.CLDR,
        few_readers,
    ),
    error(
        "regions.no_quiet_hours",
        "A region has no quiet hours",
        "A message that wakes people was sent without thinking of them.",
        practices.QUIET,
        no_quiet_hours,
    ),
    error(
        "regions.under_legal_age",
        "The minimum age is under 18",
        "Children cannot agree to this, and laws in many places say so.",
        practices.MINORS,
    ),
)
