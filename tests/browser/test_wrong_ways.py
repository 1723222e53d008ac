"""What cannot be shown is explained: wrong filters, empty lists, other people's pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from logs.models import Message, Template
from tests.factories.accounts import make_account, make_user
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


def test_a_filter_that_is_not_understood_is_explained_at_its_field(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("marketer@demo.example")
    page = person.visit("/demo/messages/?phone=12&status=delivered")
    expect(page.get_by_role("heading", level=2)).to_have_text("A filter is not understood, so nothing was searched")
    field = page.get_by_role("textbox", name="Phone number")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("12")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Take it off").click()
    expect(page.get_by_role("link", name="Remove filter: Status Delivered")).to_be_visible()
    expect(page.locator("main tbody tr").first).to_be_visible()


def test_an_empty_list_offers_two_ways_out(person_at: Callable[..., Person]) -> None:
    person = person_at("narrow")
    person.enter("marketer@demo.example")
    page = person.visit("/demo/messages/?q=zebra")
    expect(page.get_by_role("heading", level=2)).to_have_text("Nothing matches these filters in this period")
    page.get_by_role("link", name="Search all time").click()
    expect(page.get_by_text("All time").first).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("main tbody tr").first).to_be_visible()


def test_an_account_without_messages_says_how_to_begin(person_at: Callable[..., Person]) -> None:
    account = make_account()
    person = person_at()
    person.enter(make_user("marketer", account).email)
    for path in ("", "messages/", "members/", "imports/"):
        page = person.visit(f"/{account.slug}/{path}")
        expect(page.locator(".sa-empty")).to_be_visible()
        person.check()
    page = person.visit(f"/{account.slug}/")
    page.get_by_role("link", name="Import message logs").click()
    page.wait_for_url("**/imports/new/")


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/demo/imports/", 403, "Your role does not include this"),
        ("/northwind/messages/", 404, "There is nothing at this address"),
        ("/demo/messages/00000000-0000-7000-8000-000000000000/", 404, "There is nothing at this address"),
    ],
)
def test_a_refusal_says_what_and_leads_back(
    person_at: Callable[..., Person], path: str, status: int, title: str
) -> None:
    person = person_at()
    person.expected.add(status)
    person.enter("support@demo.example")
    page = person.visit(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    person.check_everywhere()
    page.get_by_role("link", name="To the start page").click()
    page.wait_for_url("**/demo/")


def test_codes_are_dots_for_a_marketer_and_digits_for_support(person_at: Callable[..., Person]) -> None:
    codes = Message.objects.filter(account__slug="demo", template__type=Template.Type.VERIFICATION)
    message = codes.filter(template__name="pay_code").latest("pk")
    code = message.body.split()[0]
    seen = {}
    for role in ("marketer", "support"):
        person = person_at()
        person.enter(f"{role}@demo.example")
        page = person.visit("/demo/messages/?template=pay_code&from=all")
        seen[role] = code in page.locator("main").inner_text()
        page = person.visit(f"/demo/messages/{message.pk}/")
        seen[role] |= code in page.content()
        assert page.get_by_text("Codes are hidden for your role").count() == (role == "marketer")
    assert seen == {"marketer": False, "support": True}
    assert "Imports" not in page.get_by_role("navigation", name="Main").inner_text()
