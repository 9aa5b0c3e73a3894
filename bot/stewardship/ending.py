"""Purposes that end from outside the chat: the person's own screens say so too."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chats import close_passage, open_passage
from bot.storage.conversations import ContributionRow
from bot.storage.keystore import KeyStore
from bot.vault import SELF, Vault
from flows.renewal import without_purposes


async def told(
    part: ContributionRow, purposes: Sequence[str], keystore: KeyStore, vault: Vault
) -> dict[str, object] | None:
    """A contribution's row, in which the person's own screens too say that some purposes have ended; None where it does
    not open."""
    key_id = part.key_id or b""
    wrapped = (await keystore.wraps([key_id], [SELF])).get((key_id, SELF))
    if wrapped is None:
        return None
    key = vault.unwrap(SELF, key_id, wrapped)
    passage = open_passage(part.pseudonym, part.sealed, key)
    if passage.consented is None:
        return None
    passage = without_purposes(passage, purposes)
    return {
        "b_chat": part.chat,
        "b_collection": part.collection,
        "sealed": close_passage(part.pseudonym, passage, key, vault),
        "record": part.record,
        "submitted_at": part.submitted_at,
        "submitted_under": part.submitted_under,
    }
