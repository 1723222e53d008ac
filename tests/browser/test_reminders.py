"""Reminding the pending, and unsubscribing by the link in a message, as people do it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consent import ledger, links
from consent.models import ReminderRun
from consent.vocabulary import Status
from logs.reminding import working
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user
from tests.factories.reminders import allow_reminders, begin, make_pending
from tests.fixtures.browser import Person
from tests.fixtures.mail import Postbox

pytestmark = pytest.mark.browser

PHONE = "+447700900142"


def make_club(**rules: object) -> Account:
    account = make_account(f"club-{uuid4().hex[:8]}", name="Harbour Coffee Club")
    allow_reminders(account, **rules)
    return account


def test_the_pending_are_reminded_by_e_mail(person_at: Callable[..., Person], postbox: Postbox) -> None:
    account = make_club()
    person = person_at()
    support = make_user("support", account)
    ada = make_pending(account, email="ada@post.example")
    make_pending(account, email="")
    person.enter(support.email)
    page = person.visit(f"/{account.slug}/reminders/")
    expect(page.get_by_role("heading", name="Nobody was reminded yet")).to_be_visible()
    person.check_everywhere()
    page.get_by_role("link", name="Remind those pending").click()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("no e-mail address")).to_be_visible()
    person.check_everywhere()
    page.get_by_role("button", name="Remind 1 member").click()
    expect(page.get_by_text("0 of 1")).to_be_visible()
    person.check_everywhere()
    run = ReminderRun.objects.get(account=account)
    working.advance(account_id=account.pk, run_id=run.pk)
    expect(page.get_by_text("Done").first).to_be_visible()  # by itself
    person.check_everywhere()
    assert postbox.recipients == [ada.email]


@pytest.mark.parametrize("script", [True, False])
def test_a_link_in_a_message_unsubscribes_with_one_press(person_at: Callable[..., Person], script: bool) -> None:
    account = make_club()
    address = links.address_of(account, PHONE, uuid4(), timezone.now())
    path = "/u/" + address.split("/u/")[1]
    person = person_at("narrow", java_script_enabled=script)
    page = person.visit(path)
    expect(page.get_by_role("heading", name="Stop messages from Harbour Coffee Club?")).to_be_visible()
    if script:
        person.check_everywhere()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed", exact=True)).to_be_visible()
    assert ledger.standings(account=account, phones=[PHONE], purpose=1)[PHONE].status == Status.OPTED_OUT
    if script:
        person.check_everywhere()
    page.get_by_role("button", name="Subscribe again").click()
    expect(page.get_by_role("heading", name="You are subscribed again")).to_be_visible()
    assert ledger.standings(account=account, phones=[PHONE], purpose=1)[PHONE].status == Status.OPTED_IN


def test_a_link_that_is_not_whole_says_so(person_at: Callable[..., Person]) -> None:
    person = person_at("narrow")
    person.expected.add(404)
    page = person.visit("/u/aaaaaaaaaaaaaaaa/")
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    person.check_everywhere()


@pytest.mark.slow
def test_the_settings_of_consent_are_for_everybody(person_at: Callable[..., Person]) -> None:
    account = make_club()
    person = person_at()
    person.enter(make_user("admin", account).email)
    for part in ("", "words/?language=fr", "texts/?language=ru", "words/?language=xx"):
        if "xx" in part:
            person.expected.add(400)
        person.visit(f"/{account.slug}/settings/consent/{part}")
        person.check_everywhere()
    make_pending(account)
    begin(account, at=timezone.now())
    person.visit(f"/{account.slug}/reminders/")
    person.check_everywhere()
