"""Every rule, subject by subject, in the order of docs/checking.md."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.checking import (
    burden,
    consent,
    pay,
    people,
    practices,
    questions,
    regions,
    subjects,
    translations,
    waiving,
    zones,
)
from bot.checking.findings import Rule, error
from flows.fault_rules import UNREADABLE

_FILES: tuple[Rule, ...] = (
    error(
        UNREADABLE,
        "Something is not as docs/collections.md says",
        "What cannot be read cannot be kept as a promise.",
        practices.READABLE,
    ),
)

RULES: tuple[Rule, ...] = (
    *_FILES,
    *consent.RULES,
    *subjects.RULES,
    *burden.RULES,
    *questions.RULES,
    *pay.RULES,
    *regions.RULES,
    *zones.RULES,
    *people.RULES,
    *translations.RULES,
    *waiving.RULES,
)

BY_ID: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in RULES})
