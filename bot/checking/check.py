"""Every finding of a collection, all at once: `check_collection`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot import shipped
from bot.checking.checked import Checked, Known
from bot.checking.findings import Finding, Found, Rule, Severity
from bot.checking.rules import BY_ID, RULES
from bot.checking.waiving import without_waived
from bot.texts import Texts, load_catalogs
from flows.fault_rules import UNREADABLE
from flows.faults import Fault
from flows.load import Reading, read_collection

_NOTHING = Known()


def check_collection(folder: Path, today: dt.date, known: Known = _NOTHING) -> tuple[Finding, ...]:
    """Everything that is not as it should be in a collection's folder: errors first, then by file and line.

    `known` is what a running bot's data tells beside the files. What is waived is left out; nothing is raised.
    """
    return check_reading(read_collection(folder), today, known)


def what_keeps_closed(folder: Path, today: dt.date) -> tuple[Finding, ...]:
    """The errors among these. Rules that only warn are not asked: they take most of the time."""
    checked = checked_of(read_collection(folder), today, _NOTHING)
    return errors(_found(checked, [rule for rule in RULES if rule.severity is Severity.ERROR]))


def check_reading(reading: Reading, today: dt.date, known: Known = _NOTHING) -> tuple[Finding, ...]:
    """The same of a folder that was read already."""
    return _found(checked_of(reading, today, known), RULES)


def _found(checked: Checked, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    found = [*(_of_fault(fault) for fault in checked.reading.faults), *_of_rules(checked, rules)]
    return tuple(sorted(without_waived(checked, found, BY_ID), key=_order))


def checked_of(reading: Reading, today: dt.date, known: Known = _NOTHING) -> Checked:
    """A folder that was read, as rules look at it."""
    return Checked(reading, texts_of(reading), today, known)


def is_error(finding: Finding) -> bool:
    """Whether it keeps the collection from being opened."""
    return finding.severity is Severity.ERROR


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that keep the collection from being opened."""
    return tuple(finding for finding in findings if is_error(finding))


def texts_of(reading: Reading) -> Texts:
    """The bot's words and the collection's, in its languages."""
    names = tuple(str(name) for name in reading.base.items("languages")) if reading.base is not None else ()
    return Texts(load_catalogs(shipped.translations(), {reading.folder.name: reading.folder}, names))


def _of_fault(fault: Fault) -> Finding:
    rule = BY_ID.get(fault.rule, BY_ID[UNREADABLE])
    return _finding(rule, Found(fault.file, fault.line, fault.problem, fault.remedy))


def _of_rules(checked: Checked, rules: Iterable[Rule]) -> Iterator[Finding]:
    for rule in rules:
        if rule.look is None or (rule.by_people and is_excused(checked)):
            continue
        for found in rule.look(checked):
            yield _finding(rule, found)


def is_excused(checked: Checked) -> bool:
    """Whether nobody is missed who answers for it: it is an example, which nobody can sign off (`flows.sign_offs`)."""
    base = checked.reading.base
    return base is not None and base.value.get("example") is True


def _finding(rule: Rule, found: Found) -> Finding:
    return Finding(
        rule.id, rule.severity, found.path, found.line, found.region, found.language, found.what, rule.why, found.remedy
    )


def _order(finding: Finding) -> tuple[bool, str, int, str]:
    return (not is_error(finding), str(finding.path), finding.line, finding.rule)
