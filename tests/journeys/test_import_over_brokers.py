"""An import from the page to the log with production's parts: a real broker, a real worker, a database of their own.

The row is the queue, so nothing may depend on the broker's memory: it may be away, and a worker may die at any moment.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from logs.models import Message, MessageDaily, StatusEvent
from smsadmin.accounts.models import Account
from smsadmin.imports.models import ImportJob
from smsadmin.imports.models.job import LEASE
from smsadmin.quickstart.children import last_lines
from smsadmin.quickstart.waiting import wait_until
from tests.factories.accounts import make_account, make_user
from tests.fixtures.brokers import free_port, rabbitmq, redis, running
from tests.fixtures.databases import address, own_database, using

pytestmark = [pytest.mark.brokers, pytest.mark.slow]

PATIENCE = 180.0  # seconds
FIRST = datetime.now(UTC) - timedelta(days=3)
CELERY = [sys.executable, "-m", "celery", "-A", "smsadmin"]
State = ImportJob.State


@dataclass
class Place:
    """Where the processes of one journey live."""

    folder: Path
    database: str
    account: Account
    email: str

    def environment(self, broker: str) -> dict[str, str]:
        return {**os.environ, "DATABASE_URL": address(self.database), "CELERY_BROKER_URL": broker}

    def bring(self, rows: int, broker: str) -> ImportJob:
        """A file with so many good rows, and one bad one at its end."""
        file = self.folder / "log.csv"
        lines = (
            f"{FIRST + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ},+4477{n:08d},delivered,Row {n}\n" for n in range(rows)
        )
        file.write_text("date,to,status,text\n" + "".join(lines) + "yesterday,12,klaatu,bad\n")
        said = self.tell([sys.executable, "-m", "tests.journeys.bringing", self.account.slug, self.email, file], broker)
        assert said.split() == ["302", "302", "200"]
        return ImportJob.objects.get()

    def sweep(self, broker: str) -> None:
        """What beat does every half minute."""
        self.tell([*CELERY, "call", "smsadmin.imports.tasks.continue_imports"], broker)

    def tell(self, command: list[Any], broker: str) -> str:
        env = {**self.environment(broker), "DJANGO_SETTINGS_MODULE": "smsadmin.settings"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def worker(self, broker: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        quiet = ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        return running([*CELERY, "worker", *quiet], self.folder / "worker.log", self.environment(broker))

    def wait(self, job: ImportJob, condition: Callable[[], bool]) -> None:
        def reached() -> bool:
            job.refresh_from_db()
            return condition()

        reached_in_time = wait_until(reached, deadline=time.monotonic() + PATIENCE, pause=0.05)
        assert reached_in_time, f"{job.state}, {job.read} rows read\n{last_lines(self.folder / 'worker.log', 30)}"

    def check(self, job: ImportJob, rows: int) -> None:
        """Every row once: in the log, among the events, in the counts."""
        job.refresh_from_db()
        assert (job.state, job.read, job.new, job.bad) == (State.DONE, rows + 1, rows, 1)
        assert Message.objects.of(self.account).count() == rows
        assert StatusEvent.objects.filter(account=self.account).count() == rows
        assert MessageDaily.objects.filter(account=self.account).aggregate(n=Sum("n"))["n"] == rows


@pytest.fixture(scope="module")
def database(django_test_environment: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), own_database(f"smsadmin_brokers_{os.getpid()}") as name:
        yield name


@pytest.fixture
def place(database: str, tmp_path: Path) -> Iterator[Place]:
    with using(database):
        account = make_account()
        yield Place(tmp_path, database, account, make_user("marketer", account).email)
        ImportJob.objects.all().delete()


@pytest.mark.parametrize("broker", [redis, rabbitmq], ids=["redis-server", "rabbitmq-server"])
def test_an_import_runs_over_a_real_broker(place: Place, broker: Callable[[Path], AbstractContextManager[str]]) -> None:
    with broker(place.folder) as url, place.worker(url):
        job = place.bring(2_500, url)
        place.wait(job, lambda: not job.is_working)
    place.check(job, 2_500)


def test_a_page_takes_an_import_without_a_broker_and_the_sweep_finishes_it(place: Place) -> None:
    job = place.bring(100, f"redis://127.0.0.1:{free_port()}/0")
    assert job.state == State.RUNNING
    with redis(place.folder) as url, place.worker(url):
        place.sweep(url)
        place.wait(job, lambda: not job.is_working)
    place.check(job, 100)


def test_what_a_killed_worker_left_another_finishes_and_nothing_is_there_twice(place: Place) -> None:
    rows = 30_000
    with redis(place.folder) as url:
        with place.worker(url) as first:
            job = place.bring(rows, url)
            place.wait(job, lambda: job.read > 0)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        job.refresh_from_db()
        assert job.state == State.RUNNING
        assert 0 < job.read <= rows
        left = job.read
        # Half a minute later, without waiting for it: whoever was not heard of for so long is taken for dead.
        ImportJob.objects.filter(pk=job.pk).update(heartbeat=datetime.now(UTC) - LEASE - timedelta(seconds=1))
        with place.worker(url):
            place.sweep(url)
            place.wait(job, lambda: not job.is_working)
    assert left < rows
    place.check(job, rows)
