import os
import subprocess
import sys
import time

import psutil
import pytest

from smsadmin.quickstart.leftovers import MARK, Register
from smsadmin.quickstart.waiting import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT_AND_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(600)",
    *SLEEP,
]


@pytest.fixture
def start():
    started = []

    def start(command, **environment):
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_process_of_an_earlier_run_is_ended(folder, start):
    process = start(SLEEP)
    Register(folder).add(process.pid)
    assert Register(folder).end_leftovers() == 1
    assert process.poll() is not None
    assert Register(folder).end_leftovers() == 0


def test_a_number_that_now_belongs_to_another_process_is_left_alone(folder, start):
    process = start(SLEEP)
    Register(folder)._write({str(process.pid): psutil.Process(process.pid).create_time() - 100})
    assert Register(folder).end_leftovers() == 0
    assert process.poll() is None


def test_the_child_of_a_killed_process_is_found_by_its_group_and_its_mark(folder, start):
    parent = start(PARENT_AND_CHILD, **{MARK: str(folder)})
    child = psutil.Process(int(parent.stdout.readline()))
    Register(folder).add(parent.pid)
    parent.kill()
    parent.wait()
    assert Register(folder).end_leftovers() == 1
    gone = lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE  # noqa: E731
    assert wait_until(gone, deadline=time.monotonic() + 5)


def test_a_group_of_another_folder_is_left_alone(folder, start):
    parent = start(PARENT_AND_CHILD, **{MARK: "/another/folder"})
    child = psutil.Process(int(parent.stdout.readline()))
    Register(folder).add(parent.pid)
    parent.kill()
    parent.wait()
    assert Register(folder).end_leftovers() == 0
    assert child.is_running()
    child.kill()


@pytest.mark.parametrize("text", ["", "{", "null"])
def test_a_torn_register_does_not_block(folder, text):
    (folder / "processes.json").write_text(text)
    assert Register(folder).end_leftovers() == 0
