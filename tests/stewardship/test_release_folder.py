"""What a release carries: protected data in every format, documents, a signed manifest. Over many made-up people."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pyreadstat
import pytest
from rdflib import Graph
from support.running import Bot
from support.terminal import Terminal

from bot.vault import is_signed

from .conftest import EXPORT, Surveybot, files_in

PEOPLE = 400
TRAITS = ("region", "language", "age", "ancestry", "gender_identity", "family_birthplaces", "family_regions",
          "quilombola", "grew_up_region", "first_language")  # fmt: skip


@pytest.fixture
async def crowd(bot: Bot, environment: dict[str, str], surveybot: Surveybot) -> Bot:
    """Many people who agreed to everything and chose nothing at review: to be passed on in a broader group."""
    await bot.stop()
    environment["SURVEYBOT_API_URL"] = "http://127.0.0.1:9"
    environment["SURVEYBOT_ALLOW_UNREVIEWED"] = "true"
    assert (await surveybot("db", "seed", "--contributors", str(PEOPLE))).code == 0
    return bot


async def made(surveybot: Surveybot, *more: str) -> dict[str, Any]:
    done = await surveybot(*EXPORT, "evaluation", "--json", *more)
    assert done.code == 0, done.err
    told: dict[str, Any] = done.value
    told["folder"] = Path(told["folder"])
    return told


def inside(told: dict[str, Any], elsewhere: Path) -> Path:
    folder: Path = elsewhere / told["folder"]
    return folder


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a release, in any format, as CSV has them."""
    match path.suffix:
        case ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file, strict=True))
        case ".jsonl":
            rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        case ".parquet":
            rows = pq.read_table(path).to_pylist()
        case _:
            raise AssertionError(path)
    return [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows]


async def test_every_format_says_the_same_and_no_row_is_in_a_smaller_group(
    crowd: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    releases = {name: await made(surveybot, "--format", name) for name in ("csv", "jsonl", "parquet", "sav", "dta")}
    files = {name: tmp_path / "elsewhere" / told["file"] for name, told in releases.items()}

    rows = read(files["csv"])
    assert read(files["jsonl"]) == rows
    assert read(files["parquet"]) == rows
    groups = Counter(
        tuple([row[name] for name in TRAITS] + [row[f"{name}.status"] for name in TRAITS[2:]]) for row in rows
    )
    assert min(groups.values()) >= 5
    told = releases["csv"]
    assert told["rows"] == len(rows) == PEOPLE - told["left_out"]
    assert crowd.stores.rows("select count(*) from release_rows where release = ?", told["release"]) == [(len(rows),)]
    assert told["left_out"] > 0, "made-up people are rare in every way"
    assert not any(row["ancestry.text"] for row in rows)

    spss, meant = pyreadstat.read_sav(files["sav"], user_missing=True)
    stata, letters = pyreadstat.read_dta(files["dta"], user_missing=True)
    assert list(spss["contributor"]) == list(stata["contributor"]) == [row["contributor"] for row in rows]
    for place, row in enumerate(rows):
        code, letter = spss["age"][place], stata["age"][place]
        if row["age.status"] == "prefer_not_to_answer":
            assert (code, letter) == (-1, "a")
        elif row["age.status"] == "not_asked":
            assert (code, letter) == (-3, "c")
        else:
            assert code == letter
            assert code < 100 or row["age"] in {"age_18_34", "age_35_54", "age_55_up", "several"}
    assert meant.variable_value_labels["age"][-1] == "Preferred not to answer"
    assert letters.variable_value_labels["age"]["a"] == "Preferred not to answer"
    import pandas as pd

    again = pd.read_stata(files["dta"], convert_categoricals=False, convert_missing=True)
    assert {str(cell) for cell in again["ancestry_black"]} <= {"0", "1", ".a", ".b", ".c", ".d", ".e"}


async def test_a_larger_group_loses_more_and_a_smaller_one_is_refused(crowd: Bot, surveybot: Surveybot) -> None:
    assert crowd.settings is not None
    five, twenty = await made(surveybot), await made(surveybot, "--k", "20")
    refused = await surveybot(*EXPORT, "evaluation", "--k", "4")

    assert twenty["left_out"] > five["left_out"]
    assert refused.code == 1
    assert "name 5 or more" in refused.err


async def test_everything_that_goes_with_the_data(crowd: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    assert crowd.settings is not None
    told = await made(surveybot)
    folder = inside(told, tmp_path / "elsewhere")

    names = {path.relative_to(folder).as_posix() for path in files_in(folder)}
    data = f"{folder.name}.csv"
    documents = {"README.md", "codebook.csv", "datasheet.md", "protection.md", "croissant.json"}
    consents = {name for name in names if name.startswith("consent/")}
    purposes = {name for name in names if name.startswith("purposes/")}
    assert names == {data, "manifest.json", "manifest.json.sig", *documents, *consents, *purposes}
    content = (folder / "manifest.json").read_bytes()
    manifest = orjson.loads(content)
    signature = base64.b64decode((folder / "manifest.json.sig").read_bytes())
    assert is_signed(base64.b64decode(manifest["signing_key"]), content, signature)
    assert not is_signed(base64.b64decode(manifest["signing_key"]), content.replace(b"lab", b"lob"), signature)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    assert manifest["files"] == {name: hashes[name] for name in names if not name.startswith("manifest.json")}
    assert told["manifest_sha256"] == hashes["manifest.json"]
    assert {path.stat().st_mode & 0o077 for path in files_in(folder)} == {0}

    agreed = {row["consent_sha256"] for row in read(folder / data)}
    assert {hashes[name] for name in consents} == agreed, "the exact texts that people in it agreed to"
    languages = {row["language"] for row in read(folder / data)}
    assert {name.split("-")[1] for name in purposes} == languages, "and the purposes as they read them"
    with (folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        book = list(csv.DictReader(file))
    assert {line["column"] for line in book} == set(read(folder / data)[0])
    assert ("age", "age_18_34", "Broader group: 18–24 / 25–34") in {
        (line["column"], line["value"], line["meaning"]) for line in book
    }
    page = (folder / "README.md").read_text()
    assert len(page.split()) < 700, "one page"
    assert "For one use alone: Measure how well AI works for different people" in page
    assert "surveybot withdrawals prune" in page
    sheet = (folder / "datasheet.md").read_text()
    for words in ("Contributors are paid for time", "floor", "/leave in the same chat", "Ada and Ben, two stewards",
                  "DPIA-EXAMPLE-1", "P24M", "purpose by purpose, in"):  # fmt: skip
        assert words in sheet
    lost = [loss for loss in told["losses"] if loss["broader"] + loss["left_out"] > loss["gave"] / 5]
    assert lost
    assert "More than a fifth" in page
    for document in (page, (folder / "protection.md").read_text()):
        assert not re.search(r"\| [1-4] \|", document), "no count that points at somebody"


def load_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever two fields are compared, the library compares versions; here only once. And with each cell it looks
    among all fields for the one that it has in hand, by their names, millions of times a table."""
    from mlcroissant import Context
    from mlcroissant._src.structure_graph.base_node import Node

    first = Context().conforms_to
    oldest = tuple(each for each in type(first) if each < first)
    monkeypatch.setattr(Context, "is_v0", lambda context: context.conforms_to in oldest)
    monkeypatch.setattr(Node, "__eq__", object.__eq__)


@pytest.mark.filterwarnings("ignore")  # the library's own
@pytest.mark.parametrize("made_as", ["csv", "jsonl", "parquet", "sav"])
async def test_croissant_is_valid_and_loads(
    crowd: Bot, surveybot: Surveybot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_as: str
) -> None:
    import mlcroissant  # here, as it takes long and every process would wait for it

    assert crowd.settings is not None
    told = await made(surveybot, "--format", made_as)
    folder = inside(told, tmp_path / "elsewhere")
    value = orjson.loads((folder / "croissant.json").read_bytes())

    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")

    assert dataset.metadata.ctx.issues.errors == set()
    assert {term["termCode"] for term in value["usageInfo"]} == {"evaluation", "improvement", "balance", "invites"}
    terms = (Path(__file__).parents[1] / "journeys" / "dpv-terms.txt").read_text().split()
    used = {term.rpartition("#")[2] for each in value["usageInfo"] for term in each["url"]}
    assert {term for term in used if not any(known.endswith(term) for known in terms)} == set()
    assert len(Graph().parse(data=json.dumps(value), format="json-ld")) > 50
    if made_as == "sav":
        assert "recordSet" not in value, "readers of Croissant load no SPSS"
        return
    rows = {row["contributor"]: row for row in read(folder / f"{folder.name}.{made_as}")}
    load_quickly(monkeypatch)
    loaded = list(dataset.records("contributions"))
    assert len(loaded) == len(rows)
    for record in loaded:
        cells = {key.partition("/")[2]: cell for key, cell in record.items()}
        name = cells["contributor"].decode()
        assert cells["region"].decode() == rows[name]["region"]
        assert cells["age.status"].decode() == rows[name]["age.status"]


async def test_tables_of_single_questions_lose_less_and_join_to_nothing(
    crowd: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    assert crowd.settings is not None
    whole = await made(surveybot)
    told = await made(surveybot, "--single-question-tables")
    folder = inside(told, tmp_path / "elsewhere")

    tables = {Path(name).stem.rpartition("-")[2]: read(tmp_path / "elsewhere" / name) for name in told["files"]}
    assert {"age", "ancestry", "gender_identity"} <= set(tables)
    names = [row["contributor"] for rows in tables.values() for row in rows]
    assert len(set(names)) == len(names), "nobody has a name in two tables"
    assert not set(names) & {
        row["contributor"] for row in read(inside(whole, tmp_path / "elsewhere") / f"{whole['folder'].name}.csv")
    }
    for question, rows in tables.items():
        assert [row["contributor"] for row in rows] == sorted(row["contributor"] for row in rows)
        assert set(rows[0]) & {"region", "language", "consent_record"} == set()
        counts = Counter(row[question] for row in rows)
        assert all(count >= 5 for answer, count in counts.items() if answer not in {"several", ""})
    assert (told["left_out"], told["rows"]) == (0, PEOPLE)
    gone = {name: sum(loss["broader"] + loss["left_out"] for loss in each["losses"]) for name, each in
            (("whole", whole), ("tables", told))}  # fmt: skip
    assert gone["tables"] < gone["whole"]
    assert (folder / "manifest.json").exists()


@pytest.mark.usefixtures("crowd")
async def test_each_table_is_told_with_its_own_hash_and_its_own_rows(surveybot: Surveybot, tmp_path: Path) -> None:
    done = await surveybot(*EXPORT, "evaluation", "--single-question-tables")
    assert done.code == 0, done.err

    told = re.findall(r"^(\S+): (\d+) rows?, SHA-256 (\w+)$", done.out, re.MULTILINE)
    assert len(told) > 2
    for name, rows, sha256 in told:
        path = tmp_path / "elsewhere" / name
        assert (int(rows), sha256) == (len(read(path)), hashlib.sha256(path.read_bytes()).hexdigest())
    assert len({rows for _, rows, _ in told}) > 1, "not everybody is asked everything"
    assert "loses less" not in done.out, "that shape is in use"


COMMAND = str(Path(sys.executable).parent / "surveybot")
WANTED = ("export", "demographics", "--purpose", "evaluation", "--recipient", "lab")


async def test_what_would_be_lost_is_said_before_anything_is_made(
    crowd: Bot, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    seen = await surveybot(*WANTED, "--preview")
    told = (await surveybot(*WANTED, "--preview", "--json")).value
    assert seen.code == 0, seen.err
    assert "Not said exactly, or left out, of those who gave an answer:" in seen.out
    assert "--single-question-tables would lose less" in seen.out
    assert {each["percent"] % 5 for each in told["losses"]} == {0}
    assert told["rows"] > PEOPLE // 2

    out = ("--out", "out", "--by", "Ada", "--confirmed-by", "Ben")
    command = [COMMAND, *WANTED, *out]
    async with Terminal(command, tmp_path / "elsewhere", environment) as terminal:
        await terminal.answers("Go on?", "n")
        await terminal.sees("Nothing was made.")
        assert await terminal.ends() == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert crowd.stores.count("releases") == 0

    async with Terminal(command, tmp_path / "elsewhere", environment) as terminal:
        await terminal.answers("Go on?", "y")
        await terminal.sees("is in the ledger")
        assert await terminal.ends() == 0
    assert (await surveybot(*WANTED)).code == 2, "without a preview it says where"


@pytest.mark.usefixtures("crowd")
async def test_a_recipient_who_has_one_shape_is_not_given_the_other_unsaid(surveybot: Surveybot) -> None:
    whole = await surveybot(*EXPORT, "evaluation")
    assert "another shape" not in whole.err
    [made] = (await surveybot("releases", "--json")).value
    again = await surveybot(*EXPORT, "improvement")
    assert "another shape" not in again.err, "the same shape is compared by pseudonyms that it knows"

    looked = await surveybot(*WANTED, "--preview", "--single-question-tables")
    tables = await surveybot(*EXPORT, "evaluation", "--single-question-tables")
    for done in (looked, tables):
        assert done.code == 0
        assert f"lab has this collection in another shape, or in groups of another size: release {made['id'][:8]}" in (
            done.err
        )
    elsewhere = await surveybot(*EXPORT, "evaluation", "--single-question-tables", "--recipient", "clinic")
    assert "another shape" not in elsewhere.err


async def test_no_cell_of_a_table_of_one_question_says_where_somebody_is(
    crowd: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    """Regions offer different options: an empty cell among filled ones would tell them apart."""
    assert crowd.settings is not None
    told = await made(surveybot, "--single-question-tables")

    for name in told["files"]:
        question = Path(name).stem.rpartition("-")[2]
        for row in read(tmp_path / "elsewhere" / name):
            marks = {cell for column, cell in row.items() if re.fullmatch(rf"{question}\.(?!status$|text$).*", column)}
            assert marks == {""} or "" not in marks, f"{question}: {row}"
    with (inside(told, tmp_path / "elsewhere") / "codebook.csv").open(encoding="utf-8", newline="") as file:
        kinds = {line["kind"] for line in csv.DictReader(file) if line["column"] == "ancestry.black"}
    assert all("0 also where the option is not offered" in kind for kind in kinds if kind)
    sheet = (inside(told, tmp_path / "elsewhere") / "datasheet.md").read_text()
    assert "an empty cell would say where they are" in sheet
