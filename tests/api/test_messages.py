"""The API as other systems use it: over HTTP, by a key."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blocklist import entries
from logs.models import OURS, Kind, Message, QueuedMessage, Source, StatusEvent
from logs.tasks import pipeline
from smsadmin.accounts import sms_users
from smsadmin.accounts.models import Account, AuditEvent, SmsUser
from smsadmin.api.parsing import MOST_BYTES
from tests.factories.accounts import make_account, make_user, signed_in
from tests.factories.blocks import make_entry
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, QUEUED, UNDELIVERED, make_message
from tests.factories.sending import PHONE, make_key, make_sms_user, make_template
from tests.threads import at_once

URL = "/api/v1/messages"
TEXT = "Your table is booked."
GOOD = {"to": PHONE, "text": TEXT, "source": "app-login"}


class Caller:
    """A system with a key."""

    def __init__(self, account: Account, name: str = "app") -> None:
        self.account = account
        self.sms_user = make_sms_user(account, name)
        self.key = make_key(self.sms_user)
        self.headers = {"Authorization": f"Bearer {self.key}"}

    def post(self, data: Any, **headers: str) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data)
        return Client().post(URL, body, content_type="application/json", headers=self.headers | headers)

    def get(self, pk: Any) -> Any:
        return Client().get(f"{URL}/{pk}", headers=self.headers)


@pytest.fixture
def caller(db: None) -> Caller:
    return Caller(make_account(time_zone="UTC"))


def problem_of(caller: Caller, **fields: Any) -> tuple[str, str]:
    response = caller.post({**GOOD, **fields})
    assert response.status_code == 422, response.content
    assert not Message.objects.exists()
    return response.json()["error"]["field"], response.json()["error"]["reason"]


# ---- what is taken


def test_one_message_is_accepted_and_answered_with_its_state(caller: Caller) -> None:
    response = caller.post({**GOOD, "reference": "crm-7", "labels": ["vip"]})
    answer = response.json()
    message = Message.objects.of(caller.account).get(pk=answer.pop("id"))
    assert (response.status_code, response["Content-Type"]) == (202, "application/json")
    assert answer == {
        "status": "queued",
        "label": "Queued",
        "final": False,
        "stage": "queued",
        "outcome": "pending",
        "reason": None,
        "reason_label": None,
        "sentence": answer["sentence"],
        "held_until": None,
        "repeated": False,
    }
    assert (message.phone, message.sms_user, message.reference) == (PHONE, caller.sms_user, "crm-7")
    assert (message.source, message.kind) == (Source.APP_LOGIN, Kind.OPERATIONAL)
    assert QueuedMessage.objects.filter(pk=message.pk).exists()


def test_a_refused_message_is_a_message_too(caller: Caller) -> None:
    response = caller.post({**GOOD, "source": "filter-members"})
    answer = response.json()
    assert response.status_code == 202
    assert (answer["status"], answer["final"], answer["reason"]) == ("blocked", True, "not_opted_in")
    assert (answer["reason_label"], answer["sentence"]) == ("Not opted in", "Never opted in.")


def test_a_batch_is_answered_item_by_item(caller: Caller) -> None:
    response = caller.post({"messages": [GOOD, {**GOOD, "to": "12"}, "hello", {**GOOD, "colour": 1}, GOOD]})
    told = response.json()["messages"]
    assert response.status_code == 202
    assert [sorted(each)[:1] for each in told] == [["final"], ["error"], ["error"], ["error"], ["final"]]
    assert told[1]["error"]["field"] == "to"
    assert told[2]["error"] == {"field": "", "reason": "A message is an object."}
    assert told[3]["error"] == {"field": "colour", "reason": "There is no such field."}
    assert Message.objects.of(caller.account).count() == 2


def test_every_source_has_a_name(caller: Caller) -> None:
    response = caller.post({"messages": [{**GOOD, "source": source.slug} for source in Source if source not in OURS]})
    ids = [each["id"] for each in response.json()["messages"]]
    assert [Message.objects.get(pk=pk).source for pk in ids] == [one for one in Source if one not in OURS]


def test_all_fields_are_understood(caller: Caller) -> None:
    make_template(caller.account, "Points", "Hi {name}, {n} points")
    member = make_member(caller.account, phone=PHONE, external_id="H-1")
    response = caller.post(
        {
            "external_id": "H-1",
            "template": "points",
            "variables": {"name": "Maya", "n": 70},
            "source": "automation",
            "kind": "operational",
            "labels": ["a", "b"],
            "sender": "Harbour",
            "reference": "r-1",
            "idempotency_key": "k-1",
            "not_before": "2020-01-01T00:00:00+01:00",
            "validity": 3600,
            "campaign": "Spring",
            "to": None,
        }
    )
    message = Message.objects.get(pk=response.json()["id"])
    assert (response.status_code, message.member_id, message.body) == (202, member.pk, "Hi Maya, 70 points")
    assert (message.sender, len(message.labels), str(message.campaign)) == ("Harbour", 2, "Spring")
    row = QueuedMessage.objects.get(pk=message.pk)
    assert (row.expires_at - row.due_at).total_seconds() == 3600


def test_a_message_can_be_planned(caller: Caller) -> None:
    later = timezone.now() + timedelta(hours=5)
    answer = caller.post({**GOOD, "not_before": later.isoformat()}).json()
    assert (answer["status"], answer["reason"], answer["held_until"]) == ("queued", "scheduled", later.isoformat())


@pytest.mark.parametrize("offset", ["+00:00", "+15:59", "+16:00", "-16:00", "+23:59", "-23:59", "+01:00:00.5"])
def test_a_moment_may_have_any_offset(caller: Caller, offset: str) -> None:
    answer = caller.post({**GOOD, "not_before": f"2020-01-01T00:00:00{offset}"})
    later = timezone.now().replace(tzinfo=None) + timedelta(days=10)
    planned = caller.post({**GOOD, "not_before": f"{later.isoformat()}{offset}"}).json()
    assert (answer.status_code, planned["reason"]) == (202, "scheduled")
    due = QueuedMessage.objects.get(pk=planned["id"]).due_at
    assert due == datetime.fromisoformat(f"{later.isoformat()}{offset}")
    assert planned["held_until"] == due.isoformat()


# ---- what is wrong with a field


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"to": None}, "to", "Say who gets it"),
        ({"to": 447700900142.5}, "to", "Not a phone number"),
        ({"to": True}, "to", "Not a valid string"),
        ({"to": ["+44"]}, "to", "Not a valid string"),
        ({"to": "nobody"}, "to", "Not a phone number"),
        ({"to": "1" * 65}, "to", "no more than 64"),
        ({"to": "+44770\x00"}, "to", "Null characters"),
        ({"to": None, "member": "x"}, "member", "valid integer"),
        ({"to": None, "member": 0}, "member", "greater than"),
        ({"to": None, "member": 2**63}, "member", "less than"),
        ({"to": None, "member": 999_999}, "member", "There is no such member."),
        ({"to": None, "external_id": "no"}, "external_id", "There is no such member."),
        ({"member": 1}, "member", "Give one of"),
        ({"text": None}, "text", "Write a text"),
        ({"text": ""}, "text", "Write a text"),
        ({"text": "a\x00b"}, "text", "Null characters"),
        ({"text": "\ud83d"}, "text", "Surrogate"),
        ({"text": "a" * 10_001}, "text", "Longer than"),
        ({"text": {"a": 1}}, "text", "Not a valid string"),
        ({"template": "Points"}, "text", "either"),
        ({"text": None, "template": "nowhere"}, "template", "no such template"),
        ({"text": None, "template": 7}, "template", "no such template"),
        ({"text": None, "template": 0}, "template", "or its id"),
        ({"text": None, "template": True}, "template", "or its id"),
        ({"text": None, "template": "\ud83d"}, "template", "or its id"),
        ({"text": None, "template": ["x"]}, "template", "or its id"),
        ({"variables": {"a": "b"}}, "variables", "need a template"),
        ({"variables": ["a"]}, "variables", "Expected a dictionary"),
        ({"variables": {"a": ["b"]}}, "variables.a", "Not a valid string"),
        ({"source": "telepathy"}, "source", "One of: filter-members, automation"),
        ({"source": 3}, "source", "One of"),
        ({"kind": "spam"}, "kind", "One of: marketing, operational"),
        ({"kind": "marketing"}, "kind", "Codes and consent requests are operational."),
        ({"labels": "vip"}, "labels", "Expected a list"),
        ({"labels": [["vip"]]}, "labels", "Not a valid string"),
        ({"labels": [str(n) for n in range(21)]}, "labels", "More than 20"),
        ({"sender": "x" * 33}, "sender", "no more than 32"),
        ({"reference": "x" * 101}, "reference", "no more than 100"),
        ({"idempotency_key": "x" * 101}, "idempotency_key", "no more than 100"),
        ({"not_before": "tomorrow"}, "not_before", "A moment with its zone"),
        ({"not_before": "2027-01-01T00:00:00"}, "not_before", "A moment with its zone"),
        ({"not_before": "2027-13-01T00:00:00Z"}, "not_before", "A moment with its zone"),
        ({"not_before": "9999-12-31T23:59:59-12:00"}, "not_before", "A moment with its zone"),
        ({"not_before": "2999-01-01T00:00:00Z"}, "not_before", "At most 180 days"),
        ({"validity": 59}, "validity", "greater than or equal to 60"),
        ({"validity": 10**9}, "validity", "less than or equal"),
        ({"validity": "an hour"}, "validity", "valid integer"),
        ({"campaign": "x" * 101}, "campaign", "no more than 100"),
        ({"phone": PHONE}, "phone", "There is no such field."),
    ],
)
def test_each_fields_error_names_the_field(caller: Caller, fields: dict[str, Any], field: str, reason: str) -> None:
    named, why = problem_of(caller, **fields)
    assert (named.partition(".")[0], reason in why) == (field.partition(".")[0], True), (named, why)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"\ud800": 1}, "?"),
        ({**GOOD, "variables": {"a\udfff": {}}}, "variables.a?"),
    ],
    ids=["a field", "a variable"],
)
def test_half_a_character_in_a_name_does_not_lose_the_answers_of_the_others(
    caller: Caller, wrong: dict[str, Any], field: str
) -> None:
    response = caller.post({"messages": [GOOD, wrong]})
    good, bad = response.json()["messages"]
    assert (response.status_code, good["status"], bad["error"]["field"]) == (202, "queued", field)


def test_another_accounts_member_and_template_are_not_found(caller: Caller) -> None:
    theirs = make_account()
    member, template = make_member(theirs), make_template(theirs, "Theirs", "Hello")
    response = caller.post(
        {
            "messages": [
                {"member": member.pk, "text": TEXT},
                {"to": PHONE, "template": template.pk},
                {"to": PHONE, "template": "Theirs"},
            ]
        }
    )
    assert response.status_code == 422
    assert [each["error"]["field"] for each in response.json()["messages"]] == ["member", "template", "template"]


# ---- what is wrong with a request


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),  # the framework reads nothing as an empty object
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b'{"messages": []}', 400),
        (b'{"messages": {}}', 400),
        (b'{"messages": [{}], "to": "x"}', 400),
        (b'{"to": NaN}', 400),
        (b'{"member": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (json.dumps({"messages": [GOOD] * 1001}).encode(), 413),
        (b" " * (MOST_BYTES + 1), 413),
        (b"{}", 422),
    ],
)
def test_what_is_no_request_is_answered_in_json(caller: Caller, body: bytes, status: int) -> None:
    response = caller.post(body)
    assert response.status_code == status, response.content
    assert response.json()["error"]["reason"]
    assert not Message.objects.exists()


def test_only_json_is_read(caller: Caller) -> None:
    response = Client().post(URL, {"to": PHONE}, headers=caller.headers)
    assert (response.status_code, "Send JSON" in response.json()["error"]["reason"]) == (415, True)


def test_other_methods_are_refused(caller: Caller) -> None:
    response = Client().delete(URL, headers=caller.headers)
    assert (response.status_code, "error" in response.json()) == (405, True)


# ---- keys


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer sms_wrong", "Basic YTpi", "Bearer " + "sms_" + "x" * 40]
)
def test_without_a_good_key_nothing_opens(db: None, given: str) -> None:
    response = Client().post(URL, "{}", content_type="application/json", headers={"Authorization": given})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="smsadmin"')
    assert response.json()["error"]["reason"]


def test_the_key_of_a_disabled_sms_user_opens_nothing(caller: Caller) -> None:
    SmsUser.objects.update(enabled=False)
    assert caller.post(GOOD).status_code == 401


def test_a_new_key_replaces_the_old_one(caller: Caller) -> None:
    newer = make_key(caller.sms_user)
    assert caller.post(GOOD).status_code == 401
    caller.headers = {"Authorization": f"bearer {newer}"}
    assert caller.post(GOOD).status_code == 202


def test_a_key_is_kept_as_a_digest_and_making_it_leaves_a_line(db: None) -> None:
    account, ann = make_account(), make_user("admin")
    sms_user = make_sms_user(account)
    key = sms_users.make_key(sms_user=sms_user, by=ann, at=timezone.now())
    sms_user.refresh_from_db()
    line = AuditEvent.objects.get(verb="sms_user.key_made")
    assert (len(key), key[:4], sms_user.key_hint) == (44, "sms_", key[-4:])
    assert sms_user.key_digest == sms_users.digest(key) != key
    assert (line.account_id, line.by_id, line.object_id) == (account.pk, ann.pk, str(sms_user.pk))
    assert key not in json.dumps(line.facts)


def test_a_session_is_no_key(caller: Caller) -> None:
    response = signed_in("admin", caller.account).post(URL, json.dumps(GOOD), content_type="application/json")
    assert response.status_code == 401


# ---- once


def test_the_same_key_twice_is_one_message(caller: Caller) -> None:
    first = caller.post({**GOOD, "idempotency_key": "k-1"})
    again = caller.post({**GOOD, "idempotency_key": "k-1"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json() | {"repeated": True}
    assert caller.post({**GOOD, "idempotency_key": "k-1", "text": "Other"}).status_code == 422
    assert Message.objects.count() == 1


def test_a_key_in_the_header_holds_for_the_whole_request(caller: Caller) -> None:
    batch = {"messages": [GOOD, {**GOOD, "to": "12"}, {**GOOD, "idempotency_key": "own"}]}
    first = caller.post(batch, **{"Idempotency-Key": "req-1"}).json()["messages"]
    again = caller.post(batch, **{"Idempotency-Key": "req-1"}).json()["messages"]
    assert [each.get("id") for each in again] == [each.get("id") for each in first]
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_moment_is_one_message() -> None:
    caller = Caller(make_account())
    answers = at_once(*[lambda: caller.post({**GOOD, "idempotency_key": "k-1"})] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Message.objects.count() == 1


# ---- what became of it


def test_a_message_is_told_with_its_events(caller: Caller) -> None:
    message = make_message(caller.account, QUEUED, ACCEPTED, UNDELIVERED, reference="crm-7")
    answer = caller.get(message.pk).json()
    assert (answer["id"], answer["status"], answer["reason"]) == (str(message.pk), "undelivered", "power_off")
    assert (answer["reference"], answer["to"]) == ("crm-7", message.phone)
    assert [each["status"] for each in answer["events"]] == ["queued", "sending", "undelivered"]
    assert answer["sentence"] == answer["events"][-1]["sentence"]


def test_a_refusal_is_told_with_its_own_sentence(caller: Caller) -> None:
    given = caller.post({**GOOD, "source": "filter-members"}).json()
    told = caller.get(given["id"]).json()
    assert told["sentence"] == told["events"][0]["sentence"] == "Never opted in."


def test_what_another_account_stopped_is_refused_without_a_word_about_it(caller: Caller) -> None:
    rival, at = make_account("rival", name="Rival Ltd"), timezone.now()
    make_entry(rival, PHONE, is_global=True, note="Rival Ltd asked", by_name="spy@rival.example", evidence=UUID(int=7))
    entries.block(
        account=rival, phone=PHONE, scope="global", until=None, note="asked for Rival Ltd",
        by=make_user("operator", email="spy@rival.example"), at=at,
    )  # fmt: skip
    answer = caller.post(GOOD)
    message = Message.objects.get()
    told = caller.get(message.pk)
    assert (answer.json()["outcome"], answer.json()["reason"]) == ("blocked", "blocklist_global")
    page = signed_in("admin", caller.account).get(f"/{caller.account.slug}/messages/{message.pk}/")
    for response in (answer, told, page):
        text = response.content.decode().lower()
        assert not [word for word in ("rival", "spy@", str(UUID(int=7))) if word in text]
    kept = str(StatusEvent.objects.filter(message_id=message.pk).values())
    assert not [word for word in ("rival", "spy@") if word in kept.lower()]


def test_another_accounts_message_is_not_there(caller: Caller) -> None:
    theirs = make_message(make_account())
    for pk in (theirs.pk, UUID(int=7)):
        response = caller.get(pk)
        assert (response.status_code, response.json()["error"]["reason"]) == (404, "There is no such message.")


# ---- at scale, and without a broker


def test_a_hundred_take_as_many_queries_as_two(caller: Caller) -> None:
    caller.post(GOOD)

    def queries(n: int) -> int:
        batch = {"messages": [{**GOOD, "to": f"+4477009{i:05d}", "idempotency_key": f"{n}-{i}"} for i in range(n)]}
        with CaptureQueriesContext(connection) as captured:
            assert caller.post(batch).status_code == 202
        return len(captured)

    assert queries(100) == queries(2)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_stop_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(make_account())

    def away(*_args: Any, **_options: Any) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(pipeline.dispatch, "apply_async", away)
    assert caller.post(GOOD).status_code == 202
    assert QueuedMessage.objects.count() == 1
