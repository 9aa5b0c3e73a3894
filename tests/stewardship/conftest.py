"""The real bot with people in it, and the real `surveybot` beside it."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from journeys.conftest import Arrive, arrive, logged, sandbox
from journeys.conftest import bot as bot_alone
from sqlalchemy.ext.asyncio import AsyncConnection
from support import commands, stores
from support.commands import Done
from support.contributors import PLAIN_ANSWERS, Answers, Contributor
from support.running import Bot, until

from bot.settings import Settings, read_settings
from bot.stewardship import export as exporting
from bot.stewardship import recipients
from bot.stewardship.archive import open_archive
from bot.stewardship.export import order, summary
from bot.stewardship.formats import FORMATS
from bot.stewardship.ordering import confirmed
from bot.storage.database import Database
from bot.storage.recipients import Recipient
from flows.collection import Collection
from flows.load import load_collections

__all__ = ["Arrive", "arrive", "bot_alone", "logged", "sandbox"]


@pytest.fixture
async def bot(bot_alone: Bot) -> Bot:
    """The bot, running, with those on file whom the tests' commands name."""
    await on_file(bot_alone.settings, *RECIPIENTS)
    return bot_alone


IMPROVEMENT, BALANCE, LINK = 1, 2, 3
"""Numbers of the optional purposes, as the decision shows them to somebody who came by a link with a code."""


Surveybot = Callable[..., Awaitable[Done]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the environment says to a command; a test may change it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    return {
        **kept,
        **stores.environ(tmp_path),
        "SURVEYBOT_KEY_FILE": str(tmp_path / "keys" / "master.key"),
    }


@pytest.fixture
def surveybot(environment: dict[str, str], tmp_path: Path) -> Surveybot:
    """Runs the command in a process of its own, in an empty folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    async def run(*arguments: str | Path) -> Done:
        return await commands.run(list(map(str, arguments)), environment, folder)

    return run


RECIPIENTS = ("lab", "clinic")
PURPOSES = ("evaluation", "improvement", "balance", "link")


async def on_file(settings: Settings, *names: str, purposes: Sequence[str] = PURPOSES) -> None:
    """Put recipients on file who are not there yet."""
    async with open_archive(settings) as archive:
        now = dt.datetime.now(dt.UTC)
        known = {each.recipient.name for each in await recipients.everybody(archive, now)}
        for name in names:
            if name not in known:
                until = now.date() + dt.timedelta(days=365)
                agreed = Recipient(name, "DUA-1", tuple(purposes), "x@example.org", until, 30, now)
                await recipients.add(archive, agreed)


@dataclass
class Exported:
    """A release's file, read back."""

    told: dict[str, Any]
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.told["file"])

    def only(self, **cells: object) -> dict[str, Any]:
        """The one row with these cells."""
        found = [row for row in self.rows if all(row[name] == value for name, value in cells.items())]
        assert len(found) == 1, f"{len(found)} rows with {cells}"
        return found[0]


Export = Callable[..., Awaitable[Exported]]


@pytest.fixture
def exported(environment: dict[str, str], tmp_path: Path) -> Export:
    """Exports as the command does, without starting a process for it, and reads the file back."""

    async def export(
        purpose: str = "evaluation",
        recipient: str = "lab",
        *,
        made_as: str = "csv",
        exact_times: bool = False,
        own_words: bool = False,
        **more: Any,  # noqa: ANN401  # of the order
    ) -> Exported:
        given = {name.removeprefix("SURVEYBOT_").lower(): value for name, value in environment.items()}
        names = ("database_url", "key_store_url", "key_file", "collections")
        wanted = {name: given[name] for name in names if name in given}
        settings = read_settings(_env_file=None, **wanted)
        collections = load_collections(settings.collections)
        await on_file(settings, recipient)
        if own_words and not any(purpose.own_words for each in collections for purpose in each.purposes):
            collections = tuple(naming_own_words(each) for each in collections)
            agreed_to_own_words(tmp_path)
        asked = order(
            collections,
            "demographics",
            purpose,
            recipient,
            FORMATS[made_as],
            exact_times=exact_times,
            own_words=own_words,
            **more,
        )
        asked = confirmed(asked, "Ada", "Ben", one_person_team=False)
        async with open_archive(settings) as archive:
            made = await exporting.export(archive, asked, tmp_path / "out", lambda: dt.datetime.now(dt.UTC))
        return read_back(summary(made))

    return export


def read_back(told: dict[str, Any]) -> Exported:
    """The file that a summary names."""
    path = Path(told["file"])
    if path.suffix == ".jsonl":
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        return Exported(told, list(lines[0]), lines)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
        return Exported(told, list(reader.fieldnames or ()), rows)


def naming_own_words(collection: Collection) -> Collection:
    """The collection with purposes that own words may leave for."""
    purposes = tuple(each.model_copy(update={"own_words": each.uses == "answers"}) for each in collection.purposes)
    return collection.model_copy(update={"purposes": purposes})


def agreed_to_own_words(folder: Path) -> None:
    """As if everybody had agreed to purposes that own words may leave for."""
    meanings = stores.rows(folder, "select sha256, meanings from purpose_meanings")
    with stores.opened(folder) as data:  # read before it: whoever has read cannot write once the bot has
        for sha256, said in meanings:
            meant = orjson.loads(said)
            for each in meant.values():
                each["may"] = sorted({*each["may"], "own_words"})
            changed = orjson.dumps(meant).decode()
            data.execute("update purpose_meanings set meanings = ? where sha256 = ?", (changed, sha256))


async def take_part(
    somebody: Contributor,
    *yes: int,
    answers: Answers | None = None,
    code: str = "",
    submit: bool = True,
    exactly: bool = True,
) -> Contributor:
    """From the link to the thanks. Fewer people than a group has are in a release only if they say exactly."""
    payload = f"demographics-{code}" if code else "demographics"
    await somebody.to_questions(*yes, payload=payload)
    await until(lambda: somebody.question is not None)  # the first question comes as a message of its own
    await somebody.to_review(answers or PLAIN_ANSWERS[somebody.place])
    if exactly:
        await somebody.press("Exactly as I said")
    if submit:
        await somebody.press("Submit")
    return somebody


async def take_back(somebody: Contributor) -> None:
    """Take everything back."""
    await somebody.say("/leave")
    await somebody.press("Take back my data")
    await somebody.press("All of it")


async def end_purpose(somebody: Contributor, number: int) -> None:
    """Take one purpose back, by its number on the card."""
    await somebody.say("/leave")
    await somebody.press("Take back my data")
    await somebody.press("End use {number}", number=number)


def code_of(bot: Bot, somebody: Contributor) -> str | None:
    """The code that their link carried, as long as it is kept."""
    kept: str | None = bot.stores.passages(somebody.person.id)["demographics"].get("participant")
    return kept


def pseudonym_of(bot: Bot, somebody: Contributor) -> str:
    """The contribution's pseudonym in the data; recipients never see it."""
    chat = bot.stores.vault().chat_hash(somebody.person.id)
    [(pseudonym,)] = bot.stores.rows("select pseudonym from contributions where chat = ?", chat)
    return str(pseudonym)


def contributor_of(bot: Bot, somebody: Contributor, recipient: str = "lab") -> str:
    """What a recipient knows somebody as."""
    return bot.stores.vault().release_pseudonym(pseudonym_of(bot, somebody), recipient)


def ring_of(bot: Bot) -> list[tuple[str, bytes]]:
    """The wrapped ring as it lies in the key store."""
    return sorted(stores.rows(bot.stores.folder, "select name, wrapped from ring", store=stores.KEYS))


EXPORT = (
    "export",
    "demographics",
    "--recipient",
    "lab",
    "--out",
    "out",
    "--by",
    "Ada",
    "--confirmed-by",
    "Ben",
    "--purpose",
)
"""A command that lacks only the purpose."""


def files_in(folder: Path) -> list[Path]:
    """Every file in and below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def after_a_look(database: Database, meanwhile: Callable[[], Awaitable[object]], patch: pytest.MonkeyPatch) -> None:
    """Let something happen as soon as the data was read once: what was seen then is not so any more."""
    read, to_come = database.read, [meanwhile]

    @asynccontextmanager
    async def looked() -> AsyncIterator[AsyncConnection]:
        async with read() as connection:
            yield connection
        if to_come:
            await to_come.pop()()

    patch.setattr(database, "read", looked)
