"""The bot's own account through the Bot API: the one `Account` that reaches Telegram."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.account import AskedToWait, Commands, Field, Me, NotReached, NotTaken, OtherPoller, TokenUnknown, Webhook
from bot.adapter.transport import HttpRequest, seconds_to_wait

_READ_SECONDS = 10.0
_NO_FIELDS: Mapping[str, Any] = {}

_GETTERS: Mapping[Field, str] = {
    "name": "getMyName",
    "description": "getMyDescription",
    "short_description": "getMyShortDescription",
}
_SETTERS: Mapping[Field, str] = {
    "name": "setMyName",
    "description": "setMyDescription",
    "short_description": "setMyShortDescription",
}


class TelegramAccount:
    """Knows the token, and shows it nowhere."""

    def __init__(self, request: HttpRequest, base_url: str) -> None:
        self._request = request
        self._base = base_url

    def __repr__(self) -> str:
        return "TelegramAccount(...)"

    async def me(self) -> Me:
        """Who the bot is."""
        found = await self._call("getMe")
        return Me(
            str(found["first_name"]),
            str(found["username"]),
            bool(found.get("can_join_groups")),
            bool(found.get("can_read_all_group_messages")),
        )

    async def time(self) -> dt.datetime | None:
        """What Telegram's clock says, by the header that every answer of it carries."""
        try:
            said = await self._request.date(f"{self._base}/getMe")
        except NetworkError as error:
            raise NotReached(error.message) from None
        try:
            return parsedate_to_datetime(said).astimezone(dt.UTC)
        except ValueError:
            return None

    async def webhook(self) -> Webhook:
        """Where updates go."""
        found = await self._call("getWebhookInfo")
        failed_at = found.get("last_error_date")
        return Webhook(
            str(found.get("url", "")),
            int(found.get("pending_update_count", 0)),
            str(found.get("last_error_message", "")),
            dt.datetime.fromtimestamp(failed_at, dt.UTC) if isinstance(failed_at, int) else None,
        )

    async def forget_webhook(self) -> None:
        """Let updates be fetched again."""
        await self._call("deleteWebhook", {"drop_pending_updates": False})

    async def leave(self, *, for_good: bool) -> None:
        """Have the Bot API server let go of the bot: log it out, or close it so that its folder can be moved.

        Before it is closed its webhook goes, or the server would start it again (Bot API, "close"). Updates that wait
        are kept. A server that has run the bot for less than ten minutes answers with AskedToWait.
        """
        if not for_good:
            await self.forget_webhook()
        await self._call("logOut" if for_good else "close")

    async def poll(self, seconds: int) -> int:
        """Without an offset nothing is confirmed, and without allowed_updates nothing changes for who polls."""
        found = await self._call("getUpdates", {"timeout": seconds}, seconds + _READ_SECONDS)
        return len(found)

    async def text(self, field: Field, code: str) -> str:
        """What stands there for a language."""
        found = await self._call(_GETTERS[field], {"language_code": code})
        return str(found.get(field, ""))

    async def set_text(self, field: Field, code: str, words: str) -> None:
        """Say something else there."""
        await self._call(_SETTERS[field], {field: words, "language_code": code})

    async def commands(self, code: str) -> Commands:
        """The command menu for a language."""
        found = await self._call("getMyCommands", {"language_code": code})
        return tuple((str(each["command"]), str(each["description"])) for each in found)

    async def set_commands(self, code: str, commands: Sequence[tuple[str, str]]) -> None:
        """Show another menu."""
        menu = [{"command": name, "description": words} for name, words in commands]
        await self._call("setMyCommands", {"commands": menu, "language_code": code})

    async def _call(
        self, method: str, fields: Mapping[str, Any] = _NO_FIELDS, read_seconds: float = _READ_SECONDS
    ) -> Any:  # noqa: ANN401  # JSON
        try:
            return await self._request.call(f"{self._base}/{method}", fields, read_seconds)
        except InvalidToken:
            raise TokenUnknown("Telegram does not know this token") from None
        except RetryAfter as error:
            raise AskedToWait(seconds_to_wait(error)) from None
        except Conflict as error:
            raise OtherPoller(error.message) from None
        except BadRequest as error:  # before its base: the library counts it among the network's
            raise NotTaken(error.message) from None
        except NetworkError as error:
            raise NotReached(error.message) from None
        except TelegramError as error:
            raise NotTaken(error.message) from None
