"""The audit log: one line for one deed, in the same transaction, for ever."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from smsadmin.accounts import audit, settings_change
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_a_line_says_who_did_what_when_and_to_what() -> None:
    account, ann = make_account(), make_user("admin", email="ann@example.org")
    line = audit.record(
        account=account, by=ann, at=NOON, verb="import.started", object_type="import", object_id=7, rows=12
    )
    line.refresh_from_db()
    assert (line.account_id, line.by_id, line.by_name, line.at) == (account.pk, ann.pk, "ann@example.org", NOON)
    assert (line.verb, line.object_type, line.object_id, line.facts) == ("import.started", "import", "7", {"rows": 12})


def test_what_the_product_does_by_itself_says_so() -> None:
    line = audit.record(account=None, by=None, at=NOON, verb="months.created")
    assert (line.account_id, line.by_id, line.by_name) == (None, None, "smsadmin")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditevent SET verb = 'nothing'",
        "UPDATE accounts_auditevent SET id = id",
        "DELETE FROM accounts_auditevent",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(sql: str) -> None:
    audit.record(account=None, by=None, at=NOON, verb="months.created")
    with (
        pytest.raises(IntegrityError, match="the audit log is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditEvent.objects.get().verb == "months.created"


def test_a_line_outlives_what_it_speaks_of() -> None:
    account, ann = make_account(), make_user("admin")
    audit.record(account=account, by=ann, at=NOON, verb="account.changed")
    pks = (account.pk, ann.pk)
    ann.delete()
    account.delete()
    line = AuditEvent.objects.get()
    assert (line.account_id, line.by_id) == pks


def test_a_change_of_settings_is_written_with_before_and_after() -> None:
    account, ann = make_account(name="Old", vocabulary="smsadmin"), make_user("admin")
    changes = settings_change.change(account=account, values={"name": "New", "vocabulary": "smsadmin"}, by=ann, at=NOON)
    assert changes == {"name": ["Old", "New"]}
    assert Account.objects.get(pk=account.pk).name == "New"
    line = AuditEvent.objects.get()
    assert (line.verb, line.facts) == ("account.changed", {"changes": {"name": ["Old", "New"]}})


def test_no_change_leaves_no_line() -> None:
    account = make_account(name="Same")
    assert settings_change.change(account=account, values={"name": "Same"}, by=make_user("admin"), at=NOON) == {}
    assert not AuditEvent.objects.exists()


def test_a_change_that_fails_leaves_neither_change_nor_line() -> None:
    account = make_account(country="GB")
    with pytest.raises(IntegrityError), transaction.atomic():
        settings_change.change(account=account, values={"country": "gb"}, by=make_user("admin"), at=NOON)
    assert Account.objects.get(pk=account.pk).country == "GB"
    assert not AuditEvent.objects.exists()
