"""Rules of the people behind a collection: who answers for it, who recruits, and how they speak to others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, Severity, error, warning
from bot.checking.word_lists import entries
from bot.texts import ORIGINAL

TRAINED_FOR = dt.timedelta(days=366)
"""As long as a sign-off holds at most: a year."""

_PLACEHOLDER = re.compile(
    r"@example\.|\bexample\.(org|com|net)\b|-EXAMPLE-|\bto be (replaced|written|filled in)\b|"
    r"\b(TODO|TBD|FIXME)\b|\bExample Lab\b",
    re.IGNORECASE,
)


def placeholders(checked: Checked) -> Iterator[Found]:
    """Names that were there to be replaced."""
    base = checked.reading.base
    for above in ("organisation", "responsible") if base is not None else ():
        fields = base.value.get(above) if base is not None else None
        for name, value in fields.items() if isinstance(fields, dict) else ():
            if _PLACEHOLDER.search(str(value)):
                yield Found(
                    checked.base_path,
                    checked.base_line(above, name),
                    f"{above}.{name} is still an example: {value}",
                    "Write who it really is, here and in translations/",
                )


def supplier_lapsed(checked: Checked) -> Iterator[Found]:
    """Suppliers whose qualification has not begun or is over."""
    for number, supplier in enumerate(checked.collection.suppliers if checked.collection is not None else ()):
        begun = supplier.qualified_on is None or supplier.qualified_on <= checked.today
        if not begun or (supplier.expires_on is not None and supplier.expires_on <= checked.today):
            when = f"ended on {supplier.expires_on}" if begun else f"begins on {supplier.qualified_on}"
            yield Found(
                checked.base_path,
                checked.base_line("suppliers", number, "expires_on" if begun else "qualified_on"),
                f"the qualification of {supplier.name} {when}",
                "Qualify them anew, or take them out; their links are closed until then",
            )


def training_lapsed(checked: Checked) -> Iterator[Found]:
    """Suppliers whose people were trained more than a year ago, or will be."""
    for number, supplier in enumerate(checked.collection.suppliers if checked.collection is not None else ()):
        training = supplier.training
        if training is not None and not checked.today - TRAINED_FOR <= training.held_on <= checked.today:
            yield Found(
                checked.base_path,
                checked.base_line("suppliers", number, "training"),
                f"{supplier.name} was trained on {training.held_on}, which is not within the last year",
                "Train them anew, and write down the day",
            )


def agreement_lapsed(checked: Checked) -> Iterator[Found]:
    """Statements of work that are over."""
    for number, supplier in enumerate(checked.collection.suppliers if checked.collection is not None else ()):
        work = supplier.statement_of_work
        if work is not None and work.expires_on is not None and work.expires_on <= checked.today:
            yield Found(
                checked.base_path,
                checked.base_line("suppliers", number, "statement_of_work", "expires_on"),
                f"the statement of work with {supplier.name} ended on {work.expires_on}",
                "Agree anew, or take them out; their links are closed until then",
            )


def pressing_invites(checked: Checked) -> Iterator[Found]:
    """Invites that hurry people or put the reward first: the collection's title and its one line, in every language."""
    base = checked.reading.base
    for name in ("title", "what_for") if base is not None else ():
        words = str(base.value.get(name, "")) if base is not None else ""
        for language in checked.languages:
            translation = checked.translation(words, language)
            if language != ORIGINAL and (translation is None or translation.translation == words):
                continue  # not translated, which is a finding of its own
            said = words if translation is None else translation.translation
            place = (checked.base_path, checked.base_line(name)) if translation is None else translation[:2]
            for each in entries("pressure", language):
                found = each.within(said)
                if found is not None:
                    what = f"an invite says “{found}” ({name}, {language}): {each.about}"
                    yield Found(*place, what, each.instead, language=language)


RULES: tuple[Rule, ...] = (
    error(
        "people.no_responsible_person",
        "Nobody is named who answers for the collection",
        "What nobody answers for, nobody puts right.",
        practices.ACCOUNTABLE,
    ),
    error(
        "people.no_impact_assessment",
        "No impact assessment is named",
        "Asking people who they are, for AI, calls for one before it begins.",
        practices.ACCOUNTABLE,
    ),
    Rule(
        "people.placeholder",
        Severity.ERROR,
        "A name or address was never replaced",
        "People would write to an address where nobody is.",
        *practices.ACCOUNTABLE,
        placeholders,
        can_be_waived=False,
        by_people=True,
    ),
    error(
        "people.supplier_unqualified",
        "A supplier lacks a qualification, training, an agreement or a contact",
        "Who is sent to people has to be known, and bound to the same promises.",
        practices.SUPPLIERS,
    ),
    warning(
        "people.supplier_lapsed",
        "A supplier's qualification is over, or has not begun",
        "Their links are closed until somebody has looked again.",
        practices.SUPPLIERS,
        supplier_lapsed,
    ),
    warning(
        "people.training_lapsed",
        "A supplier's people were not trained within the last year",
        "Who recruits has to know what may be said, and whom it may endanger.",
        practices.SUPPLIERS,
        training_lapsed,
    ),
    warning(
        "people.agreement_lapsed",
        "A supplier's statement of work is over",
        "Nobody recruits without being bound to how.",
        practices.SUPPLIERS,
        agreement_lapsed,
    ),
    error(
        "people.clauses_lacking",
        "A statement of work lacks a clause",
        "What is not agreed cannot be asked of them: each clause keeps people from some harm.",
        practices.SUPPLIERS,
    ),
    error(
        "people.pressing_invite",
        "An invite hurries people, steers them, or puts the reward first",
        "Under pressure nobody chooses freely.",
        practices.NO_PRESSURE,
        pressing_invites,
    ),
)
