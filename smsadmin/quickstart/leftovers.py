"""Processes of an earlier run that outlived it, found by number *and* time of start, never by name alone.

On Linux the kernel ends them with their parent; this is for what it cannot reach: the grandchildren of a killed
server, and other systems.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "SMSADMIN_RUN"
"""In the environment of everything that we start: the folder that it runs on."""


class Register:
    """``var/run/processes.json``: group number → time of start, of every child of the present run."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.path = var / "processes.json"

    def add(self, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            self._write({**self._read(), str(pid): psutil.Process(pid).create_time()})

    def end_leftovers(self) -> int:
        """End what still runs of an earlier run on this folder; how many processes that were."""
        found = list(self._leftovers(self._read()))
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(found, timeout=3)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=3)
        self._write({})
        return len(found)

    def _leftovers(self, groups: dict[str, float]) -> Iterator[psutil.Process]:
        for process in psutil.process_iter() if groups else ():
            with suppress(psutil.Error, ProcessLookupError):
                group = str(os.getpgid(process.pid))
                if group in groups and self._is_ours(process, groups[group]):
                    yield process

    def _is_ours(self, process: psutil.Process, started: float) -> bool:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.pid == os.getpgid(process.pid):
            return abs(process.create_time() - started) < 2  # seconds: the clock may have been set meanwhile
        return process.environ().get(MARK) == str(self.var)

    def _read(self) -> dict[str, float]:
        try:
            groups: dict[str, float] = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return groups

    def _write(self, groups: dict[str, float]) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(groups))
        new.replace(self.path)
