"""What is not understood in an address is explained at its field, and is never a 500."""

import pytest
from django.test import Client

from smsadmin.accounts.models import Account
from tests.factories.messages import (
    make_message,
)
from tests.logs.messages.looking import page

pytestmark = pytest.mark.django_db

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
