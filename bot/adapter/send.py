"""Sending through the Bot API: the one `Messenger` that reaches Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from telegram import InputFile
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.account import NoAnswer
from bot.adapter.render import invite_keyboard, keyboard, trial_keyboard
from bot.adapter.transport import HttpRequest, NotConnected, seconds_to_wait
from bot.messenger import Delivered, Letter, Lost, NotTaken, Sent, Stays, TryLater, Unknown, Unreachable
from bot.texts import Texts
from flows.screens import Keeping, Screen

log = structlog.get_logger()

MOST_DELETED = 100
"""Messages that one deleteMessages takes."""

EMPTIED = "—"
"""What is left of a message that cannot be deleted: no word in any language."""

_AGAIN_SECONDS = 2.0
"""Before trying again where Telegram was not reached or is in trouble of its own."""

# python-telegram-bot strips "Bad Request: " and capitalises, so these are compared without case.
_SAME = "message is not modified"
_CANNOT_EDIT = ("message to edit not found", "message can't be edited", "message_id_invalid")
_STAYS = "message can't be deleted"
_NO_VOICE = "voice_messages_forbidden"
"""Of who takes voice messages from their contacts alone (core.telegram.org/method/messages.sendMedia)."""
_NO_SUCH_CHAT = ("chat not found", "user not found", "peer_id_invalid")


class TelegramMessenger:
    """Calls the hot methods with raw JSON; knows the token, and shows it nowhere."""

    def __init__(self, request: HttpRequest, base_url: str, texts: Texts) -> None:
        self._request = request
        self._base = base_url
        self._texts = texts

    def __repr__(self) -> str:
        return "TelegramMessenger(...)"

    async def call(self, method: str, fields: Mapping[str, Any], read_seconds: float | None = None) -> Any:  # noqa: ANN401  # JSON
        """Any method's result. Raises the library's errors."""
        return await self._request.call(f"{self._base}/{method}", fields, read_seconds)

    async def bot_name(self) -> str:
        """What the bot is called. Raises NoAnswer."""
        try:
            me: dict[str, Any] = await self.call("getMe", {})
        except TelegramError as error:
            raise NoAnswer(type(error).__name__) from None
        return str(me["username"])

    async def show(self, chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent | Lost:
        """Edit the card in place; a new card where there is none."""
        fields: dict[str, Any] = {
            "chat_id": chat_id,
            "text": self._texts.screen(screen, language),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        markup = keyboard(screen, self._texts, language, step)
        if markup is not None:
            fields["reply_markup"] = markup
        if card is not None:
            return await self._edited({**fields, "message_id": card}) or Lost()
        fields["protect_content"] = screen.keeping is Keeping.PROTECTED
        return await _outcome(lambda: self.call("sendMessage", fields))

    async def say(self, chat_id: int, message: int | None, words: str, *, anew: bool = True) -> Sent:
        """A lasting text in place of a message, or as a new one."""
        fields = {
            "chat_id": chat_id,
            "text": words,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if message is not None and not anew:
            return await self._edited({**fields, "message_id": message}) or Delivered()
        return await self._edit_or_send(fields, message)

    async def try_out(self, chat_id: int, words: str, rows: Sequence[Sequence[str]]) -> Sent:
        """An invite with buttons that do nothing but say so."""
        fields = {
            "chat_id": chat_id,
            "text": words,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": trial_keyboard(rows),
        }
        return await self._edit_or_send(fields, None)

    async def _edit_or_send(self, fields: dict[str, Any], message: int | None) -> Sent:
        if message is not None:
            edited = await self._edited({**fields, "message_id": message})
            if edited is not None:
                return edited
        return await _outcome(lambda: self.call("sendMessage", fields))

    async def _edited(self, fields: dict[str, Any]) -> Sent | None:
        """What became of an edit, or None where the message cannot be edited and has to be sent anew."""
        try:
            return await _outcome(lambda: self.call("editMessageText", fields))
        except BadRequest as error:
            said = error.message.casefold()
            if _SAME in said:
                return Delivered(fields["message_id"])
            if any(known in said for known in _CANNOT_EDIT):
                return None
            raise

    async def delete(self, chat_id: int, messages: Sequence[int]) -> Sent:
        """Delete messages, a hundred at a time; what is gone is passed over, and so is what has to stay."""
        waiting = [list(messages[start : start + MOST_DELETED]) for start in range(0, len(messages), MOST_DELETED)]
        stays: list[int] = []
        while waiting:
            ids = waiting.pop(0)
            sent = await self._deleted(chat_id, ids)
            if isinstance(sent, Stays) and len(ids) > 1:
                waiting += [[each] for each in ids]  # Telegram deletes all of several, or none
            elif isinstance(sent, Stays):
                stays += ids
            elif not isinstance(sent, Delivered):
                return sent
        return Stays(tuple(stays)) if stays else Delivered()

    async def _deleted(self, chat_id: int, ids: list[int]) -> Sent:
        fields: dict[str, Any] = {"chat_id": chat_id}
        try:
            if len(ids) == 1:
                return await _outcome(lambda: self.call("deleteMessage", {**fields, "message_id": ids[0]}))
            return await _outcome(lambda: self.call("deleteMessages", {**fields, "message_ids": ids}))
        except BadRequest as error:
            return Stays() if _STAYS in error.message.casefold() else Delivered()

    async def empty(self, chat_id: int, message: int) -> Sent:
        """Edit a message of the bot's own down to a dash: for that Telegram sets no time."""
        try:
            edited = await self._edited({"chat_id": chat_id, "message_id": message, "text": EMPTIED})
        except BadRequest:  # a file has no text to take out
            return Stays((message,))
        return edited if edited is not None else Stays((message,))

    async def answer(self, callback: str, words: str | None) -> Sent:
        """Answer a tap. Too late is no fault: a callback lives 150 seconds."""
        fields = {"callback_query_id": callback}
        if words:
            fields["text"] = words
        try:
            return await _outcome(lambda: self.call("answerCallbackQuery", fields))
        except BadRequest:
            return Delivered()

    def letter(self, screen: Screen, language: str) -> Letter:
        """An invite's words and buttons."""
        return Letter(
            {
                "text": self._texts.screen(screen, language),
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": invite_keyboard(screen, self._texts, language),
            }
        )

    async def invite(self, chat_id: int, letter: Letter, *, paid: bool) -> Sent | NotTaken:
        """Send a letter, once. A 5xx may come from a server that has passed it on, so it counts as unknown."""
        fields = {"chat_id": chat_id, **letter.fields}
        if paid:
            fields["allow_paid_broadcast"] = True
        try:
            return await _outcome(lambda: self._sent_by_a_known_bot(fields))
        except BadRequest as error:
            return NotTaken(error.message)

    async def _sent_by_a_known_bot(self, fields: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
        """A token that Telegram does not know sends nothing: that is no unknown outcome."""
        try:
            return await self.call("sendMessage", fields)
        except InvalidToken:
            raise BadRequest("Telegram does not know this token") from None

    async def file(self, chat_id: int, name: str, content: bytes, words: str, *, may_leave: bool = False) -> Sent:
        """Send a file, which cannot be forwarded or saved from the chat by Telegram's own menus unless it may."""
        file = InputFile(content, filename=name, attach=True)
        return await self._upload("sendDocument", chat_id, {"document": file, "protect_content": not may_leave}, words)

    async def voice(self, chat_id: int, content: bytes, seconds: int) -> Sent:
        """Send a voice message, or a file to who takes none; what is agreed to may be kept and shown."""
        file = InputFile(content, filename="voice.ogg", attach=True)
        try:
            return await self._upload("sendVoice", chat_id, {"voice": file, "duration": seconds}, "")
        except BadRequest as error:
            if _NO_VOICE not in error.message.casefold():
                raise
        return await self.file(chat_id, "voice.ogg", content, "", may_leave=True)

    async def picture(self, chat_id: int, content: bytes, words: str) -> Sent:
        """Send a picture that is shown in the chat; protected as files are."""
        file = InputFile(content, filename="picture.png", attach=True)
        return await self._upload("sendPhoto", chat_id, {"photo": file, "protect_content": True}, words)

    async def _upload(self, method: str, chat_id: int, fields: dict[str, object], words: str) -> Sent:
        values: dict[str, object] = {"chat_id": chat_id, **fields, "caption": words, "parse_mode": "HTML"}
        data = RequestData([RequestParameter.from_input(key, value) for key, value in values.items()])
        return await _outcome(lambda: self._request.post(f"{self._base}/{method}", data))


async def _outcome(call: Callable[[], Awaitable[Any]]) -> Sent:  # noqa: PLR0911  # one line a case
    """What a call's end means. BadRequest is left to whoever called, but for a chat that is not there."""
    try:
        result = await call()
    except RetryAfter as error:
        return TryLater(seconds_to_wait(error), told=True)
    except Forbidden:
        return Unreachable()
    except BadRequest as error:
        if any(known in error.message.casefold() for known in _NO_SUCH_CHAT):
            return Unreachable()
        raise
    except NotConnected:
        return TryLater(_AGAIN_SECONDS)
    except NetworkError:
        return Unknown()
    except TelegramError as error:
        log.warning("Telegram did not take a call", why=type(error).__name__)
        return Unknown()
    return Delivered(result.get("message_id", 0) if isinstance(result, dict) else 0)
