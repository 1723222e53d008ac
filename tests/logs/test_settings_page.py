"""The settings page: who may, what is written, and that totals follow the time zone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from logs import recounting
from logs.models import MessageDaily
from logs.tasks import upkeep
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, signed_in
from tests.factories.messages import make_message

pytestmark = pytest.mark.django_db

URL = "/harbour/settings/"


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour", time_zone="UTC", country="GB")


@pytest.fixture
def admin(account: Account) -> Client:
    return signed_in("admin", account)


def values(**changes: Any) -> dict[str, Any]:
    return {"name": "Harbour", "time_zone": "UTC", "country": "GB", "vocabulary": "smsadmin", **changes}


def test_only_an_admin_may_change_settings(account: Account) -> None:
    for role, status in (("admin", 200), ("operator", 200), ("support", 403), ("marketer", 403)):
        assert signed_in(role, account).get(URL).status_code == status
    assert signed_in("admin", make_account()).get(URL).status_code == 404
    assert signed_in("support", account).post(URL, values(name="Taken")).status_code == 403


def test_what_is_saved_is_shown_and_audited(account: Account, admin: Client) -> None:
    response = admin.post(URL, values(name="Harbour Coffee", country="FR", vocabulary="como"), follow=True)

    account.refresh_from_db()
    line = AuditEvent.objects.get(verb="account.changed")
    assert (account.name, account.country, account.vocabulary) == ("Harbour Coffee", "FR", "como")
    assert line.facts["changes"]["vocabulary"] == ["smsadmin", "como"]
    assert "The settings are saved." in response.content.decode()


def test_saving_what_is_there_changes_nothing(account: Account, admin: Client) -> None:
    response = admin.post(URL, values(), follow=True)
    assert "Nothing was changed." in response.content.decode()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"time_zone": "Mars/Olympus"},
        {"country": "ZZ"},
        {"vocabulary": "klingon"},
        {"name": "\x00"},
    ],
)
def test_what_is_wrong_is_said_and_not_saved(account: Account, admin: Client, wrong: dict[str, str]) -> None:
    response = admin.post(URL, values(**wrong))

    assert response.status_code == 200
    assert "Nothing is saved yet." in response.content.decode()
    account.refresh_from_db()
    assert (account.name, account.time_zone, account.country, account.vocabulary) == (
        "Harbour",
        "UTC",
        "GB",
        "smsadmin",
    )


def test_a_zone_that_is_no_place_stays_choosable_where_it_is_set(account: Account, admin: Client) -> None:
    Account.objects.filter(pk=account.pk).update(time_zone="EST5EDT")
    admin.post(URL, values(name="Renamed", time_zone="EST5EDT"))
    account.refresh_from_db()
    assert account.name == "Renamed"


def days(account: Account) -> list[str]:
    return sorted(
        str(day) for day in MessageDaily.objects.filter(account=account, n__gt=0).values_list("day", flat=True)
    )


def test_a_new_time_zone_counts_the_days_anew(account: Account, admin: Client) -> None:
    make_message(account, requested_at=datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    assert days(account) == ["2026-03-09"]

    admin.post(URL, values(time_zone="Europe/Paris"))

    assert days(account) == ["2026-03-10"]


def test_a_large_account_is_counted_by_a_worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(recounting, "SOON", -1)
    monkeypatch.setattr(upkeep.rebuild_rollups, "delay", asked.append)

    assert recounting.recount(account) is False
    assert asked == [account.pk]


def test_without_a_broker_it_is_counted_at_once(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_account_id: int) -> None:
        raise OperationalError("nobody there")

    make_message(account, requested_at=datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    account.time_zone = "Europe/Paris"
    account.save()
    monkeypatch.setattr(recounting, "SOON", -1)
    monkeypatch.setattr(upkeep.rebuild_rollups, "delay", refused)

    assert recounting.recount(account) is True
    assert days(account) == ["2026-03-10"]


def test_the_tasks_do_what_their_names_say(account: Account) -> None:
    make_message(account)
    upkeep.squash_rollups()
    upkeep.create_months()
    upkeep.rebuild_rollups(account.pk)
    assert MessageDaily.objects.filter(account=account).get().n == 1
