"""Opt-ins and opt-outs as files."""

from datetime import UTC, datetime

import pytest

from consent import ledger
from consent.ledger import Event, Purpose, Source, Status
from consent.models import ConsentEvent
from smsadmin.accounts.models import Account
from smsadmin.imports.models import ImportProblem
from tests.factories.accounts import make_account
from tests.factories.files import check, counts, make_job, run

HEADER = "phone,status,date,purpose,source,text,note\n"
MAYA, DAN = "+447700900142", "+447700900209"
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ROWS = (
    "07700 900142,opted in,2026-03-01T10:00:00Z,,POS till 4,I agree to offers,wave 3\n"
    "+44 7700 900209,Unsubscribed,2026-03-02T10:00:00+01:00,marketing,,,\n"
)


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def bring(account: Account, content: str, **mapping: object) -> tuple[int, int, int, int]:
    """The counts (new, changed, same, bad), which the dry run had foretold."""
    foretold = counts(check(make_job(account, content, kind="consent", mapping=mapping)))
    done = counts(run(make_job(account, content, kind="consent", mapping=mapping)))
    assert foretold == done
    return done


def stands(account: Account, phone: str, purpose: Purpose = Purpose.MARKETING) -> Status | None:
    found = ledger.standings(account=account, phones=[phone], purpose=purpose).get(phone)
    return found and found.status


def reasons(account: Account) -> list[str]:
    return list(
        ImportProblem.objects.filter(account=account).order_by("job_id", "line").values_list("reason", flat=True)
    )


def test_a_row_is_an_event_with_its_exact_words(account: Account) -> None:
    assert bring(account, HEADER + ROWS) == (2, 0, 0, 0)
    row = ConsentEvent.objects.get(phone=MAYA)
    assert (row.event, row.source, row.purpose) == (Event.OPTED_IN, Source.IMPORT, Purpose.MARKETING)
    assert (row.text, row.note) == ("I agree to offers", "wave 3\nSource in the file: POS till 4")
    assert row.at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert ConsentEvent.objects.get(phone=DAN).at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert (stands(account, MAYA), stands(account, DAN)) == (Status.OPTED_IN, Status.OPTED_OUT)


def test_the_same_file_twice_changes_nothing(account: Account) -> None:
    bring(account, HEADER + ROWS)
    before = list(ConsentEvent.objects.values())
    assert bring(account, HEADER + ROWS) == (0, 0, 2, 0)
    assert list(ConsentEvent.objects.values()) == before


def test_one_number_in_three_formats_is_one_number(account: Account) -> None:
    spellings = ("07700 900142", "+44 (0)7700-900142", "00447700900142")
    rows = "".join(f"{text},yes,2026-03-0{n}T10:00:00Z,,,,\n" for n, text in enumerate(spellings, 1))
    assert bring(account, HEADER + rows) == (1, 0, 2, 0)
    assert list(ConsentEvent.objects.values_list("phone", flat=True)) == [MAYA] * 3


@pytest.mark.parametrize("event", [Event.OPTED_OUT, Event.DENIED, Event.REVOKED])
def test_a_file_never_undoes_a_refusal_and_the_dry_run_says_so(account: Account, event: Event) -> None:
    ledger.record(account=account, phone=MAYA, purpose=None, event=event, source=Source.REPLY, by=None, at=NOON)
    before = stands(account, MAYA)
    content = HEADER + f"{MAYA},opted in,2026-04-01T10:00:00Z,all,app,,\n"
    assert bring(account, content) == (0, 0, 1, 0)
    assert stands(account, MAYA) is stands(account, MAYA, Purpose.OPERATIONAL) is before


def test_a_file_can_opt_out_who_opted_in(account: Account) -> None:
    ledger.record(account=account, phone=MAYA, purpose=1, event=Event.OPTED_IN, source=Source.APP, by=None, at=NOON)
    assert bring(account, HEADER + f"{MAYA},out,2026-04-01T10:00:00Z,,,,\n") == (0, 1, 0, 0)
    assert stands(account, MAYA) is Status.OPTED_OUT


def test_an_older_row_changes_the_past_only(account: Account) -> None:
    ledger.record(account=account, phone=MAYA, purpose=1, event=Event.OPTED_IN, source=Source.APP, by=None, at=NOON)
    assert bring(account, HEADER + f"{MAYA},out,2026-02-01T10:00:00Z,,,,\n") == (0, 0, 1, 0)
    assert stands(account, MAYA) is Status.OPTED_IN


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("12,opted in,2026-03-01T10:00:00Z,,,,", "Not a phone number: too short."),
        (",opted in,2026-03-01T10:00:00Z,,,,", "Missing."),
        (f"{MAYA},perhaps,2026-03-01T10:00:00Z,,,,", "Neither an opt-in nor an opt-out that we know."),
        (f"{MAYA},,2026-03-01T10:00:00Z,,,,", "Missing."),
        (f"{MAYA},opted in,2026-03-01 10:00:00,,,,", "The date states no time zone."),
        (f"{MAYA},opted in,03/04/2026 10:00,,,,", "Day first or month first? Say so in the mapping."),
        (f"{MAYA},opted in,2999-01-01T00:00:00Z,,,,", "More than a day in the future."),
        (f"{MAYA},opted in,,,,,", "Missing."),
        (f"{MAYA},opted in,2026-03-01T10:00:00Z,gossip,,,", "Neither marketing nor operational, nor all."),
    ],
)
def test_what_cannot_be_taken_says_why_and_the_others_come_in(account: Account, row: str, reason: str) -> None:
    content = HEADER + row + "\n" + ROWS
    job = make_job(account, content, kind="consent", mapping={"zone": ""})
    assert counts(run(job)) == (2, 0, 0, 1)
    (said,) = reasons(account)
    assert said.startswith(reason)


def test_a_file_of_one_status_says_it_once(account: Account) -> None:
    job = make_job(
        account,
        "mobile,when\n07700900142,2026-03-01T10:00:00Z\n",
        kind="consent",
        mapping={"constants": {"event": "opted out"}},
    )
    assert counts(run(job)) == (1, 0, 0, 0)
    assert stands(account, MAYA) is Status.OPTED_OUT
