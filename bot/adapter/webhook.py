"""Updates by webhook: confirmed with 200 only when what they caused is committed."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from telegram.error import TelegramError

from bot.adapter.decode import Decoder, Elsewhere
from bot.adapter.source import Take, take_updates
from bot.adapter.transport import from_json
from bot.settings import WEBHOOK_PATH
from bot.storage.database import StoreUnavailable

log = structlog.get_logger()

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
_LARGEST = 1 << 20


def webhook_app(
    secret: str, decoder: Decoder, take: Take, elsewhere: Callable[[Elsewhere], Awaitable[None]]
) -> web.Application:
    """The server behind SURVEYBOT_WEBHOOK_URL."""

    async def receive(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get(_SECRET_HEADER, "").encode(errors="replace"), secret.encode()):
            return web.Response(status=403)
        try:
            update = from_json(await request.read())
        except TelegramError:
            return web.Response(status=400)
        try:
            await take_updates([update], decoder, take, elsewhere)
        except StoreUnavailable:
            return web.Response(status=503)
        return web.Response()

    app = web.Application(client_max_size=_LARGEST)
    app.router.add_post(WEBHOOK_PATH, receive)
    return app
