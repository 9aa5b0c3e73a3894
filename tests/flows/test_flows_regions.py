"""Each region of the ready collection is held to the rules; and a region is a folder, which touches no code."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import yaml
from babel.core import get_global
from babel.languages import get_territory_language_info
from made_up import BEGINNING, READY, demographics, shelves
from walker import Walker

from bot.catalogs import collection_messages
from flows.collection import Question, Region, Subject
from flows.events import Command
from flows.language import language_name
from flows.load import load_collection
from flows.regions import questions_for
from flows.safety import CLOSED_SUBJECTS, LOCKED, LOCKED_SUBJECTS, Level, level, subjects_of
from flows.shelf import Shelf

REGIONS = {region.territory: region for region in demographics().regions}
SPOKEN = frozenset(demographics().languages)
QUESTIONS = frozenset(question.id for region in REGIONS.values() for question in region.questions)

each_region = pytest.mark.parametrize("region", REGIONS.values(), ids=lambda region: region.territory)


def file_of(region: Region) -> str:
    """A region's file as it was written, comments and all."""
    return (READY / "regions" / region.territory / "region.yaml").read_text(encoding="utf-8")


def values_of(region: Region) -> dict[str, Any]:
    """What a region's file says, as written."""
    values: dict[str, Any] = yaml.safe_load(file_of(region))
    return values


def test_the_ready_collection_has_eleven_regions() -> None:
    assert sorted(REGIONS) == ["BR", "DE", "EG", "GB", "IN", "JP", "KE", "NG", "SA", "US", "ZA"]


@each_region
def test_what_was_written_from_memory_is_marked_for_the_reviewer(region: Region) -> None:
    """Wages and help lines above all: each has a comment that says where it comes from, or that it is from memory."""
    text = file_of(region)
    assert "[M] marks what was written from memory: the reviewer checks it before signing off." in text
    wages, lines = (
        re.search(r"currency:.*?floor_per", text, re.DOTALL),
        re.search(r"help_lines:.*?sources:", text, re.DOTALL),
    )
    assert wages is not None
    assert lines is not None
    assert "#" in wages[0]
    assert "#" in lines[0]


@each_region
def test_pay_is_above_the_floor_and_the_comment_beside_it_is_right(region: Region) -> None:
    """For the minutes that people there are told."""
    told = demographics().minutes_in(region)
    an_hour = region.pay.amount * 60 / told
    assert an_hour >= region.pay.floor_per_hour
    said = re.search(rf"amount: .* # {told} minutes: ([\d,.]+) an hour", file_of(region))
    assert said is not None
    assert Decimal(said[1].replace(",", "")) == an_hour.quantize(Decimal("0.01"), ROUND_DOWN)


@each_region
def test_its_time_zones_are_all_the_times_that_its_people_live_by(region: Region) -> None:
    """Every zone that the IANA list has for the territory keeps the same time, all year, as one that is named."""
    assert set(region.time_zones) <= available_timezones()
    named = {_times(zone) for zone in region.time_zones}
    there = [zone for zone, territory in get_global("zone_territories").items() if territory == region.territory]
    assert there
    assert {_times(zone) for zone in there} == named
    assert len(named) == len(region.time_zones)


def _times(zone: str) -> tuple[dt.timedelta | None, ...]:
    days = [dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=7 * week) for week in range(52)]
    return tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in days)


@each_region
def test_nights_are_quiet(region: Region) -> None:
    assert dt.time(20) <= region.quiet_hours.start <= dt.time(22)
    assert dt.time(7) <= region.quiet_hours.end <= dt.time(10)


@each_region
def test_somebody_can_be_called_and_adults_only_are_asked(region: Region) -> None:
    """Help lines stand where something sensitive is asked, and everywhere else besides."""
    assert region.minimum_age == 18
    assert region.help_lines
    for line in region.help_lines:
        assert re.search(r"\d{3}", line.contact)


@each_region
def test_its_sources_are_named_and_dated(region: Region) -> None:
    for source in region.sources:
        assert len(source.title) > 20
        assert dt.date(2026, 1, 1) <= source.read_on <= BEGINNING.date()


@each_region
def test_its_languages_are_those_that_people_read_there(region: Region) -> None:
    """Of the collection's, every one that is official there; and English, for who has come from elsewhere."""
    named = values_of(region)["languages"]
    assert set(named) <= SPOKEN
    assert "en" in named
    known = get_territory_language_info(region.territory)
    official = {name for name, facts in known.items() if facts["official_status"] in {"official", "de_facto_official"}}
    assert {name for name in SPOKEN if name.split("_")[0] in official} <= set(named)


def test_every_language_is_offered_somewhere() -> None:
    """Nobody translates for a picker that no region ever opens."""
    assert {name for region in REGIONS.values() for name in region.languages} == SPOKEN


@each_region
def test_every_question_is_asked_or_left_out_on_purpose(region: Region) -> None:
    """Nobody meets a question that the region's file does not speak of."""
    asked = {question.id for question in region.questions}
    assert asked | set(region.not_asked) == QUESTIONS
    assert region.questions[0].id == "age"
    assert questions_for(region) == region.questions


@each_region
def test_no_closed_subject_is_asked_by_any_name(region: Region) -> None:
    subjects = {subject for question in region.questions for subject in subjects_of(question)}
    assert subjects.isdisjoint(CLOSED_SUBJECTS)
    if region.territory in LOCKED:
        assert subjects.isdisjoint(LOCKED_SUBJECTS)
    if level(region.territory, Subject.ANCESTRY) is not Level.OPEN:
        assert Subject.ANCESTRY not in subjects


@each_region
def test_where_it_is_locked_nobody_is_asked_for_own_words(region: Region) -> None:
    """Whoever writes could write what must not be asked."""
    if region.territory in LOCKED:
        assert [question.id for question in region.questions if question.own_words_option] == []


_NEVER: Mapping[str, str] = {
    "DE": r"\brac(e|es|ial)\b|rasse",
    "IN": r"caste|dalit|religion|hindu\b|muslim|sikh|christian",
    "JP": r"buraku|birthplace|hometown|registered domicile|nationality",
    "KE": r"ethnic|tribe|clan\b|community",
    "NG": r"ethnic|tribe|muslim|christian|religion",
    "SA": r"\b(saudi )?nationality|citizen|sect\b|shia|sunni|tribe|tribal|lineage",
    "EG": r"copt|nubian|bedouin|religion|nationality",
}


@pytest.mark.parametrize("territory", _NEVER)
def test_words_that_hurt_there_are_not_on_any_screen(territory: str) -> None:
    """Comments for the reviewer may say why."""
    said = " ".join(words for question in REGIONS[territory].questions for words in _words(question))
    assert re.search(_NEVER[territory], said, re.IGNORECASE) is None


def _words(question: Question) -> list[str]:
    words = [question.text, question.note or "", question.caution or ""]
    return [*words, *(f"{option.heading or ''} {option.label}" for option in question.options)]


@each_region
def test_what_could_hurt_folds_and_its_lists_can_be_read_on_a_phone(region: Region) -> None:
    for question in region.questions:
        if question.subject in {Subject.ANCESTRY, Subject.GENDER_IDENTITY}:
            assert question.sensitive
        assert len(question.options) <= 24
        labels = [option.label for option in question.options]
        assert len(set(labels)) == len(labels)


def test_a_stand_in_is_never_a_value_of_ancestry() -> None:
    """Nobody who reads a release can take a language or a place for an ancestry."""
    stand_ins = {"first_language", "grew_up_region", "family_birthplaces", "family_regions"}
    assert stand_ins <= QUESTIONS
    for region in REGIONS.values():
        asked = {question.id: question for question in region.questions}
        if "ancestry" in asked:
            others = {option.id for name in stand_ins & set(asked) for option in asked[name].options}
            assert others.isdisjoint(option.id for option in asked["ancestry"].options)


@pytest.mark.parametrize(
    ("territory", "option"),
    [("BR", "travesti"), ("IN", "hijra_kinnar"), ("IN", "transgender"), ("DE", "divers"), ("JP", "non_binary_x")],
)
def test_genders_of_a_place_are_offered_in_its_own_words(territory: str, option: str) -> None:
    """In open regions only: the others have no such question."""
    question = REGIONS[territory].question("gender_identity")
    assert question is not None
    assert question.kind == "several"
    assert question.option(option) is not None
    assert question.own_words_option is not None


# --- long lists ------------------------------------------------------------------------------------------------------


def at_question(territory: str, question: str, language: str = "en") -> Walker:
    """Somebody who stands before a question."""
    walker = Walker(shelves()["ready"], language).opens("demographics")
    walker.press(walker.by_verb("live_in", territory))
    while walker.name != f"question-{question}":
        verbs = ["next", "agree", "choose", "tick"]
        passage = walker.session.passage if walker.session is not None else None
        assert passage is not None
        cards = demographics().documents[walker.language]
        if walker.name.startswith("card-") and (asked := cards[passage.card].question) is not None:
            walker.press(walker.by_verb("card_answer", str(asked.right)))
            continue
        assert walker.screen is not None
        verb = next(verb for verb in verbs if any(choice.verb == verb for choice in walker.screen.choices))
        walker.press(walker.by_verb(verb))
        if verb == "tick":
            walker.press(walker.by_verb("done"))
    return walker


def test_long_lists_stand_under_headings() -> None:
    """The census's five groups are read before the boxes in them, and the opt-out is a button in words."""
    walker = at_question("GB", "ancestry")
    lines = walker.text.splitlines()
    assert lines.index("White") + 1 == lines.index("1. English, Welsh, Scottish, Northern Irish or British")
    assert lines.index("Asian or Asian British") + 1 == lines.index("10. Indian")
    assert lines[lines.index("Asian or Asian British") - 1] == ""
    walker.presses("Chinese", "White and Asian")
    assert walker.ticked[-2:] == ["White and Asian", "Chinese"]
    assert "☐ Prefer not to answer" in walker.labels


def test_languages_are_named_as_cldr_names_them_in_the_readers_language() -> None:
    """So nobody translates them twice."""
    walker = at_question("SA", "first_language", "ar")
    assert language_name("ur", "ar") == "الأوردية"
    assert any(line.endswith("الأوردية") for line in walker.text.splitlines())
    assert "Urdu" not in walker.text
    said = {words for words, _ in collection_messages(READY)}
    assert {"Urdu", "Malayalam", "Bangla"}.isdisjoint(said)
    assert {"Kikuyu", "White", "North-east"} <= said


# --- a region is a folder --------------------------------------------------------------------------------------------

_NEW_ZEALAND = """
languages: [mi, en]
minimum_age: 18
pay: {amount: "3.00", currency: NZD, floor_per_hour: "28.00", floor_source: made up}
time_zones: [Pacific/Auckland, Pacific/Chatham]
quiet_hours: {start: "21:00", end: "08:00"}
help_lines:
  - {name: Need to talk, contact: Call 1737}
sources:
  - {title: made up for a test, read_on: 2026-11-23}
questions:
  - id: age
  - id: grew_up_region
    text: On which island did you grow up?
    options:
      - {id: nz_north, label: North Island}
      - {id: nz_south, label: South Island}
  - id: first_language
    sensitive: true
    options:
      - {id: mi, label: Māori, language: mi}
      - {id: en, label: English, language: en}
not_asked: [ancestry, gender_identity, family_birthplaces, family_regions, quilombola]
"""


@pytest.fixture
def with_one_more(tmp_path: Path) -> Path:
    """A copy of the ready collection with one more folder in it, and nothing else changed."""
    folder = tmp_path / "demographics"
    shutil.copytree(READY, folder)
    (folder / "regions" / "NZ").mkdir()
    (folder / "regions" / "NZ" / "region.yaml").write_text(_NEW_ZEALAND, encoding="utf-8")
    return folder


def test_a_region_is_a_folder_and_adding_one_touches_no_code(with_one_more: Path) -> None:
    """From the first screen, where its name stands among the others, to the thanks."""
    walker = Walker(Shelf((load_collection(with_one_more),), unreviewed=True)).opens("demographics")
    assert "New Zealand" in walker.labels
    walker.presses("New Zealand")
    assert "$3" in walker.text
    walker.presses("Next", "Not what AI already learned", "Only if I say yes", "At any time")
    walker.presses("I am 18 or older and I agree", "25–34", "South Island", "Māori", "Done")
    walker.asks(Command.HELP)
    assert "Need to talk: Call 1737" in walker.text
    walker.presses("‹ Back", "Submit")
    assert "We owe you $3 for your time" in walker.text
    assert walker.session is not None
    assert walker.session.passage is not None
    assert walker.session.passage.answers["grew_up_region"].options == ("nz_south",)


def test_a_region_may_name_languages_that_are_still_to_come(with_one_more: Path) -> None:
    """They are offered as soon as the collection speaks them, and until then they are not."""
    region = load_collection(with_one_more).region("NZ")
    assert region is not None
    assert region.languages == ("en",)
    shutil.copytree(with_one_more / "consent" / "en", with_one_more / "consent" / "mi")
    path = with_one_more / "collection.yaml"
    path.write_text(
        re.sub(r"(?m)^languages: \[", "languages: [mi, ", path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    spoken = load_collection(with_one_more).region("NZ")
    assert spoken is not None
    assert spoken.languages == ("mi", "en")
