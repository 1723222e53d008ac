"""A file is whole or not there, whoever dies, cancels or comes too late."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from smsadmin.accounts.models import Account, AuditEvent, Membership
from smsadmin.exports import files, jobs, kinds, running, sweeping, tasks
from smsadmin.exports.kinds import BadParams, Column, ExportKind, Form
from smsadmin.exports.models import Export
from smsadmin.exports.models.export import KEPT, LEASE
from tests.factories.accounts import make_account, make_user
from tests.factories.exports import NOW, clock, make_export, make_file_of, table, written
from tests.factories.members import make_member
from tests.fixtures.databases import address

State = Export.State
UNTIL_DEAD = LEASE + timedelta(seconds=1)


class Numbers(ExportKind):
    """So many numbers, and a nap after each: a file that takes as long as a test wants."""

    name = "numbers"
    label = "Numbers"
    permission = "view_members"

    def columns(self, account: Any, access: Any) -> list[Column]:
        return [Column("n", Form.NUMBER), Column("text")]

    def query(self, account: Any, access: Any, params: Any) -> tuple[str, list[Any]]:
        if "broken" in params:
            return "SELECT 1 / 0, '100%%'", []
        nap = float(params.get("nap", ["0"])[0])
        text = "md5(n::text)" if not nap else "md5(n::text || pg_sleep(%s)::text)"
        return f"SELECT n, {text} FROM generate_series(1, %s) AS n", [*([nap] if nap else []), int(params["n"][0])]

    def count(self, account: Any, access: Any, params: Any, bound: int) -> Any:
        return kinds.Count(bound, "at least")


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.all_kinds(), "numbers", Numbers())


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def places(account: Account) -> list[Path]:
    """All that stands in the account's folder."""
    return [path for path in files.found() if path.parent.name == str(account.pk)]


def verbs(account: Account) -> list[str]:
    found = AuditEvent.objects.filter(account_id=account.pk, object_type="export").order_by("pk")
    return list(found.values_list("verb", flat=True))


def later(**span: float) -> Any:
    return lambda: NOW + timedelta(**span)


def test_a_file_is_written_once_and_kept_for_a_week(account: Account) -> None:
    make_member(account)
    export = make_file_of(account, "members")
    assert (export.state, export.rows, export.bytes) == (State.DONE, 1, export.path.stat().st_size)
    assert export.expires_at == NOW + KEPT
    assert places(account) == [export.path]
    assert export.path.stat().st_mode & 0o077 == 0
    before = export.path.stat().st_mtime_ns
    assert written(export).path.stat().st_mtime_ns == before
    assert verbs(account) == ["export.started", "export.done"]


def test_what_a_worker_holds_no_other_takes_until_its_lease_is_over(account: Account) -> None:
    export = make_export(account, "members")
    held = running.claim(account.pk, export.pk, NOW)
    assert held is not None
    assert running.claim(account.pk, export.pk, NOW + timedelta(seconds=20)) is None
    assert running.claim(account.pk, export.pk, NOW + UNTIL_DEAD) is not None
    with pytest.raises(running.LostExport):  # the first one wakes up again
        running.work(held, clock, beat=None)
    assert places(account) == []


def test_a_worker_that_dies_again_and_again_ends_as_an_error(account: Account) -> None:
    export = make_export(account, "members")
    for n in range(running.MAX_ATTEMPTS):
        assert running.claim(account.pk, export.pk, NOW + n * UNTIL_DEAD) is not None
    running.advance(account_id=account.pk, export_id=export.pk, now=later(hours=1), beat=None)
    export.refresh_from_db()
    assert (export.state, export.file) == (State.FAILED, "")
    assert export.error
    assert verbs(account) == ["export.started", "export.failed"]


@pytest.mark.usefixtures("numbers")
def test_an_error_of_the_query_leaves_no_file(account: Account) -> None:
    export = make_export(account, "numbers", params={"n": ["1"]})
    Export.objects.filter(pk=export.pk).update(params={"broken": ["1"]})
    export = written(export)
    assert (export.state, places(account)) == (State.FAILED, [])
    assert "zero" not in export.error


def test_whoever_lost_the_right_meanwhile_gets_no_file(account: Account) -> None:
    user = make_user("marketer", account)
    export = make_export(account, "members", by=user)
    Membership.objects.filter(user=user).update(role="support")
    export = written(export)
    assert (export.state, places(account)) == (State.FAILED, [])
    assert "may not see" in export.error


def test_a_canceled_export_is_not_written(account: Account) -> None:
    user = make_user("marketer", account)
    export = make_export(account, "members")
    jobs.cancel(export=export, by=user, at=NOW)
    assert written(export).state == State.CANCELED
    assert places(account) == []
    with pytest.raises(jobs.NotNow):
        jobs.cancel(export=export, by=user, at=NOW)


def test_canceled_at_the_last_moment_the_whole_file_goes(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    export = make_export(account, "members")
    keep = files.keep

    def kept_and_canceled(*args: Any) -> Any:
        jobs.cancel(export=export, by=None, at=NOW)
        return keep(*args)

    monkeypatch.setattr(files, "keep", kept_and_canceled)
    assert written(export).state == State.CANCELED
    assert places(account) == []


def test_not_more_than_ten_files_of_an_account_are_waited_for(account: Account) -> None:
    for _ in range(jobs.MAX_WORKING):
        make_export(account, "members")
    with pytest.raises(jobs.NotNow, match="Ten files"):
        make_export(account, "members")
    assert make_export(make_account(), "members").state == State.WAITING


def test_a_format_that_there_is_not_is_refused(account: Account) -> None:
    with pytest.raises(BadParams):
        make_export(account, "members", format="exe")
    with pytest.raises(BadParams):
        make_export(account, "members", params={"q": ["x" * 20_000]})


def test_the_rows_to_expect_are_counted_while_few_and_guessed_when_many(account: Account, numbers: None) -> None:
    make_member(account)
    few = make_export(account, "members")
    many = make_export(account, "numbers", params={"n": ["123456"]})
    assert (few.total, few.total_is_exact, jobs.is_small(few)) == (1, True, True)
    assert (many.total, many.total_is_exact, jobs.is_small(many)) == (123456, False, False)


@pytest.mark.usefixtures("numbers")
def test_a_small_file_that_takes_too_long_is_left_to_a_worker(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PATIENCE_MS", 30)
    export = make_export(account, "numbers", params={"n": ["100"], "nap": ["0.01"]})
    export = running.write_now(export=export, now=clock)
    assert (export.state, export.worker, places(account)) == (State.WAITING, None, [])
    assert written(export).rows == 100


def test_after_its_week_a_file_is_deleted(account: Account) -> None:
    make_member(account)
    export, other = make_file_of(account, "members"), make_file_of(account, "members")
    Export.objects.filter(pk=other.pk).update(expires_at=NOW + 2 * KEPT)
    assert sweeping.expire(at=NOW + KEPT - timedelta(seconds=1)) == 0
    assert sweeping.expire(at=NOW + KEPT) == 1
    export.refresh_from_db()
    assert (export.state, export.file) == (State.EXPIRED, "")
    assert places(account) == [other.path]
    assert verbs(account)[-1] == "export.expired"


def test_the_sweep_removes_what_dead_workers_left_and_nothing_else(account: Account) -> None:
    make_member(account)
    kept, working = make_file_of(account, "members"), make_export(account, "members")
    held = running.claim(account.pk, working.pk, NOW)
    assert held is not None
    folder = files.folder() / str(account.pk)
    mine = folder / f"{held.worker}.part"
    mine.mkdir()
    dead = folder / f"{uuid4()}.part"
    dead.mkdir()
    (dead / "file.csv").write_text("half a fi")
    fresh, old = folder / f"{uuid4()}.csv", folder / f"{uuid4()}.csv"
    for path in (fresh, old):
        path.write_text("of nobody")
    a_day_ago = time.time() - 86400
    os.utime(old, (a_day_ago, a_day_ago))
    assert sweeping.tidy() >= 2
    assert set(places(account)) == {kept.path, mine, fresh}


def test_the_sweep_wakes_what_waits_and_what_lost_its_worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(tasks.run_export, "delay", lambda **named: woken.append(named["export_id"]))
    waiting, busy, dead = (make_export(account, "members") for _ in range(3))
    make_file_of(account, "members")
    running.claim(account.pk, busy.pk, timezone.now())
    running.claim(account.pk, dead.pk, timezone.now() - UNTIL_DEAD)
    tasks.continue_exports()
    assert woken == [waiting.pk, dead.pk]


# ---- with a heart, which has a connection of its own


@pytest.fixture
def shared(transactional_db: None, numbers: None) -> Account:
    """An account that other connections see."""
    return make_account()


def until(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen within 30 seconds"
        time.sleep(0.02)


def test_the_heart_tells_how_far_it_is_and_a_cancel_stops_the_query(shared: Account) -> None:
    export = make_export(shared, "numbers", params={"n": ["1000000"], "nap": ["0.0002"]})

    def write() -> None:
        running.advance(account_id=shared.pk, export_id=export.pk, beat=0.05)
        connection.close()

    worker = threading.Thread(target=write)
    worker.start()
    until(lambda: Export.objects.filter(pk=export.pk, rows__gt=0, heartbeat__isnull=False).exists())
    begun = Export.objects.get(pk=export.pk)
    assert (begun.state, len(places(shared))) == (State.RUNNING, 1)
    jobs.cancel(export=export, by=None, at=NOW)
    worker.join(30)
    assert not worker.is_alive()
    export.refresh_from_db()
    assert (export.state, export.error, places(shared)) == (State.CANCELED, "", [])


KILLED = """
import django
django.setup()
from smsadmin.exports import kinds, running
from tests.exports.test_running import Numbers
kinds.all_kinds()["numbers"] = Numbers()
running.advance(account_id={account}, export_id={export}, beat=0.05)
"""


def test_killed_in_the_middle_the_next_worker_writes_it_from_the_first_row(shared: Account) -> None:
    export = make_export(shared, "numbers", params={"n": ["1000000"], "nap": ["0.0002"]})
    code = KILLED.format(account=shared.pk, export=export.pk)
    process = subprocess.Popen([sys.executable, "-c", code], env=environment())
    try:
        until(lambda: Export.objects.filter(pk=export.pk, rows__gt=0).exists() or process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    export.refresh_from_db()
    (left,) = places(shared)
    assert (export.state, export.file, left.suffix) == (State.RUNNING, "", ".part")
    assert (left / "file.csv").stat().st_size > 0
    Export.objects.filter(pk=export.pk).update(params={"n": ["30000"]})
    running.advance(
        account_id=shared.pk,
        export_id=export.pk,
        now=lambda: export.heartbeat + UNTIL_DEAD,  # type: ignore[operator]
        beat=None,
    )
    export.refresh_from_db()
    assert (export.state, export.rows, export.attempts) == (State.DONE, 30_000, 2)
    assert [int(row["n"]) for row in table(export)] == list(range(1, 30_001))
    assert sweeping.tidy() >= 1
    assert places(shared) == [export.path]


def environment() -> dict[str, str]:
    """Of a process that works on the tests' database and files."""
    return {**os.environ, "DATABASE_URL": address(connection.settings_dict["NAME"])}
