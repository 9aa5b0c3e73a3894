"""The real bot against the stand-in, in this process, and a crowd that sends it anything: what went wrong is kept.

Half of what comes is people who press what they see and type what nobody should; the other half is updates made of the
Bot API's schema, about the same people.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from random import Random
from typing import Any, Self

import structlog
from support import stores
from support.running import TOKEN, Bot

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .beside import beside
from .promises import broken
from .texts import MARK, TEAM_MARK, written
from .updates import Maker

FIRST = 0x1B_5D_93_C7_A1_00
"""Telegram's ids have up to 52 bits; the bytes of this one stand in no file by chance."""
_ANYBODY = commonprefix([str(FIRST), str(FIRST + 10_000)])  # noqa: RUF071  # digits, and no path
"""How every id here begins."""
STARTED_OVER = 150
"""Doings after which somebody is another, so that nobody's chat grows without end in the stand-in."""
PATIENCE = 60.0
"""Seconds without an update confirmed after which the bot is stuck."""

_EXPECTED = frozenset(
    {
        "an update was not understood and passed over",
        "a key is on its way out",
        "a language lacks words",
    }
)
"""Warnings that are no fault here."""

_TRACE = re.compile(r"Traceback|\w+(?:Error|Exception)\b|File \"|<class |0x[0-9a-f]{6,}")
_SPEAKS = ("sendMessage", "editMessageText", "answerCallbackQuery")


@dataclass(frozen=True, slots=True)
class Company:
    """Who is at the bot, and how they go about it."""

    owners: int
    others: int
    waits: float
    """How likely somebody waits until what they did is confirmed; what is done meanwhile comes together."""
    by_http: bool
    """Whether the bot calls the stand-in through a socket, or beside it."""


FEW = Company(owners=2, others=16, waits=0.4, by_http=True)


class Crowd:
    """A bot and everybody who is at it."""

    def __init__(self, folder: Path, dice: Random, company: Company = FEW) -> None:
        self.folder = folder
        self.dice = dice
        self.company = company
        self.faults: list[str] = []
        self.did: Counter[str] = Counter()
        self.updates = 0
        self.sandbox = Sandbox(TOKEN, page=False)
        self.bot: Bot | None = None
        self._people: list[Person] = []
        self._owners = range(FIRST, FIRST + company.owners)
        self._next = self._owners.stop
        self._raw = Maker(dice, [], ())
        self._raw.team = self._owners

    async def __aenter__(self) -> Self:
        structlog.configure(processors=[self._logged])
        asyncio.get_running_loop().set_exception_handler(self._escaped)
        await self.sandbox.begin()
        # Whoever presses anything answers cards off the mark: for that, no language is to be paused here.
        patient = {"card_off_percent": 100, "card_off_at_least": 1_000_000}
        self.bot = Bot(self.sandbox, self.folder, owners=",".join(map(str, self._owners)), **patient)
        with nullcontext() if self.company.by_http else beside(self.sandbox):
            await self.bot.start()
        self._raw.collections = tuple(each.id for each in self.bot.collections)
        self._people = [self.sandbox.person("Owner", "en", user_id=each) for each in self._owners]
        self._people += [self._somebody() for _ in range(self.company.others)]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.bot is not None:
            await self.bot.stop()
        await self.sandbox.end()

    @property
    def people(self) -> range:
        """Every chat id that there has been."""
        return range(FIRST, self._next)

    def _somebody(self) -> Person:
        language = self.dice.choice(("en", "ar", "es", "pt-br", "hi", "ja", "xx", None))
        person = self.sandbox.person(f"P {MARK}", language, user_id=self._next)
        self._next += 1
        return person

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def _logged(self, _logger: object, level: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event, said = str(entry.get("event")), repr(dict(entry))
        if level not in {"debug", "info"} and event not in _EXPECTED:
            self.faults.append(f"log: {level}: {said[:300]}")
        if MARK in said or TEAM_MARK in said or _ANYBODY in said:
            self.faults.append(f"log tells of somebody: {event}")
        raise structlog.DropEvent

    def _escaped(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"an error that nobody caught: {context.get('message')} {context.get('exception')!r}"[:300])

    def _look_at_calls(self) -> None:
        """What the bot said since the last look: valid for Telegram, and no program's words in it."""
        for call in self.sandbox.calls:
            text = call.parameters.get("text", "") if call.method in _SPEAKS else ""
            said = re.sub(rf"({MARK}|{TEAM_MARK}).*", "", str(text))
            if found := _TRACE.search(said):
                self.faults.append(f"somebody reads {found[0]!r} in {call.method}")
        self.faults += [f"the Bot API's contract: {each}" for each in self.sandbox.violations]
        self.did.update(call.method for call in self.sandbox.calls)
        self.sandbox.calls.clear()
        self.sandbox.violations.clear()
        self.sandbox.service.toasts.clear()

    # --- what is done ------------------------------------------------------------------------------------------------

    async def burst(self, count: int) -> None:
        """So many updates, taken and confirmed."""
        before = self.sandbox.service.updates._next_id
        while (made := self.sandbox.service.updates._next_id - before) < count:
            if self.dice.random() < 0.5:
                self._send_anything()
            else:
                await self._live(self.dice.randrange(len(self._people)))
                if self.dice.random() < self.company.waits:
                    await self._confirmed()  # otherwise several doings come together
        await self._confirmed()
        self.updates += made
        self._look_at_calls()

    def _send_anything(self) -> None:
        self._raw.people = [each.id for each in self._people]
        self.sandbox.service.updates.put_raw(self._raw.update(), "raw")

    async def _confirmed(self) -> None:
        """Until nothing waits to be confirmed."""
        queue, loop = self.sandbox.service.updates, asyncio.get_running_loop()
        left, since = len(queue), loop.time()
        while len(queue):
            if self.bot is None or not self.bot.is_running:
                raise AssertionError(f"the bot has ended by itself; {self.faults}")
            if len(queue) < left:
                left, since = len(queue), loop.time()
            assert loop.time() - since < PATIENCE, f"stuck with {left} updates; {self.faults}"
            await asyncio.sleep(0.002)

    async def _live(self, place: int) -> None:
        person = self._people[place]
        if person.account.blocked:
            await person.unblock()
        if place >= len(self._owners) and self.did[f"{person.id}"] >= STARTED_OVER:
            await self._confirmed()  # what somebody who is forgotten has sent is not delivered any more
            del self.did[f"{person.id}"]
            self.sandbox.forget(person)
            person = self._people[place] = self._somebody()
        self.did[f"{person.id}"] += 1
        await self._do(person)

    async def _do(self, person: Person) -> None:
        dice = self.dice
        buttons = [(post.id, each) for post in person.chat.visible() if post.from_bot for each in post.buttons]
        chance = dice.random()
        if chance < 0.72 and buttons:
            # Mostly the newest card's: whoever presses anything at all never gets anywhere.
            message, button = dice.choice(buttons[-12:] if dice.random() < 0.9 else buttons)
            await person.press_button(message, button)
        elif chance < 0.8 or not buttons:
            await person.start(dice.choice(("demographics", "demographics", self._raw.payload()))[:64])
        elif chance < 0.9:
            await person.say(self._marked(person, written(dice)))
        elif chance < 0.94:
            words = self._raw.text()[:4096].encode(errors="ignore").decode().strip()
            await person.say(self._marked(person, words) or "/help")
        elif chance < 0.97 and buttons:
            await person.press_data(dice.choice(buttons)[0], str(self._raw.data()))
        elif chance < 0.98:
            words = self._marked(person, written(dice)[:1024])
            await person.send({"location": {"latitude": 0, "longitude": 0}}, caption=words)
        elif chance < 0.99 and person.chat.posts:
            own = [post.id for post in person.chat.visible() if not post.from_bot]
            if own:
                await person.edit(dice.choice(own), self._marked(person, written(dice)))
        else:
            await person.block()

    def _marked(self, person: Person, words: str) -> str:
        return words.replace(MARK, TEAM_MARK) if person.id in self._owners else words

    # --- what is looked at -------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Whether every promise holds of what lies on disk."""
        async with stores.as_files(self.folder) as files:
            self.faults += await asyncio.to_thread(broken, self.folder, files, list(self.people))

    def report(self) -> str:
        """Faults, each once and how often."""
        return "\n".join(f"{count} x {fault}" for fault, count in Counter(self.faults).most_common())
