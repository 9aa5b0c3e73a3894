"""Files for contributors, made when they are sent, of what is held then: receipts, and copies of everything held.

They are put together in memory from what is sealed and are written to no disk.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.chats import Part, open_chat
from bot.clock import Clock
from bot.holdings import facts
from bot.links.posters import poster_in
from bot.links.printing import png, svg
from bot.looking_up import look_up, opened_letters
from bot.own_copy import as_csv, as_json
from bot.storage import conversations as stored
from bot.storage import links
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.texts import Texts
from bot.trail.proofs import Proofs, Seal
from bot.vault import CONTACT, SELF, Vault
from flows.asides.files import own_copy_caption, receipt_caption
from flows.collection import Voice
from flows.links import LinkState, address
from flows.meaning import NOT_KNOWN
from flows.on_record import Records
from flows.receipts import Proof, agreed_in, receipt_file
from flows.session import Passage, Session
from flows.shelf import Shelf

RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent: its name, what is in it, and what stands beneath it (HTML)."""

    name: str
    content: bytes = field(repr=False)
    caption: str
    may_leave: bool = False
    """Whether it may be forwarded and saved: what is printed is no contributor's."""


class Files:
    """Makes files of what a chat's contributions hold."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        texts: Texts,
        clock: Clock,
        bot_name: str = "",
        seal: Seal | None = None,
        folder: Path | None = None,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._shelf = shelf
        self._texts = texts
        self._clock = clock
        self._bot_name = bot_name
        self._folder = folder
        self._proofs = Proofs(database=database, keystore=keystore, vault=vault, seal=seal)

    async def make(self, chat_hash: bytes, collection: str, form: str) -> File | None:
        """A file (`receipt`, `json` or `csv`) about one contribution, or None where nothing is held of it any more."""
        async with self._database.read() as connection:
            row = (await stored.read_conversations(connection, [chat_hash])).get(chat_hash)
            if row is None:
                return None
            parts = await stored.read_contributions(connection, [chat_hash])
            keys = [row.key_id, *(part.key_id for part in parts if part.key_id is not None)]
            wraps = await self._keystore.wraps(keys, (CONTACT, SELF))
            chat = open_chat(row, parts, wraps, self._vault)
            records = await look_up(connection, chat, self._vault, self._clock()) if chat is not None else {}
            if chat is not None and collection in records and form != RECEIPT:
                letters = await opened_letters(connection, self._keystore, chat, self._vault, self._clock())
                # Whatever they are about: no other file has those that are about nothing that was agreed to.
                records = {**records, collection: replace(records[collection], letters=letters)}
        part = chat.parts.get(collection) if chat is not None else None
        if chat is None or chat.session is None or part is None or part.passage is None:
            return None
        if part.passage.consented is None:
            return None
        proof = (
            await self._proofs.of_consent(part.pseudonym, part.passage.consented.record) if form == RECEIPT else None
        )
        return self._made(chat.session, part, part.passage, records, form, proof)

    def voice(self, collection: str, language: str, card: int) -> tuple[Voice, bytes] | None:
        """A card read aloud, as it was hashed into what is agreed to; None where the file is another one by now."""
        cards = self._shelf.collections[collection].documents.get(language, ())
        voice = cards[card - 1].voice if card <= len(cards) else None
        if voice is None or self._folder is None:
            return None
        try:
            content = (self._folder / collection / "consent" / language / f"{card}.ogg").read_bytes()
        except OSError:
            return None
        return (voice, content) if hashlib.sha256(content).hexdigest() == voice.sha256 else None

    async def poster(self, link: str, language: str) -> File | None:
        """A link to print: a poster in a language (SVG), or without one its code (PNG). None once it has ended."""
        async with self._database.read() as connection:
            found = (await links.read(connection, [link])).get(link)
        collection = self._shelf.collections.get(found.collection) if found is not None else None
        if found is None or collection is None or found.state is LinkState.ENDED:
            return None
        opens = address(self._bot_name, link)
        if not language:
            return File(f"{link}.png", png(opens), opens, may_leave=True)
        words = poster_in(collection, collection.region(found.territory), language, self._texts)
        return File(f"{link}-{language}.svg", svg(opens, words), opens, may_leave=True)

    def _made(
        self, session: Session, part: Part, passage: Passage, records: Records, form: str, proof: Proof | None
    ) -> File | None:
        collection = self._shelf.collections.get(passage.collection)
        record, now = records[passage.collection], self._clock()
        if form == RECEIPT:
            if collection is None or agreed_in(collection, passage) is None:
                return None
            content = receipt_file(collection, passage, part.pseudonym, now, proof, record).encode()
            return File("receipt.jsonld", content, self._texts.html(receipt_caption(), session.language))
        today = self._shelf.meanings(passage.collection, passage.consented.language) if passage.consented else NOT_KNOWN
        rows = facts(session, passage, part.pseudonym, record, collection, today)
        make = as_json if form == "json" else as_csv
        content = make(rows, self._texts, session.language, now)
        return File(f"mydata.{form}", content, self._texts.html(own_copy_caption(), session.language))
