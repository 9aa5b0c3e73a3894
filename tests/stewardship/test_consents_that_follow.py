"""Consents that follow one another: keys of their own, releases under each, and what leaving reaches."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from journeys.conftest import somebody as in_front_of
from support.contributors import CODE, Contributor
from support.copies import FIRST, copied, new_version, reworded
from support.running import Bot, until

from bot.clock import utc_now
from bot.sandbox.server import Sandbox
from bot.stewardship import retention
from bot.stewardship.archive import open_archive
from bot.storage.closing import close_destroyed
from bot.tombstones import Tombstones
from bot.vault import SELF, purpose_lock
from flows.load import load_collections

from .conftest import EXPORT, IMPROVEMENT, RECIPIENTS, Export, Surveybot, after_a_look, on_file, take_back, take_part

WORDS = "Answers may now also be used by universities."


def lock(purpose: str) -> str:
    """The lock of one of the ready collection's purposes."""
    return purpose_lock(FIRST, purpose)


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A copy of the ready collection, which commands read too."""
    environment["SURVEYBOT_COLLECTIONS"] = str(tmp_path / "collections")
    return copied(tmp_path / "collections")


@pytest.fixture
async def bot(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot on that copy."""
    bot = Bot(sandbox, tmp_path, collections=folder)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def sam(bot: Bot) -> Contributor:
    """Somebody who was thanked, and had said no to AI learning from the answers."""
    await on_file(bot.settings, *RECIPIENTS)
    return await take_part(in_front_of(bot))


class Published:
    """A bot that was stopped, and serves another version of the cards."""

    def __init__(self, bot: Bot, sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
        self.bot = bot
        self.sandbox = sandbox
        self.folder = folder
        self.tmp_path = tmp_path
        self.running: list[Bot] = []

    async def __call__(self, version: int = 2, kind: str = "material") -> Bot:
        await (self.running[-1] if self.running else self.bot).stop()
        new_version(self.folder / FIRST, version, kind, WORDS)
        started = Bot(self.sandbox, self.tmp_path, collections=self.folder)
        await started.start()
        self.running.append(started)
        return started


@pytest.fixture
async def publish(bot: Bot, sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Published]:
    """Publishes another version."""
    published = Published(bot, sandbox, folder, tmp_path)
    yield published
    for each in published.running:
        await each.stop()


async def agree_anew(sam: Contributor, *yes: int) -> None:
    """From what changed to what is left to do."""
    await sam.start()
    await sam.press("Decide")
    await sam.agree(*yes)


async def test_what_changed_comes_first_and_the_answers_stay_under_the_earlier_text(
    sam: Contributor, publish: Published, exported: Export
) -> None:
    """A yes to the new text opens nothing that was given under the old one, until it is submitted again."""
    bot = await publish()
    await sam.start()
    assert WORDS in sam.screen
    assert sam.sees("Until you decide, you are asked nothing more. What you agreed to stays as it was.")
    before = (await exported("evaluation")).rows
    await sam.press("Decide")
    await sam.agree(IMPROVEMENT)

    [first, second] = bot.stores.rows("select id, version, key_id from consent_records order by given_at")
    assert (first[1], second[1]) == (1, 2)
    assert first[2] != second[2], "keys of their own"
    locks = {
        key_id: {name for owner, name, _ in bot.stores.wraps() if owner == key_id} for key_id in (first[2], second[2])
    }
    assert locks[first[2]] == {SELF, lock("evaluation")}
    assert locks[second[2]] == {SELF, lock("evaluation"), lock("improvement")}
    [row] = (await exported("evaluation")).rows
    assert row == before[0]
    assert row["consent_version"] == "1"

    await sam.press("Submit")
    [row] = (await exported("evaluation")).rows
    assert row["consent_version"] == "2"
    assert row["purposes"] == "evaluation improvement"
    events = bot.stores.rows("select event from consent_events order by id")
    assert events == [("requested",), ("given",), ("requested",), ("renewed",)]


async def test_a_use_of_the_new_text_has_nothing_until_answers_are_submitted_under_it(
    sam: Contributor, publish: Published, exported: Export, surveybot: Surveybot
) -> None:
    await publish()
    await agree_anew(sam, IMPROVEMENT)
    refused = await surveybot(*EXPORT, "improvement")
    assert refused.code == 1
    assert "nothing to export" in refused.err
    await sam.press("Submit")
    [row] = (await exported("improvement")).rows
    assert row["consent_version"] == "2"


async def test_who_leaves_it_as_it_was_stays_in_releases_under_the_earlier_text(
    sam: Contributor, publish: Published, exported: Export
) -> None:
    bot = await publish()
    await sam.start()
    await sam.press("Leave it as it was")
    assert [row["consent_version"] for row in (await exported("evaluation")).rows] == ["1"]
    assert bot.stores.count("consent_records") == 1
    assert bot.stores.count("withdrawals") == 0
    events = bot.stores.rows("select event from consent_events order by id")
    assert events == [("requested",), ("given",), ("declined",)]


async def test_a_minor_change_makes_no_record(sam: Contributor, publish: Published, exported: Export) -> None:
    bot = await publish(kind="minor")
    await sam.start()
    assert sam.sees("Thank you")
    assert bot.stores.count("consent_records") == 1
    assert [row["consent_version"] for row in (await exported("evaluation")).rows] == ["1"]


async def test_leaving_destroys_the_keys_of_every_text(sam: Contributor, publish: Published) -> None:
    bot = await publish()
    await agree_anew(sam, IMPROVEMENT)
    await take_back(sam)
    await until(lambda: bot.stores.wraps() == [])
    assert bot.stores.answers(sam.person.id) == {}
    assert bot.stores.count("answers") == 0


def ends_on_record(bot: Bot) -> list[tuple[object, ...]]:
    """Version of the text, event and purposes of each end that stands in the events, in order."""
    query = """
        select version, event, purposes from consent_events
        join consent_records on consent_records.id = consent_events.record
        where event in ('withdrawn', 'expired') order by version, consent_events.id
    """
    return [(version, event, json.loads(purposes)) for version, event, purposes in bot.stores.rows(query)]


async def test_leaving_ends_the_consent_to_every_text_on_record(sam: Contributor, publish: Published) -> None:
    bot = await publish()
    await agree_anew(sam, IMPROVEMENT)
    await take_back(sam)
    await until(lambda: bot.stores.wraps() == [])
    assert ends_on_record(bot) == [
        (1, "withdrawn", ["evaluation"]),
        (2, "withdrawn", ["evaluation", "improvement"]),
    ]


async def test_what_has_ended_of_an_earlier_consent_does_not_end_once_more(bot: Bot, publish: Published) -> None:
    sam = await take_part(in_front_of(bot), IMPROVEMENT)
    bot = await publish()
    await sam.start()
    await sam.press("Decide")
    await sam.press("{number} No", number=1)
    await sam.agree()
    await take_back(sam)
    await until(lambda: bot.stores.wraps() == [])
    assert ends_on_record(bot) == [
        (1, "withdrawn", ["improvement"]),
        (1, "withdrawn", ["evaluation"]),
        (2, "withdrawn", ["evaluation"]),
    ]


async def test_a_restore_ends_the_consent_to_every_text_on_record(sam: Contributor, publish: Published) -> None:
    """Whoever has left since the backup was made."""
    bot = await publish()
    await agree_anew(sam)
    await bot.stop()
    [(key_id,)] = bot.stores.rows("select key_id from contributions")
    async with open_archive(bot.settings) as archive, archive.database.write() as connection:
        await close_destroyed(connection, [(key_id, None)], dt.datetime.now(dt.UTC))
    assert ends_on_record(bot) == [(1, "withdrawn", ["evaluation"]), (2, "withdrawn", [])]


async def test_a_use_whose_time_is_over_ends_on_record_under_every_text(
    bot: Bot, folder: Path, publish: Published, surveybot: Surveybot
) -> None:
    sam = await take_part(in_front_of(bot), IMPROVEMENT)
    bot = await publish()
    await agree_anew(sam)
    long_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=10)).strftime("%Y-%m-%d %H:%M:%S.%f")
    await bot.stores.change("update consent_records set given_at = ?", long_ago)
    reworded(folder / FIRST / "collection.yaml", "label: Improve AI models", "kept: P7D\n    label: Improve AI models")
    assert "improvement of 1 contribution went" in (await surveybot("retention", "run")).out
    assert ends_on_record(bot) == [(1, "expired", ["improvement"]), (2, "expired", ["improvement"])]


async def first_consent_of_days_ago(bot: Bot, days: int) -> None:
    """Let the consent to the first text be of an earlier day."""
    given_at = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.%f")
    await bot.stores.change("update consent_records set given_at = ? where version = 1", given_at)


async def test_a_use_of_what_stands_under_an_earlier_text_ends_at_the_time_of_that_one(
    bot: Bot, folder: Path, publish: Published, exported: Export, surveybot: Surveybot
) -> None:
    """Whoever agrees anew and submits nothing makes nobody's time with the first answers longer."""
    sam = await take_part(in_front_of(bot), IMPROVEMENT)
    bot = await publish()
    await agree_anew(sam)
    await first_consent_of_days_ago(bot, 40)
    reworded(folder / FIRST / "collection.yaml", "label: Improve AI models", "kept: P1M\n    label: Improve AI models")
    assert "improvement of 1 contribution went" in (await surveybot("retention", "run")).out
    assert (await surveybot(*EXPORT, "improvement")).code == 1
    assert len((await exported("evaluation")).rows) == 1
    assert ends_on_record(bot) == [(1, "expired", ["improvement"])]
    [(first,), (second,)] = bot.stores.rows("select key_id from consent_records order by version")
    left = {key_id for key_id, name, _ in bot.stores.wraps() if name == lock("improvement")}
    assert first not in left
    assert second in left
    assert (await surveybot("retention", "run")).out == "Nothing has been kept too long.\n"

    await sam.press("Submit")
    [row] = (await exported("improvement")).rows
    assert row["consent_version"] == "2"


async def test_whoever_agrees_anew_while_retention_looks_through_keeps_what_they_agreed_to(
    sam: Contributor, folder: Path, publish: Published, surveybot: Surveybot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among many, some time lies between what is looked up and what goes."""
    bot = await publish()
    await first_consent_of_days_ago(bot, 40)
    reworded(folder / FIRST / "collection.yaml", "retention:\n  answers: P24M", "retention:\n  answers: P30D")
    collections, tombstones = load_collections(folder), Tombstones(bot.settings.tombstones)
    async with open_archive(bot.settings) as archive:
        after_a_look(archive.database, lambda: agree_anew(sam, IMPROVEMENT), monkeypatch)
        done = await retention.carry_out(archive, tombstones, collections, utc_now, actor="steward")
    assert done.counted == []
    monkeypatch.undo()
    assert ends_on_record(bot) == []
    assert bot.stores.count("answers") > 0
    assert "answers under an earlier consent of 1 contribution went" in (await surveybot("retention", "run")).out
    assert ends_on_record(bot) == [(1, "expired", ["evaluation"])]


async def test_answers_under_an_earlier_text_go_at_the_time_of_that_one_and_the_newer_consent_stays(
    sam: Contributor, folder: Path, publish: Published, surveybot: Surveybot
) -> None:
    bot = await publish()
    await agree_anew(sam, IMPROVEMENT)
    await first_consent_of_days_ago(bot, 40)
    reworded(folder / FIRST / "collection.yaml", "retention:\n  answers: P24M", "retention:\n  answers: P30D")
    ahead = (await surveybot("retention", "run", "--dry-run", "--days", "0")).out
    assert "answers under an earlier consent of 1 contribution goes" in ahead
    assert "answers under an earlier consent of 1 contribution went" in (await surveybot("retention", "run")).out
    assert bot.stores.count("answers") == 0
    assert bot.stores.rows("select submitted_at, submitted_under from contributions") == [(None, None)]
    assert ends_on_record(bot) == [(1, "expired", ["evaluation"])]
    [(first,)] = bot.stores.rows("select key_id from consent_records where version = 1")
    assert first not in {key_id for key_id, _, _ in bot.stores.wraps()}
    assert (await surveybot("retention", "run")).out == "Nothing has been kept too long.\n"
    await sam.say("/mydata")
    assert f"Yes: {sam.collection_words('Improve AI models')}" in sam.screen


async def test_a_use_that_ends_loses_its_keys_under_every_text(
    bot: Bot, publish: Published, exported: Export, surveybot: Surveybot
) -> None:
    """No at the new decision ends what was a yes, also for what was submitted before."""
    sam = await take_part(in_front_of(bot), IMPROVEMENT)
    assert len((await exported("improvement")).rows) == 1
    bot = await publish()
    await sam.start()
    await sam.press("Decide")
    await sam.press("{number} No", number=1)
    await sam.agree()
    await until(lambda: all(name != lock("improvement") for _, name, _ in bot.stores.wraps()))
    refused = await surveybot(*EXPORT, "improvement")
    assert refused.code == 1
    told = (await surveybot("withdrawals", "--recipient", "lab", "--json")).value["withdrawn"]
    assert [row["purpose"] for row in told] == ["improvement"]


async def test_who_agrees_again_later_is_called_back_only_from_what_left_before(
    bot: Bot, publish: Published, exported: Export, surveybot: Surveybot
) -> None:
    """A release that was made after they agreed again holds them rightly."""
    sam = await take_part(in_front_of(bot), IMPROVEMENT)
    first = await exported("improvement")
    await publish()
    await sam.start()
    await sam.press("Decide")
    await sam.press("{number} No", number=1)
    await sam.agree()
    await sam.press("Submit")
    await publish(3)
    await agree_anew(sam, IMPROVEMENT)
    await sam.press("Submit")
    second = await exported("improvement")
    assert [row["consent_version"] for row in second.rows] == ["3"]
    told = (await surveybot("withdrawals", "--recipient", "lab", "--json")).value["withdrawn"]
    assert [row["releases"] for row in told] == [[first.told["release"]]]


async def test_who_is_too_young_when_asked_again_reads_to_whom_it_had_been_passed_on(
    sam: Contributor, publish: Published, exported: Export
) -> None:
    await exported("evaluation")
    await publish()
    await sam.start()
    await sam.press("Decide")
    await sam.press("I am under {age}", age=18)
    await until(lambda: "PAY-" in sam.screen)
    goodbye, owed = [message.text for message in sam.person.messages][-2:]
    assert "lab" in goodbye
    assert sam.words("It had been passed on to nobody.") not in goodbye
    assert "PAY-" in owed


async def test_every_text_that_was_agreed_to_can_be_read_again(sam: Contributor, publish: Published) -> None:
    await publish()
    await agree_anew(sam)
    await sam.say("/mydata")
    assert sam.sees("Agree again") is False
    await sam.press("The text agreed to")
    assert "version 2" in sam.screen
    assert WORDS in sam.screen
    for _ in range(4):
        await sam.press("Next page ›")
    assert "version 1" in sam.screen
    assert WORDS not in sam.screen


async def test_the_receipt_is_a_new_one_and_the_code_stays(sam: Contributor, publish: Published) -> None:
    await publish()
    await agree_anew(sam)
    receipts = [m.text for m in sam.person.messages if m.author == "bot" and m.text.startswith("Your receipt")]
    assert len(receipts) == 2
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    await sam.press("Send the file")
    assert b"dpv:RenewedConsentGiven" in (await sam.newest_file()).content


# --- another place ---------------------------------------------------------------------------------------------------


async def test_moving_to_where_more_is_asked_waits_for_a_persons_word(bot: Bot, surveybot: Surveybot) -> None:
    """The person learns a code and nothing else; the contributor goes on by themselves."""
    sam = await take_part(in_front_of(bot, place="EG"))
    await sam.say("/mydata")
    await sam.press("I live elsewhere now")
    await sam.press_label("United States")
    assert sam.sees("I have written. Look again") is False
    found = CODE.search(sam.screen)
    assert found is not None
    code = found[0]
    await sam.press("I have written. Look again")
    assert "Yes, I live there now" not in sam.labels

    done = await surveybot("move", code, "--to", "US", "--reason", "They moved for work, and know what is asked.")
    assert (done.code, done.err) == (0, "")
    await sam.press("I have written. Look again")
    await sam.press("Yes, I live there now")
    assert "You live in: United States" in sam.screen
    sam.place = "US"
    await sam.press("Read the cards")
    await sam.read_cards()
    await sam.agree()
    await until(lambda: sam.question is not None and sam.question.id == "ancestry")
    [(detail,)] = bot.stores.rows("select detail from audit where action = 'move allowed'")
    assert code not in detail
    assert [row[0] for row in bot.stores.rows("select territory from consent_records order by given_at")] == [
        "EG",
        "US",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("K7M4-QX2P", "--to", "FR", "--reason", "x"), "no collection has a region 'FR'"),
        (("K7M4", "--to", "US", "--reason", "x"), "this is not such a code"),
        (("K7M4-QX2P", "--to", "US", "--reason", " "), "say with --reason why"),
    ],
)
async def test_a_word_that_cannot_be_is_refused(
    bot: Bot, surveybot: Surveybot, arguments: tuple[str, ...], says: str
) -> None:
    done = await surveybot("move", *arguments)
    assert done.code == 1
    assert says in done.err
    assert bot.stores.count("move_permissions") == 0


async def test_moving_to_stricter_rules_erases_what_is_not_asked_there(bot: Bot, exported: Export) -> None:
    sam = await take_part(in_front_of(bot))
    await sam.say("/mydata")
    await sam.press("I live elsewhere now")
    await sam.press_label("Egypt")
    await sam.press("Yes, I live there now")
    assert set(bot.stores.answers(sam.person.id)) == {"age"}
    [row] = (await exported("evaluation")).rows
    assert row["region"] == "US", "what was submitted stays under what was agreed to there"
    assert row["gender_identity.status"] != "answered"
