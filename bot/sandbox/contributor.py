"""A contributor as a test or the page acts one: they see a chat, and press, say and block what a person can."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.chats import Account, Chat, Post
from bot.sandbox.files import Stored, Upload
from bot.sandbox.keyboards import Button
from bot.sandbox.messages import TEXT_AT_MOST
from bot.sandbox.service import BOT_USERNAME, Service

Json = dict[str, Any]

QUIET: Final = 0.03


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands on the person's screen now."""

    id: int
    author: str  # "bot" or "person"
    text: str
    entities: list[Json]
    buttons: list[Button]
    document: Stored | None
    photo: Stored | None
    voice: Stored | None
    deleted: bool
    edited: bool
    protected: bool
    date: int


def message_of(post: Post, service: Service) -> Message:
    document, photo, voice = (post.media.get(kind) for kind in ("document", "photo", "voice"))
    return Message(
        id=post.id,
        author="bot" if post.from_bot else "person",
        text=post.text,
        entities=post.entities,
        buttons=post.buttons,
        document=service.files.by_id(document["file_id"]) if document else None,
        photo=service.files.by_id(photo[-1]["file_id"]) if photo else None,
        voice=service.files.by_id(voice["file_id"]) if voice else None,
        deleted=post.deleted,
        edited=post.edited is not None,
        protected="has_protected_content" in post.extra,
        date=post.date,
    )


class Person:
    """One contributor's side of their private chat with the bot."""

    def __init__(self, service: Service, account: Account) -> None:
        self._service = service
        self.account = account
        self.chat: Chat = service.chats.chats[account.id]
        self.opened: list[str] = []  # addresses of the link buttons that they pressed
        self.copied: list[str] = []

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def name(self) -> str:
        return self.account.first_name

    # What they see.

    @property
    def messages(self) -> list[Message]:
        return [message_of(post, self._service) for post in self.chat.visible()]

    @property
    def screen(self) -> str:
        return next((post.text for post in self.chat.newest_first() if post.from_bot), "")

    @property
    def buttons(self) -> list[Button]:
        below = self.chat.reply_keyboard()
        newest = (post for post in self.chat.newest_first() if post.has_inline_keyboard or post is below)
        return next((post.buttons for post in newest), [])

    @property
    def toasts(self) -> list[str]:
        return [toast.text for toast in self._service.toasts if toast.account_id == self.id]

    @property
    def alerts(self) -> list[str]:
        """Those of the toasts that had to be pressed away."""
        return [toast.text for toast in self._service.toasts if toast.account_id == self.id and toast.alert]

    @property
    def files(self) -> list[Stored]:
        return [
            message.document for message in self.messages if message.document is not None and message.author == "bot"
        ]

    @property
    def unanswered(self) -> list[str]:
        return sorted(self.chat.activity.unanswered)

    def describe_screen(self) -> str:
        """The chat in words, for a failed assertion to show."""
        lines = [f"{self.name}'s chat:"]
        for message in self.messages[-6:]:
            lines.append(f"  [{message.id}] {message.author}: {message.text}")
            lines += [f"        ({button.label})" for button in message.buttons]
        return "\n".join(lines)

    # What they do.

    async def start(self, payload: str = "") -> int:
        """Press Start, which also lifts a block."""
        assert not self.account.deactivated, f"{self.name}'s account is deactivated"  # noqa: S101
        return self._service.start(self.account, payload).id

    async def say(self, text: str) -> int:
        """Send a text; what is too long for one message goes as several, as messengers do it."""
        self._can_write()
        pieces = [text[at : at + TEXT_AT_MOST] for at in range(0, len(text), TEXT_AT_MOST)] or [""]
        return [self._service.say(self.account, piece) for piece in pieces][-1].id

    async def reply(self, message_id: int, text: str) -> int:
        self._can_write()
        replied = self.chat.posts[message_id].wire()
        replied.pop("reply_to_message", None)
        return self._service.say(self.account, text, reply_to_message=replied).id

    async def edit(self, message_id: int, text: str) -> None:
        self._can_write()
        self._service.edit_own(self.account, self.chat.posts[message_id], text)

    async def delete(self, message_id: int) -> None:
        """Delete a message for both sides, whoever wrote it; a bot is not told."""
        self._service.deletes(self.chat.posts[message_id])

    async def send(self, media: Json, caption: str = "") -> int:
        """Send what is not text, in the Bot API's own fields: {"location": {...}}, {"sticker": {...}}."""
        self._can_write()
        self.account.started = self.account.met = True
        return self._service.person_posts(self.chat, self.account, text=caption, media=media).id

    async def send_file(self, name: str, content: bytes, caption: str = "") -> int:
        stored = self._service.files.add(Upload(name, content), "documents")
        return await self.send({"document": stored.as_document()}, caption)

    async def send_photo(self, content: bytes, caption: str = "") -> int:
        stored = self._service.files.add(Upload("photo.jpg", content, "image/jpeg"), "photos")
        return await self.send({"photo": stored.as_photo()}, caption)

    async def press(self, label: str) -> str:
        """Press the newest visible button with this label, whole or in part. Gives the callback's id, if it has one."""
        post, button = self._button(label)
        return await self.press_button(post.id, button)

    async def press_button(self, message_id: int, button: Button) -> str:
        if button.data is not None:
            return await self.press_data(message_id, button.data)
        if button.copy_text is not None:
            self.copied.append(button.copy_text)
        elif button.url is not None:
            await self.open(button.url)
        else:
            await self.say(button.label)
        return ""

    async def press_data(self, message_id: int, data: str) -> str:
        """Send callback data as it is, whether or not any button holds it."""
        self._can_write()
        return self._service.press(self.chat, self.account, message_id, data)

    async def open(self, url: str) -> None:
        """A link to this bot starts it, as in Telegram; any other leaves the chat."""
        self.opened.append(url)
        parts = urlsplit(url)
        if parts.netloc in {"t.me", "telegram.me"} and parts.path.strip("/") == BOT_USERNAME:
            await self.start(parse_qs(parts.query).get("start", [""])[0])

    async def block(self) -> None:
        self._service.block(self.account)

    def refuse_voice_messages(self) -> None:
        """In the settings of their account, as people with Premium can. Telegram tells a bot only as it sends one."""
        self.account.refuses_voice = True

    async def unblock(self) -> None:
        self._service.unblock(self.account)

    def deactivate(self) -> None:
        self._service.deactivate(self.account)

    async def settled(self, timeout: float = 10, quiet: float = QUIET) -> None:  # noqa: ASYNC109 - part of the handle
        """Until each update about them is confirmed, each press answered, and no call has come for a quiet moment."""
        await self.chat.activity.settled(timeout, quiet)

    def _can_write(self) -> None:
        assert not self.account.blocked, f"{self.name} has blocked the bot and cannot write to it"  # noqa: S101
        assert not self.account.deactivated, f"{self.name}'s account is deactivated"  # noqa: S101

    def _button(self, label: str) -> tuple[Post, Button]:
        below = self.chat.reply_keyboard()
        with_buttons = [post for post in self.chat.newest_first() if post.has_inline_keyboard or post is below]
        for matches in (_is, _begins_with, _holds):
            for post in with_buttons:
                found = [button for button in post.buttons if matches(button.label, label)]
                if len(found) > 1 and matches is not _is:
                    labels = ", ".join(button.label for button in found)
                    raise AssertionError(f"{label!r} could be any of: {labels}\n{self.describe_screen()}")
                if found:
                    return post, found[0]
        raise AssertionError(f"no button {label!r}\n{self.describe_screen()}")


def _is(label: str, wanted: str) -> bool:
    return label == wanted


def _begins_with(label: str, wanted: str) -> bool:
    return label.startswith(wanted)


def _holds(label: str, wanted: str) -> bool:
    return wanted in label
