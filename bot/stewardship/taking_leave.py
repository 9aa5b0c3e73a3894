"""What a chat is still sent when what was given there is erased from outside it: a message, and files that go.

A chat of which nothing else is left keeps its contact key until that is done, a day at most, as after a goodbye.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chats import Chat, seal_conversation
from bot.owing.batch import DELETE_COPY, Batch, owe
from bot.owing.chat import GOODBYE_KEPT, Gone, tell_that_it_is_gone
from bot.storage.schedule import Due
from bot.vault import Vault
from bot.writing import Writing
from flows.session import Aside, Farewell, Session


class TakingLeave:
    """Chats of one transaction."""

    def __init__(self, vault: Vault, batch: Batch, writing: Writing, why: Gone) -> None:
        self._vault = vault
        self._batch = batch
        self._writing = writing
        self._why = why
        self.told = 0
        self.files = 0
        self.going_on: set[bytes] = set()
        """Chats that something is still sent to, though nothing of them is left."""

    def of(self, chat: Chat, collections: Sequence[str], *, over: bool) -> None:
        """One chat, from which these collections go; with `over` nothing of it is left."""
        files = chat.letterhead.files_to_erase(self._batch.now)
        told = self._tell(chat, collections)
        if files and chat.session is not None:
            owed = {"messages": list(files), "language": chat.session.language}
            owe(DELETE_COPY, owed, chat, self._batch, self._vault, unasked=True)
            chat.letterhead = chat.letterhead.without_copies(files)
            self.files += len(files)
        if over and (told or files) and chat.session is not None:
            self._see_off(chat, chat.session)
        if chat.hash in self.going_on or (files and not over):
            self._write(chat)

    def _tell(self, chat: Chat, collections: Sequence[str]) -> bool:
        """One message, however many collections go: only of what was agreed to."""
        agreed = [each for each in collections if each in chat.parts and chat.parts[each].record is not None]
        if not agreed or not tell_that_it_is_gone(chat, chat.session, agreed[0], self._why, self._batch, self._vault):
            return False
        self.told += 1
        return True

    def _see_off(self, chat: Chat, session: Session) -> None:
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
