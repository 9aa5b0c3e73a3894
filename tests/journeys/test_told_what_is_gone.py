"""Who is told when what they gave is erased without their asking the bot: once, plainly, and before their keys go."""

from __future__ import annotations

import datetime as dt

import pytest
from stewardship.conftest import take_part
from support.contributors import Contributor
from support.running import Bot, until

from bot.gone import gone_message
from bot.owing.chat import Gone
from bot.stewardship.archive import open_archive
from bot.stewardship.erasing import Erased, erase
from bot.storage import contributions
from bot.tombstones import Tombstones

from .conftest import Arrive


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot looks after half a minute at the latest for what a command has left to it; here sooner."""
    monkeypatch.setattr("bot.due._LONGEST_WAIT", 0.2)


async def erased(bot: Bot, why: Gone) -> Erased:
    """What `surveybot close` does to people's rows."""

    def note(rows: object, _keys: object) -> list[dict[str, object]]:  # noqa: ARG001
        return []

    async with open_archive(bot.settings) as archive:
        async with archive.database.read() as connection:
            rows = await contributions.of_collection(connection, "demographics")
        tombstones = Tombstones(bot.settings.tombstones)
        return await erase(archive, tombstones, rows, why, note, lambda: dt.datetime.now(dt.UTC))


def told(bot: Bot, somebody: Contributor, why: Gone) -> int:
    """How often the message about it stands in their chat."""
    screen = gone_message(why, bot.collections[0])
    words = bot.texts.plain(screen.blocks[0].words, somebody.language)  # type: ignore[arg-type]  # a text
    return sum(words in message.text for message in somebody.person.messages)


async def test_each_is_told_once_in_their_language_files_go_and_then_the_keys(arrive: Arrive, bot: Bot) -> None:
    sam, leyla, kim = arrive("Sam"), arrive("Leyla", "ar", "EG"), arrive("Kim")
    for each in (sam, leyla, kim):
        await take_part(each, exactly=each is not leyla)
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    await sam.press("Send the file")
    await sam.newest_file()
    await kim.say("/leave")
    await kim.press("No more messages")
    texts = [message.text for message in kim.person.messages]

    done = await erased(bot, Gone.CLOSED)
    assert (done.contributions, done.chats, done.told, done.files) == (3, 3, 2, 1)
    assert bot.stores.count("answers") == 0, "what they gave is gone before anybody is told"
    await until(lambda: bot.stores.count("conversations") == 0 and bot.stores.count("key_destructions") == 0)
    assert bot.stores.wraps() == []
    assert [told(bot, each, Gone.CLOSED) for each in (sam, leyla)] == [1, 1]
    assert sam.person.files == [], "the receipt's file was taken out of the chat"
    assert [message.text for message in kim.person.messages] == texts, "no more messages means none"
    assert bot.stores.is_empty_of_people() or bot.stores.count("outbox") == 0
    await sam.start()
    assert bot.stores.count("conversations") == 1


async def test_what_may_have_been_said_before_a_kill_is_not_said_again_and_keys_go_all_the_same(
    arrive: Arrive, bot: Bot
) -> None:
    sam, kim = await take_part(arrive("Sam")), await take_part(arrive("Kim"))
    await bot.stop()
    await erased(bot, Gone.KEPT)
    assert len(bot.stores.wraps()) == 2, "the keys to write there, and no other"
    chat = bot.stores.vault().chat_hash(sam.person.id)
    await bot.stores.change("update outbox set kind = 'gone_begun' where chat = ?", chat)
    await bot.start()
    await until(lambda: bot.stores.count("conversations") == 0 and bot.stores.count("key_destructions") == 0)
    assert [told(bot, each, Gone.KEPT) for each in (sam, kim)] == [0, 1]
    assert bot.stores.wraps() == []
