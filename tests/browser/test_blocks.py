"""A number that cannot be reached: it rests, nobody can text it, support lets it be texted again; and long lists."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from blocklist.models import BlockEntry
from logs import credentials
from logs.dispatching.round import dispatch
from logs.polling import poll
from logs.providers import http
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.queue import make_way
from tests.factories.simulator import KEY, SECRET, Simulator
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser
INTERCEPTED = "+447700900550"  # docs/simulator.md
MINUTES = 5


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(tmp_path) as running:
        yield running
    http.close_shared_client()


@pytest.fixture
def account(site: str, simulator: Simulator) -> Iterator[Account]:
    account = make_account()
    sealed = credentials.seal({"key": KEY, "secret": SECRET})
    make_way(account, "", provider="simulator", options={"base_url": simulator.url}, secrets=sealed)
    yield account
    BlockEntry.objects.filter(phone=INTERCEPTED).delete()


def works_out() -> None:
    """What the workers do: hand over, and ask what became of it."""
    dispatch()
    for turn in range(20):
        time.sleep(0.5)
        later = timezone.now() + timedelta(minutes=MINUTES * (1 + turn))
        poll(now=partial(datetime.fromtimestamp, later.timestamp(), UTC))
        if BlockEntry.objects.filter(phone=INTERCEPTED, ended_at=None).exists():
            return


def send(person: Person, account: Account, member: int) -> str:
    """The answer of the page that follows."""
    page = person.visit(f"/{account.slug}/members/{member}/send/")
    page.get_by_label("Text").fill("Your table is booked.")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile("/messages/"))
    return page.locator("main").inner_text()


def test_a_number_rests_and_support_lets_it_be_texted_again(person_at: Callable[..., Person], account: Account) -> None:
    member = make_member(account, phone=INTERCEPTED, name="Lucy Park")
    support, marketer = make_user("support", account), make_user("marketer", account)
    person = person_at()
    person.enter(support.email)
    send(person, account, member.pk)
    works_out()
    entry = BlockEntry.objects.get(phone=INTERCEPTED, ended_at=None)

    page = person.visit(f"/{account.slug}/blocks/")
    expect(page.get_by_role("row", name=re.compile("Lucy Park.*Intercepted|Intercepted"))).to_have_count(1)
    person.check_everywhere()
    assert "Not sent" in send(person, account, member.pk) or BlockEntry.objects.count()
    assert dispatch().taken == 0

    other = person_at()
    other.enter(marketer.email)
    theirs = other.visit(f"/{account.slug}/blocks/{entry.pk}/")
    expect(theirs.get_by_text("Your role may not lift entries")).to_be_visible()
    expect(theirs.get_by_role("link", name="Lift…")).to_have_count(0)
    other.check()

    page = person.visit(f"/{account.slug}/members/{member.pk}/")
    page.get_by_role("link", name="Lift…").click()
    page.get_by_label("Reason").fill("She called us from this number")
    page.get_by_role("button", name="Lift 1 entry").click()
    expect(page.get_by_text("1 entry is lifted")).to_be_visible()
    person.check()
    send(person, account, member.pk)
    assert dispatch().taken == 1
    line = AuditEvent.objects.get(account_id=account.pk, verb="block.lifted")
    assert (line.by_name, line.facts["entries"]) == (support.email, [entry.pk])


def test_ten_thousand_numbers_are_pasted_three_hundred_of_them_bad(
    person_at: Callable[..., Person], account: Account
) -> None:
    lines = [f"+4477{n:08}" if n % 33 or n // 33 >= 300 else f"bad {n}" for n in range(10_000)]
    person = person_at()
    person.enter(make_user("marketer", account).email)
    page = person.visit(f"/{account.slug}/blocks/paste/")
    person.check()
    # At once, as a paste does it: typing so many takes the browser half a minute.
    page.get_by_label("Numbers").evaluate("(field, text) => { field.value = text }", "\n".join(lines))
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("button", name="Block 9,700 numbers")).to_be_visible()
    expect(page.get_by_role("link", name="Not a number 300")).to_be_visible()
    expect(page.get_by_role("cell", name="bad 33", exact=True)).to_be_visible()
    person.check()
    assert not BlockEntry.objects.filter(account=account).exists()
