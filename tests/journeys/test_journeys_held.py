"""What is held: in words, as files that go away again, and the text that was agreed to."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.clock import Clock
from support.contributors import Contributor
from support.copies import copied, new_version
from support.running import TOKEN, Bot, until

from bot.own_copy import _delimiter
from bot.sandbox.files import Stored
from bot.sandbox.server import Sandbox

from .conftest import Arrive
from .test_journeys_leaks import assert_nowhere

FORMULA = '=HYPERLINK("https://evil.example";"press")'
OURS = {"age": ["age_25_34"], "ancestry": ["asian", f"own words:{FORMULA}"], "gender_identity": ["non_binary"]}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock for everybody."""
    made = Clock()
    monkeypatch.setattr("bot.bootstrap.utc_now", made.now)
    return made


@pytest.fixture
async def sandbox(logged: list[Any], clock: Clock) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in, with that clock."""
    async with Sandbox(TOKEN, first_retry=0.01, clock=clock.seconds) as running:
        yield running
        assert running.violations == []


# --- in words ------------------------------------------------------------------------------------------------------


async def test_my_data_says_where_when_for_what_and_what_became_of_it(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.whole(1)
    await sam.say("/mydata")
    screen = re.sub("[\u2066-\u2069]", "", sam.screen)
    for words in (
        "you agreed on",
        "Version 1.",
        "✓ Yes: Measure how well AI works for different people",
        "✓ Yes: Improve AI models",
        "– No: Invite me to later collections",
        "You live in: United States. This chat speaks: English.",
        "Submitted on ",
        "If few people share your answer, it is passed on in a broader group.",
        "So far it has been passed on to nobody.",
        "Owed to you: $2.50",
        "at the latest it is all erased",
        "How old are you? 25–34",
        "answered, hidden",
    ):
        assert words in screen, words
    assert bot.stores.count("entitlements") == 1


async def test_before_anything_is_submitted_it_says_so(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await sam.say("/mydata")
    assert sam.sees("Your answers are not submitted yet.")
    assert "25–34" in sam.screen


# --- as files ------------------------------------------------------------------------------------------------------


async def to_file(sam: Contributor, form: str, code: str | None = None, files: int = 1) -> Stored:
    """From anywhere to a file, with the code where it is asked for."""
    await sam.say("/mydata")
    await sam.press("All of it as a file")
    assert len(sam.person.files) == files - 1, "what a file reveals is said before it is sent"
    await sam.press(form)
    if code is not None:
        assert sam.sees("Your code")
        await sam.say(code)
        assert sam.sees("All of it as a file")
        await sam.press(form)
    return await sam.newest_file(files)


def table(file: Stored, language: str = "en") -> list[list[str]]:
    """A CSV file's cells."""
    text = file.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(language), strict=True))


def rows(file: Stored, part: str) -> dict[str, dict[str, Any]]:
    """A JSON file's rows of one part, by id."""
    return {row["id"]: row for row in orjson.loads(file.content)["rows"] if row["part"] == part}


async def test_everything_comes_as_json_with_ids_and_labels(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.to_questions(1)
    code = sam.code
    await sam.to_review(OURS)
    await sam.press("Submit")
    file = await to_file(sam, "For programs (JSON)", code)
    assert file.name == "mydata.json"
    answers = rows(file, "answer")
    assert answers["ancestry"]["label"] == "What is your race or ethnicity?"
    assert [value["id"] for value in answers["ancestry"]["values"]] == ["asian", "described"]
    assert answers["ancestry"]["values"][0]["label"] == "Asian"
    assert answers["ancestry"]["own_words"] == FORMULA
    assert answers["age"]["status"] == "answered"
    purposes = rows(file, "purpose")
    assert {name: row["status"] for name, row in purposes.items()} == {
        "evaluation": "yes",
        "improvement": "yes",
        "balance": "no",
        "invites": "no",
    }
    [(record, sha256, given_at)] = bot.stores.rows("select id, sha256, given_at from consent_records")
    consent = rows(file, "consent")
    assert consent["record"]["values"][0]["id"] == record
    assert consent["sha256"]["values"][0]["id"] == sha256
    assert consent["record"]["since"][:19] == given_at[:19].replace(" ", "T")
    assert set(rows(file, "consent_event")) == {"requested", "given"}
    assert rows(file, "pay")["owed"]["values"] == [{"id": "2.50 USD", "label": "$2.50"}]
    assert rows(file, "about")["place"]["values"] == [{"id": "US", "label": "United States"}]
    assert rows(file, "release") == {}
    await sam.say("/help")
    await sam.press("I am travelling")
    await sam.say("Kenya")
    await sam.press_label("Kenya")
    about = rows(await to_file(sam, "For programs (JSON)", code, files=2), "about")
    assert about["travelling"]["values"] == [{"id": "KE", "label": "Kenya"}]


async def test_the_table_says_the_same_in_words_and_runs_nothing(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions(1)
    code = sam.code
    await sam.to_review(OURS)
    await sam.press("Submit")
    file = await to_file(sam, "As a table (CSV)", code)
    assert file.name == "mydata.csv"
    assert file.content.startswith(b"\xef\xbb\xbf")
    cells = table(file)
    assert cells[0] == ["What", "Name", "State", "Value", "In your own words", "Since (UTC)", "Until (UTC)"]
    assert {len(row) for row in cells} == {7}
    ancestry = next(row for row in cells if row[1] == "What is your race or ethnicity?")
    assert ancestry[:4] == [
        "Your answer",
        "What is your race or ethnicity?",
        "Answered",
        "Asian and Not listed, I describe myself as",
    ]
    assert ancestry[4] == f"'{FORMULA}"
    assert not [cell for row in cells for cell in row if re.match(r"\s*[=+\-@\t\r]", cell)]
    await sam.press("For programs (JSON)")
    as_json = orjson.loads((await sam.newest_file(2)).content)["rows"]
    labels = [(row["part_label"], row["label"], row["status_label"] or "") for row in as_json]
    assert [tuple(row[:3]) for row in cells[2:]] == labels, "the same rows"


@pytest.mark.parametrize(("language", "place"), [("ar", "EG"), ("ar", "US")])
async def test_a_right_to_left_table_is_whole(arrive: Arrive, language: str, place: str) -> None:
    sam = arrive("Sam", language, place)
    await sam.to_questions()
    code = sam.code
    await sam.to_review()
    await sam.press("Submit")
    hidden = any(question.sensitive for question in sam.region.questions)
    file = await to_file(sam, "As a table (CSV)", code if hidden else None)
    cells = table(file, language)
    assert {len(row) for row in cells} == {7}
    ours = [cell for row in cells for cell in row if "\n" not in cell]  # but for the text agreed to, which is verbatim
    assert not re.search("[\u2066-\u2069]", "".join(ours)), "cells are no sentences"
    question = sam.region.questions[0]
    assert [row for row in cells if row[1] == sam.collection_words(question.text)]


async def test_the_file_is_protected_and_announced_and_goes_in_an_hour_also_after_a_restart(
    arrive: Arrive, bot: Bot, clock: Clock
) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await to_file(sam, "For programs (JSON)")
    message = next(message for message in sam.person.messages if message.document is not None)
    assert message.protected
    assert "goes away in an hour" in message.text
    done = sam.words("✓ Done: the file is on its way. It goes away in an hour.")
    assert any(done in each.text for each in sam.person.messages)
    clock.ahead = dt.timedelta(minutes=50)
    await bot.restart()
    await sam.say("/help")
    assert len(sam.person.files) == 1, "not before its time"
    clock.ahead = dt.timedelta(minutes=61)
    await bot.restart()
    await until(lambda: sam.person.files == [])
    await until(lambda: bot.stores.count("outbox") == 0)
    assert bot.stores.rows("select kind from schedule where kind = 'copies'") == []


async def test_a_file_that_can_no_longer_be_deleted_is_explained(arrive: Arrive, bot: Bot, clock: Clock) -> None:
    """The bot was away for three days."""
    sam = arrive()
    await sam.to_questions()
    await to_file(sam, "As a table (CSV)")
    await bot.stop()
    clock.ahead = dt.timedelta(days=3)
    await bot.start()
    words = "A file with your data may still be in this chat, and this bot cannot take it away."
    await until(lambda: any(words in message.text for message in sam.person.messages))
    await sam.settle()
    assert len(sam.person.files) == 1
    await until(lambda: bot.stores.count("outbox") == 0)


@pytest.mark.parametrize("way", ["Clean this chat", "All three", "Take back my data"])
async def test_cleaning_or_leaving_takes_the_file_away_at_once(arrive: Arrive, bot: Bot, way: str) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await to_file(sam, "For programs (JSON)")
    await sam.say("/leave")
    await sam.press(way)
    if way == "All three":
        await sam.press("Yes, all three")
    elif way == "Take back my data":
        await sam.press("All of it")
    await until(lambda: sam.person.files == [])
    if way != "Clean this chat":
        await until(lambda: bot.stores.count("conversations") == 0 and bot.stores.wraps() == [])


async def test_a_clean_chat_leaves_nothing_behind_only_because_one_message_is_too_old(
    arrive: Arrive, bot: Bot, clock: Clock
) -> None:
    """Telegram deletes all of several messages or none; the receipt is three days old."""
    sam = arrive()
    await sam.to_questions()
    clock.ahead = dt.timedelta(days=3)
    await bot.restart()
    await sam.say("just chatting")
    await sam.say("/leave")
    await sam.press("Clean this chat")
    await until(lambda: not any(message.text == "just chatting" for message in sam.person.messages))


async def test_without_the_code_no_file_holds_what_it_hides(arrive: Arrive) -> None:
    """Phones are shared; before submitting there is nothing to hide yet, for answers show on a press."""
    sam = arrive()
    await sam.whole()
    await sam.say("/mydata")
    await sam.press("All of it as a file")
    await sam.press("For programs (JSON)")
    await sam.say("0000-0000")
    assert sam.sees("Your code")
    await sam.press("‹ Back")
    assert sam.sees("All of it as a file")
    await sam.press("‹ Back")
    assert sam.sees("What is held")
    assert sam.person.files == []


async def test_a_file_holds_nobody_elses_data_and_lies_on_no_disk(
    arrive: Arrive, bot: Bot, tmp_path: Path, logged: list[Any]
) -> None:
    sam, kim = arrive("Sam"), arrive("Kim")
    codes = {}
    for each, words in ((sam, "marmalade lighthouse"), (kim, "velvet barnacle")):
        await each.to_questions(1, 2, 3)
        codes[each.person.name] = each.code
        await each.to_review({**OURS, "ancestry": ["asian", f"own words:{words}"]})
        await each.press("Submit")
    file = await to_file(sam, "For programs (JSON)", codes["Sam"])
    text = file.content.decode()
    assert "marmalade lighthouse" in text
    assert "barnacle" not in text
    for secret in (str(sam.person.id), str(kim.person.id), codes["Sam"], sam.person.name):
        assert secret not in text
    assert_nowhere(tmp_path, {"own words": b"marmalade", "a file's own words": b"part_label"})
    assert "marmalade" not in str(logged)
    await until(lambda: bot.stores.count("outbox") == 0)


# --- the exact text ------------------------------------------------------------------------------------------------


async def read_text(sam: Contributor) -> list[str]:
    """Every page of the text, from what is held."""
    await sam.say("/mydata")
    await sam.press("The text agreed to")
    pages = [sam.screen]
    while sam.words("Next page ›") in sam.labels:
        await sam.press("Next page ›")
        pages.append(sam.screen)
    return pages


@pytest.mark.parametrize(("language", "place"), [("en", "US"), ("ar", "EG")])
async def test_the_text_agreed_to_is_shown_again_to_the_letter(
    arrive: Arrive, bot: Bot, language: str, place: str
) -> None:
    sam = arrive("Sam", language, place)
    await sam.to_questions()
    [(sha256, stored)] = bot.stores.rows("select sha256, text from documents")
    assert hashlib.sha256(stored.encode()).hexdigest() == sha256
    pages = await read_text(sam)
    assert len(pages) == 4
    assert sha256 in pages[0]
    for page, card in zip(pages, stored.split("\f"), strict=True):
        shown = card.replace("**", "")
        assert re.sub(r"^- ", "• ", shown, flags=re.MULTILINE) in page
    await sam.press("‹ Back")
    assert sam.sees("What is held")


async def test_it_stays_the_text_that_was_read_also_when_the_cards_have_changed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "collections")
    bot = Bot(sandbox, tmp_path, collections=folder)
    await bot.start()
    demographics = bot.collections[0]
    sam = Contributor(sandbox.person("Sam", "en"), "en", "US", demographics, bot.texts)
    await sam.to_questions()
    before = await read_text(sam)
    await bot.stop()
    new_version(folder / "demographics", 2, "minor", "Something quite new.")
    again = Bot(sandbox, tmp_path, collections=folder)
    await again.start()
    assert "Something quite new." in again.collections[0].documents["en"][0].text
    sam.language = "en"
    assert await read_text(sam) == before
    await sam.say("/language")
    await sam.press_label("العربية")
    sam.language = "ar"
    arabic = await read_text(sam)
    assert arabic[0].splitlines()[2:][-3:] == before[0].splitlines()[2:][-3:], "in the language in which it was read"
    await again.stop()


# --- several collections -------------------------------------------------------------------------------------------


async def test_each_of_several_collections_is_looked_at_by_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    """Looking at one does not take the other, which is half-way, out of hand."""
    bot = Bot(sandbox, tmp_path, collections=copied(tmp_path / "collections", second=True))
    await bot.start()
    first, second = sorted(bot.collections, key=lambda each: each.id != "demographics")
    sam = Contributor(sandbox.person("Sam", "en"), "en", "US", first, bot.texts)
    await sam.whole()
    then = Contributor(sam.person, "en", "US", second, bot.texts)
    await then.to_questions(payload=second.id)
    question = then.screen
    await then.say("/mydata")
    assert {first.title, second.title} <= set(then.labels)
    await then.press_label(first.title)
    assert sam.sees("If few people share your answer, it is passed on in a broader group.")
    await then.press("‹ Back")
    await then.press_label(second.title)
    assert then.sees("Your answers are not submitted yet.")
    await then.press("‹ Back")
    await then.press("‹ Back")
    assert then.screen == question
    await bot.stop()


# --- what was said before ------------------------------------------------------------------------------------------


async def test_an_answer_that_is_changed_after_submitting_stays_in_the_owners_file_alone(
    arrive: Arrive, bot: Bot
) -> None:
    sam = arrive()
    await sam.to_questions()
    code = sam.code
    await sam.to_review(OURS)
    await sam.press("Submit")
    await sam.say("/edit")
    await sam.press("Change {number}", number=1)
    await sam.press_label("18–24")
    await sam.say("/mydata")
    assert "What you have changed since then is not submitted yet." in sam.screen
    await sam.say("/edit")
    await sam.press("Submit")
    assert bot.stores.answers(sam.person.id)["age"]["options"] == ["age_18_24"]
    await sam.say("/mydata")
    assert "earlier answer of yours is kept as well" in sam.screen
    file = await to_file(sam, "For programs (JSON)", code)
    [earlier] = rows(file, "earlier_answer").values()
    assert (earlier["id"], earlier["values"][0]["id"]) == ("age", "age_25_34")
    assert earlier["since"] <= earlier["until"]
    assert rows(file, "answer")["age"]["values"][0]["id"] == "age_18_24"
    assert rows(file, "answer")["age"]["since"] == earlier["until"]
    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await until(lambda: bot.stores.count("conversations") == 0 and bot.stores.wraps() == [])
    assert bot.stores.count("contributions") == 0


TEA = """
likes_tea:
  subject: other
  kind: one
  text: Do you like tea?
  options:
    - {id: likes_it, label: "Yes, I do"}
    - {id: leaves_it, label: "No, I do not"}
"""


def with_tea(folder: Path) -> Path:
    """The ready collection with one question more in the United States."""
    ready = copied(folder) / "demographics"
    with (ready / "questions.yaml").open("a", encoding="utf-8") as questions:
        questions.write(TEA)
    region = ready / "regions" / "US" / "region.yaml"
    text = region.read_text(encoding="utf-8")
    region.write_text(text.replace("questions:\n", "questions:\n  - id: likes_tea\n", 1), encoding="utf-8")
    return folder


async def test_answers_to_a_question_that_is_no_longer_asked_outlive_a_new_submission(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """They were given and nobody took them out: they stay until their owner does."""
    bot = Bot(sandbox, tmp_path, collections=with_tea(tmp_path / "with tea"))
    await bot.start()
    sam = Contributor(sandbox.person("Sam", "en"), "en", "US", bot.collections[0], bot.texts)
    await sam.to_questions()
    code = sam.code
    await sam.to_review({**OURS, "likes_tea": ["likes_it"]})
    await sam.press("Submit")
    await bot.stop()
    again = Bot(sandbox, tmp_path, collections=copied(tmp_path / "without"))
    await again.start()
    await sam.say("/edit")
    await sam.press("Change {number}", number=1)
    await sam.press_label("18–24")
    await sam.press("Submit")
    assert again.stores.answers(sam.person.id)["likes_tea"]["options"] == ["likes_it"]
    file = await to_file(sam, "For programs (JSON)", code)
    assert rows(file, "answer")["likes_tea"]["values"] == [{"id": "likes_it", "label": "likes_it"}]
    await sam.say("/mydata")
    await sam.press("Next page ›")
    assert "A question that is no longer asked: answered, hidden" in re.sub("[\u2066-\u2069]", "", sam.screen)
    await sam.press("Take out what is no longer asked")
    assert sam.sees("✓ Done: those answers are taken out.")
    assert again.stores.answers(sam.person.id).keys() == {"age", "ancestry", "gender_identity"}
    assert sam.words("Take out what is no longer asked") not in sam.labels
    await again.stop()
