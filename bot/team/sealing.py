"""Rights and letters under keys of their own: sealing what is personal of them, and opening it."""

from __future__ import annotations

from typing import Any

import orjson

from bot.vault import LETTER_STEP, RIGHT_STEP, Randomness, seal, unseal
from flows.contact.letter import Letter
from flows.team.rights import Right


def seal_right(right: Right, key: bytes, randomness: Randomness) -> bytes:
    """What of a right is personal: its holder's name and training, and where they are told things."""
    value = {
        "name": right.name,
        "training": right.training.what if right.training is not None else None,
        "chat": right.chat_id,
        "language": right.language,
    }
    return seal(key, orjson.dumps(value), _right_place(right.id), randomness, step=RIGHT_STEP)


def unseal_right(right: str, sealed: bytes, key: bytes) -> dict[str, Any]:
    """What `seal_right` sealed. Raises CannotOpen."""
    value: dict[str, Any] = orjson.loads(unseal(key, sealed, _right_place(right)))
    return value


def seal_letter(letter: Letter, key: bytes, randomness: Randomness) -> bytes:
    """What of a letter is personal: its words, the answer, the language, and where the answer goes."""
    value = {
        "words": letter.words,
        "answer": letter.answer,
        "language": letter.language,
        "chat": letter.chat.hex(),
    }
    return seal(key, orjson.dumps(value), _letter_place(letter.id), randomness, step=LETTER_STEP)


def unseal_letter(letter: str, sealed: bytes, key: bytes) -> dict[str, Any]:
    """What `seal_letter` sealed. Raises CannotOpen."""
    value: dict[str, Any] = orjson.loads(unseal(key, sealed, _letter_place(letter)))
    return value


def letter_in(row: Any, key: bytes | None) -> Letter:  # noqa: ANN401  # a row of the table
    """A letter as its row has it; without its key it is not opened, and has no words."""
    value: dict[str, Any] = {} if key is None else unseal_letter(row.id, row.sealed, key)
    return Letter(
        id=row.id,
        sender=row.sender,
        collection=row.collection,
        territory=row.territory,
        at=row.at,
        keep_until=row.keep_until,
        for_owner=row.for_owner,
        not_right=row.not_right,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        answered_at=row.answered_at,
        words=value.get("words", ""),
        answer=value.get("answer", ""),
        language=value.get("language", ""),
        chat=bytes.fromhex(value.get("chat", "")),
    )


def _right_place(right: str) -> bytes:
    return f"right|{right}".encode()


def _letter_place(letter: str) -> bytes:
    return f"letter|{letter}".encode()
