"""`surveybot check` and `surveybot new`, as they are run."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from support import stores
from support.breaking import OURS, READY, REGIONS, SPOKEN, TODAY, both, copied, drop, put, put_each, said
from support.running import settings_for
from typer.testing import CliRunner, Result

from bot.beginning.making import languages_of, ready_languages, ready_regions
from bot.checking.check import check_collection
from bot.checking.launching import refuse_unfit
from bot.checking.page import drawn
from bot.checking.readability import Measure, measure_of, read, syllables_of
from bot.checking.rules import RULES
from bot.cli import app
from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections
from bot.settings import Settings
from flows.load import CollectionFaults, load_collection

ROOT = Path(__file__).parents[2]


def run(*words: str | Path) -> Result:
    """One command, in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder of collections, in which one has an error in sw and warnings in de."""
    folder = copied(tmp_path)
    both(
        put_each("consent/sw/*.md", "/leave", "/acha"),
        said("de", "Improve AI models", fuzzy=True),
        put("collection.yaml", "accrues: half", "accrues: last_question"),
    )(folder)
    return folder.parent


# --- check -----------------------------------------------------------------------------------------------------------


def test_the_ready_collection_passes_and_says_what_it_costs() -> None:
    result = run("check", READY)
    assert result.exit_code == 0
    assert re.search(r"US en +\d+ and \d+ taps, \d+ words, \d+ minutes", result.output)
    assert re.search(r"JP ja +\d+ and \d+ taps, \d+ letters, \d+ minutes", result.output)
    assert "0 errors, 0 warnings" in result.output


def test_an_error_ends_it_with_1_and_a_warning_does_not(broken: Path) -> None:
    result = run("check", broken)
    assert result.exit_code == 1
    assert "consent/sw/4.md:1: error: no card says how to leave [consent.no_way_to_leave]" in result.output
    assert "Say on card 4 that /leave ends it at any time" in result.output
    put_each("consent/sw/*.md", "/acha", "/leave")(broken / "demographics")
    result = run("check", broken)
    assert result.exit_code == 0
    assert "0 errors, 2 warnings" in result.output


def test_a_folder_that_cannot_be_read_is_told_all_the_same(broken: Path, tmp_path: Path) -> None:
    put("collection.yaml", "minutes: 6", "minutes: six")(broken / "demographics")
    result = run("check", broken)
    assert result.exit_code == 1
    assert "demographics: cannot be opened" in result.output
    assert "[files.unreadable]" in result.output
    assert "[consent.no_way_to_leave]" in result.output
    assert "no collection here" in run("check", tmp_path / "nowhere").output


def test_it_prints_json(broken: Path) -> None:
    result = run("check", broken, "--json")
    assert result.exit_code == 1
    printed = json.loads(result.stdout)
    leaving = next(each for each in printed["findings"] if each["rule"] == "consent.no_way_to_leave")
    assert (leaving["severity"], leaving["language"], leaving["line"]) == ("error", "sw", 1)
    [collection] = printed["collections"]
    assert {each["region"] for each in collection["regions"]} == set(REGIONS)
    assert all(each["minutes_estimated"] >= 1 for each in collection["passages"])


def test_it_prints_sarif_as_the_format_demands(broken: Path) -> None:
    """SARIF 2.1.0: what its schema requires (3.13 to 3.28), and what the text adds to it."""
    result = run("check", broken, "--sarif")
    log = json.loads(result.stdout)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    [made] = log["runs"]
    driver = made["tool"]["driver"]  # 3.18.2, 3.19.8: a name
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)  # 3.49.3
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}  # 3.50.3
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))  # 3.12
        assert rule["shortDescription"]["text"].endswith(".")
    base = made["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base.endswith("/")  # 3.14.14
    assert made["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    assert made["results"]
    for each in made["results"]:
        _is_a_result(each, ids)


def _is_a_result(result: dict[str, Any], ids: list[str]) -> None:
    assert result["message"]["text"]  # 3.27.11
    assert result["level"] in {"warning", "error"}
    assert ids[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
    [location] = result["locations"]
    place = location["physicalLocation"]
    address = place["artifactLocation"]
    parts = urlsplit(address["uri"])
    assert " " not in address["uri"]
    assert parts.scheme == "file" or not address["uri"].startswith("/")  # 3.4.3
    assert ("uriBaseId" in address) == (not parts.scheme)  # 3.4.4
    assert Path(unquote(parts.path)).exists()
    assert place["region"]["startLine"] >= 1  # 3.30.5


def test_it_holds_files_against_what_the_data_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another text was agreed to under this version, and people in the US take ten minutes; in Kenya too few say. What
    was asked as `age` was something else."""
    monkeypatch.chdir(tmp_path)
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    asyncio.run(_made(settings))
    with stores.opened(tmp_path) as data:
        data.execute("insert into documents values (?, 'demographics', 1, 'en', 'US', 'Earlier words')", ("0" * 64,))
        for place, people in (("US", 10), ("KE", 9)):
            data.execute("insert into tallies values ('demographics', ?, 'minutes:10', ?)", (place, people))
        data.execute("update vocabulary set meaning = 'nationality, one' where question = 'age' and option = ''")
        meant = {"improvement": {"label": "Improve AI models", "why": "AI models learn.", "may": ["own_words"]}}
        read = "insert into purpose_meanings values (?, 'demographics', 1, 'en', ?)"
        data.execute(read, ("0" * 64, json.dumps(meant)))
    folder = copied(tmp_path)
    monkeypatch.setenv("SURVEYBOT_COLLECTIONS", str(folder.parent))
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SURVEYBOT_KEY_STORE_URL", settings.key_store_url)
    result = run("check", "--json")
    assert result.exit_code == 1
    assert found_by(result) == {
        ("consent.reworded", "US"),
        ("consent.purpose_changed", None),
        ("pay.below_floor", "US"),
        ("consent.minutes_told", "US"),
        ("questions.id_reused", "BR"),
    }
    [purpose] = [each for each in json.loads(result.stdout)["findings"] if each["rule"] == "consent.purpose_changed"]
    assert purpose["what"] == "why, own_words of improvement (en) differ from what was agreed to as version 1"
    assert "count `version` of the consent up to 2" in purpose["remedy"]
    for named in (folder, folder.parent, Path("collections/demographics")):
        assert found_by(run("check", named, "--json")) == found_by(result), "it is the same folder"


def found_by(result: Result) -> set[tuple[str, str]]:
    """Rules and regions."""
    return {(each["rule"], each["region"]) for each in json.loads(result.stdout)["findings"]}


def test_it_says_nothing_of_sign_offs_that_it_has_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data is about the folder that the settings name, and about no other; and it may not be there to be read."""
    monkeypatch.chdir(tmp_path)
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    asyncio.run(_made(settings))
    ours, other = copied(tmp_path), copied(tmp_path / "elsewhere")
    for folder in (ours, other):
        OURS(folder)
    monkeypatch.setenv("SURVEYBOT_COLLECTIONS", str(ours.parent))
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SURVEYBOT_KEY_STORE_URL", settings.key_store_url)
    assert "US en: nobody has signed it off" in run("check", ours).output
    assert ("regions.no_sign_off", "US") in found_by(run("check", "--json"))
    _says_nothing_of_sign_offs(other)
    with stores.opened(tmp_path) as data:
        data.execute("update alembic_version set version_num = '9999'")
    _says_nothing_of_sign_offs(ours)
    monkeypatch.setenv("SURVEYBOT_SEND_RATE", "fast")  # settings that are wrong are no matter of a folder
    _says_nothing_of_sign_offs(other)


def _says_nothing_of_sign_offs(folder: Path) -> None:
    said = run("check", folder).output
    assert "US en: sign-offs not looked at" in said
    assert "nobody has signed it off" not in said
    result = run("check", folder, "--json")
    assert not {rule for rule, _ in found_by(result)} & {"regions.no_sign_off", "regions.lapsed", "regions.changed"}
    [collection] = json.loads(result.stdout)["collections"]
    states = {(each["content"], each["closed"]) for each in collection["regions"]}
    assert states == {(None, "not looked at")}


async def _made(settings: Settings) -> None:
    async with open_stores(settings, read_collections(settings), utc_now):
        pass


def test_words_of_a_collection_of_ones_own_come_into_its_catalogs(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far from any checkout: what `check` advises does what it says, and the language is offered again."""
    monkeypatch.setenv("SURVEYBOT_COLLECTIONS", str(broken))
    folder = broken / "demographics"
    put("collection.yaml", "label: Improve AI models", "label: Make AI models better")(folder)
    before = run("check")
    assert "Run surveybot catalogs" in before.output
    assert "make catalogs" not in before.output

    assert run("catalogs", "--check").exit_code == 1
    done = run("catalogs")
    assert done.exit_code == 0, done.output
    po = folder / "translations" / "sw" / "LC_MESSAGES" / "demographics.po"
    assert f"{po}: 'Make AI models better' is marked fuzzy" in done.output
    assert 'msgid "Make AI models better"' in po.read_text(encoding="utf-8")
    for language in SPOKEN[1:]:
        said(language, "Make AI models better", f"AI {language}", fuzzy=False)(folder)
        _unmark(folder, language)
    assert run("catalogs", folder).exit_code == 0
    assert run("catalogs", "--check").exit_code == 0
    assert "not offered" not in run("check").output


def _unmark(folder: Path, language: str) -> None:
    """Look at what was marked, and take the mark away, as a translator does."""
    po = folder / "translations" / language / "LC_MESSAGES" / "demographics.po"
    po.write_text(po.read_text(encoding="utf-8").replace("#, fuzzy\n", ""), encoding="utf-8")


def test_catalogs_of_a_folder_that_cannot_be_read_stay_as_they_are(broken: Path) -> None:
    folder = broken / "demographics"
    put("questions.yaml", "- ", "- {")(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.po")}
    done = run("catalogs", broken)
    assert done.exit_code == 1
    assert "questions.yaml" in done.output
    assert {path: path.read_bytes() for path in folder.rglob("*.po")} == before


def test_a_rule_is_explained() -> None:
    said_of_it = run("check", "--explain", "consent.hard_to_read").output
    assert "Flesch-Kincaid" in said_of_it
    assert "can be waived" in said_of_it
    assert "cannot be waived" in run("check", "--explain", "consent.no_way_to_leave").output
    unknown = run("check", "--explain", "consent.hard_to_reed")
    assert unknown.exit_code == 1
    assert "is it consent.hard_to_read" in unknown.output
    assert run("check", "--json", "--sarif").exit_code == 2


def test_the_page_is_drawn_from_the_rules() -> None:
    """`make rules` draws it anew."""
    assert (ROOT / "docs" / "checking.md").read_text(encoding="utf-8") == drawn()


# --- what it stops ---------------------------------------------------------------------------------------------------


def test_errors_keep_a_collection_closed_and_warnings_do_not(broken: Path) -> None:
    with pytest.raises(CollectionFaults, match=r"no card says how to leave.*--explain consent.no_way_to_leave"):
        refuse_unfit(broken, TODAY, nobody_real=True)
    put_each("consent/sw/*.md", "/acha", "/leave")(broken / "demographics")
    refuse_unfit(broken, TODAY, nobody_real=False)


def test_placeholders_stop_it_only_where_somebody_real_is_reached(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    drop("collection.yaml", r"^example: .*\n")(folder)
    refuse_unfit(folder.parent, TODAY, nobody_real=True)
    with pytest.raises(CollectionFaults, match="still an example"):
        refuse_unfit(folder.parent, TODAY, nobody_real=False)
    named = copied(tmp_path / "ours")
    OURS(named)
    refuse_unfit(named.parent, TODAY, nobody_real=False)


@pytest.mark.parametrize(
    "command",
    [("run",), ("invite", "demographics", "--yes"), ("pilot", "begin", "demographics", "30"), ("reopen", "halt-1")],
)
def test_commands_that_open_something_refuse(
    command: tuple[str, ...], broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every error, before anything is done."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURVEYBOT_COLLECTIONS", str(broken))
    monkeypatch.setenv("SURVEYBOT_TOKEN", "1:refused")
    monkeypatch.setenv("SURVEYBOT_API_URL", "http://127.0.0.1:9")
    result = run(*command)
    assert result.exit_code == 1
    assert "no card says how to leave" in result.output
    assert not (tmp_path / "data").exists()


# --- reading ---------------------------------------------------------------------------------------------------------


def test_each_language_is_measured_in_its_own_way() -> None:
    assert measure_of("en") is Measure.GRADE
    assert {measure_of(each) for each in ("de", "es", "pt_BR", "fr")} == {Measure.LIX}
    assert {measure_of(each) for each in ("ar", "hi", "id", "sw", "ur")} == {Measure.WORDS}
    assert {measure_of(each) for each in ("ja", "zh_Hans")} == {Measure.LETTERS}


def test_plain_words_are_easy_and_legalese_is_hard() -> None:
    """As the formulas' authors have it: short words in short sentences."""
    plain, hard = "We ask. You choose. You can stop.", "Notwithstanding institutional responsibilities concerning it."
    assert read(plain, "en").value < 3
    assert read(hard, "en").value > 15
    assert read(f"{plain} {hard}", "en").hardest[0] == hard
    assert read(plain, "de").value < 20
    assert read("質問です。答えは自由です。", "ja").value == 5.5
    assert read("هذا سؤال. الجواب حر لك.", "ar").value == 2.5
    assert read("क्या यह सवाल है? जवाब आपका है।", "hi").value == 3.5


@pytest.mark.parametrize(
    ("word", "count"),
    [("ask", 1), ("answers", 2), ("erased", 2), ("used", 1), ("people", 2), ("database", 3), ("available", 4),
     ("question", 2), ("area", 3), ("pieces", 2), ("promises", 3), ("receipt", 2), ("million", 2), ("created", 3)],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_said(word: str, count: int) -> None:
    assert syllables_of(word) == count


# --- new -------------------------------------------------------------------------------------------------------------

NAMES = (
    "--organisation", 'Institute of "Fair" Machines', "--page", "https://fair.int/bot", "--contact", "hello@fair.int",
    "--address", "7 Weaver Lane", "--role", "Lead for data protection", "--assessment", "DPIA-2026-14",
)  # fmt: skip

LEFT = {"regions.no_sign_off", "consent.not_read_aloud"}
"""What only people can give."""


def test_what_new_makes_passes_but_for_what_only_people_can_give(tmp_path: Path) -> None:
    """A signature and a voice, in every region that ships and every language; its names are its own everywhere."""
    chosen = [word for region in ready_regions() for word in ("--region", region)]
    result = run("new", "voices", "--yes", "--into", tmp_path, *NAMES, *chosen)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "voices"
    found = check_collection(folder, TODAY)
    assert {each.rule for each in found} == LEFT
    assert {each.region for each in found if each.region is not None} == set(ready_regions())
    collection = load_collection(folder)
    assert collection.languages == ready_languages()
    assert collection.organisation.name == 'Institute of "Fair" Machines'
    assert not collection.example


def test_new_takes_another_place_fewer_purposes_and_its_own_words(tmp_path: Path) -> None:
    """Of a place that does not ship an age alone is asked, in what is read there, for the money of the place."""
    result = run(
        "new", "voices", "--yes", "--into", tmp_path, *NAMES, "--region", "KE", "--region", "FR", "--pay", "FR=2.40",
        "--floor", "FR=20", "--floor-source", "FR=A living wage", "--without", "link", "--without", "invites",
        "--title", "Voices in AI", "--title", "sw=Sauti katika AI", "--title", "fr=Des voix dans l’IA",
        "--kept", "P12M", "--stored-in", "FR",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    folder = tmp_path / "voices"
    assert {each.rule for each in check_collection(folder, TODAY)} == LEFT
    collection = load_collection(folder)
    assert collection.languages == ("en", "sw", "fr")
    assert [purpose.id for purpose in collection.purposes] == ["evaluation", "improvement", "balance"]
    assert "Linking" not in collection.documents["en"][0].more
    assert (collection.retention.answers, collection.consent.expires, collection.compensation.kept) == ("P12M",) * 3
    region = collection.region("FR")
    assert region is not None
    assert ([question.id for question in region.questions], region.pay.currency) == (["age"], "EUR")
    assert region.time_zones == ("Europe/Paris",)
    assert region.minutes == 4, "an age alone takes less"


def test_new_says_everything_that_is_not_right_and_makes_nothing(tmp_path: Path) -> None:
    wrong = ("--region", "US", "--language", "tlh", "--kept", "two years", "--without", "evaluation")
    result = run("new", "voices", "--yes", "--into", tmp_path, *NAMES, *wrong)
    assert result.exit_code == 1
    for part in ("--kept: write it as ISO 8601", "not in tlh", "evaluation is none of"):
        assert part in result.output
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "voices").mkdir()
    assert "is there already" in run("new", "voices", "--yes", "--into", tmp_path, *NAMES, "--region", "US").output
    lacking = run("new", "voices", "--yes", "--region", "US")
    assert lacking.exit_code == 2
    assert "--organisation" in lacking.output
    assert run("new", "voices", "--into", tmp_path).exit_code == 2  # nobody to ask
    assert "say --pay FR=..." in run("new", "v", "--yes", "--into", tmp_path, *NAMES, "--region", "FR").output


@pytest.mark.parametrize(
    ("places", "languages"),
    [
        (("FR", "JO"), ("en", "ar", "fr")),
        (("FR", "EG"), ("en", "ar", "fr")),
        (("Mexico",), ("es",)),
        (("UK",), languages_of(["GB"])),
        (("Poland",), ("en",)),
        (("Germany", "egypt"), languages_of(["DE", "EG"])),
    ],
)
def test_new_takes_places_by_name_and_proposes_what_is_read_there(
    tmp_path: Path, places: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    """What a place that ships offers, and of any other what is official there or what many read."""
    chosen = [word for place in places for word in ("--region", place)]
    for place in ("FR", "JO", "MX", "PL"):
        chosen += ["--pay", f"{place}=9", "--floor", f"{place}=20", "--floor-source", f"{place}=A living wage"]
    result = run("new", "voices", "--yes", "--into", tmp_path, *NAMES, *chosen)
    assert result.exit_code == 0, result.output
    collection = load_collection(tmp_path / "voices")
    assert set(collection.languages) == set(languages)
    france = collection.region("FR")
    assert france is None or france.languages[0] == "fr"
    assert {each.rule for each in check_collection(tmp_path / "voices", TODAY)} <= LEFT


def test_new_asks_what_place_is_meant(tmp_path: Path) -> None:
    result = run("new", "voices", "--yes", "--into", tmp_path, *NAMES, "--region", "Egipt")
    assert result.exit_code == 1
    assert "CLDR knows no territory 'EGIPT'; is it EG (Egypt)?" in result.output


def test_new_keeps_no_note_on_a_language_that_was_not_chosen(tmp_path: Path) -> None:
    chosen = ("--region", "GB", "--language", "en", "--language", "ar")
    assert run("new", "voices", "--yes", "--into", tmp_path, *NAMES, *chosen).exit_code == 0
    written = (tmp_path / "voices" / "regions" / "GB" / "region.yaml").read_text(encoding="utf-8")
    assert "Simplified Chinese" not in written
    assert "languages: [en, ar]" in written


def test_new_asks_until_it_has_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at a terminal, who mistypes a page and a region."""
    monkeypatch.setattr("bot.commands.beginning.somebody_is_there", lambda: True)
    answers = (
        "Institute of Fair Machines", "fair.int", "https://fair.int/bot", "hello@fair.int", "7 Weaver Lane", "Lead",
        "DPIA-1", "XQ", "ke", "", "", "", "", "y", "n", "y",
    )  # fmt: skip
    command = ["new", "voices", "--into", str(tmp_path)]
    result = CliRunner().invoke(app, command, input="".join(f"{answer}\n" for answer in answers))
    assert result.exit_code == 0, result.output
    assert "write the whole address, beginning with https://" in result.output
    assert "CLDR knows no territory 'XQ'" in result.output
    collection = load_collection(tmp_path / "voices")
    assert collection.languages == languages_of(["KE"])
    assert collection.purpose("link") is None
    assert {each.rule for each in check_collection(tmp_path / "voices", TODAY)} == LEFT
