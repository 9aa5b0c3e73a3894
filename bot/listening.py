"""Answering over HTTP at one address, until the block ends: the webhook's server, and the one that tells of health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.addresses import host_and_port

_UNTIL_KNOWN = 3
"""Turns of the loop from accepting a connection until whoever answers knows it."""


class CannotListen(Exception):
    """The address cannot be listened on; the text says which and why."""


@asynccontextmanager
async def listening(app: web.Application, address: str, setting: str, *, parting: float) -> AsyncIterator[int]:
    """Answer on host:port; gives the port. At the end nothing new is taken, and what is under way has `parting`
    seconds.

    Raises CannotListen, which names the setting.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=parting)
    await runner.setup()
    host, port = host_and_port(address)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await stop_listening(runner)
        raise CannotListen(f"{setting}: cannot listen on {address} ({error.strerror})") from None
    try:
        yield int(runner.addresses[0][1])
    finally:
        await stop_listening(runner)


async def stop_listening(runner: web.BaseRunner) -> None:
    """Take no connection any more, and close each one once what is under way is answered.

    Also one that comes at this very moment: asyncio's own loop loses sight of a connection that it has accepted and not
    yet made known when its server is closed (python/cpython#109564), so it is first told to accept no more.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, asyncio.SelectorEventLoop):
        for listener in _listeners(runner):
            loop.remove_reader(listener)
        for _ in range(_UNTIL_KNOWN):
            await asyncio.sleep(0)
    await runner.cleanup()


def _listeners(runner: web.BaseRunner) -> list[int]:
    servers = (getattr(site, "_server", None) for site in runner.sites)  # aiohttp shows them by no public name
    return [each.fileno() for server in servers if server is not None for each in server.sockets]
