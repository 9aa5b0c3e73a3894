"""What a collection waives, with a reason and until when: `waived` in collection.yaml, and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Finding, Found, Rule, Severity, warning
from flows.collection import Waiver

MOST_DAYS = 366
"""As long as a sign-off holds at most (docs/review.md): nobody waives for longer than a reviewer may sign for."""


def without_waived(checked: Checked, findings: Iterable[Finding], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """The findings but for those that are waived today, and what is not right about the waivers themselves."""
    waived = checked.collection.waived if checked.collection is not None else ()
    used: set[int] = set()
    for finding in findings:
        covering = [number for number, waiver in enumerate(waived) if _covers(waiver, finding)]
        holding = [number for number in covering if is_sound(waived[number], rules, checked.today)]
        used.update(covering)
        if not holding:
            yield finding
    for number, waiver in enumerate(waived):
        yield from _of_waiver(checked, number, rules.get(waiver.rule), is_used=number in used)


def is_sound(waiver: Waiver, rules: Mapping[str, Rule], today: dt.date) -> bool:
    """Whether it holds today: not lapsed, not for longer than it may be, and of a rule that can be waived."""
    rule = rules.get(waiver.rule)
    in_time = today <= waiver.until <= today + dt.timedelta(days=MOST_DAYS)
    return in_time and rule is not None and rule.can_be_waived


def _covers(waiver: Waiver, finding: Finding) -> bool:
    there = waiver.region is None or waiver.region == finding.region
    spoken = waiver.language is None or waiver.language == finding.language
    return waiver.rule == finding.rule and there and spoken


def _of_waiver(checked: Checked, number: int, rule: Rule | None, *, is_used: bool) -> Iterator[Finding]:
    collection = checked.collection
    if collection is None:
        return
    waiver = collection.waived[number]
    if rule is None or not rule.can_be_waived:
        what = "is no rule" if rule is None else "cannot be waived: nothing opens with it"
        yield _finding(checked, number, _CANNOT, f"{waiver.rule} {what}", "Take the waiver out, or correct its rule")
    elif waiver.until < checked.today:
        remedy = "Mend what it waived, or say anew why not and until when"
        yield _finding(checked, number, _LAPSED, f"the waiver of {waiver.rule} lapsed on {waiver.until}", remedy)
    elif waiver.until > checked.today + dt.timedelta(days=MOST_DAYS):
        problem = f"the waiver of {waiver.rule} would hold until {waiver.until}, and a year is the most"
        yield _finding(checked, number, _TOO_LONG, problem, "Name a day within a year")
    elif not is_used:
        yield _finding(checked, number, _UNUSED, f"nothing breaks {waiver.rule} here", "Take the waiver out")


def _finding(checked: Checked, number: int, rule: Rule, what: str, remedy: str) -> Finding:
    line = checked.base_line("waived", number)
    return Finding(rule.id, Severity.WARNING, checked.base_path, line, None, None, what, rule.why, remedy)


def _with_the_others(_checked: Checked) -> Iterator[Found]:
    """Waivers are held against what the other rules find, once that is known."""
    return iter(())


_WHY = "A rule that is silenced without anybody remembering why protects nobody any more."

_LAPSED = warning("waivers.lapsed", "A waiver's day is over", _WHY, practices.WAIVED, _with_the_others)
_UNUSED = warning("waivers.unused", "A waiver covers nothing", _WHY, practices.WAIVED, _with_the_others)
_TOO_LONG = warning("waivers.too_long", "A waiver is for longer than a year", _WHY, practices.WAIVED, _with_the_others)
_CANNOT = warning(
    "waivers.cannot", "A waiver names no rule, or one that cannot be waived", _WHY, practices.WAIVED, _with_the_others
)

RULES: tuple[Rule, ...] = (_LAPSED, _UNUSED, _TOO_LONG, _CANNOT)
