"""Requests and answers of the hot calls, against a server that answers just as it is told to."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.adapter.exchange import Answer, BrokenOff, Exchange, NotReached, read_answer
from bot.adapter.transport import AiohttpRequest, NotConnected

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"ok":true}'
CHUNKED = (
    b'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n6;note=1\r\n{"ok":\r\n5\r\ntrue}\r\n0\r\nTrailer: x\r\n\r\n'
)
IN_ADVANCE = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE
UNTIL_THE_END = b'HTTP/1.1 200 OK\r\n\r\n{"ok":true}'


class Server:
    """Counts connections, keeps requests, and answers each with the next of its answers; with none, it is silent."""

    def __init__(self, *answers: bytes, closes: bool = False) -> None:
        self.answers = list(answers)
        self.closes = closes
        self.connections = 0
        self.requests: list[bytes] = []
        self.asked = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                self.asked.set()
                if self.answers:
                    writer.write(self.answers.pop(0))
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(server: Server, secure: ssl.SSLContext | None = None) -> AsyncIterator[Exchange]:
    listening = await asyncio.start_server(server.serve, "localhost", 0, ssl=secure)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"http{'s' if secure else ''}://localhost:{port}/bot1:SECRET/getMe"
    exchange = Exchange(connections=4, connect_seconds=5)
    try:
        yield exchange
    finally:
        exchange.close()
        listening.close()
        await listening.wait_closed()


async def test_a_request_is_one_post_of_json_and_the_connection_serves_the_next_one_too() -> None:
    server = Server(WHOLE, CHUNKED, IN_ADVANCE, WHOLE)
    async with serving(server) as exchange:
        for _ in range(4):
            assert await exchange.post(server.url, b'{"a":1}', 5) == Answer(200, b'{"ok":true}')
    assert server.connections == 1
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    host = server.url.split("/")[2].encode()
    assert head.split(b"\r\n") == [
        b"POST /bot1:SECRET/getMe HTTP/1.1",
        b"Host: " + host,
        b"Content-Type: application/json",
        b"Content-Length: 7",
    ]
    assert body == b'{"a":1}'


@pytest.mark.parametrize(
    "last_words",
    [
        WHOLE.replace(b"Content-Type", b"Connection: close\r\nContent-Type"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        WHOLE + b"and more",
    ],
)
async def test_a_connection_is_not_used_again_where_nothing_can_follow(last_words: bytes) -> None:
    server = Server(last_words, WHOLE)
    async with serving(server) as exchange:
        for _ in range(2):
            assert await exchange.post(server.url, b"{}", 5) == Answer(200, b'{"ok":true}')
    assert server.connections == 2


async def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    server = Server(UNTIL_THE_END, closes=True)
    async with serving(server) as exchange:
        assert await exchange.post(server.url, b"{}", 5) == Answer(200, b'{"ok":true}')


@pytest.mark.parametrize("cut_short", [b"", WHOLE[:-1], CHUNKED[:-1], b"HTTP/1.1 200"])
async def test_an_answer_that_breaks_off_is_said_and_nothing_of_it_is_taken(cut_short: bytes) -> None:
    server = Server(cut_short, closes=True)
    async with serving(server) as exchange:
        with pytest.raises(BrokenOff):
            await exchange.post(server.url, b"{}", 5)


@pytest.mark.parametrize(
    "nonsense", [b"SSH-2.0-x\r\n\r\n", CHUNKED.replace(b"6;", b"x;"), b"HTTP/1.1 200 OK" + b"x" * 5_000_000]
)
async def test_what_is_not_http_is_said(nonsense: bytes) -> None:
    server = Server(nonsense)
    async with serving(server) as exchange:
        with pytest.raises(BrokenOff):
            await exchange.post(server.url, b"{}", 5)


async def test_where_nobody_listens_nothing_has_left() -> None:
    server = Server()
    async with serving(server):
        pass
    with pytest.raises(NotReached):
        await Exchange(connections=1, connect_seconds=5).post(server.url, b"{}", 5)


async def test_silence_is_waited_for_so_long_and_the_late_answer_is_nobodys() -> None:
    server = Server()
    async with serving(server) as exchange:
        with pytest.raises(TimeoutError):
            await exchange.post(server.url, b"{}", 0.01)
        server.answers.append(WHOLE)
        assert await exchange.post(server.url, b"{}", 5) == Answer(200, b'{"ok":true}')
    assert server.connections == 2


async def test_whoever_goes_away_leaves_no_answer_to_somebody_else() -> None:
    server = Server()
    async with serving(server) as exchange:
        asking = asyncio.create_task(exchange.post(server.url, b"{}", 5))
        await server.asked.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        server.answers.append(WHOLE)
        assert await exchange.post(server.url, b"{}", 5) == Answer(200, b'{"ok":true}')
    assert server.connections == 2


async def test_more_than_the_connections_wait_their_turn() -> None:
    server = Server(*[WHOLE] * 40)
    async with serving(server) as exchange:
        answers = await asyncio.gather(*(exchange.post(server.url, b"{}", 5) for _ in range(40)))
    assert answers == [Answer(200, b'{"ok":true}')] * 40
    assert server.connections <= 4


async def test_closing_ends_what_is_under_way() -> None:
    server = Server()
    async with serving(server) as exchange:
        asking = asyncio.create_task(exchange.post(server.url, b"{}", 5))
        await server.asked.wait()
        exchange.close()
        with pytest.raises(BrokenOff):
            await asking


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Of "localhost", signed by itself; and what serves with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


async def test_a_secured_server_has_to_be_the_one_that_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, context = certificate(tmp_path)
    server = Server(WHOLE, WHOLE)
    async with serving(server, context) as exchange:
        with pytest.raises(NotReached, match="SSLCertVerificationError"):
            await exchange.post(server.url, b"{}", 5)
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        trusting = Exchange(connections=1, connect_seconds=5)
        try:
            assert await trusting.post(server.url, b"{}", 5) == Answer(200, b'{"ok":true}')
            with pytest.raises(NotReached):
                await trusting.post(server.url.replace("localhost", "127.0.0.1"), b"{}", 5)
        finally:
            trusting.close()


@given(st.sampled_from([WHOLE, CHUNKED, IN_ADVANCE]), st.data())
def test_an_answer_is_the_same_however_it_is_cut(answer: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(answer) - 1))
    assert read_answer(answer[:cut], ended=False) is None
    assert read_answer(answer[:cut], ended=True) is None
    assert read_answer(answer, ended=False) == (Answer(200, b'{"ok":true}'), True)


@given(st.binary(max_size=200), st.booleans())
def test_whatever_comes_is_an_answer_or_said_to_be_none(received: bytes, ended: bool) -> None:
    try:
        found = read_answer(b"HTTP/1.1 200 OK\r\n" + received, ended=ended)
    except ValueError:
        return
    assert found is None or found[0].status == 200


def flooded() -> bytes:
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}'
    return b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def test_the_librarys_errors_come_of_it_and_none_carries_the_token() -> None:
    request = AiohttpRequest(read_seconds=0.01)
    await request.initialize()
    try:
        server = Server(flooded(), closes=True)
        async with serving(server):
            with pytest.raises(RetryAfter) as flood:
                await request.call(server.url, {})
            with pytest.raises(NetworkError) as broken:
                await request.call(server.url, {})
            server.closes = False
            with pytest.raises(TimedOut) as silent:
                await request.call(server.url, {})
        with pytest.raises(NotConnected) as gone:
            await request.call(server.url, {})
    finally:
        await request.shutdown()
    assert type(broken.value) is NetworkError
    assert not any("SECRET" in str(error.value) for error in (flood, broken, silent, gone))
