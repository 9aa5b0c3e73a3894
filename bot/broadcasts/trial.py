"""An invite sent to somebody of the team first: as people read it, marked, with buttons that do nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection as Several
from collections.abc import Sequence
from typing import Any

import orjson

from bot.broadcasts.letters import languages_of
from bot.broadcasts.refusal import Refused
from bot.chats import open_chat, outbox_place
from bot.storage import conversations, outbox
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.storage.outbox import OutboxRow
from bot.texts import Texts
from bot.vault import CONTACT, OUTBOX_STEP, Vault, seal
from flows.broadcasts import Audience
from flows.collection import Collection, Region
from flows.invites import invite_screen
from flows.words import say

TRIAL = "trial"
"""The kind of its outbox rows."""

MARK = say("🎭 A trial, to you alone. This is how it is read; its buttons do nothing.")

Payload = dict[str, Any]


def trial(
    texts: Texts,
    collection: Collection,
    region: Region,
    paragraph: str | None,
    language: str,
    reader: str,
    *,
    has_finished: bool,
) -> Payload:
    """What an outbox row carries. The mark is in the language of whoever gets it, the rest as people read it."""
    screen = invite_screen(collection, region, paragraph, has_finished=has_finished)
    words = f"<i>{texts.html(MARK, reader)}</i>\n\n{texts.screen(screen, language)}"
    return {"words": words, "rows": [[texts.plain(each.label, language) for each in row] for row in screen.rows]}


def region_for(collection: Collection, territories: Several[str], language: str) -> Region | None:
    """A region whose money is shown: the first of those asked for in which the language is spoken."""
    regions = [r for r in collection.regions if not territories or r.territory in territories]
    return next((r for r in regions if language in r.languages), regions[0] if regions else None)


async def send_to_owners(
    database: Database,
    keystore: KeyStore,
    vault: Vault,
    texts: Texts,
    collection: Collection,
    audience: Audience,
    paragraphs: dict[str, str],
    owners: Sequence[int],
    now: dt.datetime,
) -> tuple[int, int]:
    """Owe a trial in each language to every owner whose chat is known; how many owners, and how many languages.

    The running bot sends them. Raises Refused where there is no such chat.
    """
    languages = audience.languages or languages_of(collection)
    told = 0
    async with database.write() as connection:
        rows = await conversations.read_conversations(connection, sorted(map(vault.chat_hash, owners)))
        wraps = await keystore.wraps([row.key_id for row in rows.values()], (CONTACT,))
        for row in rows.values():
            chat = open_chat(row, [], wraps, vault)
            if chat is None:
                continue
            told += 1
            reader = chat.visit.language if chat.visit is not None else chat.session.language if chat.session else "en"
            for position, language in enumerate(languages):
                region = region_for(collection, audience.regions, language)
                if region is None:
                    raise Refused(f"{collection.id} has none of these regions")
                payload = trial(
                    texts, collection, region, paragraphs.get(language), language, reader,
                    has_finished=audience.finished is True,
                )  # fmt: skip
                row_id = vault.randomness(16).hex()
                sealed = seal(chat.key, orjson.dumps(payload), outbox_place(row_id), vault.randomness, step=OUTBOX_STEP)
                owed = OutboxRow(row_id, row.chat, "reply", TRIAL, sealed, position, now, 0, now)
                await outbox.put(connection, [owed])
    if not told:
        raise Refused("no owner's chat is known: an owner of SURVEYBOT_OWNERS sends the bot /team first")
    return told, len(languages)
