"""Telling consent as other systems do: over HTTP, by a key."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from consent import ledger
from consent.ledger import Event, Purpose, Source, Status
from consent.models import ConsentEvent
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account
from tests.factories.sending import make_key, make_sms_user
from tests.threads import at_once

URL = "/api/v1/consent-events"
MAYA = "+447700900142"
GOOD = {"phone": "07700 900142", "event": "opted-in", "occurred_at": "2026-03-01T10:00:00+01:00"}


class Caller:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.headers = {"Authorization": f"Bearer {make_key(make_sms_user(account, 'till-4'))}"}

    def post(self, data: Any, **headers: str) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data)
        return Client().post(URL, body, content_type="application/json", headers=self.headers | headers)


@pytest.fixture
def caller(db: None) -> Caller:
    return Caller(make_account())


def stands(account: Account, purpose: Purpose = Purpose.MARKETING) -> Status | None:
    found = ledger.standings(account=account, phones=[MAYA], purpose=purpose).get(MAYA)
    return found and found.status


def test_an_event_is_recorded_with_all_that_was_told(caller: Caller) -> None:
    told = {"source": "pos", "text": "I agree", "ip": "192.0.2.7", "user_agent": "Till/2", "note": "Leeds"}
    response = caller.post({**GOOD, **told})
    row = ConsentEvent.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(row.pk),
        "phone": MAYA,
        "event": "opted-in",
        "occurred_at": "2026-03-01T09:00:00+00:00",
        "status": {"marketing": "opted-in", "operational": None},
        "repeated": False,
    }
    assert (row.phone, row.event, row.source, row.purpose) == (MAYA, Event.OPTED_IN, Source.POS, Purpose.MARKETING)
    assert (row.text, row.ip, row.user_agent, row.note) == ("I agree", "192.0.2.7", "Till/2", "Leeds")
    assert row.by_name == "till-4"
    assert list(ledger.verify(caller.account)) == []
    assert AuditEvent.objects.get(verb="consent.submitted").facts == {"caller": "till-4", "events": 1}


@pytest.mark.parametrize("offset", ["+16:00", "-23:59", "+01:00:00.5"])
def test_a_moment_may_have_any_offset(caller: Caller, offset: str) -> None:
    moment = f"2026-03-01T10:00:00{offset}"
    assert caller.post({**GOOD, "occurred_at": moment}).status_code == 201
    assert ConsentEvent.objects.get().at == datetime.fromisoformat(moment)


def test_the_same_key_answers_what_it_answered(caller: Caller) -> None:
    first = caller.post(GOOD, **{"Idempotency-Key": "k-1"})
    again = caller.post(GOOD, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    assert ConsentEvent.objects.count() == 1


def test_a_key_is_for_one_event_only(caller: Caller) -> None:
    caller.post({**GOOD, "idempotency_key": "k-1"})
    other = caller.post({**GOOD, "idempotency_key": "k-1", "event": "opted-out"})
    assert other.status_code == 422
    assert other.json()["error"]["field"] == "idempotency_key"
    assert stands(caller.account) is Status.OPTED_IN


def test_a_key_of_another_account_is_another_key(caller: Caller) -> None:
    caller.post({**GOOD, "idempotency_key": "k-1"})
    assert Caller(make_account()).post({**GOOD, "idempotency_key": "k-1"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_event() -> None:
    caller = Caller(make_account())
    answers = at_once(*[lambda: caller.post({**GOOD, "idempotency_key": "k-1"}).status_code] * 4)
    assert sorted(answers) == [200, 200, 200, 201]
    assert ConsentEvent.objects.count() == 1


def test_many_are_answered_each_in_its_place(caller: Caller) -> None:
    items = [
        GOOD,
        {**GOOD, "phone": "12"},
        {**GOOD, "event": "perhaps"},
        {**GOOD, "event": "opted-out", "purpose": "all"},
    ]
    response = caller.post({"events": items}, **{"Idempotency-Key": "k"})
    assert response.status_code == 201
    answers = response.json()["events"]
    assert [answer.get("error", {}).get("field") for answer in answers] == [None, "phone", "event", None]
    assert stands(caller.account) is stands(caller.account, Purpose.OPERATIONAL) is Status.OPTED_OUT
    assert caller.post({"events": items}, **{"Idempotency-Key": "k"}).json()["events"][0]["repeated"]
    assert ConsentEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "nobody"}, "phone"),
        ({"phone": None}, "phone"),
        ({"event": "revoked"}, "event"),
        ({"event": None}, "event"),
        ({"source": "import"}, "source"),
        ({"purpose": "gossip"}, "purpose"),
        ({"occurred_at": "2026-03-01T10:00:00"}, "occurred_at"),
        ({"occurred_at": "2999-03-01T10:00:00Z"}, "occurred_at"),
        ({"ip": "300.1.1.1"}, "ip"),
        ({"text": "x" * 5001}, "text"),
        ({"colour": "red"}, "colour"),
        ({"\ud800": "red"}, "?"),
    ],
)
def test_what_is_no_event_says_where(caller: Caller, fields: dict[str, Any], field: str) -> None:
    response = caller.post({**GOOD, **fields})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field
    assert response.json()["error"]["reason"]
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [([], 400), ({"events": []}, 400), ({"events": [GOOD] * 1001}, 413), (b"{", 400), ({"events": ["x"]}, 422)],
)
def test_what_is_no_request_is_refused_whole(caller: Caller, body: Any, status: int) -> None:
    assert caller.post(body).status_code == status
    assert not ConsentEvent.objects.exists()


def test_a_thousand_cost_as_many_queries_as_one(caller: Caller, django_assert_max_num_queries: Any) -> None:
    items = [{**GOOD, "phone": f"+44770090{n:04d}"} for n in range(1000)]
    with django_assert_max_num_queries(22):
        assert caller.post({"events": items}).status_code == 201
    assert ConsentEvent.objects.count() == 1000


def test_without_a_key_nothing_opens(db: None) -> None:
    assert Client().post(URL, "{}", content_type="application/json").status_code == 401
