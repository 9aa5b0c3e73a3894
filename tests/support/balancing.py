"""One address in front of several processes, as a reverse proxy is: each request goes to whichever is there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from bot.listening import stop_listening

_KEPT = ("X-Telegram-Bot-Api-Secret-Token", "Content-Type")


class Balancer:
    """Hands each request to one of `ports`, in an order by chance; to another one where that is not there."""

    def __init__(self, chance: random.Random) -> None:
        self.ports: Sequence[int] = ()
        self.port = 0
        self._chance = chance
        self._runner: web.ServerRunner | None = None
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        assert self._http is not None
        await stop_listening(self._runner)
        await self._http.close()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._http is not None
        body = await request.read()
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        for port in self._chance.sample(self.ports, len(self.ports)):
            address = f"http://127.0.0.1:{port}{request.path}"
            try:
                async with self._http.request(request.method, address, data=body, headers=headers) as answer:
                    return web.Response(status=answer.status, body=await answer.read())
            except (aiohttp.ClientError, TimeoutError):
                continue  # it died, maybe with the request in hand: another one knows what was taken
        return web.Response(status=502)
