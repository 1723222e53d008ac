"""Removal requests and the policy, as pages: who may, what is shown, what never is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blocklist import requests, rules
from blocklist.models import RemovalRequest
from consent import ledger
from consent.vocabulary import Event
from consent.vocabulary import Source as Through
from logs import removal_tests
from logs.eligibility import pipeline
from logs.models import Message
from logs.policy_forms import PolicyForm
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user, signed_in
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, QUEUED, make_message
from tests.factories.removal import PHONE, make_failure, make_request

NUMBER = "+44 7700 900142"
EMPTY = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER)


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


def url(name: str, account: Account, **keys: Any) -> str:
    return reverse(name, kwargs={"account": account.slug, **keys})


def text_of(client: Client, name: str, account: Account, **keys: Any) -> str:
    answer = client.get(url(name, account, **keys))
    assert answer.status_code == 200
    return answer.content.decode()


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="smsadmin.accounts.authentication.EmailBackend")
    return client


# ---- requests


def test_a_request_goes_from_the_entry_to_the_operators_and_back(account: Account) -> None:
    make_member(account, phone=PHONE)
    other = make_account("other", name="Northwind Secret")
    entry = make_failure(other)
    user = make_user("support", account)
    client = enter(user)
    assert "Northwind" not in text_of(client, "removal_new", account, pk=entry.pk)
    client.post(url("removal_new", account, pk=entry.pk), {"statement": "She called from it."})
    asked = RemovalRequest.objects.get()
    assert "She called from it." in text_of(client, "removal_requests", account)
    assert "Requested" in text_of(client, "block", account, pk=entry.pk)

    operator = signed_in("operator")
    page = text_of(operator, "removal_queue", account)
    assert "She called from it." in page
    assert "Northwind Secret" in page
    operator.post(
        url("removal_queue", account), {"act": "accept", "request": str(asked.pk), "note": "It works: we tried it."}
    )
    assert "was accepted" in text_of(client, "help", account)
    answer = text_of(client, "removal_requests", account)
    assert "It works: we tried it." in answer
    assert "Northwind" not in answer
    assert "It works: we tried it." in text_of(client, "block", account, pk=entry.pk)
    assert "was accepted" not in text_of(client, "help", account)


def test_only_operators_open_the_queue_and_act_in_it(account: Account) -> None:
    asked = make_request(account)
    admin = signed_in("admin", account)
    assert admin.get(url("removal_queue", account)).status_code == 403
    data = {"act": "accept", "request": str(asked.pk), "note": "mine"}
    assert admin.post(url("removal_queue", account), data).status_code == 403
    asked.refresh_from_db()
    assert asked.is_open


def test_an_account_sees_its_own_requests_alone(account: Account) -> None:
    make_request(account, statement="Harbour says so.")
    other = make_account("elsewhere")
    assert "Harbour says so." not in text_of(signed_in("admin", other), "removal_requests", other)


def test_an_answer_needs_a_note(account: Account) -> None:
    asked = make_request(account)
    answer = signed_in("operator").post(
        url("removal_queue", account), {"act": "refuse", "request": str(asked.pk), "note": " "}
    )
    assert "is required" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.is_open


def test_a_request_is_withdrawn_by_its_account_alone(account: Account) -> None:
    asked = make_request(account)
    other = make_account("elsewhere")
    data = {"request": str(asked.pk)}
    assert signed_in("support", other).post(url("removal_requests", other), data).status_code == 404
    signed_in("marketer", account).post(url("removal_requests", account), data)
    asked.refresh_from_db()
    assert asked.is_open
    signed_in("support", account).post(url("removal_requests", account), data)
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


# ---- the test SMS


def opted_in(account: Account, **fields: Any) -> RemovalRequest:
    for purpose in (1, 2):
        ledger.record(
            account=account, phone=PHONE, purpose=purpose, event=Event.OPTED_IN, source=Through.APP, by=None,
            at=datetime.now(UTC) - timedelta(days=3),
        )  # fmt: skip
    return make_request(account, **fields)


def send(asked: RemovalRequest) -> Any:
    return removal_tests.send_test(request=asked, text="A test.", by=make_user("operator"), at=datetime.now(UTC))


def test_a_test_passes_the_entry_it_is_about(account: Account) -> None:
    asked = opted_in(account)
    answer = send(asked)
    assert not answer.state.outcome.is_final, answer.sentence
    asked.refresh_from_db()
    assert asked.test_message == answer.id
    assert removal_tests.message_of(asked) == Message.objects.of(account).get(pk=answer.id)


def test_no_other_entry_is_passed(account: Account) -> None:
    asked = opted_in(account)
    make_failure(account, 550, at=datetime.now(UTC) - timedelta(minutes=1))
    answer = send(asked)
    assert answer.state.reason is Reason.BLOCKLIST_ACCOUNT


def test_no_other_message_passes_and_the_test_no_longer_once_refused(account: Account) -> None:
    asked = opted_in(account)
    message = Message.objects.of(account).get(pk=send(asked).id)
    requests.decide(pk=asked.pk, accept=False, note="no", by=make_user("operator"), at=datetime.now(UTC))
    candidate = pipeline.Candidate(message.pk, PHONE, message.kind, message.source, message.body, 1)
    verdict = pipeline.judge(account=account, candidates=[candidate], at=datetime.now(UTC), again=True)[message.pk]
    assert verdict.state
    assert verdict.state.reason is Reason.BLOCKLIST_GLOBAL


def test_an_opt_out_stops_a_test(account: Account) -> None:
    asked = opted_in(account)
    ledger.record(
        account=account, phone=PHONE, purpose=2, event=Event.OPTED_OUT, source=Through.REPLY, by=None,
        at=datetime.now(UTC),
    )  # fmt: skip
    assert send(asked).state.reason is Reason.OPTED_OUT


def test_the_receipt_shows_beside_the_request(account: Account) -> None:
    asked = opted_in(account)
    operator = signed_in("operator")
    operator.post(url("removal_queue", account), {"act": "test", "request": str(asked.pk), "text": "A test."})
    asked.refresh_from_db()
    page = text_of(operator, "removal_queue", account)
    assert url("message", account, pk=asked.test_message) in page
    assert "Queued" in page


# ---- the policy


def policy_data(**changes: str) -> dict[str, str]:
    form = PolicyForm(rules=rules.in_force())
    data = {name: str(value) for name, value in form.initial.items() if value is not False}
    return {**data, **changes}


def failed(account: Account, at: datetime, *states: State) -> Message:
    return make_message(account, QUEUED, ACCEPTED, *states, requested_at=at, at=at, phone=PHONE)


def test_trying_a_policy_saves_nothing_and_tells_what_it_would_have_stopped(account: Account) -> None:
    at = datetime.now(UTC) - timedelta(days=2)
    failed(account, at, EMPTY)
    make_message(account, requested_at=at + timedelta(hours=3), phone=PHONE)
    operator = signed_in("operator")
    answer = operator.post(url("failure_rules", account), policy_data(act="try", seconds_500="1 h"))
    trial = answer.context["trial"]
    assert [(str(now), str(then)) for _label, now, then in trial["rows"]] == [
        ("1", "1"), ("30 days", "1 h 00 min"), ("30 days", "1 h 00 min"), ("1", "0"), ("1", "0"),
    ]  # fmt: skip
    assert rules.in_force()[500].seconds == 30 * 86_400
    recovered = next(line["recovery"] for line in answer.context["lines"] if line["code"] == 500)
    assert [(share.n, share.of) for share in recovered] == [(0, 1), (1, 1), (0, 0), (0, 0)]


def test_saving_changes_the_rules(account: Account) -> None:
    signed_in("operator").post(url("failure_rules", account), policy_data(act="save", seconds_550="4 h", step_550="on"))
    assert (rules.in_force()[550].seconds, rules.in_force()[550].step_up) == (4 * 3600, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("seconds_530", "5 min"), ("seconds_550", "soon"), ("seconds_550", "4000 d"), ("longest_550", "1 min")],
)
def test_a_rule_that_cannot_be_is_refused(account: Account, field: str, value: str) -> None:
    before = rules.in_force()
    answer = signed_in("operator").post(url("failure_rules", account), policy_data(act="save", **{field: value}))
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert rules.in_force() == before


def test_others_read_the_policy_with_the_figures_of_their_account(account: Account) -> None:
    failed(make_account("other"), datetime.now(UTC) - timedelta(days=2), EMPTY)
    client = signed_in("admin", account)
    answer = client.get(url("failure_rules", account))
    assert answer.context["history"].numbers == 0
    assert signed_in("operator").get(url("failure_rules", account)).context["history"].numbers == 1
    assert client.post(url("failure_rules", account), policy_data(act="save", seconds_500="1 h")).status_code == 403
