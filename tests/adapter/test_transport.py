"""HTTP to the Bot API. What is known of a request that failed decides whether an invite may be sent again."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Self

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from telegram import InputFile
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.adapter import transport
from bot.adapter.transport import HttpRequest, NotConnected

A_MOMENT = 0.2


class OtherSide:
    """A server that does with each request what its method says, and remembers all that came."""

    def __init__(self, secure: ssl.SSLContext | None = None) -> None:
        self.secure = secure
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._served: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.secure)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for each in self._served:
            each.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it is."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/bot1:secret"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        served = asyncio.current_task()
        assert served is not None
        self._served.add(served)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            self._served.discard(served)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(int(fields.get(b"content-length", b"0"))))
        does = head.split()[1].rpartition(b"/")[2]
        if does == b"reset":
            peer: socket.socket = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.write(ANSWERS.get(does, ANSWERED))
        if does.endswith(b"silent"):
            await reader.read()  # until whoever asked has gone
        return does not in ANSWERS or does == b"elsewhere"


DONE = orjson.dumps({"ok": True, "result": {"message_id": 5}})
ANSWERED = b"HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 01:00:00 GMT\r\nContent-Length: %d\r\n\r\n" % len(DONE) + DONE
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + DONE
ANSWERS = {
    b"cut": b"",
    b"reset": b"",
    b"silent": b"",
    b"half": HALF,
    b"half-silent": HALF,
    b"elsewhere": b"HTTP/1.1 302 Found\r\nLocation: /done\r\nContent-Length: 0\r\n\r\n",
}


@pytest.fixture
async def other_side() -> AsyncIterator[OtherSide]:
    async with OtherSide() as other_side:
        yield other_side


@pytest.fixture
async def request_() -> AsyncIterator[HttpRequest]:
    request = HttpRequest(read_seconds=A_MOMENT)
    await request.initialize()
    yield request
    await request.shutdown()


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def nobody_takes_it() -> Iterator[int]:
    """A port at which connections wait until there is no more room to wait."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


async def test_a_call_is_one_json_object_and_its_result_comes_back(
    request_: HttpRequest, other_side: OtherSide
) -> None:
    assert await request_.call(f"{other_side.url}/sendMessage", {"chat_id": 7, "text": "é"}) == {"message_id": 5}
    assert b"content-type: application/json\r\n" in other_side.heads[0].lower()
    assert orjson.loads(other_side.bodies[0]) == {"chat_id": 7, "text": "é"}
    assert request_.calls.answers == {("sendMessage", "200"): 1}


async def test_calls_share_a_connection(request_: HttpRequest, other_side: OtherSide) -> None:
    for _ in range(3):
        await request_.call(f"{other_side.url}/getMe", {})
    assert (len(other_side.heads), other_side.connections) == (3, 1)


async def test_a_file_goes_with_its_name(request_: HttpRequest, other_side: OtherSide) -> None:
    file = InputFile(b"%PDF-", filename="receipt é.pdf", attach=True)
    values = {"chat_id": 7, "document": file}
    data = RequestData([RequestParameter.from_input(name, value) for name, value in values.items()])
    assert await request_.post(f"{other_side.url}/sendDocument", data) == {"message_id": 5}
    assert b"multipart/form-data" in other_side.heads[0]
    assert b"%PDF-" in other_side.bodies[0]


@pytest.mark.parametrize("port_of", [nobody_listens, nobody_takes_it], ids=["refused", "full"])
async def test_what_found_no_connection_never_left(port_of: object, monkeypatch: pytest.MonkeyPatch) -> None:
    if port_of is nobody_takes_it and not sys.platform.startswith("linux"):
        pytest.skip("how many wait is told to Linux alone")
    monkeypatch.setattr(transport, "_CONNECT_SECONDS", A_MOMENT)
    request = HttpRequest()
    await request.initialize()
    with port_of() as port, pytest.raises(NotConnected):  # type: ignore[operator]  # one of the two above
        await request.call(f"http://127.0.0.1:{port}/bot1:secret/sendMessage", {})
    await request.shutdown()
    assert request.calls.answers == {("sendMessage", "not connected"): 1}


async def test_a_name_that_nobody_knows_was_not_connected_to(request_: HttpRequest) -> None:
    with pytest.raises(NotConnected):
        await request_.call("http://nobody.invalid/bot1:secret/sendMessage", {}, read_seconds=30)


@pytest.mark.parametrize("used", [False, True], ids=["new connection", "used connection"])
@pytest.mark.parametrize("fault", ["cut", "reset", "half", "silent", "half-silent"])
async def test_what_may_have_arrived_is_not_taken_for_unsent_nor_sent_again(
    request_: HttpRequest, other_side: OtherSide, fault: str, *, used: bool
) -> None:
    if used:
        await request_.call(f"{other_side.url}/getMe", {})
    with pytest.raises(NetworkError) as failed:
        await request_.call(f"{other_side.url}/{fault}", {})
    assert not isinstance(failed.value, NotConnected)
    assert isinstance(failed.value, TimedOut) == ("silent" in fault)
    assert len(other_side.heads) == 1 + used
    assert request_.calls.answers[fault, "timeout" if "silent" in fault else "cut"] == 1


async def test_what_waits_for_a_connection_until_its_time_is_over_never_left(other_side: OtherSide) -> None:
    request = HttpRequest(connections=1)
    await request.initialize()
    first = asyncio.create_task(request.call(f"{other_side.url}/silent", {}, read_seconds=30))
    while not other_side.heads:  # noqa: ASYNC110  # the server tells nobody
        await asyncio.sleep(0.01)
    with pytest.raises(NotConnected):
        await request.call(f"{other_side.url}/sendMessage", {}, read_seconds=A_MOMENT)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await request.shutdown()
    assert len(other_side.heads) == 1


async def test_no_error_tells_the_token(request_: HttpRequest, other_side: OtherSide) -> None:
    for method in ("cut", "silent", "elsewhere"):
        with pytest.raises(Exception) as failed:  # noqa: PT011  # whichever
            await request_.call(f"{other_side.url}/{method}", {})
        assert "secret" not in repr(failed.value)
        assert failed.value.__suppress_context__ or failed.value.__context__ is None


async def test_nobody_is_followed_elsewhere(request_: HttpRequest, other_side: OtherSide) -> None:
    """What is sent to Telegram goes nowhere else, whoever answers in its place."""
    with pytest.raises(NetworkError):
        await request_.call(f"{other_side.url}/elsewhere", {})
    assert len(other_side.heads) == 1


async def test_a_proxy_is_asked_where_there_is_one(other_side: OtherSide) -> None:
    proxy = other_side.url.replace("/bot1:secret", "").replace("//", "//amira:word@")
    request = HttpRequest(proxy=proxy)
    await request.initialize()
    await request.call("http://nobody.invalid/bot1:secret/getMe", {})
    await request.shutdown()
    assert other_side.heads[0].startswith(b"POST http://nobody.invalid/bot1:secret/getMe HTTP/1.1\r\n")
    assert b"proxy-authorization: basic " in other_side.heads[0].lower()


async def test_no_proxy_is_taken_from_the_environment(other_side: OtherSide, monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody_listens() as port:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        request = HttpRequest()
        await request.initialize()
        assert await request.call(f"{other_side.url}/getMe", {}) == {"message_id": 5}
        await request.shutdown()


async def test_the_other_side_s_clock_is_read_from_any_answer(request_: HttpRequest, other_side: OtherSide) -> None:
    assert await request_.date(f"{other_side.url}/getMe") == "Fri, 27 Nov 2026 01:00:00 GMT"
    with nobody_listens() as port, pytest.raises(NotConnected):
        await request_.date(f"http://127.0.0.1:{port}/bot1:secret/getMe")


async def test_only_who_is_vouched_for_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As certificates of this machine say, or those that SSL_CERT_FILE names: a Bot API server of one's own."""
    authority, secure = vouched_for(tmp_path)
    async with OtherSide(secure) as other_side:
        url = f"{other_side.url.replace('http', 'https', 1)}/getMe"
        request = HttpRequest()
        await request.initialize()
        with pytest.raises(NotConnected):
            await request.call(url, {})
        await request.shutdown()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        request = HttpRequest()
        await request.initialize()
        assert await request.call(url, {}) == {"message_id": 5}
        await request.shutdown()


def vouched_for(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The certificate of an authority of its own, and a server on this machine that it vouches for."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ours = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])
    now = dt.datetime.now(dt.UTC)

    def begin(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(ours, name, public, x509.random_serial_number())
        return made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))

    authority = begin(ours, authority_key.public_key())
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    server = begin(x509.Name([]), key.public_key()).add_extension(here, critical=True)
    paths = folder / "authority.pem", folder / "server.pem", folder / "server.key"
    for path, certificate in zip(paths, (authority, server), strict=False):
        path.write_bytes(certificate.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[2].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(paths[1], paths[2])
    return paths[0], secure
