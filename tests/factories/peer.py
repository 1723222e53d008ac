"""A provider that tests command: a real server on loopback, and its adapter.

Registered by the fixture `peer` under the name "peer" while a test has it.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from logs.providers.base import (
    Adapter,
    Answer,
    Call,
    CannotSay,
    Contract,
    Finding,
    Found,
    NotFound,
    Outgoing,
    Part,
    Refused,
    Submission,
    Taken,
    Unsure,
)
from logs.providers.events import Heard
from logs.statuses import Outcome, Reason, Stage, State

RESET, HANG_UP = "reset", "hang up"  # before, and after the message was taken
Behaviour = Callable[[dict[str, Any]], Any]


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed are what some tests are about."""


class Peer:
    """``got`` are the submissions that reached it, ``taken`` those that it took: our reference → its id.
    ``behave`` answers a submission: (status, document), RESET or HANG_UP."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.taken: dict[str, str] = {}
        self.takes: Counter[str] = Counter()
        self.behave: Behaviour = self.take
        self.find: Callable[[str], tuple[int, dict[str, Any]]] = self.known
        self.numbers = count(1)
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Peer:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def take(self, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.takes[document["reference"]] += 1
            name = self.taken.setdefault(document["reference"], f"P-{next(self.numbers)}")
        return 202, {"id": name}

    def known(self, reference: str) -> tuple[int, dict[str, Any]]:
        name = self.taken.get(reference)
        return (200, {"id": name, "status": "accepted"}) if name else (404, {})

    @property
    def by_key(self) -> Counter[str]:
        """How many submissions came by each provider account (its key)."""
        return Counter(document["key"] for document in self.got)


def handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with peer.lock:
                peer.got.append(document)
            self.answer(peer.behave(document))

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            with peer.lock:
                peer.asked.append(name)
            self.answer(peer.find(name))

        def answer(self, made: Any) -> None:
            if made in (RESET, HANG_UP):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            body = json.dumps(made[1]).encode()
            self.send_response(made[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def refused(reason: Reason, **more: Any) -> Behaviour:
    return lambda _document: (400, {"reason": reason.slug, **more})


def once(first: Any, then: Behaviour) -> Behaviour:
    """The first try of each message is answered so, later ones by ``then``."""
    seen: set[str] = set()

    def behave(document: dict[str, Any]) -> Any:
        if document["reference"] in seen:
            return then(document)
        seen.add(document["reference"])
        return first(document) if callable(first) else first

    return behave


class PeerAdapter(Adapter):
    name = "peer"
    label = "Peer"
    can_query = True
    can_find = True  # by our reference
    idempotent = False

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        document = {"reference": str(outgoing.id), "to": outgoing.to, "key": contract["key"], "sender": outgoing.sender}
        return Call("POST", contract["url"] + "/send", body=json.dumps(document).encode(), timeout=5.0,
                    idempotent=self.idempotent)  # fmt: skip

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        document = json.loads(answer.body)
        if answer.status == 202:
            return Taken((heard("accepted", outgoing, document["id"]),), (Part(document["id"]),))
        if answer.status == 400:
            state = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.from_slug(document["reason"]))
            after = timedelta(seconds=document["after"]) if "after" in document else None
            return Refused(heard(document["reason"], outgoing)._replace(state=state), after)
        return Unsure(f"answered {answer.status}")

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        if not provider_message_id and not self.can_find:
            return None
        return Call("GET", f"{contract['url']}/{outgoing.id}", timeout=5.0, idempotent=True)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        if answer.status == 404:
            return NotFound(certain=True)
        if answer.status == 410:
            return NotFound()
        if answer.status != 200:
            return CannotSay(f"answered {answer.status}")
        document = json.loads(answer.body)
        return Found((heard(document["status"], outgoing, document["id"]),), (Part(document["id"]),))


STATES = {
    "accepted": State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING),
    "delivered": State.of(Stage.HANDSET, Outcome.DELIVERED),
}


def heard(status: str, outgoing: Outgoing, name: str = "") -> Heard:
    state = STATES.get(status, STATES["accepted"])
    return Heard("peer", state, name, reference=str(outgoing.id), recipient=outgoing.to, raw_status=status)


ADAPTER = PeerAdapter()
