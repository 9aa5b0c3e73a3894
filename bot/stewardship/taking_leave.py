"""What a chat is still sent when what was given there is erased from outside it: a message, word of pay that is owed,
and files that go.

A chat of which nothing else is left keeps its contact key until that is done, a day at most, as after a goodbye.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chats import Chat, seal_conversation
from bot.owing.batch import DELETE_COPY, Payee, owe
from bot.owing.chat import GOODBYE_KEPT, Gone, tell_that_it_is_gone
from bot.parting import Parting, look_again
from bot.storage.schedule import Due
from bot.writing import Writing
from flows.on_record import Owed, PayState
from flows.session import Aside, Farewell, Session


class TakingLeave:
    """Chats of one transaction."""

    def __init__(self, parting: Parting, writing: Writing, why: Gone) -> None:
        self._parting = parting
        self._vault = parting.vault
        self._batch = parting.batch
        self._writing = writing
        self._why = why
        self.told = 0
        self.files = 0
        self.owed: list[Owed] = []
        """Pay that is still to be asked for."""
        self.going_on: set[bytes] = set()
        """Chats that something is still sent to, though nothing of them is left."""

    async def of(self, chat: Chat, collections: Sequence[str], *, over: bool) -> None:
        """One chat, from which these collections go; with `over` nothing of it is left."""
        files = chat.letterhead.files_to_erase(self._batch.now)
        told = self._tell(chat, collections)
        for collection in collections:
            told = await self._see_off(chat, collection, over=over) or told
        if files and chat.session is not None:
            owed = {"messages": list(files), "language": chat.session.language}
            owe(DELETE_COPY, owed, chat, self._batch, self._vault, unasked=True)
            chat.letterhead = chat.letterhead.without_copies(files)
            self.files += len(files)
        if over and (told or files) and chat.session is not None:
            self._say_goodbye(chat, chat.session)
        if chat.hash in self.going_on or (files and not over):
            self._write(chat)

    def _tell(self, chat: Chat, collections: Sequence[str]) -> bool:
        """One message, however many collections go: only of what was agreed to."""
        agreed = [each for each in collections if each in chat.parts and chat.parts[each].record is not None]
        if not agreed or not tell_that_it_is_gone(chat, chat.session, agreed[0], self._why, self._batch, self._vault):
            return False
        self.told += 1
        return True

    async def _see_off(self, chat: Chat, collection: str, *, over: bool) -> bool:
        """What is owed for a collection; whether anything is said of it."""
        part, session = chat.parts.get(collection), chat.session
        territory = part.passage.territory if part is not None and part.passage is not None else None
        payee = Payee(chat, collection, territory, session.language if session is not None else "en", leaves=True)
        before = len(self._batch.outbox)
        owed = await self._parting.see_off(payee)
        said = len(self._batch.outbox) > before
        if owed is not None and owed.state is not PayState.SENT:
            self.owed.append(owed)
        if owed is not None and not said and not over:
            self._batch.dues.append(look_again(payee, self._batch.now))
        return said

    def _say_goodbye(self, chat: Chat, session: Session) -> None:
        language, step = session.language, session.step + 1
        chat.session = Session(language, step, aside=Aside.GOODBYE, farewell=Farewell.TAKEN_BACK)
        chat.ending, chat.owed = True, False
        self._batch.dues.append(Due("forget", chat.hash.hex(), self._batch.now + GOODBYE_KEPT))
        self.going_on.add(chat.hash)

    def _write(self, chat: Chat) -> None:
        if chat.row is None:
            return
        values = {"sealed": seal_conversation(chat, self._vault), "version": chat.row.version + 1}
        values |= {"owed": chat.owed, "ending": chat.ending, "reachable": chat.reachable}
        values["shown_by"] = chat.row.shown_by if chat.owed else None
        self._writing.updated.append({"b_chat": chat.hash, "b_version": chat.row.version, **values})
