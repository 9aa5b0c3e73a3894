"""Which rule of `surveybot check` a field breaks that the models refuse, by where it stands and what is said of it."""

from __future__ import annotations

import re

UNREADABLE = "files.unreadable"
"""The rule of whatever is not as docs/collections.md says and breaks no rule of its own."""

_RULES: tuple[tuple[str, str, str], ...] = (
    # where (names with dots, places in lists as numbers), what is said, the rule
    (r"retention(\.answers)?", "", "consent.no_retention"),
    (r"organisation(\.contact)?", "", "consent.no_contact"),
    (r".*", r"a required purpose says why", "consent.required_without_reason"),
    (r"responsible\.impact_assessment", "", "people.no_impact_assessment"),
    (r"responsible(\.role)?", "", "people.no_responsible_person"),
    (r"suppliers\.\d+\.statement_of_work\.clauses(\..*)?", "", "people.clauses_lacking"),
    (r"suppliers\.\d+\.statement_of_work", r"say where each clause stands", "people.clauses_lacking"),
    (r"suppliers(\.\d+.*)?", "", "people.supplier_unqualified"),
    (r"compensation\.accrues", "", "pay.tied_to_finishing"),
    (r"compensation\.(?!kept).*", r"not permitted", "pay.tied_to_answers"),
    (r"pay\.(per|for|if|bonus|only).*", r"not permitted", "pay.tied_to_answers"),
    (r"pay(\.amount)?", "", "pay.none"),
    (r"minimum_age", "", "regions.under_legal_age"),
    (r"quiet_hours(\..*)?", "", "regions.no_quiet_hours"),
    (r"help_lines", "", "regions.no_help_lines"),
    (r"questions\.\d+\.(required|mandatory|opt_out|optional)", r"not permitted", "questions.no_opt_out"),
    (r"questions\.\d+(\.options.*)?", r"prefer_not_to_answer", "questions.opt_out_not_exclusive"),
    (
        r"(questions|purposes)\.\d+\.(options\.\d+\.)?(default|chosen|selected|checked|ticked|preselected)",
        r"not permitted",
        "questions.default_chosen",
    ),
)


def broken_rule(place: tuple[int | str, ...], message: str) -> str:
    """The rule that a refused field breaks. `place` is where it stands, `message` what pydantic says of it."""
    where = ".".join(str(part) for part in place)
    found = (rule for at, says, rule in _RULES if re.fullmatch(at, where) and re.search(says, message))
    return next(found, UNREADABLE)
