"""An admin chooses the words, and every page speaks them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from logs.models import Message
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user
from tests.factories.messages import BLOCKED, SENDING, UNDELIVERED, make_message
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


@pytest.fixture
def account(site: str) -> Account:
    """One message that arrived, one under way, one that the phone missed, one that a rule stopped."""
    account = make_account(name="Chatty")
    for states in ((), (SENDING,), (UNDELIVERED,), (BLOCKED,)):
        make_message(account, *states)
    return account


def test_pages_speak_the_words_that_an_admin_chose(person_at: Callable[..., Person], account: Account) -> None:
    home = f"/{account.slug}/"
    person = person_at()
    person.enter(make_user("admin", account).email)
    page = person.visit(f"{home}settings/")
    expect(page.get_by_role("radio", name=re.compile("^Our own words"))).to_be_checked()
    page.get_by_role("radio", name=re.compile("^Messaging platform")).check()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("status").filter(has_text="The settings are saved.")).to_be_visible()

    page = person.visit(f"{home}messages/")
    words = page.locator("tbody .sa-st")
    expect(words).to_have_text(["Unsubscribe", "580 Power off", "Wait result", "Delivered"])
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("group", name="Status").get_by_label("Process failed / Unsubscribe").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("status=engagelab"))
    expect(page.get_by_role("link", name=re.compile("^Remove filter: Status Process failed"))).to_be_visible()
    expect(words).to_have_text(["Unsubscribe"])

    blocked = Message.objects.of(account).latest("pk")
    page = person.visit(f"{home}messages/{blocked.pk}/")
    expect(page.locator("#panel .sa-st.is-pill")).to_contain_text("Unsubscribe")
    page = person.visit(home)
    expect(page.get_by_role("table", name="Messages that wait longest")).to_contain_text("Wait result")
    page = person.visit(f"{home}help/")
    expect(page.get_by_role("heading", level=2).nth(1)).to_contain_text("Messaging platform")
