"""The table of a release: every cell of it, by what people pressed and wrote."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.running import Bot

from bot import shipped
from bot.sandbox.server import Sandbox
from flows.collection import OPT_OUT
from flows.faults import CollectionFaults
from flows.load import load_collection, load_collections

from .conftest import (
    BALANCE,
    IMPROVEMENT,
    LINK,
    Arrive,
    Export,
    contributor_of,
    take_back,
    take_part,
)

FIXED = [
    "contributor",
    "collection",
    "region",
    "language",
    "consent_record",
    "consent_version",
    "consent_sha256",
    "consent_given_at",
    "submitted_at",
    "purposes",
    "participant",
]
READY = load_collection(shipped.ready_collections() / "demographics")


def options_of(question_id: str, territory: str | None = None) -> list[str]:
    """Every option that some region offers, or a certain one: the regions' order, then their own."""
    regions = [region for region in READY.regions if territory in {None, region.territory}]
    asked = [question for region in regions if (question := region.question(question_id)) is not None]
    return list(dict.fromkeys(option.id for question in asked for option in question.options))


AGES = options_of("age")
ANCESTRY = options_of("ancestry")
GENDERS = options_of("gender_identity")
GREW_UP = options_of("grew_up_region")
LANGUAGES = options_of("first_language")
QUESTIONS = list(dict.fromkeys(question.id for region in READY.regions for question in region.questions))
DESCRIBED = frozenset({"ancestry", "gender_identity", "family_regions"})
"""Questions that take own words."""


def columns(question: str, options: list[str], *, own_words: bool = False) -> list[str]:
    return [
        f"{question}.status",
        question,
        *(f"{question}.{option}" for option in options),
        *([f"{question}.text"] if own_words else []),
    ]


EVERY_COLUMN = [
    *FIXED,
    *(name for each in QUESTIONS for name in columns(each, options_of(each), own_words=each in DESCRIBED)),
]


def cells(
    question: str, status: str, options: list[str], *chosen: str, text: str | None = None, region: str = "US"
) -> dict[str, str]:
    """The cells of a question in CSV: 1 and 0 where it was answered, nothing where it was not.

    Nothing either for options that only other regions offer.
    """
    found = {f"{question}.status": status, question: " ".join(chosen)}
    offered = options_of(question, region)
    for option in options:
        answered = status == "answered" and option in offered
        found[f"{question}.{option}"] = str(int(option in chosen)) if answered else ""
    return found if text is None else {**found, f"{question}.text": text}


async def test_every_cell_of_somebody_who_chose_several_and_described_themselves(
    bot: Bot, arrive: Arrive, exported: Export
) -> None:
    answers = {
        "age": ["age_25_34"],
        "ancestry": ["black", "asian", "own words:=cmd()|' /C calc'!A0"],
        "gender_identity": ["non_binary", "woman"],
    }
    sam = await take_part(arrive(), IMPROVEMENT, BALANCE, answers=answers)

    release = await exported("improvement", own_words=True)

    assert release.columns == EVERY_COLUMN
    [row] = release.rows
    [(record, version, sha256, given_at)] = bot.stores.rows("select id, version, sha256, given_at from consent_records")
    assert {name: row[name] for name in FIXED} == {
        "contributor": contributor_of(bot, sam),
        "collection": "demographics",
        "region": "US",
        "language": "en",
        "consent_record": bot.stores.vault().release_record(record, "lab"),
        "consent_version": str(version),
        "consent_sha256": sha256,
        "consent_given_at": given_at[:10],
        "submitted_at": bot.stores.rows("select submitted_at from contributions")[0][0][:10],
        "purposes": "evaluation improvement balance",
        "participant": "",
    }
    assert {name: row[name] for name in EVERY_COLUMN if name not in FIXED} == {
        **cells("age", "answered", AGES, "age_25_34"),
        **cells("grew_up_region", "not_asked", GREW_UP),
        **cells("first_language", "not_asked", LANGUAGES),
        **cells("quilombola", "not_asked", options_of("quilombola")),
        **cells("family_birthplaces", "not_asked", options_of("family_birthplaces")),
        **cells("family_regions", "not_asked", options_of("family_regions"), text=""),
        **cells("ancestry", "answered", ANCESTRY, "asian", "black", "described", text="'=cmd()|' /C calc'!A0"),
        **cells("gender_identity", "answered", GENDERS, "woman", "non_binary", text=""),
    }


async def test_four_states_stay_apart(arrive: Arrive, exported: Export) -> None:
    """Answered, preferred not to, not reached, not asked here: in two regions and languages."""
    quiet = {"age": [OPT_OUT], "ancestry": [OPT_OUT], "gender_identity": ["man"]}
    sam, amira = arrive(), arrive("Amira", "ar", "EG")
    await take_part(sam, answers=quiet)
    await take_part(amira)

    release = await exported()

    us, eg = release.only(region="US"), release.only(region="EG", language="ar")
    assert us.items() >= cells("age", "prefer_not_to_answer", AGES).items()
    assert us.items() >= cells("ancestry", "prefer_not_to_answer", ANCESTRY, text="").items()
    assert us.items() >= cells("gender_identity", "answered", GENDERS, "man", text="").items()
    assert eg.items() >= cells("ancestry", "not_asked", ANCESTRY, text="").items()
    assert eg.items() >= cells("gender_identity", "not_asked", GENDERS, text="").items()
    assert eg.items() >= cells("grew_up_region", "answered", GREW_UP, "delta", region="EG").items()
    assert eg.items() >= cells("first_language", "answered", LANGUAGES, "egyptian_arabic", region="EG").items()
    assert OPT_OUT not in "".join(cell for name, cell in us.items() if not name.endswith(".status"))


async def test_json_lines_are_exact(arrive: Arrive, exported: Export) -> None:
    words = '=1+1, "זה" أنا 🙂 ‍; \''
    answers = {"age": [OPT_OUT], "ancestry": [f"own words:{words}"], "gender_identity": ["woman"]}
    await take_part(arrive(), answers=answers)

    release = await exported(made_as="jsonl", own_words=True)

    [row] = release.rows
    assert list(row) == EVERY_COLUMN
    assert row["ancestry.text"] == words
    assert (row["consent_version"], row["ancestry.described"], row["ancestry.asian"]) == (1, 1, 0)
    assert (row["age"], row["age.age_18_24"], row["participant"]) == (None, None, None)


async def test_days_unless_exact_times_are_asked_for(bot: Bot, arrive: Arrive, exported: Export) -> None:
    await take_part(arrive())

    [days], [exact] = (await exported()).rows, (await exported(exact_times=True)).rows

    [(submitted_at,)] = bot.stores.rows("select submitted_at from contributions")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", days["consent_given_at"])
    assert exact["submitted_at"] == submitted_at.replace(" ", "T") + "Z"
    assert exact["submitted_at"].startswith(days["submitted_at"])
    assert [row[0] for row in bot.stores.rows("select exact_times from releases order by made_at")] == [0, 1]


async def test_rows_stand_in_the_order_of_the_recipients_own_pseudonyms(
    bot: Bot, arrive: Arrive, exported: Export
) -> None:
    """Two recipients can join their files neither by pseudonym nor by place."""
    people = [arrive(f"P{number}") for number in range(6)]
    for somebody in people:
        await take_part(somebody)

    lab, clinic = await exported(recipient="lab"), await exported(recipient="clinic")

    for release, recipient in ((lab, "lab"), (clinic, "clinic")):
        assert [row["contributor"] for row in release.rows] == sorted(
            contributor_of(bot, somebody, recipient) for somebody in people
        )
    assert not {row["contributor"] for row in lab.rows} & {row["contributor"] for row in clinic.rows}
    assert not {row["consent_record"] for row in lab.rows} & {row["consent_record"] for row in clinic.rows}


async def test_only_submitted_contributions_that_were_not_taken_back(arrive: Arrive, exported: Export) -> None:
    submitted, unfinished, gone = arrive("A"), arrive("B"), arrive("C")
    await take_part(submitted)
    await take_part(unfinished, submit=False)
    await take_part(gone)
    await take_back(gone)

    assert len((await exported()).rows) == 1


async def test_the_participant_code_leaves_only_under_its_purpose(arrive: Arrive, exported: Export) -> None:
    linked, unlinked = arrive("A"), arrive("B")
    await take_part(linked, LINK, code="a7Kx93Qz")
    await take_part(unlinked, code="b8Ly04Rw")

    link, evaluation = await exported("link"), await exported("evaluation")

    assert [row["participant"] for row in link.rows] == ["a7Kx93Qz"]
    assert [row["participant"] for row in evaluation.rows] == ["", ""]
    assert b"b8Ly04Rw" not in link.path.read_bytes()


class TestACollectionThatChanges:
    """What was ever opened keeps its columns."""

    @pytest.fixture
    def collections(self, tmp_path: Path, environment: dict[str, str]) -> Path:
        folder = tmp_path / "collections"
        shutil.copytree(shipped.ready_collections() / "demographics", folder / "demographics")
        environment["SURVEYBOT_COLLECTIONS"] = str(folder)
        return folder / "demographics"

    def without_gender(self, folder: Path) -> None:
        for path in folder.glob("regions/*/region.yaml"):
            words = re.sub(
                r"\n  - id: gender_identity.*?(?=\nnot_asked:)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
            )
            path.write_text(words.replace(" gender_identity,", ""), encoding="utf-8")

    def with_more(self, folder: Path) -> None:
        """An option more for an old question, and a new question, in the US."""
        path = folder / "regions" / "US" / "region.yaml"
        words = path.read_text(encoding="utf-8")
        option = "      - {id: chamorro, label: CHamoru, parent: any_group}\n"
        question = "  - id: newcomer\n"
        words = words.replace("      - {id: described", option + "      - {id: described")
        path.write_text(words.replace("not_asked:", question + "not_asked:"), encoding="utf-8")
        questions = folder / "questions.yaml"
        asked = "\nnewcomer:\n  subject: other\n  kind: one\n  text: New here?\n  options:\n"
        asked += "    - {id: new_yes, label: New}\n    - {id: new_no, label: Not new}\n"
        questions.write_text(questions.read_text(encoding="utf-8") + asked, encoding="utf-8")

    async def test_columns_of_a_vanished_question_stay_with_what_was_answered(
        self, sandbox: Sandbox, tmp_path: Path, collections: Path, exported: Export
    ) -> None:
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        before = await take_part(_somebody(bot, "A"))
        await bot.stop()
        self.without_gender(collections)
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        try:
            after = await take_part(_somebody(bot, "B"))
            release = await exported()
        finally:
            await bot.stop()

        assert release.columns == EVERY_COLUMN
        assert release.only(contributor=contributor_of(bot, before))["gender_identity"] == "woman"
        late = release.only(contributor=contributor_of(bot, after))
        assert late.items() >= cells("gender_identity", "not_asked", GENDERS, text="").items()

    async def test_the_newest_answers_are_exported_and_those_to_a_vanished_question_stay(
        self, sandbox: Sandbox, tmp_path: Path, collections: Path, exported: Export
    ) -> None:
        """An edit takes the place of what was said before, and of nothing that was not asked again."""
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        somebody = await take_part(_somebody(bot, "A"))
        await bot.stop()
        self.without_gender(collections)
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        try:
            await somebody.say("/edit")
            await somebody.press("Change {number}", number=1)
            await somebody.press_label("18–24")
            await somebody.press("Submit")
            [row] = (await exported()).rows
        finally:
            await bot.stop()

        assert (row["age"], row["gender_identity.status"], row["gender_identity"]) == ("age_18_24", "answered", "woman")

    async def test_what_is_new_comes_behind_and_was_not_reached_by_who_had_submitted(
        self, sandbox: Sandbox, tmp_path: Path, collections: Path, exported: Export
    ) -> None:
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        us, eg = _somebody(bot, "A"), _somebody(bot, "Amira", "ar", "EG")
        await take_part(us)
        await take_part(eg)
        await bot.stop()
        self.with_more(collections)
        bot = Bot(sandbox, tmp_path, collections=collections.parent)
        await bot.start()
        try:
            release = await exported()
        finally:
            await bot.stop()

        assert [name for name in release.columns if name in EVERY_COLUMN] == EVERY_COLUMN
        assert release.columns[-4:] == columns("newcomer", ["new_yes", "new_no"])
        place = release.columns.index("ancestry.chamorro")
        assert release.columns[place - 1 : place + 2] == [
            f"ancestry.{ANCESTRY[-1]}",
            "ancestry.chamorro",
            "ancestry.text",
        ]
        assert release.only(region="US").items() >= cells("newcomer", "not_reached", ["new_yes", "new_no"]).items()
        assert release.only(region="EG").items() >= cells("newcomer", "not_asked", ["new_yes", "new_no"]).items()

    def test_an_id_that_would_hide_a_column_is_refused_before_anybody_answers(self, collections: Path) -> None:
        """A question called `region` would take the place of where somebody lives."""
        self.with_more(collections)
        for path in (collections / "questions.yaml", collections / "regions" / "US" / "region.yaml"):
            path.write_text(path.read_text(encoding="utf-8").replace("newcomer", "region"), encoding="utf-8")

        with pytest.raises(CollectionFaults, match="'region' is a column of every release"):
            load_collections(collections.parent)


def _somebody(bot: Bot, name: str, language: str = "en", place: str = "US") -> Contributor:
    return Contributor(bot.sandbox.person(name, language), language, place, bot.collections[0], bot.texts)
