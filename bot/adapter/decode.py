"""Raw update -> what happened. Each update on its own: one that does not parse never stops the rest.

Updates are read as JSON, not through the library's types: `Update.de_json` raises on one that lacks a part, and the
poller then fetches it for ever (python-telegram-bot 22.8).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bot.adapter.allowances import Allowances
from bot.adapter.callbacks import TRIAL_DATA, from_data, from_invite_data
from bot.adapter.service_messages import is_service_message
from bot.arrivals import Arrival
from flows.contact.correspondence import ContactAsked
from flows.events import (
    TOKEN_BYTES,
    Blocked,
    ChatChanged,
    Command,
    Commanded,
    Event,
    Hurried,
    InviteAnswered,
    Misdirected,
    Opened,
    RehearsalAsked,
    Sent,
    Tapped,
    TrialPressed,
    Typed,
    Unblocked,
    looks_personal,
)
from flows.links import CODE_LETTERS, PREFIX
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened
from flows.team.links import LINK_PREFIX

WANTED_UPDATES = ("message", "callback_query", "my_chat_member")
"""What is asked of Telegram; edited messages, channel posts and the like are never even fetched."""

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "help": Command.HELP,
        "privacy": Command.PRIVACY,
        "mydata": Command.MY_DATA,
        "edit": Command.EDIT,
        "language": Command.LANGUAGE,
        "leave": Command.LEAVE,
        "stop": Command.LEAVE,
        "withdraw": Command.LEAVE,
        "wipe": Command.LEAVE,
    }
)

REHEARSE, CONTACT = "rehearse", "contact"

TEAM_COMMANDS: Mapping[str, TeamCommand] = MappingProxyType({command.value: command for command in TeamCommand})
"""The team's, beside /rehearse. Who is in the team is not known here; `bot.team` sees to it."""

_TEAM_LINK = re.compile(rf"{LINK_PREFIX}([A-Za-z0-9_-]{{32}})")
"""No participant code is as long (`flows.events.PARTICIPANT`)."""

_LINK = re.compile(rf"{PREFIX}([0-9A-HJKMNP-TV-Z]{{{CODE_LETTERS}}})(?:-(.*))?")
"""A link to a collection, which may carry a participant's code."""

_LONGEST_TEXT = 4096
_COMMAND = re.compile(r"/([a-z0-9_]+)(?:@([a-z0-9_]*))?\s*(.*)", re.IGNORECASE | re.DOTALL)
"""As Telegram marks one: its name ends with the last letter, digit or underscore, whatever comes behind it."""

_HELD = frozenset({"creator", "administrator", "member", "restricted"})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody turned to the bot outside a private chat: it says once where it is to be found."""

    chat_id: int = field(repr=False)
    update_id: int | None
    language_code: str | None


class NotUnderstood(Exception):
    """An update that lacks a part, or has one of another kind. Says which kind of update, never what was in it."""


class Decoder:
    """Turns updates into arrivals. The clock and randomness are passed in."""

    def __init__(
        self,
        clock: Callable[[], dt.datetime],
        randomness: Callable[[int], bytes],
        username: str,
        allowances: Allowances | None = None,
    ) -> None:
        self._allowances = allowances
        self._clock = clock
        self._randomness = randomness
        self.username = username
        self._username = username.casefold()

    def decode(self, update: object) -> Arrival | Elsewhere | None:
        """What an update says; None where it says nothing to us. Raises NotUnderstood."""
        if not isinstance(update, dict) or not is_update_id(update.get("update_id")):
            raise NotUnderstood("no update id")
        for kind, read in (
            ("message", self._message),
            ("callback_query", self._tap),
            ("my_chat_member", self._membership),
        ):
            if kind in update:
                try:
                    return self._within(read(update["update_id"], update[kind]))
                except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                    raise NotUnderstood(kind) from None
        return None

    def _within(self, arrived: Arrival | Elsewhere | None) -> Arrival | Elsewhere | None:
        """What is taken of it: nothing of what comes faster than a person sends, but for a word on a button."""
        if self._allowances is None or not isinstance(arrived, Arrival):
            return arrived
        event, chat = arrived.event, arrived.chat_id
        leaving = isinstance(event, Blocked | Unblocked) or getattr(event, "command", None) is Command.LEAVE
        if self._allowances.takes(chat, leaving=leaving):
            return arrived
        if arrived.callback is None or not self._allowances.may_say(chat):
            return None
        hurried = Hurried(at=event.at, token=event.token, language_code=event.language_code)
        return Arrival(chat, hurried, arrived.update_id, arrived.callback)

    def _message(self, update_id: int, message: dict[str, Any]) -> Arrival | Elsewhere | None:
        chat = message["chat"]
        sender = message.get("from")
        if chat["type"] != "private":
            return self._in_a_group(update_id, message)
        if not isinstance(sender, dict) or sender["is_bot"]:
            return None
        chat_id, number = _person(chat["id"]), _number(message["message_id"])
        event = self._said(message, number, _text(sender.get("language_code")))
        return Arrival(chat_id, event, update_id, message=number)

    def _in_a_group(self, update_id: int, message: dict[str, Any]) -> Elsewhere | None:
        """Only a command that names this bot is met; nothing else that is said in a group is looked at."""
        text = _text(message.get("text")) or ""
        called = text.startswith("/") and f"@{self._username}" in text.split(maxsplit=1)[0].casefold()
        if not called:
            return None
        sender = message.get("from")
        code = _text(sender.get("language_code")) if isinstance(sender, dict) else None
        return Elsewhere(_number(message["chat"]["id"]), update_id, code)

    def _said(self, message: dict[str, Any], number: int, code: str | None) -> Event:
        at, token = self._clock(), self._randomness(TOKEN_BYTES)
        if is_service_message(message):
            return ChatChanged(at=at, token=token, language_code=code)
        text = _text(message.get("text"))
        if text is None:
            return Sent(at=at, token=token, language_code=code, message=0 if _stays(message) else number)
        command = _COMMAND.match(text)
        if command is None:
            return Typed(at=at, token=token, language_code=code, text=text[:_LONGEST_TEXT], message=number)
        name, addressed, argument = command[1].casefold(), (command[2] or "").casefold(), command[3].strip()
        if addressed not in {"", self._username}:
            return Sent(at=at, token=token, language_code=code, message=number)
        if name == "start":
            return _opened(argument, at, token, code)
        return _commanded(name, argument, at, token, code, number)

    def _tap(self, update_id: int, query: dict[str, Any]) -> Arrival | None:
        message = query.get("message")
        callback, sender = str(query["id"]), query["from"]
        code = _text(sender.get("language_code"))
        if not isinstance(message, dict):
            # Not from a card of ours. A person's private chat has the person's own id, so the tap can be answered.
            message = {"chat": {"id": sender["id"], "type": "private"}, "message_id": 0}
        if message["chat"]["type"] != "private":
            return None
        at, token = self._clock(), self._randomness(TOKEN_BYTES)
        chat_id = _person(message["chat"]["id"])
        event: Event
        if (invited := from_invite_data(query.get("data"))) is not None:
            answer, collection = invited
            event = InviteAnswered(at=at, token=token, language_code=code, answer=answer, collection=collection)
            return Arrival(chat_id, event, update_id, callback)  # an invite is no card
        if query.get("data") == TRIAL_DATA:
            pressed = TrialPressed(at=at, token=token, language_code=code)
            return Arrival(chat_id, pressed, update_id, callback)
        tap = from_data(query.get("data"))
        if tap is None:
            event = Misdirected(at=at, token=token, language_code=code)
        else:
            event = Tapped(
                at=at, token=token, language_code=code,
                step=tap.step, choice=tap.choice, layout=tap.layout, on=tap.on,
            )  # fmt: skip
        card = _number(message["message_id"]) or None
        return Arrival(chat_id, event, update_id, callback, card=card)

    def _membership(self, update_id: int, change: dict[str, Any]) -> Arrival | Elsewhere | None:
        chat, sender = change["chat"], change["from"]
        status = change["new_chat_member"]["status"]
        code = _text(sender.get("language_code"))
        if chat["type"] != "private":
            was = change["old_chat_member"]["status"]
            joined = status in _HELD and was not in _HELD
            return Elsewhere(_number(chat["id"]), update_id, code) if joined else None
        kind = Unblocked if status == "member" else Blocked
        event = kind(at=self._clock(), token=self._randomness(TOKEN_BYTES), language_code=code)
        return Arrival(_person(chat["id"]), event, update_id)


def _opened(argument: str, at: dt.datetime, token: bytes, code: str | None) -> Event:
    """/start, with whatever a deep link carried."""
    if link := _TEAM_LINK.fullmatch(argument):
        return TeamLinkOpened(at=at, token=token, language_code=code, secret=link[1])
    if link := _LINK.fullmatch(argument):
        return Opened(at=at, token=token, language_code=code, link=link[1], participant=_opaque(link[2] or ""))
    collection, participant = start_payload(argument)
    return Opened(at=at, token=token, language_code=code, collection=collection, participant=participant)


def _stays(message: dict[str, Any]) -> bool:
    """Whether it cannot be deleted and says nothing: a die that was thrown stays for a day (deleteMessage)."""
    return "dice" in message


def _commanded(name: str, argument: str, at: dt.datetime, token: bytes, code: str | None, number: int) -> Event:
    """Any other command; one that nobody knows is never taken for somebody's own words."""
    words_behind = number if argument else None
    if name in COMMANDS:
        return Commanded(at=at, token=token, language_code=code, command=COMMANDS[name], message=words_behind)
    if name in TEAM_COMMANDS:
        command = TEAM_COMMANDS[name]
        behind = argument[:_LONGEST_TEXT]
        return TeamAsked(at=at, token=token, language_code=code, command=command, argument=behind, message=number)
    if name == CONTACT:
        return ContactAsked(at=at, token=token, language_code=code, message=words_behind)
    if name == REHEARSE:
        stop = argument.casefold() == "stop"
        return RehearsalAsked(at=at, token=token, language_code=code, stop=stop, message=number)
    return Sent(at=at, token=token, language_code=code, message=number)


def is_update_id(value: object) -> bool:
    """Whether this can be an update's id: a whole number that a database takes."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _number(value: object) -> int:
    """A chat's or a message's number. Raises ValueError for what is none that Telegram gives, or a database takes."""
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
        raise ValueError("not a number of a chat or a message")
    return value


def _person(value: object) -> int:
    """A private chat's number, which is above 0: those of groups are below. Raises ValueError."""
    number = _number(value)
    if number < 1:
        raise ValueError("not a private chat")
    return number


def _text(value: object) -> str | None:
    """Words without NUL, which PostgreSQL takes in no text ("Character Types")."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else None


def start_payload(payload: str) -> tuple[str | None, str | None]:
    """(collection, participant code) of a deep link's payload, written `collection` or `collection-CODE`."""
    collection, _, code = payload.partition("-")
    return collection or None, _opaque(code)


def _opaque(code: str) -> str | None:
    """A participant's code. One that could be a name, a number or an address is dropped unread."""
    return code if code and not looks_personal(code) else None
