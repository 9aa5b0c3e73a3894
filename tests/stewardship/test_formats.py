"""Formats by themselves: what a spreadsheet may see, and taking contributors out of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stewardship.columns import Column, Kind
from bot.stewardship.formats import FORMATS, harmless

COLUMNS = (
    Column("contributor", Kind.ID),
    Column("ancestry", Kind.CHOICES, "ancestry"),
    Column("ancestry.text", Kind.WORDS, "ancestry"),
)


@pytest.mark.parametrize(
    "words",
    [
        "=cmd()",
        "+1",
        "-1",
        "@SUM(A1)",
        "  =1",
        "\u3000=1",
        "\u200b=1",
        "\ufeff=1",
        "\t1",
        "\r1",
        "\n=1",
        " \t1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹦1",
    ],
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(words: str) -> None:
    assert harmless(words) == "'" + words


@pytest.mark.parametrize("words", ["", "Mixed", "a=b", "Scots-Irish", "O'Brien", "me@home", "١+١", "half; half", " x"])
def test_everything_else_stays_as_it_was_said(words: str) -> None:
    assert harmless(words) == words


def test_what_follows_a_semicolon_is_a_cell_where_the_comma_is_a_decimal_sign() -> None:
    assert harmless("me; =cmd()") == "me;' =cmd()"


@given(st.text(alphabet="=+-@＝＋－＠\t\r\n ;,\"'ab\u3000", max_size=12))
def test_no_cell_is_run_and_none_is_lost(words: str) -> None:
    """Read by comma or by semicolon, no cell begins with what runs; apostrophes are all that was added."""
    safe = harmless(words)
    for cell in (safe, *safe.split(";")):
        assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))
        assert not cell.startswith(("\t", "\r"))
    assert safe.replace("'", "") == words.replace("'", "")


def written(made_as: str, rows: Sequence[tuple[str, str | None, str | None]]) -> bytes:
    file = io.BytesIO()
    writer = FORMATS[made_as].writer(file, COLUMNS, {})
    writer.write(rows[:1])
    writer.write(rows[1:])
    writer.end()
    return file.getvalue()


def test_csv_is_that_of_rfc_4180() -> None:
    content = written("csv", [("c_1", "a b", 'say "hi", you'), ("c_2", None, "two\nlines")])

    assert content == (
        b"contributor,ancestry,ancestry.text\r\n"
        b'c_1,a b,"say ""hi"", you"\r\n'
        b'c_2,,"two\nlines"\r\n'
    )  # fmt: skip


NAMES = st.lists(st.text(alphabet="0123456789abcdef", min_size=1, max_size=4), max_size=6, unique=True)
CELLS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize("made_as", ["csv", "jsonl"])  # the others: test_labelled_formats.py
@given(names=NAMES, words=st.lists(CELLS, min_size=6, max_size=6), data=st.data())
def test_taking_somebody_out_gives_the_file_that_was_written_without_them(
    made_as: str, names: list[str], words: list[str | None], data: st.DataObject
) -> None:
    rows = [(f"c_{name}", "x", words[place]) for place, name in enumerate(names)]
    out = data.draw(st.sets(st.sampled_from([row[0] for row in rows]))) if rows else set()
    after = io.BytesIO()

    left_out = FORMATS[made_as].without(io.BytesIO(written(made_as, rows)), after, out)

    assert left_out == len(out)
    assert after.getvalue() == written(made_as, [row for row in rows if row[0] not in out])


@given(CELLS)
def test_both_read_back(words: str | None) -> None:
    [row] = csv.DictReader(io.StringIO(written("csv", [("c_1", "x", words)]).decode(), newline=""), strict=True)
    [line] = written("jsonl", [("c_1", "x", words)]).splitlines()

    assert row["ancestry.text"] == harmless(words or "")
    assert orjson.loads(line)["ancestry.text"] == words
