"""Keeps the started services alive, and stops them in reverse order."""

import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol

from smsadmin.quickstart import children
from smsadmin.quickstart.children import Trouble, last_lines
from smsadmin.quickstart.leftovers import Register
from smsadmin.quickstart.report import say

RESTARTS = 5
"""How often a service is started again within WINDOW seconds before it is left alone."""
WINDOW = 120.0


class Service(Protocol):
    """Something that runs as one child process."""

    name: str
    log: Path
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Program:
    """A service that is ready by itself some time after its start: web, worker, beat."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        before: Callable[[], object] = lambda: None,
        steps: Sequence[tuple[int, float]] = ((signal.SIGTERM, 5),),
    ) -> None:
        self.name, self.command, self.log, self.env = name, command, log, env
        self.before, self.steps = before, steps
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.before()
        with self.log.open("ab") as log:
            self.process = children.start(self.command, log=log, env=self.env)

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, steps=self.steps)
            self.process = None


class Supervisor:
    def __init__(self, register: Register) -> None:
        self.register = register
        self.services: list[Service] = []
        self.deaths: defaultdict[str, list[float]] = defaultdict(list)

    def start(self, service: Service) -> None:
        self.services.append(service)  # first, so that an interrupt in the middle of its start stops it too
        service.start()
        self._remember(service)

    def stop(self) -> None:
        """All, last started first; one that resists does not keep the others."""
        while self.services:
            with suppress(OSError, subprocess.TimeoutExpired):
                self.services.pop().stop()

    def watch(self) -> NoReturn:
        """Until interrupted: start again what died."""
        while True:
            self.look_after()
            time.sleep(0.5)

    def look_after(self) -> None:
        for service in list(self.services):
            if service.process is not None and service.process.poll() is not None:
                self._revive(service, service.process.returncode)

    def _revive(self, service: Service, code: int) -> None:
        say(f"  ! {service.name} ended by itself ({_how(code)}). The end of {service.log}:")
        say(_indented(last_lines(service.log)))
        service.stop()  # whatever is left of its process group
        now = time.monotonic()
        self.deaths[service.name] = [*(at for at in self.deaths[service.name] if at > now - WINDOW), now]
        if len(self.deaths[service.name]) > RESTARTS:
            say(f"  ! {service.name} ended {RESTARTS + 1} times in two minutes and stays down until the next make run.")
            return
        self._start_again(service)

    def _start_again(self, service: Service) -> None:
        try:
            service.start()
        except Trouble as trouble:
            say(f"  ! {service.name} did not start again. {trouble}")
        else:
            self._remember(service)
            say(f"    {service.name} was started again.")

    def _remember(self, service: Service) -> None:
        if service.process is not None:
            self.register.add(service.process.pid)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _indented(text: str) -> str:
    return "\n".join("      " + line for line in text.splitlines())
