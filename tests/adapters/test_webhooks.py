"""The guard against addresses that are nobody's business, on real sockets: names that change their mind included."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.adapters import webhooks
from app.adapters.webhooks import MOST_READ, Answered, Line, resolve
from app.domain.webhooks import Allowed
from tests.receiver import Receiver, Reply, receiving

pytestmark = pytest.mark.anyio
LOOPBACK = Allowed(["127.0.0.0/8"])
PUBLIC = "93.184.215.14"


class Dialled(httpcore.AsyncNetworkBackend):
    """Remembers where connections go, and makes them on the loopback instead."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, *rest: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        return await self._inner.connect_tcp("127.0.0.1", *rest, **more)


def names(*answers: list[str]) -> Any:
    """A resolver that says something else each time."""
    left = list(answers)

    async def look_up(_host: str, _port: int) -> list[str]:
        return left.pop(0)

    return look_up


async def send(line: Line, body: bytes = b"{}", **more: Any) -> Answered:
    try:
        return await line.post(body, {"x-test": "1"}, **more)
    finally:
        await line.close()


async def test_an_allowed_address_is_reached_over_one_connection() -> None:
    async with receiving() as receiver:
        line = Line(receiver.url, LOOPBACK)
        for _ in range(3):
            assert await line.post(b'{"a":1}', {"x-test": "1"}) == Answered(204)
        await line.close()
    assert receiver.connections == 1
    assert [got.body for got in receiver.got] == [b'{"a":1}'] * 3
    assert receiver.got[0].headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_what_is_not_allowed_is_never_connected_to(host: str) -> None:
    async with receiving() as receiver:
        assert await send(Line(f"http://{host}:{receiver.port}/", Allowed())) == Answered(error="address_refused")
        assert receiver.connections == 0


async def test_a_name_that_changes_between_look_up_and_connection_gains_nothing() -> None:
    """There is one look-up: what it says is looked at and connected to. The next connection looks again."""
    dialled = Dialled()
    async with receiving() as receiver:
        url = f"http://rebinding.example:{receiver.port}/"
        look_up = names([PUBLIC], ["127.0.0.1"], ["10.0.0.1"])
        line = Line(url, Allowed(), resolver=look_up, inner=dialled)
        receiver.replies = [Reply(200, {"Connection": "close"})]
        assert await line.post(b"{}", {}) == Answered(200)
        assert dialled.addresses == [PUBLIC], "the very address that was looked at"
        assert await line.post(b"{}", {}) == Answered(error="address_refused")
        assert await line.post(b"{}", {}) == Answered(error="address_refused")
        await line.close()
    assert dialled.addresses == [PUBLIC]
    assert receiver.connections == 1


async def test_one_bad_address_among_good_ones_refuses_them_all() -> None:
    dialled = Dialled()
    line = Line("http://mixed.example/", Allowed(), resolver=names([PUBLIC, "::1"]), inner=dialled)
    assert await send(line) == Answered(error="address_refused")
    assert dialled.addresses == []


async def test_names_that_lead_nowhere() -> None:
    async def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    for look_up in (nowhere, names([])):
        line = Line("http://nowhere.example/", Allowed(), resolver=look_up)
        assert await send(line) == Answered(error="name_unresolved")
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]


async def test_redirects_are_answers_and_are_not_followed() -> None:
    async with receiving() as secret, receiving() as receiver:
        receiver.replies = [Reply(302, {"Location": secret.url})]
        assert await send(Line(receiver.url, LOOPBACK)) == Answered(302)
        assert (len(receiver.got), secret.connections) == (1, 0)


async def test_slow_receivers_are_left() -> None:
    never = asyncio.Event()
    async with receiving() as receiver:
        receiver.replies = [Reply(hold=never)]
        line = Line(receiver.url, LOOPBACK)
        assert await send(line, attempt_s=0.05) == Answered(error="timeout")


async def test_little_is_read_of_an_answer() -> None:
    async with receiving() as receiver:
        receiver.replies = [Reply(200, body=b"x" * MOST_READ * 40), Reply(503, {"Retry-After": "7"})]
        line = Line(receiver.url, LOOPBACK)
        assert await line.post(b"{}", {}) == Answered(200)
        assert await send(line) == Answered(503, "7")
    assert receiver.connections == 2, "a connection with more to say is not used again"


async def test_nobody_there_and_nobody_who_speaks_http() -> None:
    async with receiving() as receiver:
        gone = receiver.url
    assert await send(Line(gone, LOOPBACK)) == Answered(error="unreachable")

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await send(Line(f"http://127.0.0.1:{port}/", LOOPBACK)) == Answered(error="connection_lost")
    server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server for `receiver.example`, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())


async def test_tls_goes_by_the_name_not_by_the_address(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, trust = certificate
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with receiving(server) as receiver:

        def line(host: str, context: ssl.SSLContext | None) -> Line:
            url = f"https://{host}:{receiver.port}/x"
            return Line(url, LOOPBACK, resolver=names(["127.0.0.1"]), trust=context)

        assert await send(line("receiver.example", trust)) == Answered(204)
        assert await send(line("another.example", trust)) == Answered(error="tls")
        assert await send(line("receiver.example", None)) == Answered(error="tls"), "nobody we trust has signed it"
    assert asked == ["receiver.example", "another.example", "receiver.example"]
    assert [got.headers["host"] for got in receiver.got] == [f"receiver.example:{receiver.port}"]


async def test_ordinary_trust_is_that_of_the_public_authorities() -> None:
    context = webhooks._trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_an_address_in_ipv6_is_one_too() -> None:
    assert ipaddress.ip_address("::1") in ipaddress.ip_network("::1/128")
    line = Line("http://[::1]:9/", Allowed())
    assert await send(line) == Answered(error="address_refused")


def test_a_receiver_names_itself() -> None:
    assert Receiver(port=1).url == "http://127.0.0.1:1/hook"
