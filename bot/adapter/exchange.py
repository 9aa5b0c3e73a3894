"""Short requests and their answers over HTTP/1.1: what the Bot API's hot calls go through.

Each screen and each answered tap is one small POST with one small answer of JSON, so that this is most of what the bot
does with its time. It needs no cookies, redirects, compression or streams, and this knows none: a head, a body, and
connections that are kept open. Files, proxies and everything else go through aiohttp (docs/decisions/0015).
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from functools import lru_cache
from typing import NamedTuple, cast

from aiohappyeyeballs import start_connection
from yarl import URL

_IDLE_SECONDS = 15.0
"""So long after its last answer a connection is used again; servers close idle ones, some after as little as that."""
_HAPPY_EYEBALLS_SECONDS = 0.25
"""RFC 8305, section 8: how long one address may take before the next is tried beside it."""
_LARGEST = 4 * 1024 * 1024
"""Bytes of an answer. Those of the hot calls have a few thousand at most."""
_WITHOUT_BODY = frozenset({204, 304})

_FIRST_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})[ \r]")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?")


class NotReached(Exception):
    """Nobody was there to talk to: nothing of the request has left."""


class BrokenOff(Exception):
    """The request left, and what came back is no whole answer."""


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes


class _Place(NamedTuple):
    """Where requests go; they share connections."""

    host: str
    port: int
    secure: bool


class Exchange:
    """Connections to one server or several, so many at a time."""

    def __init__(self, *, connections: int, connect_seconds: float) -> None:
        self._turns = asyncio.Semaphore(connections)
        self._connect_seconds = connect_seconds
        self._idle: dict[_Place, list[_Connection]] = {}
        self._busy: set[_Connection] = set()
        self._secured: ssl.SSLContext | None = None

    async def post(self, url: str, body: bytes, seconds: float) -> Answer:
        """Post JSON, and wait so many seconds for the answer.

        Raises NotReached, BrokenOff, TimeoutError (the request left, and nothing came back in time).
        """
        place, head = _parsed(url)
        async with self._turns:
            connection = self._kept(place) or await self._opened(place)
            self._busy.add(connection)
            try:
                answer = await connection.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), seconds)
            finally:
                # Also where whoever asked was cancelled: the late answer must not be taken for another's.
                self._busy.discard(connection)
                if connection.can_be_kept:
                    self._idle.setdefault(place, []).append(connection)
                else:
                    connection.close()
            return answer

    def _kept(self, place: _Place) -> _Connection | None:
        """The connection that was used last: the others may grow old and go."""
        idle = self._idle.get(place)
        while idle:
            connection = idle.pop()
            if connection.is_fresh:
                return connection
            connection.close()
        return None

    async def _opened(self, place: _Place) -> _Connection:
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._connect(place)
        except (OSError, TimeoutError) as error:  # SSLError is an OSError, and so is a name that is not known
            # The type alone, here and below: the text of an error can carry the address, and with it the token.
            raise NotReached(type(error).__name__) from None

    async def _connect(self, place: _Place) -> _Connection:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        # uvloop tries a name's addresses one after another, and an IPv6 that leads nowhere would take all the time.
        opened = await start_connection(found, happy_eyeballs_delay=_HAPPY_EYEBALLS_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if not place.secure:
                _, connection = await loop.create_connection(_Connection, sock=opened)
            else:
                self._secured = self._secured or ssl.create_default_context()
                _, connection = await loop.create_connection(
                    _Connection, sock=opened, ssl=self._secured, server_hostname=place.host
                )
        except BaseException:
            opened.close()
            raise
        return connection

    def close(self) -> None:
        """Close every connection."""
        for connection in [*self._busy, *(each for idle in self._idle.values() for each in idle)]:
            connection.close()
        self._idle.clear()


@lru_cache(maxsize=64)
def _parsed(url: str) -> tuple[_Place, bytes]:
    """Where a method is, and its requests' head up to the length of the body."""
    address = URL(url)
    head = (
        f"POST {address.raw_path} HTTP/1.1\r\nHost: {address.host_port_subcomponent}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    place = _Place(address.raw_host or "", address.port or 0, address.scheme == "https")
    return place, head.encode("ascii")


class _Connection(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        self._idle_since = 0.0
        self._can_be_kept = True
        self._now = asyncio.get_running_loop().time

    @property
    def can_be_kept(self) -> bool:
        """Whether the last answer came whole, and another request can follow."""
        return self._can_be_kept and self._transport is not None and not self._transport.is_closing()

    @property
    def is_fresh(self) -> bool:
        """Whether it can be kept, and was used so lately that the other side has it open too."""
        return self.can_be_kept and self._now() - self._idle_since < _IDLE_SECONDS

    def close(self) -> None:
        """Whoever waits for an answer is told that it broke off."""
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, request: bytes, seconds: float) -> Answer:
        """Send a request, and wait so long for its answer. Raises BrokenOff, TimeoutError."""
        if self._transport is None:
            raise BrokenOff("closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._answer = answer
        self._can_be_kept = False  # until the answer is there, whatever becomes of whoever asked
        self._transport.write(request)
        patience = loop.call_later(seconds, self._fail, TimeoutError("no answer in time"))
        try:
            return await answer
        finally:
            patience.cancel()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """A piece of an answer, most often all of it."""
        self._received += data
        self._read(ended=False)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        """Closed, by either side. Of an answer without a length this is the end."""
        self._transport = None
        self._read(ended=True)

    def _read(self, *, ended: bool) -> None:
        if self._answer is None:
            self.close()  # nobody asked
            return
        try:
            found = read_answer(self._received, ended=ended)
        except ValueError:
            self._fail(BrokenOff("not HTTP"))
            self.close()
            return
        if found is not None:
            answer, self._can_be_kept = found
            self._idle_since = self._now()
            self._received.clear()
            if not self._answer.done():
                self._answer.set_result(answer)
            self._answer = None
        elif ended:
            self._fail(BrokenOff("closed"))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._answer = None


def read_answer(received: bytes | bytearray, *, ended: bool) -> tuple[Answer, bool] | None:
    """An answer, and whether another may follow it; None while it is not whole. Raises ValueError: it is not HTTP/1.

    `ended` says that nothing more comes, which is the end of an answer that names no length (RFC 9112, section 6.3).
    """
    if len(received) > _LARGEST:
        raise ValueError("too long")
    head_ends = received.find(b"\r\n\r\n")
    if head_ends < 0:
        return None
    head, begins = bytes(received[: head_ends + 2]), head_ends + 4
    first = _FIRST_LINE.match(head)
    if first is None:
        raise ValueError("no status")
    status = int(first[2])
    if status < 200:  # something in advance, before the answer itself
        return read_answer(received[begins:], ended=ended)
    body, ends = _read_body(received, begins, status, head, ended=ended)
    if body is None:
        return None
    stays = first[1] == b"1" and not ended and ends == len(received) and _CLOSES.search(head) is None
    return Answer(status, body), stays


def _read_body(
    received: bytes | bytearray, begins: int, status: int, head: bytes, *, ended: bool
) -> tuple[bytes | None, int]:
    """The body, if it is all there, and where it ends."""
    if status in _WITHOUT_BODY:
        return b"", begins
    coding = _CODING.search(head)
    if coding is not None:
        if coding[1].lower() != b"chunked":
            raise ValueError("a coding that was not asked for")
        return _joined(received, begins)
    length = _LENGTH.search(head)
    if length is None:
        return (bytes(received[begins:]) if ended else None), len(received)
    ends = begins + int(length[1])
    return (bytes(received[begins:ends]) if len(received) >= ends else None), ends


def _joined(received: bytes | bytearray, at: int) -> tuple[bytes | None, int]:
    """A body that comes in chunks (RFC 9112, section 7.1), if the last of them is there."""
    pieces: list[bytes] = []
    while (line_ends := received.find(b"\r\n", at)) >= 0:
        size = _CHUNK_SIZE.fullmatch(received[at:line_ends])
        if size is None:
            raise ValueError("no chunk's size")
        begins, length = line_ends + 2, int(size[1], 16)
        if length == 0:
            ends = begins if received.startswith(b"\r\n", begins) else received.find(b"\r\n\r\n", begins) + 2
            return (b"".join(pieces), ends + 2) if len(received) >= ends + 2 > begins else (None, at)
        pieces.append(bytes(received[begins : begins + length]))
        at = begins + length + 2
    return None, at
