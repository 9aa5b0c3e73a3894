"""HTTP to the Bot API on pyreqwest, as python-telegram-bot's `BaseRequest`.

The library's own transport is slower the more is sent at once. It still turns answers into its errors
(`BaseRequest.post`). Why pyreqwest, and what its errors mean: docs/decisions/0058-http-by-reqwest.md.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson
import pyreqwest.exceptions as failed
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.multipart import FormBuilder, PartBuilder
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import ConsumedRequest, RequestBuilder
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.vitals.counts import Calls

_Result = TypeVar("_Result")

CONNECTIONS = 256
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 20.0
"""From the first byte that leaves to the last one that comes; longer than connecting may take."""

_UPLOAD_SECONDS = 300.0
"""The same for a file, which takes its time on a slow line."""

_KEPT_OPEN = 15.0
"""Seconds that a quiet connection is kept: shorter than the other side does, so that a request seldom meets one that
is just being closed."""

_CONNECTING = "client error (Connect)"
"""What hyper says of a request that found no connection (`hyper_util::client::legacy::Error`)."""


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


class HttpRequest(BaseRequest):
    """One pool of connections, kept open."""

    def __init__(
        self, *, proxy: str | None = None, connections: int = CONNECTIONS, read_seconds: float = _READ_SECONDS
    ) -> None:
        self._proxy = proxy
        self._connections = connections
        self._read_seconds = read_seconds
        self._client: Client | None = None
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
        if self._client is None:
            self._client = _opened(self._connections, self._proxy)

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    @property
    def _open(self) -> Client:
        if self._client is None:
            raise RuntimeError("the transport is not open")
        return self._client

    async def call(self, url: str, fields: Mapping[str, Any], read_seconds: float | None = None) -> Any:  # noqa: ANN401  # JSON
        """A method's result. Raises the library's errors."""
        data = cast("RequestData", Fields(fields))
        if read_seconds is None:
            return await self.post(url, data)
        return await self.post(url, data, read_timeout=read_seconds)

    async def date(self, url: str) -> str:
        """What the Date header of an answer says, whatever the answer is; empty where it has none."""
        try:
            answer = await self._open.get(url).timeout(_patience(self._read_seconds)).build().send()
        except failed.PyreqwestError as error:
            raise NotConnected(type(error).__name__) from None
        return answer.get_header("Date") or ""

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
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._read_seconds
        request = _with_body(self._open.request(method, url).timeout(_patience(seconds)), request_data).build()
        begun, status = time.monotonic(), "cut"
        try:
            code, body = await _not_held_up(_answer(request))
            status = str(code)
        except failed.RequestError as error:
            # The type alone: the text of an error can carry the address, and with it the token.
            if _never_left(error):
                status = "not connected"
                raise NotConnected(type(error).__name__) from None
            if isinstance(error, failed.RequestTimeoutError):
                status = "timeout"
                raise TimedOut("no answer in time") from None
            raise NetworkError(type(error).__name__) from None
        finally:
            self.calls.note(url, status, begun)
        return code, body


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[HttpRequest]:
    """What the Bot API at an address is asked with, through the proxy that the environment names, until the block
    ends."""
    request = HttpRequest(proxy=_proxy(address))
    await request.initialize()
    try:
        yield request
    finally:
        await request.shutdown()


def _proxy(address: str) -> str | None:
    """The proxy that the environment names for an address, read once."""
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


async def _answer(request: ConsumedRequest) -> tuple[int, bytes]:
    answer = await request.send()
    return answer.status, bytes(await answer.bytes())


async def _not_held_up(work: Coroutine[Any, Any, _Result]) -> _Result:
    """What some work gives. Whoever is cancelled meanwhile goes at once, whatever becomes of the work.

    pyreqwest 0.15 now and then goes on as if nothing had been cancelled: one stop in ten, right after a start, waited
    for the end of a long poll.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda left: left.cancelled() or left.exception())
        task.cancel()
        raise


def _opened(connections: int, proxy: str | None) -> Client:
    # A proxy is what the settings say, and nothing is taken from the environment beside them.
    building = ClientBuilder().no_proxy().follow_redirects(enable=False).user_agent("surveybot")
    building = building.max_connections(connections).pool_idle_timeout(_patience(_KEPT_OPEN))
    building = building.connect_timeout(_patience(_CONNECT_SECONDS))
    return (building.proxy(ProxyBuilder.all(proxy)) if proxy is not None else building).build()


def _never_left(error: failed.RequestError) -> bool:
    """Whether nothing of a request has reached the other side, for certain.

    Its class does not say so: pyreqwest calls it an error, or a timeout, of connecting too where a connection was cut
    after everything was sent, and where no answer came. What caused it does. Whatever else it is may have arrived.
    """
    if isinstance(error, failed.PoolTimeoutError):
        return True
    return any(cause["message"] == _CONNECTING for cause in error.details["causes"] or ())


@lru_cache(maxsize=16)
def _patience(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds)


def _with_body(request: RequestBuilder, data: Any) -> RequestBuilder:  # noqa: ANN401  # RequestData, Fields or None
    if data is None:
        return request
    if isinstance(data, Fields):
        return request.header("Content-Type", "application/json").body_bytes(orjson.dumps(data.values))
    form = FormBuilder()
    for name, value in data.json_parameters.items():
        form = form.text(name, value)
    if data.contains_files:
        request = request.timeout(_patience(_UPLOAD_SECONDS))
        for name, (filename, content, kind) in data.multipart_data.items():
            form = form.part(name, PartBuilder.from_bytes(content).file_name(filename).mime(kind))
    return request.multipart(form)
