"""The whole of a page as a browser waits for it: the real server on loopback, one client, kept-alive."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from smsadmin.quickstart.supervisor import Program
from smsadmin.quickstart.waiting import wait_until

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(url: str, var: Path, settings: str = "") -> Iterator[int]:
    """The web server as `make run` starts it, over the database at ``url``; gives its port. ``settings`` is a module
    to use instead of ours."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "smsadmin.wsgi:application", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "2", "--blocking-threads", "2", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "3", "--no-ws"),
    ]
    log = var / "web.log"
    other = {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
    program = Program("web", command, log=log, env={**os.environ, "DATABASE_URL": url, **other})
    program.start()
    try:
        if not wait_until(lambda: answers(port), deadline=time.monotonic() + START_SECONDS, pause=0.1):
            raise RuntimeError(f"the web server did not start: see {log}")
        yield port
    finally:
        program.stop()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Browser:
    """One client over one connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}

    def seconds(self, path: str, times: int) -> list[float]:
        """How long each of so many requests took, to the last byte; two more come first to warm the two workers."""
        taken = [self._once(path) for _ in range(times + 2)]
        return taken[2:]

    def _once(self, path: str) -> float:
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answers {response.status}")
        return time.perf_counter() - begun

    def close(self) -> None:
        self.connection.close()
