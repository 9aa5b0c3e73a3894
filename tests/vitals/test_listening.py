"""What listens closes each connection at its end, whenever it came."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import web

from bot.listening import listening


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_that_came_at_the_very_end_is_closed_too(turns: int) -> None:
    """The other side sees the end of it, and does not wait for an answer that never comes."""
    with socket.socket() as caller:
        async with listening(web.Application(), "127.0.0.1:0", "SURVEYBOT_LISTEN", parting=0.1) as port:
            caller.connect(("127.0.0.1", port))
            for _ in range(turns):
                await asyncio.sleep(0)
        caller.settimeout(0)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):  # it was not taken any more
                assert await asyncio.get_running_loop().sock_recv(caller, 1) == b""
