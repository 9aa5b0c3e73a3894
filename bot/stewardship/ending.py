"""Purposes that end from outside the chat: the person's own screens say so too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from bot.chats import close_passage, open_passage
from bot.storage.conversations import ContributionRow
from bot.storage.keystore import KeyStore
from bot.vault import SELF, Vault
from flows.renewal import without_code, without_former, without_purposes
from flows.session import Passage


async def told(
    part: ContributionRow, purposes: Sequence[str], needing: AbstractSet[str], keystore: KeyStore, vault: Vault
) -> dict[str, object] | None:
    """A contribution's row, in which the person's own screens too say that some purposes have ended; None where it does
    not open. The code of their other contribution goes with the last of those that need it."""

    def without(passage: Passage) -> Passage:
        ended = without_purposes(passage, purposes)
        return without_code(ended, needing) if needing & set(purposes) else ended

    sealed = await _sealed_anew(part, without, keystore, vault)
    return _row(part, sealed) if sealed is not None else None


async def told_of_earlier(
    part: ContributionRow, records: Sequence[str], purposes: Sequence[str], keystore: KeyStore, vault: Vault
) -> dict[str, object]:
    """The same for purposes under earlier consents alone."""
    sealed = await _sealed_anew(part, lambda passage: without_purposes(passage, purposes, records), keystore, vault)
    return _row(part, sealed or part.sealed)


async def without_earlier(
    part: ContributionRow, records: Sequence[str], keystore: KeyStore, vault: Vault
) -> dict[str, object]:
    """A contribution's row without what was submitted under earlier consents."""

    def without(passage: Passage) -> Passage:
        return without_former(passage, [each for each in passage.former if each.record in records])

    row = _row(part, await _sealed_anew(part, without, keystore, vault) or part.sealed)
    return {**row, "submitted_at": None, "submitted_under": None} if part.submitted_under in records else row


async def _sealed_anew(
    part: ContributionRow, change: Callable[[Passage], Passage], keystore: KeyStore, vault: Vault
) -> bytes | None:
    key_id = part.key_id or b""
    wrapped = (await keystore.wraps([key_id], [SELF])).get((key_id, SELF))
    if wrapped is None:
        return None
    key = vault.unwrap(SELF, key_id, wrapped)
    passage = open_passage(part.pseudonym, part.sealed, key)
    if passage.consented is None:
        return None
    return close_passage(part.pseudonym, change(passage), key, vault)


def _row(part: ContributionRow, sealed: bytes) -> dict[str, object]:
    return {
        "b_chat": part.chat,
        "b_collection": part.collection,
        "sealed": sealed,
        "record": part.record,
        "submitted_at": part.submitted_at,
        "submitted_under": part.submitted_under,
    }
