"""`/healthz`, `/readyz` and `/metrics`, on an address of their own: never where the webhook listens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.addresses import host_and_port, is_loopback
from bot.listening import listening as answering
from bot.vitals.exposition import CONTENT_TYPE, written
from bot.vitals.metrics import metrics
from bot.vitals.pulse import Pulse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

_NAMED = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d*)?\Z")
"""A Host header: a name or an address, and a port or none. Any port, since one may be published under another."""


@asynccontextmanager
async def listening(address: str, pulse: Pulse) -> AsyncIterator[int]:
    """Answer on host:port until the block ends, at nowhere where there is no address; gives the port (0: none).

    Raises CannotListen.
    """
    if not address:
        yield 0
        return
    host, _ = host_and_port(address)
    app = _app(pulse, own_names_only=is_loopback(host))
    async with answering(app, address, "SURVEYBOT_HEALTH_LISTEN", parting=1.0) as port:
        yield port


def _app(pulse: Pulse, *, own_names_only: bool) -> web.Application:
    async def alive(_request: web.Request) -> web.Response:
        why = pulse.why_not_alive()
        return _said([why] if why else [])

    async def ready(_request: web.Request) -> web.Response:
        return _said(await pulse.why_not_ready())

    async def told(_request: web.Request) -> web.Response:
        await pulse.can_be_written()  # where nobody asks for /readyz, this has it tried
        text = written(metrics(pulse, await pulse.standing()))
        return web.Response(body=text.encode(), headers={**_HEADERS, "Content-Type": CONTENT_TYPE})

    app = web.Application(client_max_size=1024, middlewares=[_own_names] if own_names_only else [])
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", told)
    return app


@web.middleware
async def _own_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of another site, whose name has come to mean this machine, says that name: it reads nothing here.

    Who says no name is no browser.
    """
    named = _NAMED.match(request.headers.get("Host", "localhost"))
    if named is None or not is_loopback(named[1].strip("[]")):
        return web.Response(status=421, text="this answers to 127.0.0.1 and localhost only\n", headers=_HEADERS)
    return await handler(request)


def _said(reasons: list[str]) -> web.Response:
    """200 and *ok*, or 503 and a reason a line."""
    lines = reasons or ["ok"]
    return web.Response(status=503 if reasons else 200, text="\n".join([*lines, ""]), headers=_HEADERS)
