"""The folder ``var/`` of this clone: who runs on it, its secret, its room, its port."""

import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from smsadmin.quickstart.children import Trouble

ROOM = 300 * 1024**2
"""Bytes that a first start and the demo need, with some to spare."""

DEMO_SECRET_PREFIX = "demo-"
"""A key that starts so is refused with DEBUG off: this file may have been copied around with the folder."""

SECONDS_FOR_A_DYING_RUN = 2.0
SECONDS_FOR_A_STOPPING_RUN = 60.0


class Claim:
    """The right to run on a folder: a file lock, which the kernel gives back whatever becomes of its holder."""

    def __init__(self, var: Path, address: str) -> None:
        self.path = var / "run.lock"
        self.address = address
        self.file: IO[str] | None = None

    def take(self) -> None:
        file = self.path.open("a+")
        begun = time.monotonic()
        while not _lock(file):
            holder = self._holder()
            patience = SECONDS_FOR_A_STOPPING_RUN if holder.get("stopping") else SECONDS_FOR_A_DYING_RUN
            if time.monotonic() - begun > patience:
                file.close()
                raise Trouble(_already_running(holder))
            time.sleep(0.1)
        self.file = file
        self._write(stopping=False)

    def stopping(self) -> None:
        """Tell the next start that it is worth waiting a moment."""
        self._write(stopping=True)

    def release(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def _write(self, *, stopping: bool) -> None:
        if self.file is None:
            return
        self.file.seek(0)
        self.file.truncate()
        json.dump({"pid": os.getpid(), "address": self.address, "stopping": stopping}, self.file)
        self.file.flush()

    def _holder(self) -> dict[str, Any]:
        try:
            holder: dict[str, Any] = json.loads(self.path.read_text())
        except ValueError:  # it is writing just now
            return {}
        return holder


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _already_running(holder: dict[str, Any]) -> str:
    return (
        f"smsadmin runs from this folder already: process {holder.get('pid', '?')}, {holder.get('address', '')}\n"
        "Open that address, or stop it first (Ctrl-C in its window)."
    )


def secret_key(var: Path) -> str:
    """Made once and kept, so that people stay signed in over a restart."""
    path = var / "secret_key"
    if not path.exists() or not path.read_text().strip():
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(DEMO_SECRET_PREFIX + secrets.token_urlsafe(48) + "\n")
        new.rename(path)
    return path.read_text().strip()


def simulator_credentials(secret: str) -> dict[str, str]:
    """The key of the embedded simulator and what it signs with; they follow from SECRET_KEY, so that nothing more must
    be kept."""
    names = ("SIMULATOR_KEY", "SIMULATOR_SECRET")
    return {name: hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest() for name in names}


def check_room(var: Path) -> None:
    free = shutil.disk_usage(var).free
    if free < ROOM:
        raise Trouble(
            f"The disk that holds {var} is full: {free // 1024**2} MB are free, and {ROOM // 1024**2} MB are needed. "
            "Make room there, or set SMSADMIN_VAR to a folder on another disk."
        )


def parse_port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} is no port. Choose a number from 1024 to 65535: make run PORT=8001")
    return int(text)


def free_port(wanted: int) -> int:
    """``wanted`` if nothing listens there, else one that the kernel chooses."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Trouble("No port is free on this machine.")


def check_port(port: int) -> None:
    """Trouble unless we could listen there. Without SO_REUSEPORT, with which two servers would share it unnoticed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(_why_not(port, error)) from None


def _why_not(port: int, error: OSError) -> str:
    other = f"make run PORT={port + 1 if 1024 <= port < 65535 else 8001}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken{_by_whom(port)}. Stop that program, or choose another port: {other}"
    if error.errno == errno.EACCES:
        return f"Port {port} is for the system's own services. Choose one above 1023: {other}"
    return f"Port {port} cannot be used ({error.strerror}). Choose another port: {other}"


def _by_whom(port: int) -> str:
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
