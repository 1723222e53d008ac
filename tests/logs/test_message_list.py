"""The SMS list, through its address: each filter, the pages, the counts, and that nothing in an address breaks it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.db import connection
from django.db.models import BooleanField, Func, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from logs import counting
from logs.models import Campaign, Kind, Label, Message, Source, Template
from logs.recording import record
from logs.statuses import Outcome, Reason, Stage, State, Status
from logs.views.messages import MessageList
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.listing import counts
from smsadmin.listing.counts import Count
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.messages import (
    ACCEPTED,
    BLOCKED,
    DELIVERED,
    QUEUED,
    SENDING,
    UNDELIVERED,
    make_draft,
    make_message,
    make_said,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account() -> Account:
    return make_account("harbour", time_zone="Europe/Paris", country="GB")


@pytest.fixture
def client(account: Account) -> Client:
    return signed_in("marketer", account)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def page(client: Client, query: dict[str, Any] | str = "", status: int = 200) -> Any:
    """The list at this query; its context as ``.context``."""
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    response = client.get(f"/harbour/messages/?{text}".rstrip("?"))
    assert response.status_code == status
    return response


def ids(response: Any) -> list[Any]:
    return [row.pk for row in response.context["page"].rows]


def row_ids(response: Any) -> list[str]:
    """As they stand in the markup."""
    return re.findall(r'<tr[^>]* data-id="([0-9a-f-]+)"', response.text)


# ---- every filter by its name


def named(model: Any, account: Account, name: str, **fields: Any) -> int:
    return model.objects.create(account=account, name=name, **fields).pk


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


# ---- nonsense is explained at its field, and never a 500

LONG = "x" * 10_000
CHOSEN = ("phone", "status", "reason", "source", "kind", "template", "template_type", "label", "sms_user", "campaign")
NONSENSE = [
    *(
        dict.fromkeys(CHOSEN, value)
        for value in ("no such thing", "\x00", "%", "'; DROP TABLE message; --", LONG, "9" * 20, "-1", "٤٤", "None")
    ),
    {"phone": "*12", "q": "!!! ---", "from": "yesterday", "to": "31.12.", "status": "como:sent"},  # not its vocabulary
    {"phone": "*", "q": "\x00", "from": "2026-02-30", "to": "10000-01-01", "status": "nonsense:sent"},
    {"phone": "+*", "q": "word\x00", "from": "\x00", "to": LONG, "status": ":"},
    {"phone": "+" + "4" * 5000, "q": LONG, "from": LONG, "to": "\x00"},
    {"phone": "+447700900123\x00", "q": "é" * 3000, "from": "20260101"},
    {"phone": "07700*", "q": "''"},
]


@pytest.mark.parametrize("query", NONSENSE, ids=lambda query: repr(next(iter(query.values()))[:20]))
def test_a_value_that_is_not_understood_is_explained_at_its_field(
    account: Account, client: Client, query: dict[str, str]
) -> None:
    make_message(account)
    response = page(client, query)
    errors = response.context["filter_form"].errors | response.context["period_form"].errors
    assert set(errors) == set(query)
    assert len(response.context["problems"]) >= len(query)
    assert response.context["invalid"]
    assert response.context["page"] is None
    assert "A filter is not understood, so nothing was searched" in response.text
    assert response.context["unbad_url"] == "?"


def test_what_is_right_stays_when_the_wrong_is_taken_off(client: Client) -> None:
    response = page(client, "status=delivered&phone=jane&from=2026-01-01")
    assert response.context["unbad_url"] == "?status=delivered&from=2026-01-01"
    assert [(chip.value, chip.bad) for chip in response.context["chips"]] == [("jane", True), ("Delivered", False)]
    assert f'href="{response.context["unbad_url"]}"'.replace("&", "&amp;") in response.text


def test_a_first_day_after_the_last_is_explained(client: Client) -> None:
    response = page(client, "from=2026-03-09&to=2026-03-08")
    assert response.context["period_form"].errors == {"to": ["This day is before the first one."]}


HARMLESS = [
    "nonsense=1",
    "phone=",
    "status=",
    "template=&q=+++",
    "q=%27%22%5C%28%29%26%7C%21%3A*+a",
    "q=a%3A*%3A*&q=b",
    "q=19%3A30",
    "q=http%3A%2F%2Fexample.org%2Fa.b%2Fc",
    "q=½+x",
    "q=" + "ab+" * 66,
    "q=" + "測" * 200,
    "from=all",
    "from=ALL&to=all",
    "from=all&to=2026-03-01",
    "from=0001-01-01",
    "from=0001-01-01&to=9999-12-31",
    "to=9999-12-31",
    "from=9999-12-31",
    "to=0001-01-01",
    "from=1969-12-31&to=1970-01-01",
    "from=2026-03-01&from=2026-03-02",
    "sort=requested",
    "sort=nonsense",
    "before=nonsense",
    "before=00000000-0000-0000-0000-000000000000",
    "after=00000000-0000-0000-0000-000000000000",
    "before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    "after=ffffffff-ffff-ffff-ffff-ffffffffffff",
    "before=%00",
    "after=%00",
    f"before={LONG}",
    "before=1&after=2",
    "after=end&before=end",
    "after=END",
    "row=-1",
    "row=%D9%A4&before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    "row=²&before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    f"row={'9' * 5000}&before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    "row=99999999999&before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    "filters=open",
    "%00=%00",
    "=&&&=",
    "%FF=%FF&q=caf%E9",
]


@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_odd_addresses_are_answered(account: Account, client: Client, zone: str) -> None:
    Account.objects.update(time_zone=zone)
    make_message(account)
    for query in HARMLESS:
        if zone == "Europe/Paris" or "-01" in query:
            context = page(client, query).context
            assert (query, context["invalid"], context["page"] is None) == (query, False, False)


@pytest.mark.parametrize(
    "query", ["template=%00", "phone=nonsense", "before=nonsense", "from=x", "q=%00", "status=x", f"q={LONG}"]
)
def test_odd_addresses_open_a_message_too(account: Account, client: Client, query: str) -> None:
    message = make_message(account)
    assert client.get(f"/harbour/messages/{message.pk}/?{query}").status_code == 200


# ---- the period


def test_the_last_thirty_days_are_shown_unless_told(account: Account, client: Client) -> None:
    """In Paris it is 13:00 on 10 March, so the thirty days begin on 9 February there: at 23:00 on the 8th in UTC."""
    first = datetime(2026, 2, 8, 23, 0, tzinfo=UTC)
    make_message(account, requested_at=first - timedelta(milliseconds=1))
    inside = [make_message(account, requested_at=at).pk for at in (first, NOW, NOW + timedelta(days=2))]
    response = page(client)
    assert ids(response) == inside[::-1]
    assert str(response.context["count"]) == "3"
    assert "Last 30 days" in response.text
    assert "of 4 kept" in response.text


DAYS = [
    ("from=2026-03-09&to=2026-03-09", "2026-03-08T23:00:00Z", "2026-03-09T22:59:59.999Z"),
    ("from=2026-03-01", "2026-02-28T23:00:00Z", "2026-03-10T12:00:00Z"),
    ("to=2026-01-31", "2008-01-31T12:00:00Z", "2026-01-31T22:59:59.999Z"),
    ("from=2025-10-26&to=2025-10-26", "2025-10-25T22:00:00Z", "2025-10-26T22:59:59.999Z"),  # 25 hours
    ("from=2025-03-30&to=2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T21:59:59.999Z"),  # 23 hours
]


@pytest.mark.parametrize(("query", "first", "last"), DAYS)
def test_days_begin_and_end_in_the_accounts_zone(
    account: Account, client: Client, query: str, first: str, last: str
) -> None:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    inside = {make_message(account, requested_at=at).pk for at in (start, end)}
    outside = [] if "from" not in query else [start - timedelta(milliseconds=1)]
    outside += [] if "to" not in query else [end + timedelta(milliseconds=1)]
    for at in outside:
        make_message(account, requested_at=at)
    response = page(client, query)
    assert set(ids(response)) == inside
    assert response.context["count"].n == 2
    # The roll-ups and the list itself mean the same days.
    assert page(client, query + "&phone=%2B44*").context["count"].n == 2


def test_all_time_is_all_time(account: Account, client: Client) -> None:
    made = {make_message(account, requested_at=NOW - timedelta(days=days)).pk for days in (0, 40, 4000, 9000)}
    for query in ("from=all", "from=all&to=all", "from=0001-01-01&to=9999-12-31"):
        response = page(client, query)
        assert set(ids(response)) == made
        assert response.context["count"].n == 4


def test_presets_keep_the_filters_and_name_the_one_that_is_on(account: Account, client: Client) -> None:
    response = page(
        client, "status=delivered&from=2026-03-09&to=2026-03-09&before=ffffffff-ffff-ffff-ffff-ffffffffffff"
    )
    presets = {str(preset["label"]): preset for preset in response.context["presets"]}
    assert presets["Yesterday"]["is_current"]
    assert presets["Today"]["url"] == "?status=delivered&from=2026-03-10&to=2026-03-10"
    assert presets["Last 30 days"]["url"] == "?status=delivered"
    assert presets["All time"]["url"] == "?status=delivered&from=all"


# ---- pages


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(MessageList, "page_size", 5)
    return 5


def many(account: Account, n: int, *states: State, **fields: Any) -> list[Any]:
    """Ids of so many new messages, the newest first; two of each moment."""
    drafts = [make_draft(*states, requested_at=ago(minutes=k // 2), **fields) for k in range(n)]
    record(account=account, drafts=drafts, at=NOW)
    return sorted((draft.id for draft in drafts), reverse=True)


def walk(client: Client, response: Any, direction: str) -> Iterator[Any]:
    """This page and all behind it, by the links themselves."""
    while True:
        yield response
        url = response.context[direction]
        if not url:
            return
        assert f'href="{url}"'.replace("&", "&amp;") in response.text
        response = page(client, url.removeprefix("?"))


@pytest.mark.parametrize("query", ["", "sort=requested", "q=table&from=all"])
@pytest.mark.parametrize("n", [5, 13])
def test_pages_down_and_up_show_every_row_once_and_in_order(
    account: Account, client: Client, small_pages: int, query: str, n: int
) -> None:
    made = many(account, n)
    expected = made[::-1] if "sort=" in query else made
    down = list(walk(client, page(client, query), "older_url"))
    assert [pk for response in down for pk in ids(response)] == expected
    assert {len(ids(response)) for response in down[:-1]} <= {small_pages}
    up = list(walk(client, down[-1], "newer_url"))
    assert [ids(response) for response in up[::-1]] == [ids(response) for response in down]
    assert not up[-1].context["newer_url"]


def test_rows_are_numbered_as_one_goes(account: Account, client: Client, small_pages: int) -> None:
    many(account, 13)
    down = list(walk(client, page(client), "older_url"))
    assert [r.context["rows_text"] for r in down] == ["Rows 1–5", "Rows 6–10", "Rows 11–13"]
    up = list(walk(client, down[-1], "newer_url"))
    assert [r.context["rows_text"] for r in up] == ["Rows 11–13", "Rows 6–10", "Rows 1–5"]


def test_while_new_rows_arrive_no_row_comes_twice_or_is_missed(
    account: Account, client: Client, small_pages: int
) -> None:
    made = many(account, 12)
    first = page(client)
    newer = [make_message(account, requested_at=NOW + timedelta(seconds=k)).pk for k in range(7)]
    down = list(walk(client, first, "older_url"))
    assert [pk for response in down for pk in ids(response)] == made
    up = list(walk(client, down[-1], "newer_url"))
    seen = [pk for response in up[::-1] for pk in ids(response)]
    assert seen == newer[::-1] + made


def test_the_far_end_is_one_link_away_and_leads_back(account: Account, client: Client, small_pages: int) -> None:
    made = many(account, 13)
    end = page(client, page(client).context["oldest_url"].removeprefix("?"))
    assert ids(end) == made[-5:]
    assert (end.context["older_url"], end.context["oldest_url"]) == ("", "")
    up = list(walk(client, end, "newer_url"))
    assert [pk for response in up[::-1] for pk in ids(response)] == made
    top = page(client, end.context["newest_url"].removeprefix("?"))
    assert ids(top) == made[:5]


def test_the_far_end_of_an_ascending_list_is_the_newest(account: Account, client: Client, small_pages: int) -> None:
    made = many(account, 13)
    end = page(client, "sort=requested&after=end")
    assert ids(end) == made[:5][::-1]
    assert not end.context["older_url"]


def test_links_keep_the_filters_and_nothing_else(account: Account, client: Client, small_pages: int) -> None:
    many(account, 13)
    query = "status=delivered&status=queued&phone=%2B44*&from=2026-03-01&sort=requested"
    second = page(client, page(client, query).context["older_url"].removeprefix("?"))
    kept = {"status": ["delivered", "queued"], "phone": ["+44*"], "from": ["2026-03-01"], "sort": ["requested"]}
    for name, cursor in (("older_url", {"before", "row"}), ("newer_url", {"after", "row"}), ("oldest_url", {"after"})):
        found = parse_qs(urlsplit(second.context[name]).query)
        assert {key: found.pop(key) for key in kept} == kept
        assert set(found) <= cursor
    assert parse_qs(second.context["newest_url"][1:]) == kept
    assert parse_qs(second.context["sort_url"][1:]) == {k: v for k, v in kept.items() if k != "sort"}
    assert parse_qs(second.context["clear_url"][1:]) == {"from": ["2026-03-01"], "sort": ["requested"]}
    off = {str(chip.label): parse_qs(chip.remove_url[1:]) for chip in second.context["chips"]}
    assert off["Status"] == {k: v for k, v in kept.items() if k != "status"}
    assert off["Phone number"] == {k: v for k, v in kept.items() if k != "phone"}


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    response = page(client)
    assert "Nothing in this period" in response.text
    assert 'href="?from=all"' in response.text


# ---- counts


def test_a_count_is_exact_up_to_the_bound_and_says_so_beyond(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "BOUND", 10)
    many(account, 10)
    assert str(page(client, "phone=%2B44*").context["count"]) == "10"
    make_message(account)
    assert str(page(client, "phone=%2B44*").context["count"]) == "10+"
    assert str(page(client).context["count"]) == "11"  # the roll-ups know


def test_every_match_is_counted_when_somebody_asks(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch, small_pages: int
) -> None:
    monkeypatch.setattr(counts, "BOUND", 10)
    monkeypatch.setattr(counting, "ROUND", (3,))
    monkeypatch.setattr(counting, "LOOK", 5)
    many(account, 12, body="Your table is booked.")
    for query, told in (("phone=%2B44*", "10+"), ("q=table", "3+")):
        first = page(client, query)
        assert str(first.context["count"]) == told
        url = first.context["count_url"]
        assert f'href="{url.replace("&", "&amp;")}"' in first.text
        whole = client.get(first.request["PATH_INFO"] + url)
        assert str(whole.context["count"]) == "12"
        assert "count all" not in whole.text
        assert "count=all" not in whole.context["older_url"]  # else every page would count anew
        assert ids(whole) == ids(first)
        part = client.get(first.request["PATH_INFO"] + url, headers={"HX-Request": "true"})
        assert re.search(r"<b>12</b>\s+match", part.text)
        assert "<table" not in part.text


def test_a_count_that_takes_too_long_is_told_from_a_page_that_does(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(counts, "BOUND", 2)
    many(account, 3)
    slow = lambda self, queryset: queryset.filter(Sleep(output_field=BooleanField()))  # noqa: E731
    monkeypatch.setattr(MessageList, "countable", slow)
    settings.LIST_STATEMENT_TIMEOUT_MS = 200
    response = page(client, "phone=%2B44*&count=all")
    assert str(response.context["count"]) == "2+"
    assert "too many to count at once" in response.text
    assert len(ids(response)) == 3


# How many of the newest rows are looked at: all, enough to see that the matches are common, too few to see it. With the
# round numbers that may be told, and what is told where seven match.
LOOKS: dict[int, tuple[tuple[int, ...], str]] = {100: ((3,), "7"), 5: ((3,), "3+"), 2: ((3,), "7")}


def test_common_words_are_found_by_walking_and_are_the_same_rows(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch, small_pages: int
) -> None:
    made = many(account, 7, body="Your Table for O'Brien-Smith is booked, naïve 19:30.")
    make_message(account, body="Your chair is booked.")
    for words in ("tab booked", "o'brien", "O'Brien-Smith 19:30", "NAÏVE"):
        for look, (rounded, count) in LOOKS.items():
            monkeypatch.setattr(counting, "LOOK", look)
            monkeypatch.setattr(counting, "ROUND", rounded)
            found = list(walk(client, page(client, {"q": words}), "older_url"))
            assert str(found[0].context["count"]) == count
            assert [pk for r in found for pk in ids(r)] == made


def test_a_common_label_is_found_by_walking_and_is_the_same_rows(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch, small_pages: int
) -> None:
    label = Label.objects.create(account=account, name="Spring")
    made = many(account, 7, labels=(label.pk,))
    make_message(account)
    for look, (rounded, count) in LOOKS.items():
        monkeypatch.setattr(counting, "LOOK", look)
        monkeypatch.setattr(counting, "ROUND", rounded)
        found = list(walk(client, page(client, {"label": "Spring"}), "older_url"))
        assert str(found[0].context["count"]) == count
        assert [pk for r in found for pk in ids(r)] == made


@pytest.mark.parametrize("other", ["status=blocked", "template=Booking"])
def test_what_is_common_is_told_by_the_newest_rows_of_another_filter(
    account: Account, client: Client, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    template = named(Template, account, "Booking")
    label = named(Label, account, "Spring")
    of_both: dict[str, Any] = {"labels": (label,), "template_id": template, "body": "spring"}
    made = [make_message(account, BLOCKED, requested_at=ago(hours=9 + n), **of_both).pk for n in range(4)]
    many(account, 6)
    monkeypatch.setattr(counting, "LOOK", 3)
    monkeypatch.setattr(counting, "ROUND", (2,))
    for query in ("label=Spring", "q=spring"):
        found = page(client, f"{other}&{query}")
        assert str(found.context["count"]) == "2+"
        assert ids(found) == made
        # Of no other filter's rows, the newest of all have none, and the index counts them.
        assert str(page(client, query).context["count"]) == "4"


def test_the_newest_rows_tell_what_is_common(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = [make_draft(requested_at=ago(hours=k), body="table" if k < 4 else "chair") for k in range(9)]
    record(account=account, drafts=drafts, at=NOW)
    listed = Message.objects.of(account)
    monkeypatch.setattr(counting, "ROUND", (2, 3))

    def told(look: int, word: str) -> Count | None:
        monkeypatch.setattr(counting, "LOOK", look)
        return counting.among_newest(listed, listed.filter(body=word))

    assert told(9, "chair") == Count(5)
    assert told(8, "table") == Count(3, "at least")
    assert told(7, "chair") == Count(3, "at least")
    assert told(6, "chair") == Count(2, "at least")
    assert told(5, "chair") is None


ROLLED_UP = [
    "",
    "status=delivered",
    "status=queued&status=blocked",
    "reason=opted_out",
    "status=blocked&reason=opted_out&reason=power_off",
    "source=automation",
    "source=automation&source=app-login&status=delivered",
    "source=not-recorded",
    "source=not-recorded&source=app-login&status=blocked",
    "reason=none",
    "reason=none&reason=opted_out&status=blocked&status=sending",
    "kind=marketing",
    "kind=marketing&source=app-login&status=blocked",
    "template=Booking",
    "template=Booking&kind=operational",
    "template=Booking&status=blocked&status=sending",
    "from=2026-03-08&to=2026-03-09",
    "from=all&status=undelivered",
    "to=2026-03-08&source=app-login",
]


def test_counts_from_the_roll_ups_are_those_of_the_list(account: Account, client: Client) -> None:
    template = Template.objects.create(account=account, name="Booking")
    states = (QUEUED, ACCEPTED, SENDING, DELIVERED, UNDELIVERED, BLOCKED)
    drafts = [
        make_draft(
            states[k % 6],
            requested_at=ago(hours=5 * k),
            source=(None, Source.AUTOMATION, Source.APP_LOGIN)[k % 3],
            kind=(Kind.MARKETING, Kind.OPERATIONAL)[k % 2],
            template_id=(None, template.pk)[k % 4 == 1],
        )
        for k in range(48)
    ]
    record(account=account, drafts=drafts, at=NOW)
    pages = {query: page(client, query) for query in ROLLED_UP}
    numbers = {query: len(ids(response)) for query, response in pages.items()}
    assert {query: response.context["count"].n for query, response in pages.items()} == numbers
    assert len(set(numbers.values())) > 6


# ---- whose it is


def test_nothing_of_another_account_appears(account: Account, client: Client) -> None:
    other = make_account()
    theirs = {
        "template_id": named(Template, other, "Their template"),
        "sms_user_id": named(SmsUser, other, "their-user"),
        "campaign_id": named(Campaign, other, "Their campaign"),
        "labels": (named(Label, other, "their-label"),),
        "member_id": Member.objects.create(account=other, name="Their Member").pk,
    }
    make_message(other, phone="+447700900123", body="their words", **theirs)
    mine = make_message(account, phone="+447700900123", body="my words")
    for query in ("", "from=all", "phone=*0123", "q=words", "status=delivered", "sort=requested", "filters=open"):
        response = page(client, query)
        assert ids(response) == [mine.pk]
        assert response.context["count"].n == 1
        assert "heir" not in response.text
    for query in ("template=Their+template", "sms_user=their-user", "campaign=Their+campaign", "label=their-label"):
        assert page(client, query).context["problems"]


def test_a_reference_into_another_account_shows_nothing_of_it(account: Account, client: Client) -> None:
    """References between the tables are not constrained, so the page itself must look at the account."""
    other = make_account()
    message = make_message(
        account,
        template_id=named(Template, other, "Their template"),
        sms_user_id=named(SmsUser, other, "their-user"),
        campaign_id=named(Campaign, other, "Their campaign"),
        labels=(named(Label, other, "their-label"),),
        member_id=Member.objects.create(account=other, name="Their Member").pk,
    )
    assert "heir" not in page(client).text
    assert "heir" not in client.get(f"/harbour/messages/{message.pk}/").text


def test_a_message_of_another_account_is_not_found(client: Client) -> None:
    theirs = make_message(make_account())
    assert client.get(f"/harbour/messages/{theirs.pk}/").status_code == 404
    assert client.get("/harbour/messages/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_the_neighbours_of_a_message_are_the_accounts_own(account: Account, client: Client) -> None:
    other = make_account()
    messages = []
    for minutes in (5, 4, 3):
        make_message(other, requested_at=ago(minutes=minutes, seconds=30))
        messages.append(make_message(account, requested_at=ago(minutes=minutes)).pk)
    context = client.get(f"/harbour/messages/{messages[1]}/").context
    assert context["newer_url"] == f"/harbour/messages/{messages[2]}/"
    assert context["older_url"] == f"/harbour/messages/{messages[0]}/"


def test_the_neighbours_of_a_message_are_those_of_its_list(account: Account, client: Client) -> None:
    days = [make_message(account, requested_at=NOW - timedelta(days=n), source=1 + n % 2).pk for n in range(6)]
    query = "source=filter-members&from=2026-03-07&to=2026-03-08"  # the days 2 and 3; the source of 0, 2 and 4
    context = client.get(f"/harbour/messages/{days[2]}/?{query}").context
    assert "newer_url" not in context
    assert "older_url" not in context
    context = client.get(f"/harbour/messages/{days[2]}/?source=filter-members").context
    assert context["newer_url"] == f"/harbour/messages/{days[0]}/?source=filter-members"
    assert context["older_url"] == f"/harbour/messages/{days[4]}/?source=filter-members"


# ---- what it costs


def number_of_queries(client: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, query)
    return len(captured)


@pytest.mark.parametrize(
    "query", ["", "phone=%2B44*", "q=table", "template=T&status=delivered", "label=L", "filters=open"]
)
def test_thirty_rows_cost_the_queries_of_three(account: Account, client: Client, query: str) -> None:
    def make(n: int) -> None:
        for k in range(n):
            member = Member.objects.create(account=account, name=f"Member {n} {k}")
            make_message(account, member_id=member.pk, template_id=template, sms_user_id=user, labels=(label,))

    template, user, label = named(Template, account, "T"), named(SmsUser, account, "U"), named(Label, account, "L")
    make(3)
    page(client, query)
    few = number_of_queries(client, query)
    make(27)
    assert number_of_queries(client, query) == few
    assert few <= 20


class Sleep(Func):
    function = "pg_sleep"
    template = "(%(function)s(0.5) IS NULL)"


def test_a_search_that_takes_too_long_is_stopped_and_says_so(
    account: Account, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(account)
    settings.LIST_STATEMENT_TIMEOUT_MS = 20
    scope = MessageList.scope

    def slow(self: MessageList) -> QuerySet:
        return scope(self).filter(Sleep(output_field=BooleanField()))

    monkeypatch.setattr(MessageList, "scope", slow)
    response = page(client)
    assert response.context["too_slow"]
    assert "This search took too long and was stopped" in response.text
    assert "Narrow the period" in response.text
    monkeypatch.setattr(MessageList, "scope", scope)
    assert len(ids(page(client))) == 1  # the connection is as good as before


# ---- one message


def test_a_message_is_a_page_of_its_own_and_a_part_beside_the_list(account: Account, client: Client) -> None:
    message = make_message(account)
    url = f"/harbour/messages/{message.pk}/"
    alone, beside = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert "<html" in alone.text
    assert "<html" not in beside.text
    assert "<h1>" not in beside.text
    assert alone.text.count("<h1") == 1
    for response in (alone, beside):
        assert message.body in response.text
        assert "HX-Request" in response.headers["Vary"]
    again = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in again.text


def test_a_message_leads_back_to_the_list_that_it_was_opened_from(account: Account, client: Client) -> None:
    message = make_message(account)
    response = page(client, "status=delivered&phone=%2B44*")
    url = f"/harbour/messages/{message.pk}/?status=delivered&phone=%2B44%2A"
    assert f'href="{url}"'.replace("&", "&amp;") in response.text
    assert client.get(url).context["back_url"] == "/harbour/messages/?status=delivered&phone=%2B44%2A"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_message_is_only_looked_at(account: Account, client: Client, method: str) -> None:
    message = make_message(account)
    assert getattr(client, method)(f"/harbour/messages/{message.pk}/").status_code == 405
    assert getattr(client, method)("/harbour/messages/").status_code == 405


BODY = "482913 is your Harbour code. Also G-771204, 55 66 77."


@pytest.mark.parametrize(
    ("role", "sees"), [("marketer", False), ("support", True), ("admin", True), ("operator", True)]
)
def test_one_time_codes_are_for_those_whose_role_needs_them(account: Account, role: str, sees: bool) -> None:
    template = named(Template, account, "Code", type=Template.Type.VERIFICATION)
    raw = '{"Body": "482913 is your Harbour code. Also G-771204, 55 66 77.", "form": "Body=55+66+77&x=55%2066%2077"}'
    said = (make_said(DELIVERED, NOW, raw=raw, raw_text="sent 482913"),)
    message = make_message(account, template_id=template, body=BODY, said=said)
    client = signed_in(role, account)
    texts = [
        page(client).text,
        client.get(f"/harbour/messages/{message.pk}/").text,
        client.get(f"/harbour/messages/{message.pk}/", headers={"HX-Request": "true"}).text,
    ]
    for text in texts:
        assert "is your Harbour code" in text
        for code in ("482913", "771204", "55 66 77", "55+66+77", "55%2066%2077"):
            assert (code in text) is (sees and (code in BODY or text is not texts[0]))


@pytest.mark.parametrize(("role", "sees"), [("marketer", False), ("support", True)])
def test_a_code_cannot_be_spelled_out_by_searching(account: Account, role: str, sees: bool) -> None:
    template = named(Template, account, "Code", type=Template.Type.VERIFICATION)
    code = [
        make_message(account, body="482913 is your code", source=Source.APP_LOGIN, template_id=None),
        make_message(account, body="482913 is your code", source=None, template_id=template),
    ]
    order = make_message(account, body="Order 482913 is on its way", source=None)
    client = signed_in(role, account)
    assert "482913 is your" not in page(signed_in("marketer", account)).text
    assert set(ids(page(client, "q=4829"))) == {order.pk, *(m.pk for m in code if sees)}
    assert set(ids(page(client, "q=your"))) == {m.pk for m in code}


def test_a_number_in_an_ordinary_text_is_no_code(account: Account, client: Client) -> None:
    template = named(Template, account, "News", type=Template.Type.NOTIFICATION)
    message = make_message(account, template_id=template, body="Order 482913 is on its way.")
    assert "482913" in page(client).text
    assert "482913" in client.get(f"/harbour/messages/{message.pk}/").text


def test_markup_in_what_people_wrote_is_shown_and_not_obeyed(account: Account, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    message = make_message(
        account,
        body=evil,
        sender="<b>x",
        reference=evil,
        template_id=named(Template, account, evil),
        member_id=Member.objects.create(account=account, name=evil).pk,
    )
    for response in (
        page(client),
        client.get(f"/harbour/messages/{message.pk}/"),
        page(client, {"q": evil, "phone": evil}),
    ):
        assert evil not in response.text
        assert "&lt;script&gt;" in response.text


def test_without_javascript_every_row_has_a_link(account: Account, client: Client) -> None:
    message = make_message(account)
    assert f'href="/harbour/messages/{message.pk}/"' in page(client).text
    assert Message.objects.of(account).count() == 1
