"""Members as files."""

from datetime import UTC, datetime
from typing import Any

import pytest

from smsadmin.accounts.models import Account
from smsadmin.imports.models import ImportProblem
from smsadmin.members.models import Member
from tests.factories.accounts import make_account
from tests.factories.files import check, counts, make_job, run

HEADER = "customer id,first name,last name,mobile,e-mail,locale,timezone,tags,registered\n"
ANN = "C-1,Ann,Lee,07700 900123,ann@example.org,en_GB,Europe/London,vip; north,2025-01-02T03:04:05Z\n"


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def members(account: Account, *names: str) -> list[Any]:
    return list(Member.objects.of(account).order_by("pk").values_list(*names))


def bring(account: Account, content: str) -> tuple[int, int, int, int]:
    """The counts, which the dry run had foretold."""
    foretold = counts(check(make_job(account, content, kind="members")))
    done = counts(run(make_job(account, content, kind="members")))
    assert foretold == done
    return done


def test_a_member_comes_in_whole(account: Account) -> None:
    assert bring(account, HEADER + ANN) == (1, 0, 0, 0)
    ann = Member.objects.get(account=account)
    assert (ann.external_id, ann.name, ann.phone, ann.email) == ("C-1", "Ann Lee", "+447700900123", "ann@example.org")
    assert (ann.language, ann.time_zone, ann.tags) == ("en-GB", "Europe/London", ["vip", "north"])
    assert ann.created_at == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_same_file_twice_changes_nothing(account: Account) -> None:
    bring(account, HEADER + ANN)
    before = Member.objects.values().get(account=account)
    assert bring(account, HEADER + ANN) == (0, 0, 1, 0)
    assert Member.objects.values().get(account=account) == before


def test_a_known_member_is_updated_and_empty_cells_change_nothing(account: Account) -> None:
    bring(account, HEADER + ANN)
    Member.objects.update(number_validity=Member.NumberValidity.INVALID)
    assert bring(account, "customer id,mobile,tags,name\nC-1,07700 900199,new,\n") == (0, 1, 0, 0)
    ann = Member.objects.get(account=account)
    assert (ann.name, ann.phone, ann.tags) == ("Ann Lee", "+447700900199", ["vip", "north", "new"])
    assert ann.number_validity == Member.NumberValidity.VALID  # it is another number now


def test_the_only_member_with_the_number_is_meant(account: Account) -> None:
    Member.objects.create(account=account, phone="+447700900123")
    assert bring(account, "name,phone,external id\nAnn,07700900123,C-1\n") == (0, 1, 0, 0)
    assert members(account, "name", "external_id") == [("Ann", "C-1")]


def test_a_number_of_somebody_with_another_id_makes_a_new_member(account: Account) -> None:
    Member.objects.create(account=account, phone="+447700900123", external_id="C-1", name="Ann")
    content = "name,phone,external id\nBob,07700900123,C-2\n"
    assert bring(account, content) == (1, 0, 0, 0)
    assert bring(account, content) == (0, 0, 1, 0)


def test_of_two_with_the_number_the_one_of_that_name_is_meant(account: Account) -> None:
    for name in ("Ann", "Bob"):
        Member.objects.create(account=account, phone="+447700900123", name=name)
    content = "name,phone,language\nBob,07700900123,fr\nCy,07700900123,de\n"
    assert bring(account, content) == (1, 1, 0, 0)
    assert bring(account, content) == (0, 0, 2, 0)
    assert members(account, "name", "language") == [("Ann", ""), ("Bob", "fr"), ("Cy", "de")]


def test_a_member_that_stands_twice_in_a_file_is_one(account: Account) -> None:
    assert bring(account, "name,phone\nAnn,07700900123\nAnn,+44 7700 900123\n") == (1, 0, 1, 0)


def test_another_accounts_members_are_not_touched(account: Account) -> None:
    other = make_account()
    Member.objects.create(account=other, external_id="C-1", name="Somebody else", phone="+447700900123")
    assert bring(account, HEADER + ANN) == (1, 0, 0, 0)
    assert members(other, "name") == [("Somebody else",)]


@pytest.mark.parametrize(
    ("cells", "field", "why"),
    [
        ({"mobile": "12"}, "phone", "Not a phone number"),
        ({"mobile": "", "customer id": ""}, "phone", "nobody could find"),
        ({"e-mail": "ann"}, "email", "Not an e-mail address"),
        ({"locale": "english please"}, "language", "Not a language"),
        ({"timezone": "Mars"}, "time_zone", "Not a time zone"),
        ({"tags": "x" * 51}, "tags", "Longer than 50"),
        ({"registered": "2025-01-02"}, "created_at", "states no time zone"),
        ({"customer id": "x" * 101}, "external_id", "Longer than 100"),
    ],
)
def test_a_bad_row_says_what_is_wrong(account: Account, cells: dict[str, str], field: str, why: str) -> None:
    names = HEADER.strip().split(",")
    row = {**dict(zip(names, ANN.strip().split(","), strict=True)), **cells}
    job = run(make_job(account, HEADER + ",".join(row.values()) + "\nC-9,Zoe,,07700 900999,,,,,\n", kind="members"))
    assert counts(job) == (1, 0, 0, 1)
    problem = ImportProblem.objects.of(job).get()
    assert (problem.line, problem.field) == (2, field)
    assert why in problem.reason
