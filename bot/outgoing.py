"""The outbox worker: sends files, takes them away again, and sends what a process that died had left.

A file of what is held has to leave the chat after an hour, so the bot has to know its number there. That it is about to
be sent is committed first. A process that dies then, or a request without an answer, leaves a file that may or may not
be there; it is not sent again, and the contributor is told that it may be theirs to delete.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
import structlog

from bot.arrivals import Settled
from bot.chats import Chat, open_chat, outbox_place
from bot.clock import Clock
from bot.conversation import Conversation
from bot.errands import LEASE
from bot.files import Files
from bot.gone import gone_message
from bot.messenger import Delivered, Messenger, Sent, Stays, TryLater, Unknown, Unreachable
from bot.owed import owed_from_json
from bot.owing.batch import (
    COPY,
    COPY_BEGUN,
    DELETE_COPY,
    FILE,
    GONE,
    GONE_BEGUN,
    PARTING,
    PAY,
    PICTURE,
    POSTER,
    SAID_UNASKED,
    VOICE,
)
from bot.owing.chat import COPY_MAY_STAY, GOES_BEHIND, Gone
from bot.parting import has_arrived, parting_message
from bot.presenting import RECEIPT, send_owed, until_clear
from bot.progress.sending import Pictures, Wanted
from bot.storage import conversations as stored
from bot.storage import outbox
from bot.storage.asking import REPLY, UNASKED
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.storage.outbox import OutboxRow
from bot.texts import Texts
from bot.vault import CONTACT, SELF, Vault, unseal
from flows.records import replace
from flows.shelf import Shelf

log = structlog.get_logger()

_TOGETHER = 100

_THE_ONLY_ONE = 0
"""The number of a process beside which there is no other, where it says that it has something in hand."""

_PICTURE_TAKES = dt.timedelta(minutes=10)
"""How long a picture is waited for before it is asked for again."""

_AGAIN_SECONDS = 60.0
"""Before something is sent or taken away once more, where no answer came."""


class Outgoing:
    """Sends rows of the outbox whose time has come."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        conversation: Conversation,
        messenger: Messenger,
        files: Files,
        pictures: Pictures,
        texts: Texts,
        shelf: Shelf,
        clock: Clock,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`me` is this process's number among several."""
        self.hear: Callable[[TryLater], None] = lambda _later: None
        """Called when something that nobody has asked for was told to wait, or did not reach Telegram."""
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._conversation = conversation
        self._messenger = messenger
        self._files = files
        self._pictures = pictures
        self._texts = texts
        self._shelf = shelf
        self._clock = clock
        self._me = me
        self._word_waits = False
        """Whether it could not be written down what became of something, and may not be yet."""

    async def work(self) -> None:
        """Everything that somebody waits for and whose time has come."""
        while await self._send_some(_TOGETHER, REPLY) == _TOGETHER:
            pass

    async def send_unasked(self, most: int) -> int:
        """Of what nobody has asked for, so much at most as may leave now; how many did."""
        return await self._send_some(most, UNASKED)

    async def _send_some(self, most: int, lane: str) -> int:
        """Different chats side by side, each chat's rows in order; how many."""
        if self._word_waits:
            self._word_waits = False
            await self._write_down([])  # behind word of what was sent
        async with self._database.write_beside() as connection:
            # On SQLite nobody else claims: a lease would only keep the next start waiting for what this one had.
            lease = LEASE if self._database.serves_several else dt.timedelta(0)
            me = self._me()
            rows = [
                replace(row, holder=me) for row in await outbox.claim(connection, self._clock(), lease, most, me, lane)
            ]
        chats: dict[bytes, list[OutboxRow]] = {}
        for row in rows:
            chats.setdefault(row.chat, []).append(row)
        # Each is waited for also where one fails: what is still being sent may not be claimed once more meanwhile.
        ended = await asyncio.gather(*(self._send_all(each) for each in chats.values()), return_exceptions=True)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        return len(rows)

    async def _send_all(self, rows: list[OutboxRow]) -> None:
        for row in rows:
            try:
                await self._send(row)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  # one row that can never be sent must not hold up the rest
                log.warning("something owed was not sent", kind=row.kind, why=type(error).__name__)
                await self._drop(row)

    async def _send(self, row: OutboxRow) -> None:
        chat = await self._open(row.chat, with_parts=row.kind == RECEIPT)
        if chat is None:
            await self._drop(row)
            return
        if row.lane == UNASKED and row.kind in SAID_UNASKED and (chat.session is None or chat.session.stopped):
            await self._drop(row)  # it was in hand already when they said that they want no messages
            return
        payload: dict[str, Any] = orjson.loads(unseal(chat.key, row.sealed, outbox_place(row.id)))
        if _comes_too_late(row, chat, payload):
            await self._settle(row, Delivered())
            return
        makes = {
            FILE: self._send_file,
            COPY: self._send_file,
            PICTURE: self._hand_on,
            VOICE: self._send_voice,
            POSTER: self._send_poster,
            GONE: self._say_what_is_gone,
            PARTING: self._see_off,
        }
        if row.kind in makes:
            await makes[row.kind](row, chat, payload)
        elif row.kind == COPY_BEGUN:
            await self._settle(row, await self._explain(chat, payload))
        elif row.kind == DELETE_COPY:
            await self._settle(row, await self._take_away(chat, payload))
        elif row.kind == GONE_BEGUN:  # whoever began has died: it may be there, and is not said twice
            await self._settle(row, Delivered())
        elif row.kind == PAY:
            sent = await self._messenger.say(chat.letterhead.chat_id, None, payload["words"])
            await self._settle(row, _surely(sent))  # said twice it is the same code
        elif payload.get(GOES_BEHIND) and chat.owed and chat.reachable:
            await self._put_off(row, _AGAIN_SECONDS)
        else:
            sent = await send_owed(self._messenger, chat.letterhead.chat_id, row.kind, payload)
            about = payload.get("collection", "") if row.kind == RECEIPT else None
            await self._settle(row, until_clear(row.kind, sent), about=about)

    async def _open(self, chat: bytes, *, with_parts: bool) -> Chat | None:
        async with self._database.read() as connection:
            conversation = (await stored.read_conversations(connection, [chat])).get(chat)
            parts = await stored.read_contributions(connection, [chat]) if with_parts else []
        if conversation is None:
            return None
        keys = [conversation.key_id, *(part.key_id for part in parts if part.key_id is not None)]
        wraps = await self._keystore.wraps(keys, (CONTACT, SELF))
        return open_chat(conversation, parts, wraps, self._vault)

    async def _send_file(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """Make a file now, of what is held now, and send it; where nothing is held any more, there is none."""
        made = await self._files.make(row.chat, payload["collection"], payload["form"])
        if made is None:
            await self._settle(row, Delivered())
            return
        chat_id, is_receipt = chat.letterhead.chat_id, row.kind == FILE
        if is_receipt:
            if not self._is_mine(row):
                return
            sent = await self._messenger.file(chat_id, made.name, made.content, made.caption, may_leave=True)
            await self._settle(row, _surely(sent), about=payload["collection"])
            return
        begun = await self._begin(row, COPY_BEGUN)
        if begun is None or not self._is_mine(begun):
            return
        sent = await self._messenger.file(chat_id, made.name, made.content, made.caption)
        if isinstance(sent, TryLater):
            await self._take_up_again(begun, row.kind, sent)
            return
        if isinstance(sent, Unknown):
            await self._settle(row, await self._explain(chat, payload))
            return
        await self._settle(row, sent, is_copy=True, about=payload["collection"])

    async def _say_what_is_gone(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """Once. What is committed first says that it may be there."""
        collection = self._shelf.collections.get(payload["collection"])
        words = self._texts.screen(gone_message(Gone(payload["why"]), collection), payload["language"])
        begun = await self._begin(row, GONE_BEGUN)
        if begun is None:
            return
        sent = await self._messenger.say(chat.letterhead.chat_id, None, words)
        if isinstance(sent, TryLater):
            await self._take_up_again(begun, row.kind, sent)
            return
        await self._settle(row, sent)

    async def _see_off(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """Word of their pay to whoever has gone. Once it has arrived they count as told, and until then they do not."""
        chat_id, collection, owed = chat.letterhead.chat_id, payload["collection"], owed_from_json(payload["owed"])
        # Whoever has seen them off knows no words: that may have been a steward's command.
        words = self._texts.screen(parting_message(owed, collection, self._shelf), payload["language"])
        sent = _surely(await self._messenger.say(chat_id, None, words))
        if isinstance(sent, Delivered):
            async with self._database.write_beside() as connection:
                holder = self._vault.entitlement_hash(chat_id, collection)
                await has_arrived(connection, holder, with_code=owed.code is not None)
        await self._settle(row, sent)

    async def _hand_on(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """Counting for a picture may take a while, and nothing else waits for it; it is begun anew if it never ends."""
        async with self._database.write_beside() as connection:
            await outbox.postpone(connection, [row.id], self._clock() + _PICTURE_TAKES, self._me() or _THE_ONLY_ONE)
        self._pictures.take(Wanted(row.id, chat.letterhead.chat_id, payload, partial(self._settle, row)))

    async def _send_voice(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """A card read aloud, just as it was hashed; where it is another file by now, none."""
        found = self._files.voice(payload["collection"], payload["language"], payload["card"])
        if found is None:
            # By name: what was sealed goes into no log as a whole, whatever comes to stand in it.
            log.warning("a voice note is not as it was read", collection=payload["collection"], card=payload["card"])
            await self._settle(row, Delivered())
            return
        voice, content = found
        sent = await self._messenger.voice(chat.letterhead.chat_id, content, voice.seconds)
        await self._settle(row, _surely(sent))

    async def _send_poster(self, row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> None:
        """A link to print; where it has ended meanwhile, there is none."""
        made = await self._files.poster(payload["link"], payload["language"])
        if made is None:
            await self._settle(row, Delivered())
            return
        chat_id = chat.letterhead.chat_id
        sent = await self._messenger.file(chat_id, made.name, made.content, made.caption, may_leave=True)
        await self._settle(row, sent)

    async def _begin(self, row: OutboxRow, kind: str) -> OutboxRow | None:
        """The row as one of which it is committed that it may be there, before it is sent. None where another process
        has taken it over meanwhile: it is that one's to send."""
        async with self._database.write_beside() as connection:
            turned = await outbox.turn_into(connection, row, kind, self._me())
        return replace(row, kind=kind) if turned else None

    def _is_mine(self, row: OutboxRow) -> bool:
        """Whether this is still the process that has claimed it: making a file takes a while. Raises TakenForDead."""
        return self._me() == row.holder

    async def _take_up_again(self, begun: OutboxRow, kind: str, later: TryLater) -> None:
        """It did not leave: from the time that was told on it is what it was."""
        self._hear(begun, later)
        async with self._database.write_beside() as connection:
            if await outbox.turn_into(connection, begun, kind, self._me()):
                await outbox.postpone(connection, [begun.id], self._clock() + dt.timedelta(seconds=later.seconds))

    def _hear(self, row: OutboxRow, later: TryLater) -> None:
        if row.lane == UNASKED:
            self.hear(later)

    async def _take_away(self, chat: Chat, payload: dict[str, Any]) -> Sent:
        """Delete files from the chat; where that is not possible any more, say so."""
        sent = _surely(await self._messenger.delete(chat.letterhead.chat_id, payload["messages"]))
        return await self._explain(chat, payload) if isinstance(sent, Stays) else sent

    async def _explain(self, chat: Chat, payload: dict[str, Any]) -> Sent:
        """Say that a file may be there which the bot cannot take away, until that has certainly arrived."""
        words = payload.get("words") or self._texts.html(COPY_MAY_STAY, payload["language"])
        return _surely(await self._messenger.say(chat.letterhead.chat_id, None, words))

    async def _drop(self, row: OutboxRow) -> None:
        async with self._database.write_beside() as connection:
            await outbox.done(connection, [row.id])

    async def _put_off(self, row: OutboxRow, seconds: float) -> None:
        async with self._database.write_beside() as connection:
            await outbox.postpone(connection, [row.id], self._clock() + dt.timedelta(seconds=seconds))

    async def _settle(self, row: OutboxRow, sent: Sent, *, is_copy: bool = False, about: str | None = None) -> None:
        """Note what became of a row; `about` is the collection of a file or a receipt whose number is noted with it."""
        if isinstance(sent, TryLater):
            self._hear(row, sent)
            await self._put_off(row, sent.seconds)
            return
        message = sent.message if isinstance(sent, Delivered) else 0
        numbers = (message,) if message else ()
        settled = Settled(
            row.chat,
            0,
            shown=False,
            receipts={about: message} if row.kind == RECEIPT and message and about is not None else {},
            sent=numbers,
            copies=numbers if is_copy else (),
            files=numbers if row.kind == FILE else (),
            about=about,
            delivered=(row.id,),
            unreachable=isinstance(sent, Unreachable),
        )
        await self._write_down([settled])

    async def _write_down(self, settled: list[Settled]) -> None:
        """Have it committed what became of something. Where that cannot be just now it is kept, since a message's
        number stands nowhere else, and no row is met again before it is written down."""
        try:
            await self._conversation.take(settled)
        except StoreUnavailable:
            for each in settled:
                self._conversation.note(each)
            self._word_waits = True
            raise


def _comes_too_late(row: OutboxRow, chat: Chat, payload: dict[str, Any]) -> bool:
    """Whether it would stand in a chat for good from which its owner has gone, or be about what they took back."""
    if row.kind not in {RECEIPT, VOICE}:
        return False
    agreed = [passage.collection for passage in chat.session.consents] if chat.session is not None else []
    # A card is read aloud to whoever has not agreed yet; and an earlier surveybot named no collection.
    return chat.ending or (row.kind == RECEIPT and payload.get("collection", "") not in {"", *agreed})


def _surely(sent: Sent) -> Sent:
    """Later once more, where it may or may not have arrived: twice is better than not at all."""
    return TryLater(_AGAIN_SECONDS) if isinstance(sent, Unknown) else sent
