"""Calls against a real server on this machine that behaves, and misbehaves, as servers do."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from logs.providers import http
from logs.providers.base import Answer, Call
from logs.providers.http import LONGEST_BODY, Lost, NotSent, call, new_client, shared_client
from tests.threads import at_once

SECRET = "hunter2hunter2"


class Peer:
    """A server of one behaviour: it is given each connection and what came in first, and counts them."""

    def __init__(self, behave: Callable[[socket.socket, bytes], None], context: ssl.SSLContext | None = None) -> None:
        self.behave, self.context = behave, context
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.sockets: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self.context else "http"
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            if self.over.is_set():
                connection.close()
                return
            self.sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        try:
            with self.context.wrap_socket(connection, server_side=True) if self.context else connection as peer:
                while request := _request(peer):
                    self.requests.append(request)
                    self.behave(peer, request)
        except OSError:  # the client went, as it should in half of these tests
            connection.close()

    def close(self) -> None:
        self.over.set()
        with socket.create_connection(self.listener.getsockname()):
            pass
        self.threads[0].join()
        self.listener.close()
        for connection in self.sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads[1:]:
            thread.join()


def _request(peer: socket.socket) -> bytes:
    """One request with its body, b"" at the end."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := peer.recv(65536)):
            return b""
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(behave: Callable[[socket.socket, bytes], None], context: ssl.SSLContext | None = None) -> Iterator[Peer]:
    peer = Peer(behave, context)
    try:
        yield peer
    finally:
        peer.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with new_client() as client:
        yield client


def answer(status: str, body: bytes = b"", *more: str) -> Callable[[socket.socket, bytes], None]:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return lambda peer, request: peer.sendall(head + body)


def reset(peer: socket.socket, request: bytes) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def say(words: bytes) -> Callable[[socket.socket, bytes], None]:
    def behave(peer: socket.socket, request: bytes) -> None:
        peer.sendall(words)
        peer.close()

    return behave


def a_call(peer: Peer, *, timeout: float = 10.0) -> Call:
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "text/plain"}
    return Call("POST", f"{peer.url}/send?key={SECRET}", headers, b"hello", timeout)


def test_an_answer_comes_back_with_its_status_body_and_headers_in_lower_case(client: httpx.Client) -> None:
    with serving(answer("201 Created", b'{"a": 1}', "X-Told: yes")) as peer:
        got = call(a_call(peer), client=client)
    assert isinstance(got, Answer)
    assert (got.status, got.body, got.headers["x-told"]) == (201, b'{"a": 1}', "yes")
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /send?key=hunter2hunter2 HTTP/1.1\r\n")
    assert b"Bearer hunter2hunter2" in head
    assert body == b"hello"


@pytest.mark.parametrize("status", ["302 Found", "400 Bad Request", "429 Too Many Requests", "503 Down"])
def test_every_status_is_an_answer_and_no_redirect_is_followed(client: httpx.Client, status: str) -> None:
    with serving(answer(status, b"x", "Location: /elsewhere")) as peer:
        got = call(a_call(peer), client=client)
    assert isinstance(got, Answer)
    assert got.status == int(status[:3])
    assert len(peer.requests) == 1


def test_connections_are_used_again_and_by_many_threads(client: httpx.Client) -> None:
    with serving(answer("200 OK", b"ok")) as peer:
        for _ in range(5):
            assert isinstance(call(a_call(peer), client=client), Answer)
        assert len(peer.sockets) == 1
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda _: call(a_call(peer), client=client), range(64)))
    assert all(isinstance(one, Answer) and one.body == b"ok" for one in got)
    assert len(peer.requests) == 69
    assert len(peer.sockets) <= 9


def test_cookies_of_one_account_are_not_shown_to_the_next(client: httpx.Client) -> None:
    with serving(answer("200 OK", b"", "Set-Cookie: session=mine")) as peer:
        call(a_call(peer), client=client)
        call(a_call(peer), client=client)
    assert len(peer.requests) == 2
    assert all(b"cookie" not in request.lower() for request in peer.requests)


def test_a_huge_answer_is_cut(client: httpx.Client) -> None:
    with serving(answer("200 OK", b"x" * (3 * LONGEST_BODY))) as peer:
        got = call(a_call(peer), client=client)
    assert isinstance(got, Answer)
    assert got.body == b"x" * LONGEST_BODY


def test_an_answer_without_end_is_lost(client: httpx.Client) -> None:
    def drip(peer: socket.socket, request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            peer.sendall(b"x")
            threading.Event().wait(0.02)

    with serving(drip) as peer:
        got = call(a_call(peer, timeout=0.3), client=client)
    assert got == Lost("127.0.0.1 did not answer in time")


def test_nobody_listening_is_surely_not_sent(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    got = call(Call("POST", f"http://127.0.0.1:{port}/?key={SECRET}", {}, b"hello"), client=client)
    assert got == NotSent("127.0.0.1 refused the connection")


def test_a_name_that_is_not_found_is_surely_not_sent(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*arguments: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    got = call(Call("POST", f"https://api.example.test/{SECRET}", {}, b"hello"), client=client)
    assert got == NotSent("the name api.example.test was not found")


def test_a_certificate_that_nobody_vouches_for_is_surely_not_sent(client: httpx.Client, tmp_path: Path) -> None:
    context = self_signed(tmp_path)
    with serving(answer("200 OK"), context) as peer:
        got = call(a_call(peer), client=client)
    assert isinstance(got, NotSent)
    assert got.why.startswith("the certificate of 127.0.0.1 does not hold: self")
    assert peer.requests == []


def test_a_server_without_tls_is_surely_not_sent(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: _say_at_once(listener, b"220 no TLS here\r\n"))
        thread.start()
        got = call(Call("POST", f"https://127.0.0.1:{listener.getsockname()[1]}/{SECRET}", {}, b"hello"), client=client)
        thread.join()
    assert got == NotSent("no TLS connection to 127.0.0.1")


def test_a_full_pool_is_surely_not_sent() -> None:
    asked, over = threading.Event(), threading.Event()

    def hold(peer: socket.socket, request: bytes) -> None:
        asked.set()
        over.wait(20)
        answer("200 OK")(peer, request)

    with (
        serving(hold) as peer,
        httpx.Client(limits=httpx.Limits(max_connections=1)) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(call, a_call(peer), client=client)
        asked.wait(20)
        second = call(a_call(peer, timeout=0.05), client=client)
        over.set()
        assert isinstance(first.result(), Answer)
    assert second == NotSent("too many calls were under way")
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "broken",
    [
        Call("POST", "ftp://127.0.0.1/", {}, b""),
        Call("POST", "http://127.0.0.1:port/", {}, b""),
        Call("POST", "/nowhere", {}, b""),
        Call("POST", "http://127.0.0.1/", {"Authorization": f"Bearer {SECRET}\r\nX: 1"}, b""),
        Call("POST", "http://127.0.0.1/", {"Authorization": f"Bearer é{SECRET}"}, b""),
        Call("PO ST", "http://127.0.0.1/", {}, b""),
    ],
)
def test_what_cannot_be_written_as_http_is_surely_not_sent(client: httpx.Client, broken: Call) -> None:
    with serving(answer("200 OK")) as peer:
        port = peer.url.rpartition(":")[2]
        url = broken.url.replace("http://127.0.0.1/", f"http://127.0.0.1:{port}/")
        got = call(Call(broken.method, url, broken.headers, broken.body), client=client)
    assert got == NotSent("the address or a header cannot be written as HTTP")
    assert peer.requests == []


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (reset, "the connection to 127.0.0.1 broke"),
        (say(b""), "127.0.0.1 closed the connection or did not answer in HTTP"),
        (say(b"SSH-2.0-OpenSSH\r\n"), "127.0.0.1 closed the connection or did not answer in HTTP"),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"), "127.0.0.1 closed the connection"),
        (say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz"), "the connection to"),
    ],
    ids=["reset", "closed", "not-http", "half", "not-gzip"],
)
def test_a_broken_answer_is_lost(
    client: httpx.Client, behave: Callable[[socket.socket, bytes], None], why: str
) -> None:
    with serving(behave) as peer:
        got = call(a_call(peer), client=client)
    assert isinstance(got, Lost)
    assert got.why.startswith(why)
    assert len(peer.requests) == 1


def test_a_server_that_says_nothing_is_lost(client: httpx.Client) -> None:
    over = threading.Event()
    with serving(lambda peer, request: over.wait(20) and None) as peer:
        got = call(a_call(peer, timeout=0.1), client=client)
        over.set()
    assert got == Lost("127.0.0.1 did not answer in time")
    assert len(peer.requests) == 1


def test_no_secret_is_told_or_logged(caplog: pytest.LogCaptureFixture, client: httpx.Client) -> None:
    shared_client()
    caplog.set_level(logging.DEBUG)
    with serving(reset) as peer, serving(answer("200 OK")) as other:
        told = [call(a_call(peer), client=client), call(a_call(other), client=client)]
    assert SECRET not in f"{told}"
    assert SECRET not in caplog.text


def test_a_process_has_one_pool() -> None:
    with serving(answer("200 OK")) as peer:
        assert isinstance(call(a_call(peer)), Answer)
        http.close_shared_client()
        first, second = at_once(shared_client, shared_client)
        assert first is second
        http.close_shared_client()


def _say_at_once(listener: socket.socket, words: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(words)
        connection.recv(65536)


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "peer.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
