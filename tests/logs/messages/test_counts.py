"""How many match, and how that is found out."""

import re
from typing import Any

import pytest
from django.db.models import BooleanField
from django.test import Client

from logs import counting
from logs.models import Kind, Label, Message, Source, Template
from logs.recording import record
from logs.views.messages import MessageList
from smsadmin.accounts.models import Account
from smsadmin.listing import counts
from smsadmin.listing.counts import Count
from tests.factories.messages import (
    ACCEPTED,
    BLOCKED,
    DELIVERED,
    QUEUED,
    SENDING,
    UNDELIVERED,
    make_draft,
    make_message,
)
from tests.logs.messages.looking import NOW, Sleep, ago, ids, many, named, page, walk

pytestmark = pytest.mark.django_db


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
