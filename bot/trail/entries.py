"""An audit entry: who, what, when, on what, why; and the bytes that stand for it in the log.

It holds no answer and no hash of one, no chat and no name. Each entry has a random name of its own, so that its hash in
the log tells nobody what is in it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done."""

    name: str
    at: dt.datetime
    actor: str
    """In which role; whoever acts for the team is named by pseudonym, as `by` of the detail."""
    action: str
    collection: str | None
    pseudonym: str | None
    """Whose contribution it is about."""
    detail: Mapping[str, Any]

    @property
    def content(self) -> bytes:
        """The entry as the log has it: JSON with sorted keys and nothing between, in UTF-8."""
        fields = {
            "name": self.name,
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "action": self.action,
            "collection": self.collection,
            "pseudonym": self.pseudonym,
            "detail": self.detail,
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry_from_row(
    name: object, at: object, actor: object, action: object, collection: object, pseudonym: object, detail: object
) -> Entry | None:
    """An entry from what stands in the table, however much that was tampered with; None where it cannot be one."""
    moment, written = _moment(at), _detail(detail)
    words = (name, actor, action, *(each for each in (collection, pseudonym) if each is not None))
    if moment is None or written is None or not all(isinstance(each, str) for each in words):
        return None
    found = Entry(str(name), moment, str(actor), str(action), _text(collection), _text(pseudonym), written)
    try:
        found.content  # noqa: B018  # half a surrogate pair is text that has no bytes
    except (ValueError, UnicodeError):
        return None
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _moment(value: object) -> dt.datetime | None:
    """PostgreSQL gives moments; SQLite keeps text, in which a moment is written in one way and no other."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    is_ours = found.tzinfo is None and found.isoformat(" ", "microseconds") == value
    return found.replace(tzinfo=dt.UTC) if is_ours else None


def _detail(value: object) -> dict[str, Any] | None:
    """What is written in any other way than ours was changed, be it by a space or by a key that stands there twice."""
    if not isinstance(value, str):
        return None
    try:
        found = json.loads(value)
        return found if isinstance(found, dict) and json.dumps(found) == value else None
    except (ValueError, RecursionError):
        return None
