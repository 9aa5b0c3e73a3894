"""A Bot API stand-in that is fast enough not to be what is measured.

It keeps what bears on the work that a bot has to do: real envelopes and whole Message objects, offsets that confirm,
callbacks that can be answered once, edits that change nothing refused, one poller at a time, or a webhook. It has no
rate limits and no faults: the product's own sandbox has those.
"""

import asyncio
import html
import itertools
import re
import secrets
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import orjson

from benchmarks.parameters import Json, parameters_of
from benchmarks.pushing import DEFAULT_CONNECTIONS, Pushing
from benchmarks.wire import Connection, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

BOT: Json = {
    "id": 7000000001,
    "is_bot": True,
    "first_name": "Survey",
    "username": "survey_bench_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}
SENDER: Json = {name: BOT[name] for name in ("id", "is_bot", "first_name", "username")}
MOST_UPDATES_AT_ONCE = 100
MARKUP_TAG = re.compile(r"<[^>]+>")


class RefusedError(Exception):
    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


class Onlooker(Protocol):
    """Whoever sits in front of a chat."""

    def screen_changed(self, chat: "Chat") -> None: ...

    def tap_answered(self, callback_id: str) -> None: ...


class Chat:
    """A private chat: what is in it, and who looks at it."""

    def __init__(self, chat_id: int, onlooker: Onlooker) -> None:
        self.onlooker = onlooker
        self.messages: dict[int, Json] = {}
        self.person: Json = {"id": chat_id, "is_bot": False, "first_name": "Someone", "language_code": "en"}
        self.as_json: Json = {"id": chat_id, "first_name": "Someone", "type": "private"}


class StandIn:
    def __init__(self, behind: Sequence[int] = ()) -> None:
        """`behind`: ports of processes that share the address of a webhook."""
        self._behind = behind
        self.token = (
            f"{BOT['id']}:{secrets.token_hex(12)}"  # too short to be a real one, with which nothing is a rehearsal
        )
        self.url = ""
        self.polled = asyncio.Event()
        self._chats: dict[int, Chat] = {}
        self._unanswered: dict[str, Chat] = {}
        self._updates: deque[tuple[int, bytes]] = deque()
        self._pushing: Pushing | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._callback_ids = itertools.count(1)
        self._poller: tuple[Exchange, int] | None = None
        self._poll_timeout: asyncio.TimerHandle | None = None
        self._flush_is_due = False
        self._server: asyncio.Server | None = None
        self._methods: dict[str, Callable[[Json], tuple[object, Chat | None]]] = {
            "getme": lambda _: (BOT, None),
            "setwebhook": self._set_webhook,
            "deletewebhook": self._set_webhook,
            "getwebhookinfo": self._webhook_info,
            "sendmessage": self._send_message,
            "senddocument": self._send_document,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_reply_markup,
            "deletemessage": self._delete_message,
            "deletemessages": self._delete_messages,
        }

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._serve), "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._poll_timeout is not None:
            self._poll_timeout.cancel()
        if self._pushing is not None:
            await self._pushing.stop()
        if self._server is not None:
            self._server.close()

    # What people do.

    def open_chat(self, chat_id: int, onlooker: Onlooker) -> Chat:
        chat = self._chats[chat_id] = Chat(chat_id, onlooker)
        return chat

    def say(self, chat: Chat, text: str) -> None:
        message = self._new_message(chat, chat.person, {"text": text})
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        self._enqueue({"message": message}, chat)

    def tap(self, chat: Chat, message: Json, callback_data: str) -> str:
        callback_id = str(next(self._callback_ids))
        self._unanswered[callback_id] = chat
        self._enqueue(
            {
                "callback_query": {
                    "id": callback_id,
                    "from": chat.person,
                    "message": message,
                    "chat_instance": str(chat.as_json["id"]),
                    "data": callback_data,
                }
            },
            chat,
        )
        return callback_id

    # Updates.

    def _enqueue(self, content: Json, chat: Chat) -> None:
        update_id = next(self._update_ids)
        body = orjson.dumps({"update_id": update_id, **content})
        if self._pushing is not None:
            self._pushing.push((chat.as_json["id"], next(iter(content))), body)
            return
        self._updates.append((update_id, body))
        if self._poller is not None and not self._flush_is_due:
            # What people do in the same moment leaves in one batch.
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _set_webhook(self, parameters: Json) -> tuple[bool, None]:
        """What waits goes to the new webhook, or is left to be fetched; the same webhook again changes nothing."""
        before, url, secret = self._pushing, str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        if before is not None and (before.url, before.secret) == (url, secret):
            return True, None
        waiting = before.left() if before is not None else []
        if before is not None:
            task = asyncio.get_running_loop().create_task(before.stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)
        connections = int(parameters.get("max_connections", DEFAULT_CONNECTIONS))
        self._pushing = Pushing(url, secret, connections, self._behind) if url else None
        if self._pushing is None:
            self._updates.extend((orjson.loads(body)["update_id"], body) for _, body in waiting)
            return True, None
        self._pushing.start()
        for queue, body in [*waiting, *(((None, "waited"), body) for _, body in self._updates)]:
            self._pushing.push(queue, body)
        self._updates.clear()
        self.polled.set()
        return True, None

    def _webhook_info(self, _: Json) -> tuple[Json, None]:
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        if (pushing := self._pushing) is not None:
            info |= {
                "url": pushing.url,
                "max_connections": pushing.connections,
                "pending_update_count": pushing.waiting,
            }
            info |= {"last_error_message": pushing.last_error} if pushing.last_error else {}
        return info, None

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._poller is None:
            return
        exchange, limit = self._poller
        self._forget_poller()
        self._give_updates(exchange, limit)

    def _give_updates(self, exchange: Exchange, limit: int) -> None:
        batch = b",".join(body for _, body in itertools.islice(self._updates, limit))
        exchange.reply(200, b'{"ok":true,"result":[%b]}' % batch)

    def _forget_poller(self) -> None:
        self._poller = None
        if self._poll_timeout is not None:
            self._poll_timeout.cancel()

    def _get_updates(self, exchange: Exchange, parameters: Json) -> None:
        if self._pushing is not None:
            _refuse(exchange, RefusedError(409, "Conflict: can't use getUpdates method while webhook is active"))
            return
        self.polled.set()
        if self._poller is not None:
            earlier, _ = self._poller
            self._forget_poller()
            _refuse(earlier, RefusedError(409, "Conflict: terminated by other getUpdates request"))
        offset = int(parameters.get("offset", 0))
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        limit = min(int(parameters.get("limit", MOST_UPDATES_AT_ONCE)), MOST_UPDATES_AT_ONCE)
        timeout = float(parameters.get("timeout", 0))
        if self._updates or timeout <= 0:
            self._give_updates(exchange, limit)
            return
        self._poller = (exchange, limit)
        self._poll_timeout = asyncio.get_running_loop().call_later(timeout, self._flush)

    # Calls.

    def _serve(self, exchange: Exchange) -> None:
        path, _, _ = exchange.target.partition("?")
        prefix, _, method = path.rpartition("/")
        if prefix != f"/bot{self.token}":
            _refuse(exchange, RefusedError(401, "Unauthorized"))
            return
        try:
            self._call(exchange, method.lower(), parameters_of(exchange))
        except RefusedError as error:
            _refuse(exchange, error)

    def _call(self, exchange: Exchange, method: str, parameters: Json) -> None:
        if method == "getupdates":
            self._get_updates(exchange, parameters)
        elif method == "answercallbackquery":
            self._answer_callback(exchange, parameters)
        elif method in self._methods:
            result, chat = self._methods[method](parameters)
            _accept(exchange, result)
            if chat is not None:
                chat.onlooker.screen_changed(chat)
        elif method.startswith(("set", "delete", "sendchataction", "logout", "close")):
            _accept(exchange, True)  # noqa: FBT003 - what Telegram answers where there is nothing to tell
        else:
            raise RefusedError(404, "Not Found")

    def _answer_callback(self, exchange: Exchange, parameters: Json) -> None:
        callback_id = str(parameters.get("callback_query_id"))
        chat = self._unanswered.pop(callback_id, None)
        if chat is None:
            text = "Bad Request: query is too old and response timeout expired or query ID is invalid"
            raise RefusedError(400, text)
        _accept(exchange, True)  # noqa: FBT003 - what Telegram answers
        chat.onlooker.tap_answered(callback_id)

    def _send_message(self, parameters: Json) -> tuple[Json, Chat]:
        chat = self._chat(parameters)
        return self._new_message(chat, SENDER, {"text": _text(parameters), **_markup(parameters)}), chat

    def _send_document(self, parameters: Json) -> tuple[Json, Chat]:
        chat = self._chat(parameters)
        document = {"file_id": "document", "file_unique_id": "document", "file_name": "document", "file_size": 1}
        return self._new_message(chat, SENDER, {"document": document, **_markup(parameters)}), chat

    def _edit_text(self, parameters: Json) -> tuple[Json, Chat]:
        return self._edit(parameters, {"text": _text(parameters), **_markup(parameters)})

    def _edit_reply_markup(self, parameters: Json) -> tuple[Json, Chat]:
        return self._edit(parameters, _markup(parameters))

    def _edit(self, parameters: Json, changed: Json) -> tuple[Json, Chat]:
        chat = self._chat(parameters)
        old = chat.messages.get(int(parameters.get("message_id", 0)))
        if old is None:
            raise RefusedError(400, "Bad Request: message to edit not found")
        # An edit without a keyboard takes the keyboard away.
        new = {**{name: value for name, value in old.items() if name not in {"reply_markup", "edit_date"}}, **changed}
        if new == {name: value for name, value in old.items() if name != "edit_date"}:
            text = (
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
            raise RefusedError(400, text)
        new["edit_date"] = int(time.time())
        chat.messages[old["message_id"]] = new
        return new, chat

    # A message that goes away is no new screen, so nobody is told.

    def _delete_message(self, parameters: Json) -> tuple[bool, None]:
        chat = self._chat(parameters)
        if chat.messages.pop(int(parameters.get("message_id", 0)), None) is None:
            raise RefusedError(400, "Bad Request: message to delete not found")
        return True, None

    def _delete_messages(self, parameters: Json) -> tuple[bool, None]:
        chat = self._chat(parameters)
        for message_id in parameters.get("message_ids", ()):
            chat.messages.pop(int(message_id), None)
        return True, None

    def _chat(self, parameters: Json) -> Chat:
        chat = self._chats.get(int(parameters.get("chat_id", 0)))
        if chat is None:
            raise RefusedError(400, "Bad Request: chat not found")
        return chat

    def _new_message(self, chat: Chat, sender: Json, content: Json) -> Json:
        message_id = next(self._message_ids)
        head = {"message_id": message_id, "from": sender, "chat": chat.as_json, "date": int(time.time())}
        message = chat.messages[message_id] = {**head, **content}
        return message


def _accept(exchange: Exchange, result: object) -> None:
    exchange.reply(200, orjson.dumps({"ok": True, "result": result}))


def _refuse(exchange: Exchange, error: RefusedError) -> None:
    body = {"ok": False, "error_code": error.status, "description": error.description}
    exchange.reply(error.status, orjson.dumps(body))


def _text(parameters: Json) -> str:
    text = str(parameters.get("text", ""))
    if parameters.get("parse_mode") == "HTML":
        text = html.unescape(MARKUP_TAG.sub("", text))
    if not text.strip():
        raise RefusedError(400, "Bad Request: message text is empty")
    if len(text) > 4096:
        raise RefusedError(400, "Bad Request: message is too long")
    return text


def _markup(parameters: Json) -> Json:
    markup = parameters.get("reply_markup")
    if not markup or not markup.get("inline_keyboard"):
        return {}
    for button in itertools.chain.from_iterable(markup["inline_keyboard"]):
        if len(button.get("callback_data", "").encode()) > 64:
            raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
    return {"reply_markup": markup}
