"""What is published, as one record: numbers, and what their cells are called. Files are made of it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.stewardship.statistics.noise import MILLION, Noise
from bot.storage.statistics import Publication
from flows.collection import Collection
from flows.language import language_name
from flows.statistics import LANGUAGES, NO_ANSWER, Cell, Place, Seen, Table


def suppressed_content(
    collection: Collection, publication: Publication, of: Sequence[Table], seen: Seen
) -> dict[str, Any]:
    """Suppressed tables."""
    return _content(collection, publication, of, seen.cells, seen.people, {})


def private_content(
    collection: Collection,
    publication: Publication,
    of: Sequence[Table],
    values: Mapping[Cell, int],
    noises: Mapping[str, Noise],
) -> dict[str, Any]:
    """Private tables."""
    return _content(collection, publication, of, values, {}, noises)


def _content(
    collection: Collection,
    publication: Publication,
    of: Sequence[Table],
    cells: Mapping[Cell, int | None],
    people: Mapping[Place, int | None],
    noises: Mapping[str, Noise],
) -> dict[str, Any]:
    return {
        "id": publication.id,
        "collection": collection.id,
        "title": collection.title,
        "kind": publication.kind,
        "purpose": publication.purpose,
        "published_on": publication.made_at.date().isoformat(),
        "epsilon": publication.epsilon / MILLION,
        "tables": [_table(collection, each, cells, people, noises.get(each.id)) for each in of],
    }


def _table(
    collection: Collection,
    table: Table,
    cells: Mapping[Cell, int | None],
    people: Mapping[Place, int | None],
    noise: Noise | None,
) -> dict[str, Any]:
    question = collection.question(table.id)
    drawn = {} if noise is None else _told(noise)
    return {
        "table": table.id,
        "title": question.text if question is not None else "Language that consent was read in",
        **drawn,
        "places": [
            {
                "region": place[0],
                "language": place[1] or None,
                "people": people.get(place),
                "cells": [
                    {
                        "cell": cell,
                        "label": _label(collection, table, place, cell),
                        "count": cells[table.id, place, cell],
                    }
                    for cell in here
                ],
            }
            for place, here in table.cells.items()
        ],
    }


def _told(noise: Noise) -> dict[str, Any]:
    return {
        "epsilon": noise.epsilon / MILLION,
        "cells_a_person_is_counted_in_at_most": noise.most,
        "noise": "discrete Laplace",
        "scale": noise.scale,
        "accuracy_95": noise.accuracy,
    }


def _label(collection: Collection, table: Table, place: Place, cell: str) -> str:
    if table.id == LANGUAGES:
        return language_name(cell, "en")
    if cell == NO_ANSWER:
        return "No answer"
    region = collection.region(place[0])
    question = region.question(table.id) if region is not None else None
    option = question.option(cell) if question is not None else None
    return option.label if option is not None else cell
