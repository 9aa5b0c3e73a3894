"""`/healthz`, `/readyz` and `/metrics`, on an address of their own: never where the webhook listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.listening import listening as answering
from bot.vitals.exposition import CONTENT_TYPE, written
from bot.vitals.metrics import metrics
from bot.vitals.pulse import Pulse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@asynccontextmanager
async def listening(address: str, pulse: Pulse) -> AsyncIterator[int]:
    """Answer on host:port until the block ends, at nowhere where there is no address; gives the port (0: none).

    Raises CannotListen.
    """
    if not address:
        yield 0
        return
    async with answering(_app(pulse), address, "SURVEYBOT_HEALTH_LISTEN", parting=1.0) as port:
        yield port


def _app(pulse: Pulse) -> web.Application:
    async def alive(_request: web.Request) -> web.Response:
        why = pulse.why_not_alive()
        return _said([why] if why else [])

    async def ready(_request: web.Request) -> web.Response:
        return _said(await pulse.why_not_ready())

    async def told(_request: web.Request) -> web.Response:
        await pulse.can_be_written()  # where nobody asks for /readyz, this has it tried
        text = written(metrics(pulse, await pulse.standing()))
        return web.Response(body=text.encode(), headers={**_HEADERS, "Content-Type": CONTENT_TYPE})

    app = web.Application(client_max_size=1024)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", told)
    return app


def _said(reasons: list[str]) -> web.Response:
    """200 and *ok*, or 503 and a reason a line."""
    lines = reasons or ["ok"]
    return web.Response(status=503 if reasons else 200, text="\n".join([*lines, ""]), headers=_HEADERS)
