"""Each filter of the SMS list by its name in the address."""

from itertools import product
from typing import Any

import pytest
from django.test import Client

from logs.models import Campaign, Kind, Label, Source, Template
from logs.recording import record
from logs.statuses import Outcome, Reason, Stage, State, Status
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts.models import Account, SmsUser
from tests.factories.messages import (
    BLOCKED,
    DELIVERED,
    QUEUED,
    UNDELIVERED,
    make_draft,
    make_message,
)
from tests.logs.messages.looking import NOW, ids, named, page, row_ids

pytestmark = pytest.mark.django_db

# Filter → what makes a message match, and what makes one not match. Names become rows of the account.
FILTERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "phone, exact": ("phone=%2B447700900123", {"phone": "+447700900123"}, {"phone": "+447700900124"}),
    "phone, as people write it": ("phone=07700+900123", {"phone": "+447700900123"}, {"phone": "+337700900123"}),
    "phone, 00": ("phone=0033+6+12+34+56+78", {"phone": "+33612345678"}, {"phone": "+33612345679"}),
    "phone, plus lost": ("phone=+44+7700+900123", {"phone": "+447700900123"}, {"phone": "+447700900124"}),
    "phone, prefix": ("phone=%2B3361*", {"phone": "+33612345678"}, {"phone": "+33712345678"}),
    "phone, suffix of four": ("phone=*4711", {"phone": "+447700904711"}, {"phone": "+447700904712"}),
    "phone, longer suffix": ("phone=*904711", {"phone": "+447700904711"}, {"phone": "+447700914711"}),
    "q": ("q=harbour", {"body": "The Harbour is open"}, {"body": "The port is open"}),
    "q, beginnings of words": ("q=harb+op", {"body": "The Harbour is open"}, {"body": "The Harbour is closed"}),
    "q, all of them": ("q=open+harbour", {"body": "The Harbour is open"}, {"body": "Open the door"}),
    "q, a number": ("q=4711", {"body": "Table 4711"}, {"body": "Table 14711"}),
    "q, an apostrophe": ("q=O'Brien", {"body": "Dear O'Brien, hi"}, {"body": "Dear Brian, hi"}),
    "q, not only Latin": ("q=Żółć", {"body": "Świetna żółć!"}, {"body": "Swietna zolc!"}),
    "source": ("source=app-login", {"source": Source.APP_LOGIN}, {"source": Source.AUTOMATION}),
    "source, unknown to the message": ("source=automation", {"source": Source.AUTOMATION}, {"source": None}),
    "source, several": ("source=automation&source=pos-payment", {"source": Source.POS_PAYMENT}, {"source": None}),
    "source, not recorded": ("source=not-recorded", {"source": None}, {"source": Source.AUTOMATION}),
    "source, not recorded or one": (
        "source=not-recorded&source=automation", {"source": None}, {"source": Source.APP_LOGIN},
    ),
    "kind": ("kind=marketing", {"kind": Kind.MARKETING}, {"kind": Kind.OPERATIONAL}),
    "template": ("template=Booking+one", {"template": "Booking one"}, {"template": "Booking two"}),
    "template, several": ("template=A&template=B", {"template": "B"}, {"template": "C"}),
    "template_type": ("template_type=marketing", {"template": "Sale"}, {"template": "Booking"}),
    "label": ("label=vip", {"labels": ["spring", "vip"]}, {"labels": ["spring"]}),
    "sms_user": ("sms_user=shop", {"sms_user": "shop"}, {"sms_user": "bar"}),
    "campaign": ("campaign=Spring+sale", {"campaign": "Spring sale"}, {"campaign": None}),
}  # fmt: skip
MODELS = {"template": Template, "sms_user": SmsUser, "campaign": Campaign}


def with_names(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    """Names turned into the account's rows."""
    found = dict(fields)
    for name, model in MODELS.items():
        if found.get(name):
            extra = {"type": "marketing"} if found[name] == "Sale" else {}
            found[f"{name}_id"] = named(model, account, found[name], **extra)
        found.pop(name, None)
    if "labels" in found:
        known = {name: Label.objects.get_or_create(account=account, name=name)[0].pk for name in found["labels"]}
        found["labels"] = tuple(known.values())
    return found


@pytest.mark.parametrize(("query", "matching", "other"), FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_finds_what_matches_and_nothing_else(
    account: Account, client: Client, query: str, matching: dict[str, Any], other: dict[str, Any]
) -> None:
    if query == "template=A&template=B":
        named(Template, account, "A")
    make_message(account, **with_names(account, other))
    found = make_message(account, **with_names(account, matching))
    response = page(client, query)
    assert response.context["problems"] == []
    assert ids(response) == [found.pk]
    assert row_ids(response) == [str(found.pk)]
    assert str(response.context["count"]) == "1"
    assert len(response.context["chips"]) == 1


@pytest.mark.parametrize("status", Status)
def test_the_status_filter_finds_each_of_our_words(account: Account, client: Client, status: Status) -> None:
    made = {s: make_message(account, state_in(s)).pk for s in Status}
    response = page(client, f"status={status.slug}")
    assert ids(response) == [made[status]]
    assert (str(response.context["count"]), response.context["chips"][0].value) == ("1", str(status.label))


def state_in(status: Status) -> State:
    stage = Stage.QUEUED if status is Status.QUEUED else Stage.CARRIER_ACCEPTED
    return State.of(stage, status.outcome)


def test_several_statuses_are_any_of_them(account: Account, client: Client) -> None:
    queued, blocked = make_message(account, QUEUED), make_message(account, BLOCKED)
    make_message(account, DELIVERED)
    assert set(ids(page(client, "status=queued&status=blocked"))) == {queued.pk, blocked.pk}


def test_the_reason_filter_finds_its_reason(account: Account, client: Client) -> None:
    make_message(account, UNDELIVERED)
    found = make_message(account, BLOCKED)
    response = page(client, "reason=opted_out")
    assert (ids(response), str(response.context["count"])) == ([found.pk], "1")


def test_messages_without_a_reason_can_be_asked_for(account: Account, client: Client) -> None:
    make_message(account, BLOCKED)
    unsaid = make_message(account, State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.NONE))
    delivered = make_message(account, DELIVERED)
    response = page(client, "reason=none")
    assert (set(ids(response)), response.context["count"].n) == ({unsaid.pk, delivered.pk}, 2)
    assert response.context["chips"][0].value == "No reason given"
    assert ids(page(client, "reason=none&status=failed")) == [unsaid.pk]


def test_filters_narrow_each_other(account: Account, client: Client) -> None:
    fields = {"source": Source.APP_LOGIN, "phone": "+447700900123", "body": "Hello there"}
    found = make_message(account, **fields)
    for change in ({"source": Source.AUTOMATION}, {"phone": "+447700900124"}, {"body": "Bye"}):
        make_message(account, **(fields | change))
    response = page(client, "source=app-login&phone=*0123&q=hello&status=delivered")
    assert (ids(response), len(response.context["chips"])) == ([found.pk], 4)


@pytest.mark.parametrize("key", [key for key in VOCABULARIES if key != "smsadmin"])
def test_the_words_of_another_vocabulary_are_filters_too(account: Account, client: Client, key: str) -> None:
    account.vocabulary = key
    account.save()
    vocabulary = VOCABULARIES[key]
    states: dict[str, list[State]] = {}
    for stage, outcome, reason in product(Stage, Outcome, Reason):
        state = State.of(stage, outcome, reason)
        states.setdefault(vocabulary.project(state).slug, []).append(state)
    drafts = {make_draft(state): slug for slug, found in states.items() for state in found[:: max(len(found) // 2, 1)]}
    record(account=account, drafts=drafts, at=NOW)
    for label in vocabulary.labels[:: len(vocabulary.labels) // 3]:  # all of them: test_vocabularies
        response = page(client, {"status": f"{key}:{label.slug}"})
        assert response.context["problems"] == []
        assert set(ids(response)) == {draft.id for draft, slug in drafts.items() if slug == label.slug}
        assert response.context["count"].n == len(ids(response))


def test_words_of_two_vocabularies_can_be_asked_for_together(account: Account, client: Client) -> None:
    account.vocabulary = "como"
    account.save()
    blocked, delivered = make_message(account, BLOCKED), make_message(account, DELIVERED)
    make_message(account, QUEUED)
    response = page(client, "status=como:delivery-success&status=blocked")
    assert set(ids(response)) == {blocked.pk, delivered.pk}
    assert "Delivery success" in response.text


def test_a_template_type_that_no_template_has_finds_nothing(account: Account, client: Client) -> None:
    make_message(account)
    response = page(client, "template_type=verification")
    assert (ids(response), str(response.context["count"])) == ([], "0")
    assert "Nothing matches these filters in this period" in response.text
