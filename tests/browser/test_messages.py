"""One SMS among many: filter, open it beside the list, see what became of it, reach the person, come back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from logs.models import Message, Template
from logs.statuses import Status
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

LIST = "/demo/messages/"


@pytest.fixture
def undelivered(site: str) -> Message:
    """The newest that did not reach a member we know."""
    found = Message.objects.filter(account__slug="demo", status=int(Status.UNDELIVERED), member__isnull=False)
    return found.exclude(template__type=Template.Type.VERIFICATION).exclude(phone="").exclude(body="").latest("pk")


def links(page: Page) -> Locator:
    """The messages of the list."""
    return page.locator('main tbody a[hx-target="#panel"]')


def heading(page: Page) -> Locator:
    """Whom the message beside the list went to."""
    return page.locator("#panel > header h2")


def open_filters(page: Page) -> Locator:
    page.get_by_text("Filter", exact=True).click()
    form = page.locator("[data-add-filter] form")
    expect(form.get_by_role("textbox", name="Phone number")).to_be_focused()
    return form


def filter_for(page: Page, message: Message, word: str) -> None:
    form = open_filters(page)
    form.get_by_role("textbox", name="Phone number").fill(f"*{message.phone[-6:]}")
    form.get_by_label("Words in the text").fill(word)
    form.get_by_role("group", name="Status").get_by_label("Undelivered").check()
    form.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("phone="))


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_marketer_signs_in_and_finds_out_what_became_of_one_sms(
    person_at: Callable[..., Person], undelivered: Message, settings: Any, size: str
) -> None:
    settings.DEBUG = True  # the demo's passwords are good only there
    person = person_at(size)
    page = person.visit(LIST)
    page.get_by_label("Email").fill("marketer@demo.example")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(LIST))
    word = max(re.findall(r"[a-z]{4,}", undelivered.body), key=len)

    filter_for(page, undelivered, word)
    chips = page.get_by_role("link", name=re.compile("^Remove filter: "))
    expect(chips).to_have_count(3)
    assert "status=undelivered" in page.url
    person.check()
    page.get_by_role("link", name=f"Remove filter: Words in the text {word}").click()
    expect(chips).to_have_count(2)
    assert "q=" not in page.url

    filtered = person.path
    page.locator(f'a[href*="{undelivered.pk}"]').click()
    page.wait_for_url(re.compile(str(undelivered.pk)))
    expect(page.get_by_text("Next:")).to_be_visible()
    expect(page.get_by_role("list", name="How far it got").get_by_role("listitem")).to_have_count(3)
    expect(page.locator("h1" if size == "narrow" else "#panel > header h2")).to_contain_text(str(undelivered.member))
    person.check()
    if size == "wide":
        expect(page.locator(f'tr:has(a[href*="{undelivered.pk}"])')).to_have_attribute("aria-selected", "true")
        page.get_by_role("link", name="Open as page").click()
        expect(page.locator("h1")).to_contain_text(str(undelivered.member))

    page.get_by_role("link", name="Open member").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(undelivered.member))
    expect(page.locator(f'a[href*="{undelivered.pk}"]').first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Back to the list").click()
    expect(chips).to_have_count(2)
    assert person.path == filtered


def test_the_panel_has_an_address_and_gives_the_focus_back(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("marketer@demo.example")
    page = person.visit(LIST)
    second = links(page).nth(1)

    second.click()
    expect(heading(page)).to_be_focused()
    assert "/demo/messages/0" in page.url
    page.keyboard.press("Escape")
    expect(heading(page)).to_have_count(0)
    expect(second).to_be_focused()
    assert person.path == LIST

    page.keyboard.press("Enter")
    expect(heading(page)).to_be_visible()
    page.go_back()
    expect(heading(page)).to_have_count(0)
    assert person.path == LIST
    page.go_forward()
    expect(heading(page)).to_be_visible()
    assert person.path != LIST
    page.get_by_role("link", name="Close").click()
    expect(heading(page)).to_have_count(0)
    assert person.path == LIST

    second.click()
    expect(heading(page)).to_be_visible()
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the list")).to_have_attribute("href", LIST)


def test_keys_step_through_the_list_beside_the_panel(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("marketer@demo.example")
    page = person.visit(LIST)
    row = page.locator("tr[aria-selected=true]")

    for key, n in [("j", 0), ("j", 1), ("j", 2), ("k", 1), ("ArrowDown", 2), ("ArrowUp", 1)]:
        page.keyboard.press(key)
        expect(links(page).nth(n)).to_be_focused()
    page.keyboard.press("Enter")
    expect(heading(page)).to_be_focused()
    expect(row.locator("a[hx-target]")).to_have_attribute("href", links(page).nth(1).get_attribute("href") or "")
    page.keyboard.press("j")
    expect(links(page).nth(2)).to_be_focused()
    page.wait_for_url("**" + (links(page).nth(2).get_attribute("href") or ""))
    expect(row.locator("a[hx-target]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(heading(page)).to_have_count(0)
    assert person.path == LIST
    expect(links(page).nth(2)).to_be_focused()
    opened = links(page).nth(2).get_attribute("href")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_be_visible()
    assert person.path == opened


def test_newer_and_older_keep_filters(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("marketer@demo.example")
    page = person.visit(LIST + "?status=delivered")
    newest = (links(page).first.get_attribute("href") or "").split("?")[0]

    page.keyboard.press("]")
    page.wait_for_url(re.compile("before="))
    assert "status=delivered" in page.url
    expect(page.get_by_role("link", name="Remove filter: Status Delivered")).to_be_visible()
    page.keyboard.press("[")
    page.wait_for_url(re.compile("after=|delivered$"))
    expect(links(page).first).to_have_attribute("href", re.compile(re.escape(newest)))
