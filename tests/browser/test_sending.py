"""One SMS by hand: checked before it is sent, in place and, without a script, on a page of its own."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from logs.models import Credit, Message
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["in place", "without a script"])
def test_an_sms_is_checked_before_it_is_sent(person_at: Callable[..., Person], script: bool) -> None:
    account = make_account(f"club-{uuid4().hex[:8]}", name="Harbour Coffee Club")
    Credit.objects.create(account=account, balance=1200)
    member = make_member(account, name="Maya Okafor", phone="+447700900142")
    person = person_at(java_script_enabled=script)
    person.enter(make_user("support", account).email)
    page = person.visit(f"/{account.slug}/members/{member.pk}/send/")
    expect(page.get_by_text("No provider account is switched on.").first).to_be_visible()
    page.get_by_label("Text").fill("Your order is ready.")
    page.get_by_label("Marketing").check()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("It would not be sent.")).to_be_visible()
    expect(page.get_by_text("Never opted in.")).to_be_visible()
    if script:
        person.check_everywhere()
    page.get_by_label("Operational").check()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("It would wait.")).to_be_visible()
    expect(page.get_by_text("Credit: 1,200 left, 1,199 after it")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("Your order is ready.")
    assert not Message.objects.filter(account=account).exists()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("No provider account is switched on to send through.").first).to_be_visible()
    assert Message.objects.filter(account=account).count() == 1
