"""Answering over HTTP at one address, until the block ends: the webhook's server, and the one that tells of health."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


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
    host, _, port = address.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    except OSError as error:
        await runner.cleanup()
        raise CannotListen(f"{setting}: cannot listen on {address} ({error.strerror})") from None
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
