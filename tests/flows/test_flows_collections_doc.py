"""docs/collections.md names every field of every file, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from flows import collection as models
from flows.collection import Clause, Subject
from flows.consent import PLACEHOLDERS

DOC = (Path(__file__).parents[2] / "docs" / "collections.md").read_text(encoding="utf-8")

# Filled in by the program, from the folder's name or from other files.
_NOT_WRITTEN: dict[type[BaseModel], set[str]] = {
    models.Collection: {"regions", "documents", "what_changed", "targets"},
    models.Region: {"territory"},
}
_ID_STANDS_ABOVE: dict[type[BaseModel], set[str]] = {models.Question: {"id"}}

_TABLES: dict[str, type[BaseModel]] = {
    "collection.yaml": models.Collection,
    "organisation": models.Organisation,
    "responsible": models.Responsible,
    "ethics": models.Ethics,
    "suppliers": models.Supplier,
    "training": models.Training,
    "statement_of_work": models.StatementOfWork,
    "consent": models.ConsentTerms,
    "purposes": models.Purpose,
    "dpv": models.Dpv,
    "compensation": models.Compensation,
    "retention": models.Retention,
    "waived": models.Waiver,
    "question": models.Question,
    "options": models.Option,
    "regions/XX/region.yaml": models.Region,
    "pay": models.Pay,
    "quiet_hours": models.QuietHours,
    "help_lines": models.HelpLine,
    "sources": models.Source,
    "regions/XX/targets.yaml": models.Targets,
}


def table(heading: str) -> dict[str, str]:
    """Field to "yes" or "no", of the table below a heading."""
    section = re.split(r"^#+ ", DOC.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize(("heading", "model"), _TABLES.items(), ids=_TABLES)
def test_every_field_is_described_and_said_to_be_needed_or_not(heading: str, model: type[BaseModel]) -> None:
    """A coordinator who follows the page writes a folder that opens."""
    above = _ID_STANDS_ABOVE.get(model, set())
    wanted = {
        name: "yes" if field.is_required() and name not in above else "no"
        for name, field in model.model_fields.items()
        if name not in _NOT_WRITTEN.get(model, set())
    }
    assert table(heading) == wanted


def test_every_model_of_a_folder_has_its_table() -> None:
    """A new record cannot be forgotten."""
    cards = {models.Record, models.Card, models.CardQuestion}
    records = {m for m in vars(models).values() if isinstance(m, type) and issubclass(m, models.Record)}
    assert records - cards == set(_TABLES.values())


def test_every_placeholder_and_subject_is_named() -> None:
    """What may be written where only some words are possible."""
    assert set(re.findall(r"^\| `\{(\w+)\}` \|", DOC, flags=re.MULTILINE)) == PLACEHOLDERS
    assert all(f"`{subject.value}`" in DOC for subject in Subject)
    assert all(f"| `{clause.value}` |" in DOC for clause in Clause)
    assert str(models.MOST_OPTIONS) == "40"
    assert "two to forty" in DOC
