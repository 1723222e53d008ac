"""The product's own processes, as the Procfile names them for production."""

import http.client
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from smsadmin.quickstart import children
from smsadmin.quickstart.children import Trouble, last_lines
from smsadmin.quickstart.report import say
from smsadmin.quickstart.supervisor import Program, Supervisor
from smsadmin.quickstart.waiting import wait_until

GiveBack = Callable[[str], object]
"""Takes the name of a queue: what must be done before its worker starts."""
BIG_LOG = 10 * 1024**2
PATIENCE = 90.0
"""Seconds until the first page must have come, on a slow machine."""


def programs(port: int, var: Path, env: Mapping[str, str], *, give_back: GiveBack) -> list[Program]:
    """The web server first."""
    python, log = sys.executable, var / "log"
    celery = [python, "-m", "celery", "-A", "smsadmin"]
    web = [python, "-m", "granian", "--interface", "wsgi", "smsadmin.wsgi:application"]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "2"]
    robust = ["--respawn-failed-workers", "--workers-kill-timeout", "3", "--no-ws"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--concurrency"]
    # What comes every second is not told: a day of it would be a log of a hundred megabytes.
    # Four: a dispatcher, two drains, and one for questions and sweeps.
    pipeline = [*worker, "4", "--queues", "pipeline", "--hostname", "pipeline@%h", "--loglevel", "WARNING"]
    beat = ["beat", "--pidfile=", "--schedule", str(var / "celerybeat-schedule"), "--loglevel", "WARNING"]
    cold = ((signal.SIGTERM, 4), (signal.SIGQUIT, 2))  # wait for running tasks a little; they run again if cut off

    def taking(queue: str, name: str, command: list[str]) -> Program:
        before = partial(give_back, queue)
        return Program(name, command, log=log / f"{name}.log", env=env, before=before, steps=cold)

    return [
        Program("web", [*web, *listen, *robust], log=log / "web.log", env=env),
        taking("celery", "worker", [*worker, "2", "--loglevel", "INFO"]),
        taking("pipeline", "pipeline", pipeline),
        Program("beat", [*celery, *beat], log=log / "beat.log", env=env),
    ]


def simulator(port: int, var: Path, env: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", "logs.providers.simulator", "--port", str(port), "--state", str(var / "simulator")]
    return Program("simulator", command, log=var / "log" / "simulator.log", env=env)


def prepare(env: Mapping[str, str], log: Path) -> None:
    """Migrate and load the demo in one process of its own, which prints its own steps."""
    errors = log / "prepare.log"
    with errors.open("wb") as file:
        child = children.start([sys.executable, "-m", "smsadmin.quickstart.prepare"], log=file, quiet=False, env=env)
    try:
        code = child.wait()
    finally:
        children.stop(child, steps=[(signal.SIGTERM, 5)])
    if code:
        said = last_lines(errors)
        raise Trouble(children.explain("The database could not be prepared", said, log.parent))


def wait_for_page(port: int, supervisor: Supervisor) -> None:
    """Until ``GET /`` is answered. A page that fails is shown as it is: the log tells why."""
    deadline = time.monotonic() + PATIENCE
    statuses: list[int] = []

    def answered() -> bool:
        supervisor.look_after()
        statuses[:] = [status] if (status := page_status(port)) else []
        return bool(statuses)

    log = next(service.log for service in supervisor.services if service.name == "web")
    if not wait_until(answered, deadline=deadline, pause=0.1):
        raise Trouble(f"The web server did not answer. The end of {log}:\n{last_lines(log)}")
    if statuses[0] >= 500:
        say(f"  ! The first page answers with an error ({statuses[0]}). The end of {log}:\n{last_lines(log)}")


def page_status(port: int, path: str = "/") -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def fresh_logs(folder: Path) -> None:
    """Keep one older log of each kind, so that the folder never fills a disk."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > BIG_LOG:
            log.replace(log.with_suffix(".log.1"))
