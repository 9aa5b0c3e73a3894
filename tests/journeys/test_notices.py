"""A breach notice: everybody whom it concerns is told once, in their language, and nobody else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from stewardship.conftest import Surveybot, environment, surveybot
from support.by_hand import by_hand
from support.running import Bot, until

from bot.notices.desk import checked, reach, send
from bot.notices.wording import read_texts
from bot.stewardship.archive import open_archive
from bot.stewardship.refusing import Refused
from bot.storage import notices, schedule
from bot.storage.notices import Concerned

from .conftest import Arrive

__all__ = ["environment", "surveybot"]

PARTS = ("what happened", "what was exposed", "what to do", "contact")


def written(folder: Path, *languages: str) -> Path:
    """Files as a steward writes them."""
    folder.mkdir(exist_ok=True)
    for language in languages:
        said = [f"# {part}\nIn {language}, <b>{part}</b>, help@example.org\n" for part in PARTS]
        (folder / f"{language}.md").write_text("\n".join(said), encoding="utf-8")
    return folder


async def test_everybody_concerned_is_told_once_also_who_stopped_and_at_any_hour(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    sam, leyla, kim = arrive("Sam"), arrive("Leyla", "ar", "EG"), arrive("Kim")
    for each in (sam, leyla):
        await each.to_questions()
    await sam.say("/leave")
    await sam.press("No more messages")
    await kim.start()
    folder = written(tmp_path / "texts", "en")
    said = ("notify-breach", "--all", "--texts", folder, "--reason", "a lost disk", "--by", "Ada")
    refused = await surveybot(*said, "--yes")
    assert (refused.code, "people who are concerned read ar" in refused.err) == (1, True)
    assert bot.stores.count("notices") == 0
    written(folder, "ar")
    looked = await surveybot(*said, "--dry-run")
    assert "It concerns 2 people." in looked.out
    done = await surveybot(*said, "--yes", "--json")
    assert done.value == {"people": 2, "sent": True, "notice": 1}
    await until(lambda: bot.stores.rows("select ended_at is not null from notices") == [(1,)], 30)

    for each, language in ((sam, "en"), (leyla, "ar"), (kim, "en")):
        found = [m.text for m in each.person.messages if m.author == "bot" and "help@example.org" in m.text]
        assert len(found) == (0 if each is kim else 1)
        assert all(f"In {language}, <b>{part}</b>" in text for text in found for part in PARTS)
    assert bot.stores.rows("select chat, state from notice_deliveries") == [(None, "delivered")] * 2
    query = "select action, actor, detail from audit where action like 'breach notice%' order by id"
    begun, ended = bot.stores.rows(query)
    assert (begun[1], json.loads(begun[2])["recipients"], json.loads(begun[2])["reason"]) == (
        "steward",
        2,
        "a lost disk",
    )
    assert (ended[1], json.loads(ended[2])) == ("bot", {"notice": 1, "delivered": 2})
    noted = bot.stores.rows("select kind, what, source from incidents")
    assert noted == [("breach", "a lost disk", "breach 1")], "for the ethics committee"
    shown = await surveybot("notify-breach", "show", "--json")
    assert shown.value[0]["states"] == {"delivered": 2}
    await leyla.say("/mydata")
    assert leyla.sees("What is held"), "the card below goes on as before"


@pytest.mark.parametrize("way", ["cleaning", "leaving"])
async def test_it_goes_from_the_chat_as_everything_of_the_bots_does(
    arrive: Arrive, bot: Bot, surveybot: Surveybot, tmp_path: Path, way: str
) -> None:
    """It says which survey somebody takes part in, and what was lost."""
    sam = arrive("Sam")
    await sam.to_questions()
    folder = written(tmp_path / "texts", "en")
    await surveybot("notify-breach", "--all", "--texts", folder, "--reason", "a lost disk", "--by", "Ada", "--yes")
    await until(lambda: bot.stores.rows("select ended_at is not null from notices") == [(1,)], 30)
    assert any("help@example.org" in message.text for message in sam.person.messages)
    await sam.say("/leave")
    if way == "leaving":
        await sam.press("All three")
        await sam.press("Yes, all three")
    else:
        await sam.press("Clean this chat")
    await until(lambda: not any("help@example.org" in message.text for message in sam.person.messages))


async def test_what_may_have_arrived_before_a_kill_is_not_sent_again(arrive: Arrive, bot: Bot, tmp_path: Path) -> None:
    people = [arrive(name) for name in ("A", "B", "C")]
    for each in people:
        await each.to_questions()
    await bot.stop()
    texts = read_texts(written(tmp_path / "texts", "en"))
    async with open_archive(bot.settings) as archive:
        wanted = checked(bot.collections, Concerned("demographics", ("US",), until=dt.datetime.now(dt.UTC).date()))
        assert (await reach(archive, wanted)).people == 3
        assert (await reach(archive, Concerned(until=dt.date(2020, 1, 1)))).people == 0
        assert (await reach(archive, Concerned(regions=("EG",)))).people == 0
        now = dt.datetime.now(dt.UTC)
        number = await send(archive, wanted, texts, by="Ada", reason="x", clock=lambda: now)
        async with archive.database.write() as connection:
            # On a server it is the ended process's own, by its number; on SQLite there is no other, and no number.
            ended = next((row[0] for row in bot.stores.rows("select id from processes")), None)
            assert await notices.take(connection, number, [0], ended) == {0: True}
    await bot.start()
    await until(lambda: bot.stores.rows("select ended_at is not null from notices") == [(1,)], 30)
    states = bot.stores.rows("select state, count(*) from notice_deliveries group by state")
    assert dict(states) == {"delivered": 2, "unknown": 1}
    told = [sum("help@example.org" in m.text for m in each.person.messages) for each in people]
    assert sorted(told) == [0, 1, 1]


@pytest.mark.parametrize(("hours", "left"), [(1, 1), (3, 0)])
async def test_whom_a_notice_concerned_that_was_cut_off_before_it_began_is_forgotten(
    tmp_path: Path, hours: int, left: int
) -> None:
    """Whoever wrote everybody down may take a while, and begins nothing any more once that is forgotten."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        [(chat,)] = hand.stored.rows("select chat from conversations")
        row = {
            "planned_at": hand.now + dt.timedelta(minutes=5),
            "by": "Ada",
            "reason": "x",
            "concerns": {},
            "texts": {},
        }
        async with hand.stores.database.write() as connection:
            number = await notices.plan(connection, row)
            await notices.add(connection, number, 0, [chat])
            await schedule.hurry_sweep(connection, hand.now)
        for _ in range(hours):
            await hand.later(hours=1)
        assert hand.stored.count("notice_deliveries") == left
        async with hand.stores.database.write() as connection:
            assert await notices.begin(connection, number, 1, hand.now) == bool(left)


def test_every_fault_of_the_files_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"en\.md"):
        read_texts(tmp_path / "nowhere")
    folder = written(tmp_path / "texts", "en", "ar")
    (folder / "en.md").write_text("Dear all\n# what happened\nx\n# What to do\n# contact\nask us\n# more\n", "utf-8")
    (folder / "ar.md").write_text("# contact\n" + "a@example.org " * 400, "utf-8")
    with pytest.raises(Refused) as refused:
        read_texts(folder)
    for fault in (
        "en.md:1: words stand before the first heading",
        "en.md:7: write each of these headings once",
        "under # what was exposed nothing is written",
        "under # what to do nothing is written",
        "en.md: # contact names no address",
        "ar.md: it has",
    ):
        assert fault in str(refused.value), fault
