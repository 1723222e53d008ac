"""What only the real web server shows: bytes that are no text in an address, and bodies that are far too large."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from logs import credentials, inbox
from logs.models import Callback, Message, ProviderAccount, RefusedCallback, Reply
from tests.benchmarks.web import server
from tests.factories.accounts import make_account
from tests.factories.callbacks import LATER
from tests.factories.sending import make_key, make_sms_user
from tests.fixtures.databases import address

pytestmark = pytest.mark.django_db(transaction=True)

MB = 1024**2
SECRET_WORDS = b"a-word-that-no-log-may-hold"
ROUNDS = 5  # of four bodies, before and after the first look at the memory
GROWTH = 40 * MB  # of both web processes together: of 200 MB that were sent nothing stays


@dataclass
class Web:
    port: int
    folder: Path
    processes: list[psutil.Process] = field(default_factory=list)

    def get(self, path: bytes) -> bytes:
        """With the bytes of the address as they are, which no client library would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            with suppress(ConnectionError):
                return line.recv(65536)
        return b""

    def post(self, path: str, body: Any, *, chunked: bool = False, **headers: str) -> tuple[int, bytes]:
        """``body``: bytes, or pieces for ``chunked``. A server may answer and close before it has read everything."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                line.request("POST", path, body, headers, encode_chunked=chunked)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def memory(self) -> int:
        return sum(process.memory_info().rss for process in self.processes)

    def log(self) -> bytes:
        return (self.folder / "web.log").read_bytes()


@contextmanager
def serving(folder: Path) -> Iterator[Web]:
    with server(address(connection.settings_dict["NAME"]), folder) as port:
        mine = psutil.Process().children()
        (main,) = [one for one in mine if str(port) in one.cmdline() and "granian" in one.cmdline()[2]]
        yield Web(port, folder, main.children(recursive=True))


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path) as running:
        yield running


def make_kannel() -> ProviderAccount:
    return ProviderAccount.objects.create(
        account=make_account(), provider="kannel", name="Kannel", enabled=True, secrets=credentials.seal({})
    )


def path_of(by: ProviderAccount, rest: str = "") -> str:
    return f"/hooks/{by.provider}/{by.hook_token}{rest}"


@pytest.mark.parametrize(
    ("charset", "text"),
    [("ISO-8859-1", b"Gr%FC%dfe+%A3%ff"), ("UTF-8", "Grüße+£ÿ".encode())],
    ids=["escaped latin", "raw utf-8"],
)
def test_bytes_in_the_query_of_a_callback_are_kept_as_they_came(web: Web, charset: str, text: bytes) -> None:
    by = make_kannel()
    query = b"from=%2B447700900142&to=60777&id=r1&charset=" + charset.encode() + b"&text=" + text
    assert web.get(path_of(by, "/reply?").encode() + query).startswith(b"HTTP/1.1 200 ")
    assert bytes(Callback.objects.get().query) == query
    inbox.drain(at=LATER)
    assert Reply.objects.get().body == "Grüße £ÿ"


def test_an_address_that_is_no_text_is_refused_by_the_server_itself(web: Web) -> None:
    """RFC 3986 knows ASCII only; granian takes UTF-8 besides. No gateway that we know sends anything else raw."""
    by = make_kannel()
    path = path_of(by, "/reply?").encode()
    assert web.get(path + b"from=1&text=Gr\xfc\xdfe\xff").startswith(b"HTTP/1.1 400 ")
    assert web.get(path + b"from=%2B447700900142&text=Hello").startswith(b"HTTP/1.1 200 "), "the server goes on"
    assert Callback.objects.count() == 1


@pytest.mark.slow
def test_bodies_of_ten_megabytes_are_refused_and_not_kept_in_memory(web: Web) -> None:
    """To a hook and to the API, with a length and in chunks."""
    by = make_kannel()
    caller = {"Authorization": f"Bearer {make_key(make_sms_user(by.account))}", "Content-Type": "application/json"}
    body = json.dumps({"to": "+447700900142", "text": SECRET_WORDS.decode() + "x" * 10 * MB}).encode()
    doors: list[tuple[str, dict[str, str]]] = [(path_of(by, "/reply"), {}), ("/api/v1/messages", caller)]

    def once() -> None:
        for path, headers in doors:
            status, answer = web.post(path, body, **headers)
            assert status == 413, (path, status, answer[:200])
            pieces = (body[n : n + 65536] for n in range(0, len(body), 65536))
            status, answer = web.post(path, pieces, chunked=True, **{**headers, "Transfer-Encoding": "chunked"})
            assert status == 413, (path, status, answer[:200])

    for _ in range(ROUNDS):
        once()
    before = web.memory()
    for _ in range(ROUNDS):
        once()
    assert web.memory() < before + GROWTH
    assert SECRET_WORDS not in web.log()
    assert not Message.objects.exists()
    assert not Callback.objects.exists()
    kept = RefusedCallback.objects.values_list("request", flat=True)
    assert kept
    assert max(len(request) for request in kept) < 1000, "nothing of a body that was not read"
    assert web.post("/api/v1/messages", b"{}", **caller)[0] in (400, 422), "the server goes on"


def test_what_is_too_large_is_said_in_a_sentence(web: Web) -> None:
    caller = {"Authorization": f"Bearer {make_key(make_sms_user(make_account()))}", "Content-Type": "application/json"}
    status, answer = web.post("/api/v1/messages", b"[" + b" " * 10 * MB + b"]", **caller)
    assert status == 413
    assert json.loads(answer) == {"error": {"field": "", "reason": "The request is larger than 8 MB."}}


def test_the_api_reads_a_body_that_comes_in_chunks(web: Web) -> None:
    account = make_account()
    caller = {"Authorization": f"Bearer {make_key(make_sms_user(account))}", "Content-Type": "application/json"}
    body = json.dumps({"to": "+447700900142", "text": "Your table is booked.", "source": "app-login"}).encode()
    status, answer = web.post("/api/v1/messages", iter([body[:20], body[20:]]), chunked=True,
                              **{**caller, "Transfer-Encoding": "chunked"})  # fmt: skip
    assert (status, Message.objects.of(account).count()) == (202, 1), answer
    nothing = web.post("/api/v1/messages", iter([]), chunked=True, **{**caller, "Transfer-Encoding": "chunked"})
    assert nothing[0] == 400
