import os
import sys
import time

import pytest

from smsadmin.quickstart import supervisor as module
from smsadmin.quickstart.leftovers import Register
from smsadmin.quickstart.supervisor import Program, Supervisor
from smsadmin.quickstart.waiting import wait_until


def program(folder, name, code, **more):
    return Program(name, [sys.executable, "-c", code], log=folder / f"{name}.log", env=dict(os.environ), **more)


@pytest.fixture
def supervisor(folder):
    supervisor = Supervisor(Register(folder))
    yield supervisor
    supervisor.stop()


def wait_for_its_end(service):
    service.process.wait(20)


def test_a_program_that_ends_is_started_again_with_the_end_of_its_log(folder, supervisor, capsys):
    service = program(folder, "web", "import sys, time; print('out of luck', flush=True); time.sleep(0.2); sys.exit(3)")
    supervisor.start(service)
    wait_for_its_end(service)
    supervisor.look_after()
    said = capsys.readouterr().out
    assert "web ended by itself (exit code 3)" in said
    assert "out of luck" in said
    assert "web was started again" in said
    assert service.process is not None


def test_a_killed_program_is_named_by_its_signal(folder, supervisor, capsys):
    service = program(folder, "worker", "import time; time.sleep(600)")
    supervisor.start(service)
    service.process.kill()
    wait_for_its_end(service)
    supervisor.look_after()
    assert "signal SIGKILL" in capsys.readouterr().out


def test_a_program_that_ends_again_and_again_is_left_alone(folder, supervisor, capsys, monkeypatch):
    monkeypatch.setattr(module, "RESTARTS", 1)
    service = program(folder, "beat", "raise SystemExit(1)")
    supervisor.start(service)
    for _ in range(2):
        wait_for_its_end(service)
        supervisor.look_after()
    assert service.process is None
    assert "stays down" in capsys.readouterr().out


def test_all_are_stopped_last_started_first(folder, supervisor):
    stopped = []
    for name in ("first", "second"):
        service = program(folder, name, "import time; time.sleep(600)")
        service.stop = lambda name=name, stop=service.stop: (stopped.append(name), stop())
        supervisor.start(service)
    supervisor.stop()
    assert stopped == ["second", "first"]


def test_a_program_that_will_not_stop_is_killed(folder, supervisor):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    service = program(folder, "web", deaf, steps=[(15, 0.2)])
    supervisor.start(service)
    process = service.process
    assert wait_until(lambda: service.log.read_text() == "deaf\n", deadline=time.monotonic() + 20)
    supervisor.stop()
    assert process.returncode == -9


def test_what_must_come_first_comes_before_every_start(folder, supervisor):
    calls = []
    service = program(folder, "worker", "raise SystemExit(0)", before=lambda: calls.append(1))
    supervisor.start(service)
    wait_for_its_end(service)
    supervisor.look_after()
    assert calls == [1, 1]
