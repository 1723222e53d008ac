"""The simulator as a real process, and a place that its callbacks go to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from logs.providers.base import Answer, Contract, Incoming, Outgoing
from logs.providers.http import call
from logs.providers.simulator.adapter import ADAPTER
from smsadmin.quickstart.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
KEY, SECRET = "a-key", "a-secret"


class Simulator:
    """One process over one folder, on a free port that it keeps when it is started again."""

    def __init__(self, state: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.command = [sys.executable, "-m", "logs.providers.simulator", "--port", str(self.port)]
        self.command += ["--state", str(state), *options]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(20) == 0

    def start(self) -> None:
        env = {**os.environ, "SIMULATOR_KEY": KEY, "SIMULATOR_SECRET": SECRET}
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=env)
        assert wait_until(self._answers, deadline=time.monotonic() + 30, pause=0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)
        self.process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def contract(self, hook_url: str) -> Contract:
        return Contract({"base_url": self.url}, {"key": KEY, "secret": SECRET}, hook_url, b"")

    def submit(self, outgoing: Outgoing, hook_url: str = "") -> Any:
        """What the adapter makes of the answer, or what logs.providers.http says where there was none."""
        contract = self.contract(hook_url)
        answer = call(ADAPTER.submit(outgoing, contract))
        return ADAPTER.submitted(answer, outgoing, contract) if isinstance(answer, Answer) else answer

    def query(self, outgoing: Outgoing, identity: str = "") -> Any:
        contract = self.contract("")
        question = ADAPTER.query(identity, outgoing, contract)
        assert question is not None
        answer = call(question)
        assert isinstance(answer, Answer)
        return ADAPTER.queried(answer, identity, outgoing, contract)


class Sink:
    """Takes callbacks; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.status = 200
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/simulator/token"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Sink:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(incoming.body) for incoming in list(self.got)]

    def wait(self, condition: Callable[[], bool]) -> None:
        assert wait_until(condition, deadline=time.monotonic() + 30, pause=0.02), [i.body for i in self.got]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        self.wait(lambda: len(self.got) >= count)
        return self.documents()

    def _handler(sink) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.got.append(Incoming("POST", sink.url, "", b"", headers, body))
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
