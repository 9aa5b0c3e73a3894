"""HTTP to the Bot API on aiohttp, as python-telegram-bot's `BaseRequest`.

The library's own transport is slower the more is sent at once. It still turns answers into its errors
(`BaseRequest.post`).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import aiohttp
import orjson
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.vitals.counts import Calls

CONNECTIONS = 256
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 20.0


def from_json(payload: bytes) -> Any:  # noqa: ANN401  # JSON
    """What some JSON says. Raises TelegramError.

    orjson takes neither numbers beyond 64 bits nor half a surrogate pair: one such update would otherwise keep every
    other one of its answer from being read, for ever. Half a pair is read as �: no bytes of UTF-8 stand for it, so
    nothing could be sealed or sent that has one in it.
    """
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        try:
            return _without_halves(json.loads(payload.decode(errors="replace")))
        except (ValueError, RecursionError):
            raise TelegramError("this is not JSON") from None


def _without_halves(value: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(inner) for name, inner in value.items()}
    return [_without_halves(inner) for inner in value] if isinstance(value, list) else value


class NotConnected(NetworkError):
    """The request never left: the other side was not there. It is safe to send again."""


def seconds_to_wait(error: RetryAfter) -> float:
    """How long Telegram asks to wait after a 429."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)


class Fields:
    """Fields of a method, sent as one JSON object. Stands in for `RequestData`, without an object a parameter."""

    contains_files = False

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values


class AiohttpRequest(BaseRequest):
    """One pool of connections, kept open."""

    def __init__(
        self, *, proxy: str | None = None, connections: int = CONNECTIONS, read_seconds: float = _READ_SECONDS
    ) -> None:
        self._proxy = proxy
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None
        self.calls = Calls()
        """Counts of what Telegram said."""

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer."""
        return self._read_seconds

    async def initialize(self) -> None:
        """Open the pool."""
        # RetryAfter then gives a timedelta, as it always will from the library's next major version on; without it,
        # the library warns at every 429.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300)
            # Not trust_env: aiohttp then reads proxies and .netrc anew for every request, in a thread.
            self._session = aiohttp.ClientSession(
                connector=connector, proxy=self._proxy, skip_auto_headers=("User-Agent", "Accept")
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, url: str, fields: Mapping[str, Any], read_seconds: float | None = None) -> Any:  # noqa: ANN401  # JSON
        """A method's result. Raises the library's errors."""
        data = cast("RequestData", Fields(fields))
        if read_seconds is None:
            return await self.post(url, data)
        return await self.post(url, data, read_timeout=read_seconds)

    async def date(self, url: str) -> str:
        """What the Date header of an answer says, whatever the answer is; empty where it has none."""
        if self._session is None:
            raise RuntimeError("the transport is not open")
        try:
            async with self._session.get(_address(url), timeout=_timeout(self._read_seconds)) as answer:
                return answer.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotConnected(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401  # JSON
        """An answer's JSON. Raises TelegramError."""
        return from_json(payload)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401  # the library's "not given" or seconds
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401, ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401, ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401, ARG002
    ) -> tuple[int, bytes]:
        """Send one request; status and body of the answer."""
        if self._session is None:
            raise RuntimeError("the transport is not open")
        timeout = _timeout(read_timeout if isinstance(read_timeout, int | float) else self._read_seconds)
        begun, status = time.monotonic(), "cut"
        try:
            async with self._session.request(
                method, _address(url), data=_body(request_data), timeout=timeout
            ) as answer:
                body = await answer.read()
                status = str(answer.status)
                return answer.status, body
        except aiohttp.ClientConnectorError as error:
            status = "not connected"
            raise NotConnected(type(error).__name__) from None
        except TimeoutError as error:
            status = "timeout"
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise NotConnected(type(error).__name__) from None
            raise TimedOut("no answer in time") from None
        except aiohttp.ClientError as error:
            # The type alone: the text of an error can carry the address, and with it the token.
            raise NetworkError(type(error).__name__) from None
        finally:
            self.calls.note(url, status, begun)


@lru_cache(maxsize=16)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    # `total` would also count the wait for a free connection, in which nothing has left yet.
    return aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=seconds)


@lru_cache(maxsize=64)
def _address(url: str) -> URL:
    """A method's address, parsed once."""
    return URL(url)


def _body(data: Any) -> aiohttp.Payload | aiohttp.FormData | None:  # noqa: ANN401  # RequestData, Fields or None
    if data is None:
        return None
    if isinstance(data, Fields):
        return aiohttp.BytesPayload(orjson.dumps(data.values), content_type="application/json")
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    if data.contains_files:
        for name, (filename, content, kind) in data.multipart_data.items():
            form.add_field(name, content, filename=filename, content_type=kind)
    return form
