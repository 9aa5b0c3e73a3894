"""Updates by webhook: confirmed with 200 only when what they caused is committed.

Whatever is not confirmed, Telegram sends again, to whichever process is behind the address then; what was taken before
is known by its number. The answer carries no call (docs/decisions/0049-by-webhook.md).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from aiohttp import web
from telegram.error import RetryAfter, TelegramError

from bot.adapter.decode import WANTED_UPDATES, Decoder, Elsewhere
from bot.adapter.source import Call, Stopped, Take, take_updates
from bot.adapter.transport import NotConnected, from_json, seconds_to_wait
from bot.listening import listening
from bot.settings import WEBHOOK_PATH
from bot.storage.database import StoreUnavailable
from bot.vitals.counts import Requests

log = structlog.get_logger()

CONNECTIONS = 100
"""Requests that Telegram may have open at once, the most that it takes: those that come together share a commit."""

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
_LARGEST = 1 << 20
"""Bytes of a request. An update is far smaller: a message has 4,096 characters at most, and files come by reference."""

_NOT_NOW = {"Retry-After": "1"}

_PARTING = 3.0
"""Seconds that a stop gives requests that are under way; what is not confirmed by then, Telegram sends again."""

_TRIES, _AGAIN_SECONDS = 3, 2.0

LOOKS_EACH = 60.0
"""Seconds between looks at whether Telegram still knows where updates go. Who polls with the same token takes the
webhook away, and whoever is only sent updates would never notice."""


def webhook_app(
    secret: str,
    decoder: Decoder,
    take: Take,
    elsewhere: Callable[[Elsewhere], Awaitable[None]],
    requests: Requests | None = None,
) -> web.Application:
    """The server behind SURVEYBOT_WEBHOOK_URL. What it answers is counted in `requests`.

    An empty secret would let anybody in, so it raises ValueError.
    """
    if not secret:
        raise ValueError("a webhook needs a secret")
    expected, counted = secret.encode(), requests or Requests()

    async def receive(request: web.Request) -> web.Response:
        shown = request.headers.get(_SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(shown, expected):
            return web.Response(status=403)
        try:
            update = from_json(await request.read())
        except TelegramError:
            return web.Response(status=400)
        try:
            await take_updates([update], decoder, take, elsewhere)
        except StoreUnavailable:
            return web.Response(status=503, headers=_NOT_NOW)
        return web.Response()

    @web.middleware
    async def counting(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except web.HTTPException as refused:  # another path or method, or too large
            counted.answers[refused.status] += 1
            raise
        counted.answers[answer.status] += 1
        return answer

    app = web.Application(client_max_size=_LARGEST, middlewares=[counting])
    app.router.add_post(WEBHOOK_PATH, receive)
    return app


class Sent:
    """Updates are sent to us: a server that takes them, and Telegram told where it is.

    Several processes behind one address tell Telegram the same, which changes nothing for who has been told before.
    A stop leaves the webhook set: until the next start, or at another process, updates wait at Telegram.
    """

    def __init__(self, call: Call, app: web.Application, listen: str, url: str, secret: str) -> None:
        """`url` is what Telegram is told; `listen` is host:port here, behind whatever ends TLS."""
        self._call = call
        self._app = app
        self._listen = listen
        self._url = url
        self._secret = secret

    async def run(self, begun: Callable[[], None]) -> None:
        """Take updates until cancelled; `begun` is called once they can come. Raises CannotListen, Stopped."""
        async with listening(self._app, self._listen, "SURVEYBOT_LISTEN", parting=_PARTING):
            await self._say_where()
            begun()
            await self._watch()

    async def _watch(self) -> None:
        """Set the webhook again where it was taken away. Another address is somebody's wish, and is told of alone."""
        elsewhere = ""
        while True:
            await asyncio.sleep(LOOKS_EACH)
            try:
                goes_to = str((await self._call("getWebhookInfo", {}))["url"])
            except TelegramError:
                continue  # a minute later it is looked at again
            if not goes_to:
                log.warning("the webhook was taken away, and is set again: does another bot fetch with this token?")
                with suppress(Stopped):  # a minute later it is looked at again
                    await self._say_where()
            elif goes_to not in {self._url, elsewhere}:
                log.error("updates go to another address: another webhook was set with this token")
            elsewhere = goes_to

    async def _say_where(self) -> None:
        fields = {
            "url": self._url,
            "secret_token": self._secret,
            "max_connections": CONNECTIONS,
            "allowed_updates": list(WANTED_UPDATES),
            "drop_pending_updates": False,
        }
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._call("setWebhook", fields)
            except (RetryAfter, NotConnected) as error:
                if not tries_left:
                    raise Stopped(_why_not(error)) from None
                await asyncio.sleep(seconds_to_wait(error) if isinstance(error, RetryAfter) else _AGAIN_SECONDS)
            except TelegramError as error:
                raise Stopped(_why_not(error)) from None
            else:
                return


def _why_not(error: TelegramError) -> str:
    return (
        f"Telegram did not take the webhook ({error.message}); check SURVEYBOT_WEBHOOK_URL, which begins with https:// "
        "and uses port 443, 80, 88 or 8443"
    )
