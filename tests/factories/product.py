"""The whole product as `make run` starts it, in a folder of its own, with a simulator that delivers at once.

For tests that take its parts away. The test process has a database of its own: what happened here is asked for by SQL.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from smsadmin.quickstart import sockets
from smsadmin.quickstart.children import last_lines
from smsadmin.quickstart.postgres import USER
from smsadmin.quickstart.waiting import wait_until
from tests.factories.simulator import KEY, ROOT, SECRET, Simulator

OWN = {"DATABASE_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS", "MAKELEVEL", "SIMULATOR_URL", "HOOK_MAX_BYTES"}
PATIENCE, START = 240.0, 400.0  # seconds, on a crowded machine
PARTS = {  # by a word of the command line
    "web": "granian",
    "pipeline": "pipeline@%h",
    "broker": "valkey-server",
    "database": "postgres",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


class Product:
    def __init__(self, folder: Path, **more: str) -> None:
        self.var = folder / "var"
        self.log = folder / "supervisor.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator = Simulator(folder / "simulator", "--odds", "delivered")
        self.more = more
        self.process: subprocess.Popen[bytes] | None = None
        self.ending = ExitStack()

    def __enter__(self) -> Product:
        with ExitStack() as started:
            started.enter_context(self.simulator)
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "smsadmin.quickstart"], cwd=ROOT, env=self.env, stdout=log, stderr=log
                )
            started.callback(self.stop)
            self.wait(lambda: b"\nReady after" in self.log.read_bytes(), "it does not start", START)
            self.ending = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.close()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        own = {"SMSADMIN_VAR": str(self.var), "PORT": str(self.port), "DEMO": "0", "PUBLIC_URL": self.url, "DEBUG": "1",
               "SECRET_KEY": "demo-for-tests-that-take-parts-away", "SIMULATOR_URL": self.simulator.url,
               "SIMULATOR_KEY": KEY, "SIMULATOR_SECRET": SECRET, "PYTHONUNBUFFERED": "1"}  # fmt: skip
        return {**kept, **own, **self.more}

    @property
    def database_url(self) -> str:
        folder = sockets.folder(self.var / "postgres-socket")
        return f"postgresql://{USER}@/smsadmin?host={folder}"

    # ---- asking

    def rows(self, query: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def wait(self, condition: Callable[[], object], what: str = "", patience: float = PATIENCE) -> None:
        """A database that is away is no answer yet."""

        def holds() -> bool:
            assert self.process is None or self.process.poll() is None, last_lines(self.log, 40)
            with suppress(psycopg.OperationalError):
                return bool(condition())
            return False

        held = wait_until(holds, deadline=time.monotonic() + patience, pause=0.02)
        logs = [last_lines(log, 15) for log in sorted((self.var / "log").glob("*.log"))]
        assert held, "\n".join([what, last_lines(self.log, 20), *logs])

    def tell(self, module: str, given: Mapping[str, Any] | None = None) -> Any:
        """Run a program of ours beside it; what it prints last is JSON."""
        env = {**self.env, "DATABASE_URL": self.database_url, "DJANGO_SETTINGS_MODULE": "smsadmin.settings"}
        done = subprocess.run(
            [sys.executable, "-m", module], input=json.dumps(given), capture_output=True, text=True, cwd=ROOT, env=env,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    # ---- taking away

    def part(self, name: str) -> psutil.Process:
        """The child of the supervisor that is this part."""
        assert self.process is not None
        (found,) = [child for child in psutil.Process(self.process.pid).children() if is_part(child, name)]
        return found

    def kill(self, name: str) -> None:
        """kill -9 of a part, with its children; PostgreSQL's see for themselves that it has gone."""
        process = self.part(name)
        children = [] if name == "database" else process.children(recursive=True)
        for one in [process, *children]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(children, timeout=20)
        self.wait(lambda: process not in self.children(), f"{name} is still there")

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return [c for c in psutil.Process(self.process.pid).children() if c.status() != psutil.STATUS_ZOMBIE]


def is_part(process: psutil.Process, name: str) -> bool:
    with suppress(psutil.Error):
        return PARTS[name] in " ".join(process.cmdline())
    return False
