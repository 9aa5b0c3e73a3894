"""A collection that a supplier recruits for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flows.collection import Clause

from .copies import copied

ACME = "Acme Fieldwork"


def with_supplier(folder: Path, until: dt.date) -> Path:
    """The ready collection in a folder, with a supplier who is attested until a day."""
    described = copied(folder) / "demographics" / "collection.yaml"
    described.write_text(
        described.read_text(encoding="utf-8").replace("\nconsent:\n", f"{supplier(until)}\nconsent:\n")
    )
    return folder


def supplier(until: dt.date) -> str:
    """As it stands in collection.yaml."""
    clauses = "".join(f"\n        {clause.value}: section {number}" for number, clause in enumerate(Clause, 1))
    return f"""  - id: acme
    name: {ACME}
    qualified_on: 2026-01-15
    expires_on: {until}
    training:
      held_on: 2026-01-10
      what: How to speak of consent, and whom not to approach
    statement_of_work:
      reference: SOW-2026-3
      clauses:{clauses}
    contact: field@acme.example
"""
