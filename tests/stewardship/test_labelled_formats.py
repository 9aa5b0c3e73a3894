"""Parquet, SPSS and Stata as other programs read them: labels, what is missing and why, rows taken out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pyreadstat
import pytest

from bot.stewardship.columns import FIXED, Asked, Column, columns_of, of_question
from bot.stewardship.formats import FORMATS
from bot.stewardship.rows import Cell
from flows.collection import Option, Question, Subject

AGES = ("young", "old")
AGE = Asked(
    "age",
    AGES,
    own_words=False,
    question=Question(
        id="age", subject=Subject.AGE, kind="one", text="How old are you?",
        options=tuple(Option(id=name, label=name.title()) for name in AGES),
    ),
    texts=("How old are you?",),
    labels={"young": "Young", "old": "Old"},
    parents={"young": "any_age", "old": "any_age"},
)  # fmt: skip
KIN = Asked("kin", ("a", "b"), own_words=True, labels={"a": "Ä", "b": "B"})
COLUMNS = columns_of([AGE, KIN])
WORDS = "🙂" * 1000


def row(name: str, age: tuple[Cell, ...], kin: tuple[Cell, ...]) -> tuple[Cell, ...]:
    fixed = (name, "demo", "US", "en", f"r_{name}", 1, "aa", "2026-11-01", "2026-11-02", "use", None)
    return (*fixed, *age, *kin)


ROWS = [
    row("c_1", ("answered", "young", 1, 0), ("answered", "a", 1, 0, WORDS)),
    row("c_2", ("prefer_not_to_answer", None, None, None), ("not_reached", None, None, None, None)),
    row("c_3", ("not_asked", None, None, None), ("answered", "b", None, 1, None)),
    row("c_4", ("answered", "any_age", None, None), ("answered", "several", None, None, None)),
]


def written(made_as: str, rows: list[tuple[Cell, ...]], folder: Path) -> Path:
    path = folder / f"release.{made_as}"
    with path.open("w+b") as file:
        writer = FORMATS[made_as].writer(file, COLUMNS, {"surveybot": "a release", "purpose": "use"})
        writer.write(rows[:1])
        writer.write(rows[1:])
        writer.end()
    return path


def pruned(made_as: str, path: Path, *gone: str) -> tuple[Path, int]:
    after = path.with_name(f"after-{path.name}")
    with path.open("rb") as source, after.open("w+b") as target:
        left_out = FORMATS[made_as].without(source, target, set(gone))
    return after, left_out


def test_spss_has_labels_and_says_why_something_is_missing(tmp_path: Path) -> None:
    frame, meta = pyreadstat.read_sav(written("sav", ROWS, tmp_path), user_missing=True)

    assert list(frame) == [column.name for column in COLUMNS]
    assert meta.column_names_to_labels["age"] == "age: How old are you?"
    assert meta.variable_value_labels["age"] == {
        1: "Young", 2: "Old", 101: "Broader group: Young / Old", 102: AGE.values[-1][1],
        -1: "Preferred not to answer", -2: "Not reached: added after this contribution was submitted",
        -3: "Not asked in that region", -4: "Passed on in a broader group, because few people share it",
        -5: "Offered in other regions only",
    }  # fmt: skip
    assert list(frame["age"]) == [1, -1, -3, 101]
    assert list(frame["age.young"]) == [1, -1, -3, -4]
    assert list(frame["kin.a"]) == [1, -2, -5, -4]
    assert list(frame["kin"]) == ["a", "", "b", "several"]
    assert meta.variable_value_labels["age.status"][2] == "Preferred not to answer"
    assert list(frame["age.status"]) == [1, 2, 4, 1]
    assert list(frame["kin.text"]) == [WORDS, "", "", ""]
    blanked, _ = pyreadstat.read_sav(tmp_path / "release.sav")
    assert blanked["age"].isna().tolist() == [False, True, True, False]


def test_stata_has_labels_and_says_why_something_is_missing(tmp_path: Path) -> None:
    path = written("dta", ROWS, tmp_path)
    frame, meta = pyreadstat.read_dta(path, user_missing=True)

    assert list(frame["age"]) == [1, "a", "c", 101]
    assert list(frame["age_young"]) == [1, "a", "c", "d"]
    assert list(frame["kin_a"]) == [1, "b", "e", "d"]
    assert meta.variable_value_labels["age"]["a"] == "Preferred not to answer"
    assert meta.variable_value_labels["age"][1] == "Young"
    assert meta.column_names_to_labels["kin_a"] == "kin.a: kin Ä"
    assert frame["kin_text"][0] == WORDS
    import pandas as pd  # here, as it takes long and every process would wait for it

    by_pandas = pd.read_stata(path, convert_categoricals=False, convert_missing=True)
    assert [str(cell) for cell in by_pandas["age"]] == ["1", ".a", ".c", "101"]


def test_parquet_says_in_each_field_what_it_means(tmp_path: Path) -> None:
    file = pq.ParquetFile(written("parquet", ROWS, tmp_path))

    assert file.schema_arrow.metadata[b"purpose"] == b"use"
    meaning = file.schema_arrow.field("age").metadata
    assert meaning[b"label"] == b"How old are you?"
    assert json.loads(meaning[b"values"])["young"] == "Young"
    assert file.schema_arrow.field("kin.a").metadata[b"option"] == b"a"
    assert file.read().to_pylist() == [
        dict(zip([column.name for column in COLUMNS], each, strict=True)) for each in ROWS
    ]


def test_a_million_rows_need_one_row_group_in_memory() -> None:
    file = io.BytesIO()
    writer = FORMATS["parquet"].writer(file, [*FIXED, *of_question(AGE)], {})
    for number in range(25):
        writer.write([(f"c_{number}_{n}", *ROWS[0][1:15]) for n in range(1000)])
    writer.end()

    made = pq.ParquetFile(file)
    assert [made.metadata.row_group(n).num_rows for n in range(made.num_row_groups)] == [10_000, 10_000, 5_000]


@pytest.mark.parametrize("made_as", ["parquet", "sav", "dta"])
def test_taking_rows_out_leaves_the_rest_and_every_label(made_as: str, tmp_path: Path) -> None:
    path = written(made_as, ROWS, tmp_path)

    after, left_out = pruned(made_as, path, "c_2", "c_4", "c_9")

    alone = written(made_as, [ROWS[0], ROWS[2]], tmp_path)
    assert left_out == 2
    if made_as == "parquet":
        assert pq.read_table(after).equals(pq.read_table(alone), check_metadata=True)
        return
    import pandas as pd

    read = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[made_as]
    frame, meta = read(after, user_missing=True)
    expected, meant = read(alone, user_missing=True)
    pd.testing.assert_frame_equal(frame, expected)
    assert meta.variable_value_labels == meant.variable_value_labels
    assert meta.column_names_to_labels == meant.column_names_to_labels
    assert meta.missing_ranges == meant.missing_ranges
    assert meta.notes == meant.notes


@pytest.mark.parametrize("made_as", ["parquet", "sav", "dta"])
def test_a_file_of_which_everybody_is_gone_still_opens(made_as: str, tmp_path: Path) -> None:
    after, left_out = pruned(made_as, written(made_as, ROWS, tmp_path), *(str(each[0]) for each in ROWS))

    assert left_out == 4
    again, _ = pruned(made_as, after, "c_1")
    assert again.exists()


def test_names_that_a_program_cannot_have_stay_apart(tmp_path: Path) -> None:
    long = "q" * 40
    columns = (*FIXED, *(Column(f"{long}.{'o' * 38}{end}", COLUMNS[5].kind) for end in "ab"))
    for made_as, read in (("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)):
        path = tmp_path / f"long.{made_as}"
        with path.open("w+b") as file:
            writer = FORMATS[made_as].writer(file, columns, {})
            writer.write([(*ROWS[0][:11], 1, 2)])
            writer.end()
        frame, _ = read(path)
        assert len(set(frame)) == len(columns)
        assert frame.iloc[0].tolist()[-2:] == [1, 2]


def test_the_bot_starts_without_the_heavy_libraries() -> None:
    heavy = "{'pandas', 'pyarrow', 'pyreadstat', 'numpy'}"
    asked = f"import sys, bot.bootstrap, bot.stewardship.export; print({heavy} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", asked], text=True) == "set()\n"
