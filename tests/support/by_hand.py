"""The step, the presenter and the due-list joined by hand: a clock that tests set, and a Telegram that they script."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.arrivals import Arrival
from bot.broadcasts.desk import Rules
from bot.broadcasts.planner import Planner
from bot.broadcasts.rate import Pace
from bot.conversation import Conversation
from bot.due import Dues
from bot.errands import Errands
from bot.files import Files
from bot.lanes import Lanes
from bot.links.posting import Outcome, PostDesk, Posted
from bot.messenger import Delivered, Sent
from bot.opening import Stores, open_stores
from bot.outgoing import Outgoing
from bot.presenting import Presenter
from bot.progress.sending import Pictures
from bot.progress.taking import Taking
from bot.reading import read_collections, read_texts
from bot.stewardship.archive import Archive
from bot.stewardship.clerk import Clerk
from bot.storage import processes
from bot.team.desk import TeamSettings
from bot.team.rows import PLAN, POST, RELEASE
from bot.texts import Texts
from bot.unasked import Unasked
from bot.zones import my_zone
from flows.collection import OPT_OUT
from flows.events import TOKEN_BYTES, Command, Commanded, Event, Opened, Tapped, Typed
from flows.screens import Screen
from flows.shelf import Shelf

from .running import Stored, settings_for

START = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
CHAT = 6_123_456_789
LONG = 0.5
"""Seconds that nothing takes to come round at the pace: then it is held."""


@dataclass
class Shown:
    """A screen as it stands on a card."""

    screen: Screen
    step: int


class ScriptedTelegram:
    """Says yes with a message number, unless something else was scripted for a method."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        """Method and chat of each call, in order."""
        self.cards: dict[int, Shown] = {}
        self.sent_as: dict[int, Screen] = {}
        """The screen that each message began as."""
        self.answered: list[str] = []
        self.deleted: list[int] = []
        self.said: list[str] = []
        self.stands: dict[int, str] = {}
        """What was said last in each message that stays."""
        self.files: dict[int, tuple[str, bytes]] = {}
        """Name and content of each file that arrived, by its message."""
        self.scripted: dict[str, deque[Sent | BaseException]] = {}
        self._numbers = itertools.count(100)

    def script(self, method: str, *outcomes: Sent | BaseException) -> None:
        """What becomes of the next calls of a method."""
        self.scripted.setdefault(method, deque()).extend(outcomes)

    def _outcome(self, method: str, chat_id: int, message: int | None = None) -> Sent:
        self.calls.append((method, chat_id))
        waiting = self.scripted.get(method)
        if not waiting:
            return Delivered(message if message is not None else next(self._numbers))
        found = waiting.popleft()
        if isinstance(found, BaseException):
            raise found
        return found

    async def show(self, chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:  # noqa: ARG002
        """Show a screen."""
        sent = self._outcome("show", chat_id, card)
        if isinstance(sent, Delivered):
            self.cards[chat_id] = Shown(screen, step)
            self.sent_as.setdefault(sent.message, screen)
        return sent

    async def say(self, chat_id: int, message: int | None, words: str, *, anew: bool = True) -> Sent:  # noqa: ARG002
        """Say something that stays."""
        sent = self._outcome("say", chat_id, message)
        if isinstance(sent, Delivered):
            self.said.append(words)
            self.stands[sent.message] = words
        return sent

    async def try_out(self, chat_id: int, words: str, rows: Sequence[Sequence[str]]) -> Sent:  # noqa: ARG002
        """Send an invite to be tried."""
        sent = self._outcome("try_out", chat_id)
        if isinstance(sent, Delivered):
            self.said.append(words)
        return sent

    async def delete(self, chat_id: int, messages: Sequence[int]) -> Sent:
        """Delete messages."""
        sent = self._outcome("delete", chat_id, 0)
        if isinstance(sent, Delivered):
            self.deleted += messages
        return sent

    async def empty(self, chat_id: int, message: int) -> Sent:
        """Take the words out of a message."""
        return self._outcome("empty", chat_id, message)

    async def answer(self, callback: str, words: str | None) -> Sent:  # noqa: ARG002
        """Answer a tap."""
        sent = self._outcome("answer", 0, 0)
        if isinstance(sent, Delivered):
            self.answered.append(callback)
        return sent

    async def file(
        self,
        chat_id: int,
        name: str,
        content: bytes,
        words: str,  # noqa: ARG002
        *,
        may_leave: bool = False,  # noqa: ARG002
    ) -> Sent:
        """Send a file."""
        sent = self._outcome("file", chat_id)
        if isinstance(sent, Delivered):
            self.files[sent.message] = (name, content)
        return sent

    async def voice(self, chat_id: int, content: bytes, seconds: int) -> Sent:
        """Send a voice message."""
        sent = self._outcome("voice", chat_id)
        if isinstance(sent, Delivered):
            self.files[sent.message] = (f"{seconds} s", content)
        return sent

    async def picture(self, chat_id: int, content: bytes, words: str) -> Sent:
        """Send a picture."""
        sent = self._outcome("picture", chat_id)
        if isinstance(sent, Delivered):
            self.files[sent.message] = (words, content)
        return sent

    async def post(self, place: str, parts: Sequence[tuple[Screen, str]]) -> Outcome:  # noqa: ARG002
        """Post into a channel."""
        return Posted()


class ByHand:
    """One installation, driven event by event."""

    def __init__(self, stores: Stores, shelf: Shelf, texts: Texts, conversation: Conversation, stored: Stored) -> None:
        self.now = START
        self.slept: list[float] = []
        self.stores = stores
        self.shelf = shelf
        self.texts = texts
        self.stored = stored
        self.telegram = ScriptedTelegram()
        self.conversation = conversation
        self.presenter = Presenter(self.telegram, conversation.note, lambda: self.now, self._sleep)
        conversation.show_with(self.presenter.show)
        conversation.lanes = lambda: Lanes(None, self.presenter.is_showing)
        files = Files(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            shelf=shelf,
            texts=texts,
            clock=lambda: self.now,
        )
        self.pictures = Pictures(
            taking=Taking(Archive(stores.database, stores.keystore, stores.vault), lambda: self.now),
            collections=shelf.collections,
            texts=texts,
            messenger=self.telegram,
            folder=stored.folder,
        )
        self.outgoing = Outgoing(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            conversation=conversation,
            messenger=self.telegram,
            files=files,
            pictures=self.pictures,
            texts=texts,
            shelf=shelf,
            clock=lambda: self.now,
        )
        self.planner = Planner(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            shelf=shelf,
            rules=Rules(most=3, days=30, confirm_above=500, one_person=False, nobody_real=True),
            clock=lambda: self.now,
        )
        desk = PostDesk(stores.database, self.telegram, shelf.collections, "survey_bot", lambda: self.now)
        clerk = Clerk(
            settings_for(stored.folder, "http://127.0.0.1"),
            stores.database,
            tuple(shelf.collections.values()),
            lambda: self.now,
        )
        self.ticks = 0.0
        """Seconds of the clock that the pace goes by."""
        self.pace = Pace(1000.0, self.ticks)
        self.unasked = Unasked(
            database=stores.database,
            conversation=conversation,
            outgoing=self.outgoing,
            is_showing=self.presenter.is_showing,
            pace=self.pace,
            clock=lambda: self.now,
            ticks=lambda: self.ticks,
        )
        self.presenter.put_off, self.outgoing.hear = self.unasked.put_off, self.unasked.hear
        self.errands = Errands(
            database=stores.database,
            carries={PLAN: self.planner.carry_out, POST: desk.carry_out_due, RELEASE: clerk.carry_out},
            take=conversation.take,
            clock=lambda: self.now,
        )
        self.dues = Dues(
            database=stores.database,
            keystore=stores.keystore,
            conversation=conversation,
            outgoing=self.outgoing,
            errands=self.errands,
            show_owed=self.unasked.show_all,
            clock=lambda: self.now,
        )
        self._updates = itertools.count(stored.rows("select 1 + coalesce(max(update_id), 0) from seen_updates")[0][0])

    async def _sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.now += dt.timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def happens(self, event: Event, chat_id: int = CHAT, callback: str | None = None) -> None:
        """One update, and everything that comes of it."""
        await self.meets(event, chat_id, callback)
        await self.settled()

    async def meets(self, event: Event, chat_id: int = CHAT, callback: str | None = None) -> None:
        """One update, and what is sent after it; that it was sent is noted when the conversation comes to it."""
        await self.conversation.take([self.arrival(event, chat_id, callback)])
        await self.presenter.lull(1)

    def arrival(self, event: Event, chat_id: int = CHAT, callback: str | None = None) -> Arrival:
        """The next update, with this in it."""
        message = getattr(event, "message", 0) or None
        return Arrival(chat_id, event, next(self._updates), callback, message=message)

    async def settled(self) -> None:
        """Until everything has been sent and noted."""
        while self.presenter._tasks or self.conversation._inbox or self.conversation._working:
            await self.presenter.lull(1)
            await self.conversation.drain()

    async def start(self, chat_id: int = CHAT, collection: str | None = "demographics") -> None:
        """The deep link, or /start without one."""
        await self.happens(
            Opened(at=self.now, token=os.urandom(TOKEN_BYTES), language_code="en", collection=collection), chat_id
        )

    async def types(self, text: str, message: int = 50, chat_id: int = CHAT) -> None:
        """A text."""
        await self.happens(Typed(at=self.now, token=os.urandom(TOKEN_BYTES), text=text, message=message), chat_id)

    async def presses(self, verb: str, value: str | None = None, chat_id: int = CHAT) -> None:
        """The button on the open card that means this, and everything that comes of it."""
        await self.happens(self.tap(verb, value, chat_id), chat_id, callback=f"callback {next(self._updates)}")

    def tap(self, verb: str, value: str | None = None, chat_id: int = CHAT) -> Tapped:
        """A tap on the button on the open card that means this."""
        shown = self.telegram.cards[chat_id]
        number, choice = next(
            (n, c) for n, c in enumerate(shown.screen.choices) if c.verb == verb and (value is None or c.value == value)
        )
        on = None if choice.ticked is None else not choice.ticked
        token, layout = os.urandom(TOKEN_BYTES), shown.screen.layout
        return Tapped(at=self.now, token=token, step=shown.step, choice=number, layout=layout, on=on)

    async def to_decision(self, chat_id: int = CHAT, collection: str = "demographics") -> None:
        """From the link to the decision."""
        await self.start(chat_id, collection)
        await self.presses("live_in", "US", chat_id)
        await self.reads_cards(chat_id, collection)

    async def reads_cards(self, chat_id: int = CHAT, collection: str = "demographics", place: str = "US") -> None:
        """From the first card to the decision."""
        await self.presses("next", chat_id=chat_id)
        document = self.shelf.document(self.shelf.collections[collection], "en", place)
        for card in document.cards[1:]:
            assert card.question is not None
            await self.presses("card_answer", str(card.question.right), chat_id)

    async def to_questions(self, chat_id: int = CHAT, collection: str = "demographics") -> None:
        """From the link to the first question."""
        await self.to_decision(chat_id, collection)
        await self.presses("agree", chat_id=chat_id)

    async def to_review(self, chat_id: int = CHAT) -> None:
        """From the link to the review, leaving every question out."""
        await self.to_questions(chat_id)
        while self.telegram.cards[chat_id].screen.name.startswith("question-"):
            await self.leaves_out(chat_id)

    async def leaves_out(self, chat_id: int = CHAT) -> None:
        """The question on the card is not answered."""
        screen = self.telegram.cards[chat_id].screen
        verb = next(choice.verb for choice in screen.choices if choice.value == OPT_OUT)
        await self.presses(verb, OPT_OUT, chat_id)

    async def commands(self, command: Command, chat_id: int = CHAT) -> None:
        """A command."""
        await self.happens(Commanded(at=self.now, token=os.urandom(TOKEN_BYTES), command=command), chat_id)

    async def leaves(self, chat_id: int = CHAT) -> None:
        """Takes everything back, and all that is owed is sent."""
        await self.commands(Command.LEAVE, chat_id)
        await self.presses("open_take_back", chat_id=chat_id)
        await self.presses("take_back_all", chat_id=chat_id)
        await self.later(seconds=0)

    async def taken_over(self) -> None:
        """What a process that died had in hand goes on, as at a start."""
        async with self.stores.database.write() as connection:
            await processes.take_over(connection, None, self.now)
        await self.dues.take_over()

    async def later(self, **span: float) -> None:
        """Time passes, and what has come due is worked on."""
        passed = dt.timedelta(**span)
        self.now += passed
        self.ticks += passed.total_seconds()
        await self.dues.work()
        await self.settled()
        await self.all_leave()

    async def all_leave(self) -> None:
        """Whatever nobody has asked for leaves at the pace; what Telegram has asked to wait with is left."""
        while await self.unasked.work():
            await self.settled()
            if self.unasked.wait > LONG:
                return
            self.ticks += max(self.unasked.wait, 0.001)
        await self.settled()

    async def shows_owed(self) -> None:
        """Whoever is owed a screen that nobody has under way is shown it, as at a start."""
        self.unasked.show_all()
        await self.all_leave()

    @property
    def screen(self) -> str:
        """The name of the screen on the card."""
        return self.telegram.cards[CHAT].screen.name


def made_conversation(
    stores: Stores,
    shelf: Shelf,
    texts: Texts,
    clock: Callable[[], dt.datetime],
    team: TeamSettings | None = None,
    remind_after: dt.timedelta | None = None,
) -> Conversation:
    """A conversation on an installation's stores."""
    return Conversation(
        database=stores.database,
        keystore=stores.keystore,
        vault=stores.vault,
        tombstones=stores.tombstones,
        shelf=shelf,
        texts=texts,
        clock=clock,
        team=team or TeamSettings((), "survey_bot"),
        remind_after=remind_after,
    )


@asynccontextmanager
async def by_hand(folder: Path, **overrides: object) -> AsyncIterator[ByHand]:
    """An installation in a folder."""
    settings = settings_for(folder, "http://127.0.0.1:1", **overrides)
    collections = read_collections(settings)
    shelf = Shelf(collections, unreviewed=True).handing_over(my_zone(settings)[1])
    texts = read_texts(settings, collections)
    # At the time of the tests' own clock: the first sweep would come at whatever hour they run otherwise.
    async with open_stores(settings, collections, lambda: START) as stores:
        hand: ByHand | None = None
        conversation = made_conversation(
            stores,
            shelf,
            texts,
            lambda: hand.now if hand is not None else START,
            team=TeamSettings(settings.owners, "survey_bot", settings.one_person_team),
            remind_after=settings.reminder_pause if "remind_after" in overrides else None,
        )
        hand = ByHand(stores, shelf, texts, conversation, Stored(folder))
        inbox = asyncio.create_task(conversation.run())
        try:
            yield hand
        finally:
            inbox.cancel()
            await asyncio.gather(inbox, return_exceptions=True)
