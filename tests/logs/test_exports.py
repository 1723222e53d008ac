"""Exports of messages and members: the rows of their lists, in columns that an import takes back."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from logs import telling
from logs.export_columns import COLUMNS
from logs.exports import hidden_codes
from logs.models import Campaign, Label, Message, ProviderAccount, Source, Template
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.exports.kinds import BadParams
from tests.factories.accounts import make_account, make_user
from tests.factories.exports import ALL_TIME, NOW, make_export, make_file_of, table
from tests.factories.files import counts, make_job, run
from tests.factories.members import make_member
from tests.factories.messages import BLOCKED, QUEUED, SENDING, UNDELIVERED, make_message

pytestmark = pytest.mark.django_db

CARRIED = [name for name in COLUMNS if name not in ("id", "updated_at")]


def full(account: Account, **fields: Any) -> Message:
    """A message that has everything."""
    member = make_member(account)
    labels = [Label.objects.get_or_create(account=account, name=name)[0].pk for name in ("spring", "vip")]
    template = Template.objects.get_or_create(account=account, name="Booked", type="notification")[0]
    return make_message(
        account,
        **{
            "phone": member.phone,
            "member_id": member.pk,
            "template_id": template.pk,
            "labels": tuple(labels),
            "sms_user_id": SmsUser.objects.get_or_create(account=account, name="till-7")[0].pk,
            "campaign_id": Campaign.objects.get_or_create(account=account, name="Spring")[0].pk,
            "provider_account_id": ProviderAccount.objects.get_or_create(
                account=account, name="Twilio", provider="twilio"
            )[0].pk,
            "provider_message_id": f"SM{member.pk}",
            "sender": "+COFFEE",
            "reference": "-7",
            "body": "=HYPERLINK(“x”)\nsecond line, “quoted”",
            "segments": 2,
            "price": Decimal("0.04100"),
            "currency": "EUR",
            "requested_at": NOW - timedelta(days=1),
            **fields,
        },
    )


def test_an_export_imported_into_another_account_and_exported_again_has_the_same_rows() -> None:
    theirs, ours = make_account(time_zone="Asia/Kolkata"), make_account(country="FR")
    full(theirs)
    for n, state in enumerate((UNDELIVERED, BLOCKED, SENDING)):
        make_message(theirs, QUEUED, state, requested_at=NOW - timedelta(hours=n + 1), body="+1, then -2")
    make_message(theirs, requested_at=NOW - timedelta(minutes=1), source=None, body="")
    first = make_file_of(theirs)
    job = run(make_job(ours, first.path.read_bytes()))
    assert (job.plan.preset, counts(job)) == ("smsadmin", (5, 0, 0, 0))
    again = table(make_file_of(ours))
    wanted = [normal(row) for row in table(first)]
    for row in wanted:
        row["member"] = ""  # they have no such member
    assert [normal(row) for row in again] == wanted


def normal(row: dict[str, str]) -> dict[str, str]:
    """What a round trip keeps, the moments as moments."""
    return {
        name: str(datetime.fromisoformat(row[name]).timestamp()) if name.endswith("_at") and row[name] else row[name]
        for name in CARRIED
    }


def test_the_columns_are_those_that_the_import_knows_and_hold_names() -> None:
    account = make_account()
    message = full(account)
    (row,) = table(make_file_of(account))
    assert tuple(row) == COLUMNS
    told = {name: row[name] for name in ("id", "phone", "member", "source", "kind", "template", "template_type")}
    assert told == {
        "id": str(message.pk),
        "phone": f"'{message.phone}",
        "member": message.member.external_id,
        "source": "automation",
        "kind": "operational",
        "template": "Booked",
        "template_type": "notification",
    }
    told = {name: row[name] for name in ("labels", "sms_user", "campaign", "provider", "status", "stage", "outcome")}
    assert told == {
        "labels": "spring; vip",
        "sms_user": "till-7",
        "campaign": "Spring",
        "provider": "Twilio",
        "status": "delivered",
        "stage": "handset",
        "outcome": "delivered",
    }
    told = {name: row[name] for name in ("reason", "number_valid", "retry", "price", "segments", "text", "sender")}
    assert told == {
        "reason": "none",
        "number_valid": "yes",
        "retry": "no",
        "price": "0.04100",
        "segments": "2",
        "text": f"'{message.body}",
        "sender": "'+COFFEE",
    }


@pytest.mark.parametrize(
    ("params", "bodies"),
    [
        ({}, ["spring sale", "winter sale", "booked"]),
        ({"q": ["sale"]}, ["spring sale", "winter sale"]),
        ({"q": ["sale spring"]}, ["spring sale"]),
        ({"label": ["VIP"]}, ["winter sale"]),
        ({"label": ["VIP"], "q": ["spring"]}, []),
        ({"status": ["undelivered"]}, ["booked"]),
        ({"phone": ["*0001"]}, ["spring sale"]),
        ({"template": ["Nobody"]}, None),
        ({"kind": ["marketing"]}, []),
        ({"before": ["x"], "row": ["51"], "sort": ["requested"]}, ["spring sale", "winter sale", "booked"]),
    ],
)
def test_it_has_the_rows_that_the_list_shows(params: dict[str, list[str]], bodies: list[str] | None) -> None:
    account = make_account()
    label = Label.objects.create(account=account, name="VIP")
    make_message(account, UNDELIVERED, body="booked", requested_at=NOW - timedelta(hours=3))
    make_message(account, body="winter sale", labels=(label.pk,), requested_at=NOW - timedelta(hours=2))
    make_message(account, body="spring sale", phone="+447700900001", requested_at=NOW - timedelta(hours=1))
    make_message(make_account(), body="spring sale of somebody else", labels=(label.pk,))
    if bodies is None:
        with pytest.raises(BadParams, match="Template"):
            make_export(account, params=params)
        return
    found = make_file_of(account, params=params)
    assert [row["text"] for row in table(found)] == bodies
    assert found.rows == len(bodies)


def test_the_last_30_days_are_kept_as_their_dates() -> None:
    account = make_account()
    make_message(account, requested_at=NOW - timedelta(days=29))
    make_message(account, requested_at=NOW - timedelta(days=31))
    export = make_file_of(account, params={})
    assert (export.params, export.title) == ({"from": ["2026-10-22"]}, "Messages · Since 22 Oct 2026")
    assert export.rows == 1


def test_the_filters_are_told_in_words() -> None:
    export = make_export(make_account(), params={"status": ["undelivered", "failed"], "phone": ["07700 900142"]})
    assert export.filters == [["Phone number", "+44 7700 900142"], ["Status", "Undelivered, Failed"]]


CODES = ["Your code is 481 923.", "Use 4819 to sign in", "G-4819AB", "481-923-11 and 20:15", "Nothing here", "abcd"]


@pytest.mark.parametrize("body", CODES)
def test_codes_are_hidden_as_in_the_list(body: str) -> None:
    account = make_account()
    message = make_message(account, source=Source.APP_LOGIN, body=body)
    found = Message.objects.filter(pk=message.pk).annotate(shown=hidden_codes(account))
    assert found.values_list("shown", flat=True).get() == telling.hide_codes(body)


def test_a_marketers_file_hides_one_time_codes_and_an_admins_does_not() -> None:
    account = make_account()
    verifying = Template.objects.create(account=account, name="Code", type=Template.Type.VERIFICATION)
    make_message(account, body="Your code is 481923", source=Source.APP_LOGIN, requested_at=NOW - timedelta(hours=3))
    make_message(account, body="Code: 771204", template_id=verifying.pk, requested_at=NOW - timedelta(hours=2))
    make_message(account, body="Table 481923 is booked", requested_at=NOW - timedelta(hours=1))
    marketers = make_file_of(account, by=make_user("marketer", account))
    assert [row["text"] for row in table(marketers)] == [
        "Table 481923 is booked",
        f"Code: {telling.DOTS}",
        f"Your code is {telling.DOTS}",
    ]
    admins = make_file_of(account, by=make_user("admin", account))
    assert (marketers.reveals, admins.reveals) == ([], ["view_codes"])
    assert [row["text"] for row in table(admins)] == [
        "Table 481923 is booked",
        "Code: 771204",
        "Your code is 481923",
    ]


def test_a_search_for_digits_does_not_spell_out_codes() -> None:
    account = make_account()
    make_message(account, body="Your code is 481923", source=Source.APP_LOGIN)
    make_message(account, body="Table 481923 is booked")
    params = {**ALL_TIME, "q": ["481923"]}
    assert make_file_of(account, params=params, by=make_user("marketer", account)).rows == 1
    assert make_file_of(account, params=params, by=make_user("admin", account)).rows == 2


def test_members_are_filtered_as_their_list_is_and_can_be_imported_again() -> None:
    account, other = make_account(), make_account()
    make_member(account, name="Maya Okafor", tags=["vip", "=x"], email="maya@post.example", external_id="H-1")
    make_member(account, name="Daniel Brandt", phone="", external_id="H-2")
    export = make_file_of(account, "members", params={"q": ["maya"]})
    (row,) = table(export)
    assert (row["external_id"], row["tags"], row["number"]) == ("H-1", "vip; =x", "valid")
    assert make_file_of(account, "members", params={"tag": ["vip"], "number": ["invalid"]}).rows == 0
    everybody = make_file_of(account, "members", params={})
    assert counts(run(make_job(other, everybody.path.read_bytes(), kind="members"))) == (2, 0, 0, 0)
    assert sorted(other.member_set.values_list("name", "phone")) == sorted(
        account.member_set.values_list("name", "phone")
    )


def test_a_members_own_messages_are_a_file_of_their_own() -> None:
    account = make_account()
    member = make_member(account, name="Maya Okafor", external_id="H-1")
    make_message(account, member_id=member.pk, phone=member.phone, body="mine")
    make_message(account, phone=member.phone, body="of nobody")
    export = make_file_of(account, "member_messages", params={"member": [str(member.pk)]})
    assert [row["text"] for row in table(export)] == ["mine"]
    assert (export.title, export.filters) == ("Messages to Maya Okafor", [["Member", "Maya Okafor (H-1)"]])


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30])
def test_a_member_that_is_not_there_has_no_file(key: str) -> None:
    with pytest.raises(BadParams):
        make_export(make_account(), "member_messages", params={"member": [key]})


def test_another_accounts_member_is_none_of_ours() -> None:
    theirs = make_member(make_account())
    with pytest.raises(BadParams):
        make_export(make_account(), "member_messages", params={"member": [str(theirs.pk)]})


def test_writing_asks_as_many_questions_for_many_rows_as_for_few() -> None:
    account = make_account()
    counted = []
    for n in (3, 30):
        for _ in range(n):
            full(account)
        connection.force_debug_cursor = True
        before = len(connection.queries_log)
        make_file_of(account)
        counted.append(len(connection.queries_log) - before)
        connection.force_debug_cursor = False
    assert counted[0] == counted[1]
