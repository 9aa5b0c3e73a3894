"""What a bot in this process has under way between itself and the stand-in: HTTP has a thread of its own.

The stand-in calls a chat settled once no call has come for a quiet moment. On a busy machine a call may take longer
than that from the bot to the stand-in, or its answer back, so such a moment counts only while nothing is in between.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from bot.adapter.transport import HttpRequest
from bot.sandbox.activity import Activity
from bot.vitals.counts import POLL

_SLOW = 0.4
"""Seconds after which a call is one that a test keeps waiting, and is not waited for."""

_under_way: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[object, float]] = WeakKeyDictionary()
"""By loop: when each call began."""


def mind_what_is_under_way(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    send, settle = HttpRequest.do_request, Activity.settled

    async def do_request(request: HttpRequest, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401
        if url.endswith(POLL):
            return await send(request, url, *args, **kwargs)
        loop, call = asyncio.get_running_loop(), object()
        calls = _under_way.setdefault(loop, {})
        calls[call] = loop.time()
        try:
            return await send(request, url, *args, **kwargs)
        finally:
            del calls[call]

    async def settled(activity: Activity, timeout: float, quiet: float) -> None:  # noqa: ASYNC109  # as it is
        await settle(activity, timeout, quiet)
        while _anything():
            await settle(activity, timeout, quiet)

    patch.setattr(HttpRequest, "do_request", do_request)
    patch.setattr(Activity, "settled", settled)


def _anything() -> bool:
    loop = asyncio.get_running_loop()
    return any(loop.time() - began < _SLOW for began in _under_way.get(loop, {}).values())
