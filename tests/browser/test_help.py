"""Help: what words and codes mean, how to investigate; the look-up box; keys; the theme."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from smsadmin.members.models import Member
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


def test_help_explains_words_and_codes_and_how_to_investigate(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Help").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for word in ("Undelivered", "Power off", "Process failed", "unknown state"):
        assert page.get_by_text(re.compile(word, re.IGNORECASE)).count()

    page.get_by_role("link", name=re.compile("investigate", re.IGNORECASE)).first.click()
    page.wait_for_url("**/help/investigate/")
    page.get_by_role("link", name="undelivered or expired").click()
    page.wait_for_url(re.compile("status=undelivered&status=expired"))
    expect(page.locator("main tbody tr").first).to_be_visible()

    page = person.visit("/demo/help/codes/")
    page.get_by_label("Code, name or words").fill("30003")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("row").filter(has_text="30003").first).to_contain_text("Next:")


def test_slash_leads_to_the_look_up_and_a_number_in_any_spelling_to_its_member(
    person_at: Callable[..., Person],
) -> None:
    member = Member.objects.filter(account__slug="demo", phone__startswith="+447").latest("pk")
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/help/")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Look up a number")
    expect(box).to_be_focused()
    page.keyboard.type(f"0{member.phone[3:7]} {member.phone[7:]}")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/members/"))

    page.keyboard.press("/")
    page.keyboard.type("no such person?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing found for “no such person?”")


def test_keys_are_told_and_can_be_switched_off_for_good(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/messages/")
    dialog = page.get_by_role("dialog", name="Keyboard")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    person.check()
    page.keyboard.press("j")  # a dialog is open: keys rest
    expect(page.locator("tbody a:focus")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()

    page.keyboard.press("f")
    expect(page.locator("[data-add-filter]")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("[data-add-filter]")).not_to_have_attribute("open", "")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/members/")

    page.keyboard.press("?")
    dialog.get_by_label("Single keys are on in this browser").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    expect(dialog).not_to_be_visible()


def test_the_theme_is_remembered(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_label("Signed in as Tom Ellis").click()
    page.get_by_role("button", name="Auto").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_the_menu_of_a_narrow_screen_leads_everywhere(person_at: Callable[..., Person]) -> None:
    person = person_at("narrow")
    person.enter("marketer@demo.example")
    page = person.visit("/demo/")
    page.get_by_label("Menu").first.click()
    menu = page.get_by_role("navigation", name="Menu")
    expect(menu).to_be_visible()
    person.check()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()
    page.get_by_label("Menu").first.click()
    menu.get_by_role("link", name="Members").click()
    page.wait_for_url("**/members/")


def test_somebody_signs_out(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/")
    page.get_by_label("Signed in as Tom Ellis").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    person.visit("/demo/")
    assert "/sign-in/" in page.url
