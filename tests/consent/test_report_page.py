"""The SMS Status report: totals that lead to their rows, filters, pages, names beside numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from consent import ledger, totals
from consent.ledger import Event, Happening, Purpose, Source, Status
from consent.models import ConsentRow, ConsentStatus, ConsentTotal
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAYA, DAN, EVE, FAY = "+447700900142", "+447700900209", "+33612345678", "+447700900999"


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


@pytest.fixture
def filled(account: Account) -> Account:
    happened = [
        (MAYA, Event.OPTED_IN, Source.APP, 0),
        (DAN, Event.OPTED_IN, Source.POS, 1),
        (DAN, Event.OPTED_OUT, Source.REPLY, 2),
        (EVE, Event.REQUESTED, Source.HUB, 3),
        (FAY, Event.DENIED, Source.SUPPORT, 4),
    ]
    items = [
        Happening(phone, Purpose.MARKETING, event, source, NOON + n * HOUR, text="STOP" if phone == DAN else "")
        for phone, event, source, n in happened
    ]
    ledger.record_many(account=account, items=items, by=None, recorded_at=NOON + 9 * HOUR)
    return account


def page(account: Account, role: str = "marketer", **query: Any) -> Any:
    return signed_in(role, account).get(f"{reverse('consent', args=[account.slug])}?{urlencode(query, doseq=True)}")


def numbers(response: Any) -> list[str]:
    return [row.phone for row in response.context["page"].rows]


def test_the_latest_change_comes_first(filled: Account) -> None:
    assert numbers(page(filled)) == [FAY, EVE, DAN, MAYA]


def test_totals_are_said_and_lead_to_their_rows(filled: Account) -> None:
    response = page(filled)
    figures = response.context["figures"]
    assert [(str(f.mark), f.n.n) for f in figures] == [("Opted in", 1), ("Pending opt-in", 1), ("Opted out", 2)]
    assert figures[2].of_them.n.n == 1
    client = signed_in("marketer", filled)
    for figure in (*figures, figures[2].of_them):
        assert len(numbers(client.get(figure.url))) == figure.n.n


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": ["opted-out", "denied"]}, [FAY, DAN]),
        ({"source": ["reply", "hub"]}, [EVE, DAN]),
        ({"phone": "07700 900209"}, [DAN]),
        ({"phone": "+44 (0)7700 900-209"}, [DAN]),
        ({"phone": "00447700900209"}, [DAN]),
        ({"phone": "+33*"}, [EVE]),
        ({"phone": "*0999"}, [FAY]),
        ({"phone": "*00142"}, [MAYA]),
        ({"tag": "gold"}, [MAYA]),
        ({"tag": "silver"}, []),
        ({"from": "2026-11-21"}, []),
        ({"from": "2026-11-20", "to": "2026-11-20"}, [FAY, EVE, DAN, MAYA]),
    ],
)
def test_filters_find(filled: Account, query: dict[str, Any], expected: list[str]) -> None:
    make_member(filled, phone=MAYA, tags=["gold"])
    make_member(make_account(), phone=DAN, tags=["gold"])
    assert numbers(page(filled, **query)) == expected


def test_a_filter_that_is_no_number_says_so(filled: Account) -> None:
    response = page(filled, phone="12")
    assert response.context["invalid"]
    assert "not a whole number" in response.content.decode()


def test_pages_go_down_and_up_again(filled: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsadmin.listing.views.ListingView.page_size", 3)
    client = signed_in("marketer", filled)
    url = reverse("consent", args=[filled.slug])
    first = client.get(url)
    second = client.get(url + first.context["older_url"])
    assert (numbers(first), numbers(second)) == ([FAY, EVE, DAN], [MAYA])
    assert numbers(client.get(url + second.context["newer_url"])) == [FAY, EVE, DAN]


def test_a_reassigned_number_keeps_nobodys_name(filled: Account) -> None:
    member = make_member(filled, phone=MAYA, name="Maya Okafor")
    assert "Maya Okafor" in page(filled).content.decode()
    member.phone = EVE
    member.save()
    make_member(filled, phone=MAYA, name="Noor Haddad")
    rows = {row.phone: [m.name for m in row.members] for row in page(filled).context["page"].rows}
    assert (rows[MAYA], rows[EVE]) == (["Noor Haddad"], ["Maya Okafor"])


def test_several_people_with_one_number_are_told(filled: Account) -> None:
    for name in ("Ann", "Ben", "Cat"):
        make_member(filled, phone=MAYA, name=name)
    assert "and 2 more" in page(filled).content.decode()


def test_another_accounts_numbers_are_not_here(filled: Account) -> None:
    assert numbers(page(make_account("other"), role="admin")) == []


def test_an_account_without_consent_is_told_what_will_be_here(account: Account) -> None:
    text = page(account, role="admin").content.decode()
    assert "No consent is recorded yet" in text
    assert "Record one by hand" in text


def test_a_page_costs_the_same_however_many_rows(filled: Account, django_assert_max_num_queries: Any) -> None:
    client, url = signed_in("marketer", filled), reverse("consent", args=[filled.slug])
    client.get(url)
    with django_assert_max_num_queries(16):
        client.get(url)


def test_the_id_of_a_row_is_when_it_came_to_stand_so(filled: Account) -> None:
    for row in ConsentRow.objects.filter(account=filled, purpose=1):
        assert uuid7.moment(row.pk) == row.since
        assert row.pk.int & (1 << 80) - 1 == row.event_id.int & (1 << 80) - 1


def counted(account: Account) -> dict[Status, int]:
    return dict(totals.of(account=account, purpose=Purpose.MARKETING).by_status)


def test_totals_follow_every_change_and_squashing_changes_none(filled: Account) -> None:
    rows = ConsentStatus.objects.filter(account=filled, purpose=1).values_list("status", flat=True)
    assert counted(filled) == {status: list(rows).count(status) for status in set(rows)}
    before = counted(filled)
    assert totals.squash(NOON + 9 * HOUR) >= 0
    assert counted(filled) == before
    assert ConsentTotal.objects.filter(account=filled).count() == len(before)
    ledger.record(
        account=filled, phone=DAN, purpose=1, event=Event.OPTED_IN, source=Source.APP, by=None, at=NOON + 8 * HOUR
    )
    assert counted(filled)[Status.OPTED_IN] == 2
    totals.squash(NOON + 9 * HOUR)
    assert counted(filled) == {Status.OPTED_IN: 2, Status.PENDING: 1, Status.DENIED: 1}


def test_the_trend_is_drawn_and_said(filled: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON + 10 * HOUR)
    figures = page(filled).context["figures"]
    assert [f.change for f in figures] == ["+1", "+1", "+2"]
    assert all(f.spark for f in figures)
    content = page(filled).content.decode()
    assert "+2 in 30 days" in content
    assert content.count('class="sa-spark"') == 3


@pytest.mark.parametrize(("role", "leads"), [("marketer", False), ("support", True)])
def test_those_pending_can_be_reminded_from_here(filled: Account, role: str, leads: bool) -> None:
    content = page(filled, role=role).content.decode()
    assert "1</a> number is pending" in content
    assert (reverse("reminder_new", args=[filled.slug]) in content) is leads
    assert reverse("reminders", args=[filled.slug]) in content


@pytest.mark.parametrize("rare", [0, 5_000])
def test_a_rare_tag_and_a_common_one_find_the_same(filled: Account, rare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.filters.RARE", rare)
    make_member(filled, phone=MAYA, tags=["gold"])
    make_member(filled, phone=EVE, tags=["gold", "york"])
    make_member(filled, phone="", tags=["gold"])
    make_member(make_account("other"), phone=DAN, tags=["gold"])
    assert numbers(page(filled, tag="gold")) == [EVE, MAYA]
    assert numbers(page(filled, tag="york")) == [EVE]
    assert numbers(page(filled, tag="silver")) == []
