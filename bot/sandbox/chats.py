"""People, chats and the messages in them: what the service remembers and what each side can see."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.activity import Activity
from bot.sandbox.keyboards import Button, Markup, visible_buttons
from bot.sandbox.refusals import bad_request, forbidden

Json = dict[str, Any]


@dataclass(slots=True)
class Account:
    """A person's account. `met` is true once the bot has seen them somewhere, if only in a group."""

    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    refuses_voice: bool = False
    met: bool = False

    def wire(self) -> Json:
        body: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            body["username"] = self.username
        if self.language_code:
            body["language_code"] = self.language_code
        return body


@dataclass(slots=True)
class Post:
    """One message. `media` holds what is attached, as the Bot API names it (`document`, `photo`, `voice`, ...)."""

    id: int
    chat: "Chat"
    date: int
    sender: Json | None
    from_bot: bool
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    markup: Markup | None = None
    media: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    edited: int | None = None
    deleted: bool = False

    def wire(self) -> Json:
        body: Json = {"message_id": self.id}
        if self.sender is not None:
            body["from"] = self.sender
        body["chat"] = self.chat.wire()
        body["date"] = self.date
        if self.edited is not None:
            body["edit_date"] = self.edited
        text, entities = ("caption", "caption_entities") if self.media else ("text", "entities")
        if self.text:
            body[text] = self.text
            if self.entities:
                body[entities] = self.entities
        body |= self.media
        body |= self.extra
        if self.markup is not None and "inline_keyboard" in self.markup:
            body["reply_markup"] = self.markup
        return body

    @property
    def has_inline_keyboard(self) -> bool:
        return self.markup is not None and "inline_keyboard" in self.markup

    @property
    def buttons(self) -> list[Button]:
        return visible_buttons(self.markup)


@dataclass(slots=True)
class Chat:
    """A chat that the bot may be in. Private chats have the id of their person."""

    id: int
    kind: str  # private, group, supergroup or channel, as the Bot API says it
    title: str = ""
    username: str | None = None
    person: Account | None = None
    members: list[Account] = field(default_factory=list)
    bot_inside: bool = True
    bot_posts: bool = True  # of a channel: whether the bot was made an administrator who may post
    posts: dict[int, Post] = field(default_factory=dict)
    activity: Activity = field(default_factory=Activity)
    doing: str | None = None  # the last chat action, until a message follows it

    def wire(self) -> Json:
        if self.person is not None:
            body: Json = {"id": self.id, "first_name": self.person.first_name}
        else:
            body = {"id": self.id, "title": self.title}
        username = self.person.username if self.person is not None else self.username
        if username:
            body["username"] = username
        body["type"] = self.kind
        return body

    def visible(self) -> Iterator[Post]:
        return (post for post in self.posts.values() if not post.deleted)

    def newest_first(self) -> Iterator[Post]:
        return (post for post in reversed(self.posts.values()) if not post.deleted)

    def reply_keyboard(self) -> Post | None:
        """The message whose reply keyboard stands under the input field now."""
        for post in self.newest_first():
            markup = post.markup or {}
            if "remove_keyboard" in markup:
                return None
            if "keyboard" in markup:
                return post
        return None


class Chats:
    """Everybody and every chat. Message ids count up per bot account, as they do across its private chats."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.chats: dict[int, Chat] = {}
        self._last_message_id = 0

    def next_message_id(self) -> int:
        self._last_message_id += 1
        return self._last_message_id

    def add_person(
        self, first_name: str, *, language_code: str | None, username: str | None, account_id: int | None
    ) -> Account:
        if account_id is None:
            # Ten digits: more than 32 bits, which is where careless clients break.
            account_id = 5_000_000_000 + secrets.randbelow(3_000_000_000)
        if account_id in self.accounts:
            raise ValueError(f"there is a person with the id {account_id} already")
        account = Account(account_id, first_name, language_code=language_code, username=username)
        self.accounts[account_id] = account
        self.chats[account_id] = Chat(account_id, "private", person=account)
        return account

    def add_shared(self, title: str, *, kind: str, members: list[Account], username: str | None) -> Chat:
        number = secrets.randbelow(1_000_000_000) + 1_000_000_000
        # Supergroups and channels have ids below -10^12; basic groups have plain negative ones.
        chat_id = -number if kind == "group" else -1_000_000_000_000 - number
        chat = Chat(chat_id, kind, title=title, username=username, members=members)
        self.chats[chat_id] = chat
        return chat

    def forget(self, account: Account) -> None:
        """As if this account had never been."""
        del self.accounts[account.id]
        del self.chats[account.id]

    def forget_all(self) -> None:
        """Nobody is left. Message ids go on, as the bot's account does."""
        self.accounts.clear()
        self.chats.clear()

    def find(self, chat_id: object) -> Chat | None:
        """By number, numeric text, or @username of a public chat."""
        if isinstance(chat_id, str):
            if chat_id.startswith("@"):
                return next((chat for chat in self.chats.values() if chat.username == chat_id[1:]), None)
            try:
                chat_id = int(chat_id)
            except ValueError:
                return None
        return self.chats.get(chat_id) if isinstance(chat_id, int) else None

    def reachable(self, chat_id: object) -> Chat:
        """The chat that the bot may write to, or Telegram's words for why it may not."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        chat = self.find(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.person is not None:
            _check_person(chat.person)
        elif not chat.bot_inside:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def writable(self, chat_id: object) -> Chat:
        """The same, where the bot may also post."""
        chat = self.reachable(chat_id)
        if chat.kind == "channel" and not chat.bot_posts:
            raise bad_request("need administrator rights in the channel chat")
        return chat


def _check_person(person: Account) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked:
        raise forbidden("bot was blocked by the user")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user") if person.met else bad_request("chat not found")
