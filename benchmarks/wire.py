"""HTTP/1.1 over asyncio's protocols, with no more of it than Bot API clients use.

A framework would cost the stand-in more than the bots that it measures: keep-alive, lengths and chunks are enough.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

REASONS = {200: b"OK", 400: b"Bad Request", 401: b"Unauthorized", 404: b"Not Found", 409: b"Conflict"}
END_OF_HEAD = b"\r\n\r\n"
END_OF_LINE = b"\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    target: str
    content_type: str
    length: int
    chunked: bool
    size: int


def parse_head(data: bytes) -> Head | None:
    end = data.find(END_OF_HEAD)
    if end < 0:
        return None
    first, *lines = data[:end].split(END_OF_LINE)
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    return Head(
        target=first.split(b" ")[1].decode(),
        content_type=headers.get(b"content-type", b"").decode(),
        length=int(headers.get(b"content-length", b"0")),
        chunked=headers.get(b"transfer-encoding", b"").lower() == b"chunked",
        size=end + len(END_OF_HEAD),
    )


def parse_chunks(data: bytes, start: int) -> tuple[bytes, int] | None:
    """The body and where it ends, or None when not all of it has arrived."""
    pieces: list[bytes] = []
    while True:
        end_of_size = data.find(END_OF_LINE, start)
        if end_of_size < 0:
            return None
        size = int(data[start:end_of_size].partition(b";")[0], 16)
        begin = end_of_size + len(END_OF_LINE)
        start = begin + size + len(END_OF_LINE)
        if len(data) < start:
            return None
        if size == 0:
            return b"".join(pieces), start
        pieces.append(data[begin : begin + size])


def parse_body(data: bytes, head: Head) -> tuple[bytes, int] | None:
    if head.chunked:
        return parse_chunks(data, head.size)
    end = head.size + head.length
    return (data[head.size : end], end) if len(data) >= end else None


class Exchange:
    """One request, and the chance to answer it, now or later."""

    __slots__ = ("_transport", "body", "content_type", "target")

    def __init__(self, head: Head, body: bytes, transport: asyncio.Transport) -> None:
        self.target = head.target
        self.content_type = head.content_type
        self.body = body
        self._transport = transport

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def reply(self, status: int, body: bytes) -> None:
        if self.is_open:
            self._transport.write(
                b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, REASONS[status], len(body), body)
            )


class Connection(asyncio.Protocol):
    def __init__(self, serve: Callable[[Exchange], None]) -> None:
        self._serve = serve
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (exchange := self._next_exchange()) is not None:
            self._serve(exchange)

    def _next_exchange(self) -> Exchange | None:
        head = parse_head(self._received) if self._received else None
        if head is None or self._transport is None:
            return None
        parsed = parse_body(self._received, head)
        if parsed is None:
            return None
        body, end = parsed
        self._received = self._received[end:]
        return Exchange(head, body, self._transport)
