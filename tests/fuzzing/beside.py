"""The bot's calls to the stand-in beside it in this process, without a socket between them.

What is said either way is bytes all the same, and is made and read as everywhere else. What is no call with plain
fields (a file, the clock) goes through the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
import pytest

from bot.adapter import transport
from bot.adapter.transport import Fields, HttpRequest
from bot.sandbox import bodies, server
from bot.sandbox.server import Sandbox


@contextmanager
def beside(sandbox: Sandbox) -> Iterator[None]:
    """Every bot that starts within the block calls this stand-in so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "HttpRequest", partial(_Beside, sandbox))
        yield


class _Beside(HttpRequest):
    def __init__(self, sandbox: Sandbox, *, proxy: str | None = None) -> None:
        super().__init__(proxy=proxy)
        self._sandbox = sandbox

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: Any = None,  # noqa: ANN401  # RequestData, Fields or None
        *timeouts: Any,  # noqa: ANN401
        **named_timeouts: Any,  # noqa: ANN401
    ) -> tuple[int, bytes]:
        if not isinstance(request_data, Fields):
            return await super().do_request(url, method, request_data, *timeouts, **named_timeouts)
        body = orjson.dumps(request_data.values)
        await asyncio.sleep(0)  # on the way, while others' calls begin
        answer = await self._sandbox._api.serve(url.rpartition("/")[2], bodies._json(body), {})
        await asyncio.sleep(0)
        return answer.status, server._written(answer.body)
