"""The whole of `make run`, as a person or a power cut would treat it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from smsadmin.quickstart import programs
from smsadmin.quickstart.leftovers import MARK
from smsadmin.quickstart.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
OWN_PARTS = {"DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "MAKELEVEL"}


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def run(folder, port):
    """Start it on a folder of this test's own, without the demo; returns the process and what it said."""
    started = []

    def run(**more):
        env = {name: value for name, value in os.environ.items() if name not in OWN_PARTS}
        env |= {"SMSADMIN_VAR": str(folder / "var"), "PORT": str(port), "DEMO": "0", **more}
        process = subprocess.Popen(
            [sys.executable, "-m", "smsadmin.quickstart"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, read_until_ready(process.stdout)

    yield run
    for process in started:
        process.terminate()
        process.communicate()


def read_until_ready(output):
    said = ""
    for line in output:
        said += line
        if line.startswith("  Stop "):
            break
    return said


def processes_of(var):
    """Everything that runs on this folder: by its mark, and the database and broker by their command lines."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and (
                process.environ().get(MARK) == str(var) or any(str(var) in word for word in process.cmdline())
            ):
                yield process


def none_left(var):
    return wait_until(lambda: not list(processes_of(var)), deadline=time.monotonic() + 20, pause=0.1)


@pytest.mark.slow
def test_it_starts_survives_a_massacre_and_stops_with_nothing_left(run, folder, port):
    var = folder / "var"
    first, said = run()
    assert f"http://127.0.0.1:{port}/" in said
    assert "marketer@demo.example" not in said  # without the demo nobody could sign in so
    assert programs.page_status(port) in {200, 302}

    other, refusal = run(PORT=str(port + 1))
    assert other.wait(30) == 1
    assert re.search(rf"runs from this folder already: process {first.pid}, http://127.0.0.1:{port}/", refusal)

    for process in [psutil.Process(first.pid), *processes_of(var)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    first.wait(30)
    again, said = run()
    assert "Making an empty PostgreSQL" not in said
    assert programs.page_status(port) in {200, 302}
    lines = [process.cmdline() for process in processes_of(var)]
    assert {"logs.providers.simulator", "pipeline", "beat", "worker"} <= {word for line in lines for word in line}
    (simulator,) = (line for line in lines if "logs.providers.simulator" in line)
    assert programs.page_status(int(simulator[simulator.index("--port") + 1]), "/health") == 200

    again.send_signal(signal.SIGINT)
    rest, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    assert "Stopped after" in rest
    assert none_left(var)


@pytest.mark.slow
def test_everything_ends_when_the_supervisor_is_killed(run, folder):
    process, _ = run()
    process.kill()
    process.wait(30)
    assert none_left(folder / "var")


def test_a_taken_port_stops_it_before_anything_starts(run, folder, port):
    with socket.create_server(("127.0.0.1", port)):
        process, said = run()
        assert process.wait(30) == 1
    assert f"make run PORT={port + 1}" in said
    assert not (folder / "var" / "postgres").exists()
