"""What no page expects, in every query and every form of the tenant pages: an answer, never a broken page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import signed_in
from tests.test_permissions import TENANT, World, world

__all__ = ["world"]  # the fixture: two accounts with one of everything

NASTY = {
    "nul": "a\x00b",
    "quotes": "'\"><script>alert(1)</script>%s{{ 7*7 }}",
    "formula": "=HYPERLINK(1)",
    "huge number": "9" * 400,
    "negative": "-1",
    "not a number": "NaN",
    "no date": "2026-02-31T25:61",
    "far date": "9999-12-31T23:59",
    "emoji": "👩‍👩‍👧‍👦" * 40,
    "turned": "\u202e\ufeff\u2028",
    "long": "x" * 20_000,
    "a way out": "../../../etc/passwd",
    "an id": "01999999-9999-7999-8999-999999999999",
}
ALONE = {kind: NASTY[kind] for kind in ("nul", "huge number", "negative", "not a number", "far date")}
PLACES = ("before", "after", "row", "sort", "from", "to", "count", "filters", "page", "q", "phone", "number", "status")


def mostly_slow(quick: set[str]) -> list[Any]:
    """One after the other they take minutes."""
    return [
        pytest.param(nasty, id=kind, marks=() if kind in quick else pytest.mark.slow) for kind, nasty in NASTY.items()
    ]


class Forms(HTMLParser):
    """The forms of a page: (method, action, what the browser would send, the names of its fields)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str], set[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("method", "get").lower(), given.get("action", ""), {}, set()))
        name = given.get("name")
        if not self.found or not name or tag not in ("input", "select", "textarea", "button"):
            return
        _method, _action, sent, fields = self.found[-1]
        if given.get("type") == "hidden":
            sent[name] = given.get("value", "")
        fields.add(name)


def broken(client: Client, method: str, url: str, values: dict[str, str]) -> str:
    """What went wrong, or ''."""
    try:
        answer = (client.post if method == "post" else client.get)(url, values)
    except Exception as error:  # the client raises what a view raises
        return f"{method} {url}: {error!r}"
    answer.getvalue()  # to its end, so that a file is closed
    return f"{method} {url}: {answer.status_code}" if answer.status_code >= 500 else ""


@pytest.mark.parametrize("nasty", mostly_slow({"nul", "huge number", "far date"}))
def test_odd_queries_are_answered(world: World, nasty: str) -> None:
    client = signed_in("operator", world.mine)
    troubles = [
        broken(client, "get", world.url(name, world.mine), dict.fromkeys(PLACES, nasty)) for name in sorted(TENANT)
    ]
    assert list(filter(None, troubles)) == []


@pytest.mark.parametrize("nasty", mostly_slow(set()))
def test_odd_forms_are_answered(world: World, nasty: str) -> None:
    """All fields of a form at once; the hidden ones as they are, and then they too."""
    client = signed_in("operator", world.mine)
    troubles = [
        broken(client, method, address, values)
        for name in sorted(TENANT)
        for method, address, sent, fields in forms_of(client, world.url(name, world.mine))
        for values in (dict.fromkeys(fields, nasty) | sent, dict.fromkeys(fields, nasty))
    ]
    assert list(filter(None, troubles)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TENANT))
def test_each_odd_field_is_answered(world: World, name: str) -> None:
    """One field at a time, so that no other field's error hides it."""
    client, url = signed_in("operator", world.mine), world.url(name, world.mine)
    asked = [("get", url, {}, set(PLACES)), *forms_of(client, url)]
    troubles = [
        broken(client, method, address, {**sent, field: nasty}) and f"{field}: {kind}"
        for method, address, sent, fields in asked
        for field in sorted(fields)
        for kind, nasty in ALONE.items()
    ]
    assert list(filter(None, troubles)) == []


def forms_of(client: Client, url: str) -> Iterator[tuple[str, str, dict[str, str], set[str]]]:
    page = client.get(url, follow=True)
    html = page.getvalue().decode("utf-8", "replace")
    if page.status_code == 200 and "html" in page.headers["Content-Type"]:
        for method, action, sent, fields in Forms(html).found:
            if not action.endswith(reverse("account_logout")):
                yield method, urljoin(page.request["PATH_INFO"], action), sent, fields
