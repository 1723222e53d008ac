"""Numbers to stop, as files."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from blocklist import entries
from blocklist.imports import BlockSession
from blocklist.models import BlockEntry
from smsadmin.accounts.models import Account
from smsadmin.imports import jobs, running
from smsadmin.imports.models import ImportProblem
from smsadmin.imports.models.job import LEASE
from tests.factories.accounts import make_account, signed_in
from tests.factories.blocks import make_entry
from tests.factories.files import NOW, check, counts, make_job, run

HEADER = "phone,until,stops,note\n"
MAYA, DAN, EVE = "+447700900142", "+447700900209", "+447700900377"
JULY = datetime(2027, 7, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def bring(account: Account, *rows: str) -> tuple[int, int, int, int]:
    """The counts (new, changed, same, bad), which the dry run had foretold; it wrote nothing."""
    content = HEADER + "".join(f"{row}\n" for row in rows)
    before = BlockEntry.objects.count()
    foretold = counts(check(make_job(account, content, kind="blocks")))
    assert BlockEntry.objects.count() == before
    done = counts(run(make_job(account, content, kind="blocks")))
    assert foretold == done
    return done


def stopped(account: Account, kind: int = 1, at: datetime = NOW) -> dict[str, datetime | None]:
    found = entries.active_for(account=account, phones=[MAYA, DAN, EVE], kind=kind, at=at)
    return {phone: block.until for phone, block in found.items()}


def test_a_row_is_an_entry_of_this_account(account: Account) -> None:
    assert bring(account, "07700 900142,2027-07-01T10:00:00Z,marketing,returned", f"{DAN},,,") == (2, 0, 0, 0)
    maya, dan = BlockEntry.objects.get(phone=MAYA), BlockEntry.objects.get(phone=DAN)
    assert (maya.account_id, maya.source_account_id, maya.scope) == (account.pk, account.pk, "account")
    assert (maya.expires_at, maya.kind, maya.note, maya.origin) == (JULY, 1, "returned", BlockEntry.Origin.IMPORT)
    assert (dan.expires_at, dan.kind, dan.code, dan.intercepted_at) == (None, None, None, NOW)
    assert stopped(account) == {MAYA: JULY, DAN: None}
    assert stopped(account, kind=2) == {DAN: None}
    assert stopped(account, at=JULY) == {DAN: None}
    assert stopped(make_account()) == {}


def test_the_same_file_twice_changes_nothing(account: Account) -> None:
    rows = (f"{MAYA},2027-07-01T10:00:00Z,,", f"{DAN},,marketing,")
    bring(account, *rows)
    before = list(BlockEntry.objects.values())
    assert bring(account, *rows) == (0, 0, 2, 0)
    assert list(BlockEntry.objects.values()) == before


def test_what_is_stopped_as_long_stays_and_what_ends_sooner_is_made_longer(account: Account) -> None:
    make_entry(account, MAYA, at=NOW - timedelta(hours=1), expires_at=NOW + timedelta(days=400))
    make_entry(account, DAN, at=NOW - timedelta(hours=1), expires_at=NOW + timedelta(hours=1))
    make_entry(account, EVE, at=NOW - timedelta(hours=2), expires_at=NOW)  # over, at this very second
    assert bring(account, *(f"{phone},2027-07-01T10:00:00Z,," for phone in (MAYA, DAN, EVE))) == (2, 0, 1, 0)
    assert stopped(account) == {MAYA: NOW + timedelta(days=400), DAN: JULY, EVE: JULY}
    assert BlockEntry.objects.filter(ended_at=NOW).count() == 2


def test_one_number_in_many_rows_is_stopped_until_the_last_end(account: Account) -> None:
    rows = (
        f"{MAYA},2027-01-01T10:00:00Z,,one",
        "07700900142,2027-07-01T10:00:00Z,,two",
        f"{MAYA},2026-12-01T10:00:00Z,,three",
    )
    assert bring(account, *rows, f"{MAYA},,marketing,four") == (2, 0, 2, 0)
    assert stopped(account, kind=2) == {MAYA: JULY}
    assert set(BlockEntry.objects.values_list("kind", "note", "times")) == {(None, "two", 1), (1, "four", 1)}


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        ("12,,,", "phone", "Not a phone number"),
        (f"{MAYA},2026-11-20T12:00:00Z,,", "until", "passed already"),
        (f"{MAYA},soon,,", "until", ""),
        (f"{MAYA},,everybody,", "stops", "“marketing” or “everything”"),
        (f"{MAYA},,,{'x' * 501}", "note", ""),
    ],
    ids=["number", "past", "date", "stops", "note"],
)
def test_a_bad_row_is_listed_with_its_reason_and_the_others_are_read(
    account: Account, row: str, field: str, why: str
) -> None:
    assert bring(account, row, f"{DAN},,,") == (1, 0, 0, 1)
    for problem in ImportProblem.objects.filter(account=account):
        assert (problem.line, problem.field) == (2, field)
        assert why in problem.reason
    assert stopped(account) == {DAN: None}


def test_an_end_that_comes_between_reading_and_writing_needs_nothing(account: Account) -> None:
    job = make_job(account, HEADER + f"{MAYA},2026-11-20T12:00:01Z,,\n{DAN},,,\n", kind="blocks")
    jobs.start_run(job=job, by=None, at=NOW)
    moments = iter([NOW, NOW])  # it is taken, and its dates are read

    def clock() -> datetime:
        return next(moments, NOW + timedelta(seconds=1))

    running.advance(account_id=account.pk, job_id=job.pk, now=clock)
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("done", (1, 0, 1, 0))
    assert BlockEntry.objects.get().phone == DAN


class Died(BaseException):
    """Like a kill: nothing may catch it."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_goes_on_where_it_was(
    account: Account, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    content = HEADER + "".join(f"+4477009{n:05},,,\n" if n % 5 else "nobody,,,\n" for n in range(20))
    job, written, original = make_job(account, content, kind="blocks"), 0, BlockSession.write

    def write(self: BlockSession, items: object, at: object) -> object:
        nonlocal written
        done = original(self, items, at) if written < 2 or when == "after" else None
        if written == 2:
            raise Died
        written += 1
        return done

    with monkeypatch.context() as patch:
        patch.setattr(BlockSession, "write", write)
        with pytest.raises(Died):
            run(job, batch_rows=4)
    job.refresh_from_db()
    assert (job.read, BlockEntry.objects.count()) == (8, job.new)

    later = NOW + LEASE + timedelta(seconds=1)
    running.advance(account_id=account.pk, job_id=job.pk, now=lambda: later, batch_rows=4)
    job.refresh_from_db()
    assert (job.state, job.read, counts(job)) == ("done", 20, (16, 0, 0, 4))
    assert BlockEntry.objects.filter(account=account, times=1).values("phone").distinct().count() == 16


def test_the_dry_run_shows_each_count_and_the_bad_rows(account: Account) -> None:
    make_entry(account, DAN, at=NOW, expires_at=None, origin=2, code=None)
    rows = f"{MAYA},,,\n{DAN},,,\nnobody,,,\n"
    job = check(make_job(account, HEADER + rows, kind="blocks"))
    address = reverse("import_detail", args=[account.slug, job.pk])
    page = signed_in("marketer", account).get(address, follow=True).content.decode()
    assert "Not a phone number" in page
    assert counts(job) == (1, 0, 1, 1)
    assert not BlockEntry.objects.filter(phone=MAYA).exists()
