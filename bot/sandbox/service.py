"""The messaging service that the stand-in plays, without any HTTP: chats, updates, callbacks, files, watchers."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.chats import Account, Chat, Chats, Post
from bot.sandbox.entities import find_entities
from bot.sandbox.files import Files
from bot.sandbox.profile import Profile
from bot.sandbox.refusals import bad_request
from bot.sandbox.updates import CALLBACK_LIFE, Updates

Json = dict[str, Any]

BOT_USERNAME: Final = "survey_sandbox_bot"
BOT_NAME: Final = "Survey (rehearsal)"
_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class Callback:
    """A press of a button, until the bot has answered it or it is too late to."""

    id: str
    chat: Chat
    account: Account
    message_id: int
    born: float
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Toast:
    """What a person saw when the bot answered their press."""

    account_id: int
    text: str
    alert: bool


class Service:
    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.chats = Chats()
        self.files = Files()
        self.updates = Updates(clock)
        self.updates.on_expired = self._callback_expired
        self.profile = Profile(BOT_NAME)
        self.toasts: list[Toast] = []
        self.heard: dict[int, float] = {}
        self.watchers: list[asyncio.Queue[Json]] = []
        self._callbacks: dict[str, Callback] = {}
        bot_id = token.split(":", 1)[0]
        self.bot_id = int(bot_id) if bot_id.isdecimal() else 1
        self._chat_instance = str(secrets.randbits(60))

    def now(self) -> int:
        return int(self.clock())

    def bot_wire(self) -> Json:
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": self.profile.text("name") or BOT_NAME,
            "username": BOT_USERNAME,
        }

    # What a person does. Each becomes an update.

    def start(self, account: Account, payload: str = "") -> Post:
        """Pressing Start also lifts a block, as in Telegram."""
        if account.blocked:
            self.unblock(account)
        return self.say(account, f"/start {payload}".rstrip())

    def say(self, account: Account, text: str, **extra: object) -> Post:
        account.started = account.met = True
        chat = self.chats.chats[account.id]
        return self.person_posts(chat, account, text=text, entities=find_entities(text), extra=extra)

    def person_posts(
        self,
        chat: Chat,
        account: Account | None,
        *,
        text: str = "",
        entities: list[Json] | None = None,
        media: Json | None = None,
        extra: Json | None = None,
        heard: bool = True,
    ) -> Post:
        """Put a message into a chat; `heard` is false where the bot's privacy mode keeps it from the bot."""
        post = Post(
            id=self.chats.next_message_id(),
            chat=chat,
            date=self.now(),
            sender=account.wire() if account is not None else None,
            from_bot=False,
            text=text,
            entities=entities or [],
            media=media or {},
            extra=extra or {},
        )
        self.heard[chat.id] = self.clock()
        if account is None:
            post.extra["sender_chat"] = chat.wire()
        chat.posts[post.id] = post
        self.publish({"type": "message", "chat": chat.id, "post": post})
        if heard:
            kind = "channel_post" if chat.kind == "channel" else "message"
            self.updates.put(kind, post.wire(), lane=f"chat {chat.id}", activity=chat.activity)
        return post

    def edit_own(self, account: Account, post: Post, text: str) -> None:
        post.text, post.entities, post.edited = text, find_entities(text), self.now()
        self.publish({"type": "message", "chat": post.chat.id, "post": post})
        self.updates.put("edited_message", post.wire(), lane=f"chat {account.id}", activity=post.chat.activity)

    def press(self, chat: Chat, account: Account, message_id: int, data: str) -> str:
        """Send callback data, whatever it is: a stale button's, or what no button ever held."""
        callback = Callback(str(secrets.randbits(63)), chat, account, message_id, self.clock())
        self.heard[chat.id] = self.clock()
        self._callbacks[callback.id] = callback
        body = {
            "id": callback.id,
            "from": account.wire(),
            "message": self._pressed_message(chat, message_id),
            "chat_instance": self._chat_instance,
            "data": data,
        }
        chat.activity.callback_sent(callback.id)
        lane = f"callbacks {account.id}"
        put = self.updates.put("callback_query", body, lane=lane, activity=chat.activity, callback_id=callback.id)
        if put is None:
            chat.activity.callback_over(callback.id)
        return callback.id

    def _pressed_message(self, chat: Chat, message_id: int) -> Json:
        """A message that is gone is sent as inaccessible: date 0 and nothing else."""
        post = chat.posts.get(message_id)
        if post is None or post.deleted:
            return {"chat": chat.wire(), "message_id": message_id, "date": 0}
        return post.wire()

    def block(self, account: Account) -> None:
        self._membership(account, "member", "kicked")
        account.blocked = True

    def unblock(self, account: Account) -> None:
        account.blocked = False
        self._membership(account, "kicked", "member")

    def deactivate(self, account: Account) -> None:
        """The account is deleted. The bot is told nothing, and finds out when it next writes."""
        account.deactivated = True
        self.publish({"type": "person", "chat": account.id})

    def _membership(self, account: Account, before: str, after: str) -> None:
        chat = self.chats.chats[account.id]
        self.bot_membership(chat, account, before, after)

    def bot_membership(self, chat: Chat, by: Account, before: str, after: str) -> None:
        body = {
            "chat": chat.wire(),
            "from": by.wire(),
            "date": self.now(),
            "old_chat_member": self._member(before),
            "new_chat_member": self._member(after),
        }
        self.updates.put("my_chat_member", body, lane=f"membership {chat.id}", activity=chat.activity)
        self.publish({"type": "person", "chat": chat.id})

    def _member(self, status: str) -> Json:
        body: Json = {"user": self.bot_wire(), "status": status}
        if status == "kicked":
            body["until_date"] = 0
        if status == "administrator":
            body |= dict.fromkeys(_RIGHTS, False) | {"can_post_messages": True}
        return body

    def forget(self, account: Account) -> None:
        chat = self.chats.chats[account.id]
        self.updates.forget_about(chat.activity)
        self.chats.forget(account)
        for callback in [callback for callback in self._callbacks.values() if callback.account is account]:
            del self._callbacks[callback.id]
            chat.activity.callback_over(callback.id)
        self.toasts = [toast for toast in self.toasts if toast.account_id != account.id]

    def forget_everybody(self) -> None:
        self.updates.forget_all()
        self.chats.forget_all()
        self._callbacks.clear()
        self.toasts.clear()

    # What the bot does.

    def bot_posts(
        self, chat: Chat, *, text: str, entities: list[Json], markup: Json | None, media: Json, extra: Json
    ) -> Post:
        post = Post(
            id=self.chats.next_message_id(),
            chat=chat,
            date=self.now(),
            sender=None if chat.kind == "channel" else self.bot_wire(),
            from_bot=True,
            text=text,
            entities=entities,
            markup=markup,
            media=media,
            extra=extra,
        )
        chat.posts[post.id] = post
        chat.doing = None
        self.publish({"type": "message", "chat": chat.id, "post": post})
        return post

    def bot_edits(self, post: Post) -> None:
        post.edited = self.now()
        self.publish({"type": "message", "chat": post.chat.id, "post": post})

    def deletes(self, post: Post) -> None:
        post.deleted = True
        self.publish({"type": "deleted", "chat": post.chat.id, "id": post.id})

    def acts(self, chat: Chat, action: str) -> None:
        chat.doing = action
        self.publish({"type": "action", "chat": chat.id, "action": action})

    def answer_callback(self, callback_id: str, text: str, *, alert: bool, url: str) -> None:
        callback = self._callbacks.get(callback_id)
        if callback is None or self.clock() - callback.born > CALLBACK_LIFE:
            if callback is not None:
                self._callback_expired(callback_id)
            raise bad_request(_TOO_OLD)
        if callback.answered:
            return  # Telegram says True again and shows nothing
        callback.answered = True
        callback.chat.activity.callback_over(callback_id)
        if text:
            self.toasts.append(Toast(callback.account.id, text, alert))
        self.publish(
            {
                "type": "answer",
                "chat": callback.chat.id,
                "person": callback.account.id,
                "callback": callback_id,
                "text": text,
                "alert": alert,
                "url": url,
            }
        )

    def _callback_expired(self, callback_id: str) -> None:
        """Nobody can answer it any more, so nobody waits for it."""
        callback = self._callbacks.pop(callback_id, None)
        if callback is not None:
            callback.chat.activity.callback_over(callback_id)
            self.publish(
                {"type": "answer", "chat": callback.chat.id, "person": callback.account.id, "callback": callback_id}
            )

    def callback_chat(self, callback_id: object) -> Chat | None:
        callback = self._callbacks.get(str(callback_id))
        return callback.chat if callback is not None else None

    # Watching.

    def publish(self, event: Json) -> None:
        for watcher in self.watchers:
            watcher.put_nowait(event)

    @contextmanager
    def watched(self) -> Iterator[asyncio.Queue[Json]]:
        watcher: asyncio.Queue[Json] = asyncio.Queue()
        self.watchers.append(watcher)
        try:
            yield watcher
        finally:
            self.watchers.remove(watcher)


_RIGHTS: Final = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_edit_messages",
)
