"""Everything reads and works with JavaScript off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from logs.models import Message
from logs.statuses import Status
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_lists_filters_pages_and_messages_work_without_a_script(person_at: Callable[..., Person], size: str) -> None:
    person = person_at(size, java_script_enabled=False)
    person.enter("marketer@demo.example")
    page = person.visit("/demo/messages/")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(12)
    first = rows.first.inner_text()
    page.get_by_role("link", name="Older").click()
    assert rows.first.inner_text() != first
    page.get_by_role("link", name="Newer").click()
    assert rows.first.inner_text() == first

    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("link", name="Choose filters").click()
    page.get_by_role("group", name="Status").get_by_label("Blocked").check()
    page.get_by_role("button", name="Show").click()
    assert "status=blocked" in page.url
    expect(page.get_by_role("link", name="Remove filter: Status Blocked")).to_be_visible()

    rows.first.get_by_role("link").last.click()
    page.wait_for_url(re.compile("/messages/0"))
    expect(page.get_by_text("Next:")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("link", name="Remove filter: Status Blocked")).to_be_visible()
    page.get_by_role("link", name="Remove filter: Status Blocked").click()
    assert "status" not in page.url


def test_overview_member_and_settings_read_without_a_script(person_at: Callable[..., Person]) -> None:
    message = Message.objects.filter(account__slug="demo", status=int(Status.DELIVERED), member__isnull=False).latest(
        "pk"
    )
    person = person_at(java_script_enabled=False)
    person.enter("admin@demo.example")
    page = person.visit("/demo/")
    expect(page.get_by_role("heading", name="Where they stand")).to_be_visible()
    expect(page.get_by_role("button", name="Switch between light and dark")).not_to_be_visible()
    page = person.visit(f"/demo/members/{message.member_id}/")
    expect(page.locator(".sa-log li").first).to_be_visible()
    page = person.visit("/demo/settings/")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing was changed.")
