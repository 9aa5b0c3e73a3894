"""What is held about a contribution as a file: JSON for programs, and the same columns in words as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from babel.numbers import get_decimal_symbol

from bot.holdings import ABOUT, Fact
from bot.stewardship.formats import harmless
from bot.texts import Texts
from flows import language as lang
from flows.words import Raw, Text, say

# Marks that keep a value's direction inside a sentence; a cell or a field is no sentence.
_ISOLATES = re.compile("[\u2066-\u2069]")


def _said(text: Text, texts: Texts, language: str) -> str:
    return _ISOLATES.sub("", texts.plain(text, language))


def _verbatim(text: Text) -> str | None:
    """What is nobody's to translate, to the letter: the text agreed to has marks of direction of its own."""
    value = text.values.get("text")
    return value.text if text.message == "{text}" and isinstance(value, Raw) else None


def as_json(rows: Sequence[Fact], texts: Texts, language: str, now: dt.datetime) -> bytes:
    """The rows with ids and labels, times in UTC (UTF-8)."""

    def said(text: Text) -> str:
        return _said(text, texts, language)

    def row(fact: Fact) -> dict[str, Any]:
        part, part_label = fact.part
        status, status_label = fact.status if fact.status is not None else (None, None)
        return {
            "part": part,
            "part_label": said(part_label),
            "id": fact.id,
            "label": said(fact.label),
            "status": status,
            "status_label": said(status_label) if status_label is not None else None,
            "values": [{"id": name, "label": said(label)} for name, label in fact.values],
            "own_words": fact.own_words,
            "since": _utc(fact.since),
            "until": _utc(fact.until),
        }

    content = {
        "format": "surveybot own copy 1",
        "made_at": _utc(now),
        "language": language.replace("_", "-"),
        "rows": [row(fact) for fact in rows],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _utc(moment: dt.datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


_BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel takes UTF-8 for something else."""


def as_csv(rows: Sequence[Fact], texts: Texts, language: str, now: dt.datetime) -> bytes:
    """The rows in words. Excel parts cells by semicolons where a comma is the decimal sign."""

    def said(text: Text) -> str:
        return _said(text, texts, language)

    def row(fact: Fact) -> Iterator[str]:
        yield said(fact.part[1])
        yield said(fact.label)
        yield said(fact.status[1]) if fact.status is not None else ""
        yield (
            lang.listed([_verbatim(label) or said(label) for _, label in fact.values], language) if fact.values else ""
        )
        yield fact.own_words or ""
        yield _moment(fact.since)
        yield _moment(fact.until)

    headings = (
        say("What"),
        say("Name"),
        say("State"),
        say("Value"),
        say("In your own words"),
        say("Since (UTC)"),
        say("Until (UTC)"),
    )
    made = Fact(ABOUT, "made", say("This file was made"), since=now)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=_delimiter(language), lineterminator="\r\n")
    writer.writerow([said(heading) for heading in headings])
    writer.writerows([harmless(cell) for cell in row(fact)] for fact in (made, *rows))
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _delimiter(language: str) -> str:
    return ";" if get_decimal_symbol(lang.locale(language)) == "," else ","


def _moment(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M") if moment is not None else ""
