"""Delivery of updates to a webhook: in order within a lane, side by side across lanes, again until accepted."""

import asyncio
import ipaddress
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.sandbox.refusals import breach
from bot.sandbox.updates import Pending, Updates

Json = dict[str, Any]
Called = Callable[[str, Json], Awaitable[object]]

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
CONNECTIONS: Final = 40
_RETRY_AT_MOST: Final = 60.0


class Webhook:
    """`called` serves a method call that came in a reply's body. Retries begin after `first_retry` seconds."""

    def __init__(self, updates: Updates, clock: Callable[[], float], called: Called, first_retry: float) -> None:
        self._updates = updates
        self._clock = clock
        self._called = called
        self._first_retry = first_retry
        self._lanes: dict[str, deque[Pending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._permits = asyncio.Semaphore(CONNECTIONS)
        self._url = ""
        self._secret = ""
        self._connections = CONNECTIONS
        self._last_error: tuple[int, str] | None = None
        updates.on_webhook = self._enqueue

    @property
    def url(self) -> str:
        return self._url

    def is_set(self, url: str, secret: str, connections: int) -> bool:
        return (url, secret, connections) == (self._url, self._secret, self._connections)

    async def set(self, url: str, secret: str, connections: int) -> None:
        _check_loopback(url)
        await self.stop()
        self._url, self._secret, self._connections = url, secret, connections
        self._permits = asyncio.Semaphore(connections)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._updates.webhook_set = True
        self._updates.end_poll("terminated by setWebhook request")
        for pending in self._updates.pending():
            self._enqueue(pending)

    async def stop(self) -> None:
        self._url = ""
        self._updates.webhook_set = False
        self._lanes.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        body: Json = {
            "url": self._url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self._url:
            body |= {"max_connections": self._connections, "ip_address": "127.0.0.1"}
        if self._last_error is not None:
            body["last_error_date"], body["last_error_message"] = self._last_error
        if self._updates.allowed:
            body["allowed_updates"] = sorted(self._updates.allowed)
        return body

    def _enqueue(self, pending: Pending) -> None:
        lane = self._lanes.get(pending.lane)
        if lane is not None:
            lane.append(pending)
            return
        self._lanes[pending.lane] = deque([pending])
        task = asyncio.create_task(self._drain(pending.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: str) -> None:
        lane = self._lanes[name]
        while lane:
            pending = lane.popleft()
            await self._deliver(pending)
        if self._lanes.get(name) is lane:
            del self._lanes[name]

    async def _deliver(self, pending: Pending) -> None:
        wait = self._first_retry
        while self._updates.waits(pending):
            async with self._permits:
                accepted = await self._post(pending)
            if accepted:
                self._updates.confirm(pending.update_id)
                if self._updates.duplicates:
                    self._updates.duplicates -= 1
                    await self._post(pending)
                return
            await asyncio.sleep(wait)
            wait = min(_RETRY_AT_MOST, wait * 2)

    async def _post(self, pending: Pending) -> bool:
        assert self._session is not None, "deliveries end before the session closes"  # noqa: S101
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers[SECRET_HEADER] = self._secret
        try:
            async with self._session.post(self._url, data=orjson.dumps(pending.body), headers=headers) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return False
        if not 200 <= response.status < 300:
            self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
            return False
        await self._call_in_reply(body)
        return True

    def _failed(self, words: str) -> None:
        self._last_error = (int(self._clock()), words)

    async def _call_in_reply(self, body: bytes) -> None:
        """A reply may carry one method call; the bot never learns what became of it."""
        try:
            call = orjson.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(method := call.pop("method", None), str):
            await self._called(method, call)


def _check_loopback(url: str) -> None:
    """A local Bot API server takes http and any port; this one reaches this machine only."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise breach("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.hostname != "localhost" and not _is_loopback(parts.hostname):
        raise breach("bad webhook: the sandbox delivers to this machine only")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
