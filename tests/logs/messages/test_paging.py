"""The pages of the SMS list, both ways."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from smsadmin.accounts.models import Account
from tests.factories.messages import (
    make_message,
)
from tests.logs.messages.looking import NOW, ids, many, page, walk

pytestmark = pytest.mark.django_db


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
