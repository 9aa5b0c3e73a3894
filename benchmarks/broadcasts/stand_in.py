"""The stand-in for broadcasts: anybody can be written to, at a rate that it can enforce, and it remembers whom.

The rate is a bucket that holds a second's worth, as the product's sandbox models it. Replies are not counted, since
Telegram's 30 a second are about bulk: a message without a keyboard of an invite is a reply here.
"""

import time
from collections import Counter
from typing import Any

from benchmarks.parameters import Json
from benchmarks.stand_in import SENDER, Chat, RefusedError, StandIn, _accept, _text
from benchmarks.wire import REASONS, Exchange

REASONS.setdefault(429, b"Too Many Requests")


class Nobody:
    """Nobody looks: only what was sent is counted."""

    def screen_changed(self, chat: Chat) -> None: ...

    def tap_answered(self, callback_id: str) -> None: ...


class BulkStandIn(StandIn):
    """Counts bulk messages by chat and by second."""

    def __init__(self, rate: float | None = None) -> None:
        super().__init__()
        self.rate = rate
        self.seconds: list[float] = []
        """When each bulk message was taken."""
        self.copies: Counter[int] = Counter()
        self.refused = 0
        self.pressed: set[str] = set()
        self.answered: dict[str, float] = {}
        """When each tap was answered, by its callback."""
        self._level = rate or 0.0
        self._filled_at = time.monotonic()
        self._methods["sendmessage"] = self._send_any

    def _send_any(self, parameters: Json) -> tuple[Json, None]:
        if self._is_bulk(parameters):
            self._admit()
            self.seconds.append(time.monotonic())
            self.copies[int(parameters["chat_id"])] += 1
        message_id = next(self._message_ids)
        head = {"message_id": message_id, "from": SENDER, "date": int(time.time())}
        chat = {"id": parameters["chat_id"], "first_name": "Someone", "type": "private"}
        return {**head, "chat": chat, "text": _text(parameters)}, None

    @staticmethod
    def _is_bulk(parameters: Json) -> bool:
        markup = parameters.get("reply_markup") or {}
        rows = markup.get("inline_keyboard", ()) if isinstance(markup, dict) else ()
        return any(str(button.get("callback_data", "")).startswith("i.open") for row in rows for button in row)

    def _admit(self) -> None:
        if self.rate is None:
            return
        now = time.monotonic()
        self._level = min(self.rate, self._level + (now - self._filled_at) * self.rate)
        self._filled_at = now
        if self._level < 1:
            self.refused += 1
            raise RefusedError(429, "Too Many Requests: retry after 1")
        self._level -= 1

    def _answer_callback(self, exchange: Exchange, parameters: Json) -> None:
        self.answered[str(parameters.get("callback_query_id"))] = time.monotonic()
        _accept(exchange, True)  # noqa: FBT003 - what Telegram answers

    def _edit(self, parameters: Json, changed: Json) -> tuple[Json, Any]:
        return {"message_id": int(parameters["message_id"]), "from": SENDER, "date": 0, **changed}, None

    def _delete_message(self, parameters: Json) -> tuple[bool, None]:  # noqa: ARG002 - nothing is kept
        return True, None

    def _delete_messages(self, parameters: Json) -> tuple[bool, None]:  # noqa: ARG002 - nothing is kept
        return True, None

    def press(self, chat_id: int, data: str) -> tuple[str, float]:
        """A tap of somebody who is not looked at; its callback and when it was made."""
        chat = Chat(chat_id, Nobody())
        callback_id = str(next(self._callback_ids))
        self.pressed.add(callback_id)
        self._enqueue(
            {
                "callback_query": {
                    "id": callback_id,
                    "from": chat.person,
                    "message": {"chat": chat.as_json, "message_id": 1, "date": 0},
                    "chat_instance": str(chat_id),
                    "data": data,
                }
            },
            chat,
        )
        return callback_id, time.monotonic()

    def let_go(self, chat: Chat) -> None:
        """Forget what somebody has written that a webhook has not been sent yet."""
        if self._pushing is not None:
            self._pushing.let_go((chat.as_json["id"], "message"))
