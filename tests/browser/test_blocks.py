"""A number that cannot be reached: it rests, nobody can text it, support lets it be texted again; and long lists."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from blocklist import bulk_running
from blocklist.models import BlockEntry, BlockJob, RemovalRequest
from logs import credentials, inbox
from logs.dispatching.round import dispatch
from logs.models import Message
from logs.providers import http
from logs.statuses import Outcome
from smsadmin.accounts.models import Account, AuditEvent, User
from smsadmin.quickstart.waiting import wait_until
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.queue import make_way
from tests.factories.removal import make_failure
from tests.factories.simulator import KEY, SECRET, Simulator
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser
# docs/simulator.md
INTERCEPTED, WORKS = "+447700900550", "+447700900002"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(tmp_path, "--speed", "10") as running:
        yield running
    http.close_shared_client()


@pytest.fixture
def account(site: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Its receipts come back by HTTP. Global entries of these numbers would stop other tests' sends."""
    monkeypatch.setattr("django.conf.settings.PUBLIC_URL", site)
    account = make_account()
    sealed = credentials.seal({"key": KEY, "secret": SECRET})
    make_way(account, "", provider="simulator", options={"base_url": simulator.url}, secrets=sealed)
    yield account
    RemovalRequest.objects.filter(entry__phone__in=[INTERCEPTED, WORKS]).delete()
    BlockEntry.objects.filter(phone__in=[INTERCEPTED, WORKS]).delete()


def work_until(wanted: Callable[[], bool]) -> None:
    """What the workers do: hand over, and read the receipts that came."""

    def worked() -> bool:
        dispatch()
        inbox.drain_all(now=timezone.now)
        return wanted()

    assert wait_until(worked, deadline=time.monotonic() + 60, pause=0.1)


def window(person_at: Callable[..., Person], user: User) -> Person:
    person = person_at()
    person.enter(user.email)
    return person


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
    person = window(person_at, support)
    send(person, account, member.pk)
    work_until(BlockEntry.objects.filter(phone=INTERCEPTED, ended_at=None).exists)
    entry = BlockEntry.objects.get(phone=INTERCEPTED, ended_at=None)

    page = person.visit(f"/{account.slug}/blocks/")
    expect(page.get_by_role("row", name=re.compile("Lucy Park.*Intercepted"))).to_have_count(1)
    person.check_everywhere()
    assert "Intercepted" in send(person, account, member.pk)
    expect(page.get_by_text("Not sent").first).to_be_visible()
    assert dispatch().taken == 0

    other = window(person_at, marketer)
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


@pytest.mark.slow
def test_operators_try_a_number_and_lift_what_another_account_caused(
    person_at: Callable[..., Person], account: Account
) -> None:
    member = make_member(account, phone=WORKS, name="Dan Cole")
    rival = make_account(name="Rival Ltd")
    entry = make_failure(rival, phone=WORKS)
    support, operator = make_user("support", account), make_user("operator")
    person = window(person_at, support)
    assert "Empty number" in send(person, account, member.pk)

    page = person.visit(f"/{account.slug}/members/{member.pk}/")
    page.get_by_role("link", name="Request removal").click()
    page.get_by_label("Why the number works").fill("He called us from it today")
    person.check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The operators have your request")).to_be_visible()
    person.check_everywhere()

    other = window(person_at, operator)
    theirs = other.visit(f"/{account.slug}/blocks/requests/queue/")
    request = theirs.get_by_role("region", name="+44 7700 900002")
    expect(request.get_by_text("He called us from it today")).to_be_visible()
    expect(request.get_by_text("Rival Ltd")).to_be_visible()
    request.get_by_role("button", name="Send the test").click()
    expect(theirs.get_by_text("The test is on its way")).to_be_visible()
    asked = RemovalRequest.objects.get(account=account)
    work_until(Message.objects.filter(pk=asked.test_message, outcome=Outcome.DELIVERED).exists)
    theirs.reload()
    expect(request.get_by_text("Delivered", exact=True)).to_be_visible()
    other.check_everywhere()
    request.get_by_label("Your answer").fill("Our test arrived.")
    request.get_by_role("button", name="Accept and lift the entry").click()
    expect(theirs.get_by_text("Accepted: the number can be texted again")).to_be_visible()

    page = person.visit(f"/{account.slug}/")
    expect(page.get_by_text("was accepted: it can be texted again")).to_be_visible()
    page.get_by_role("link", name="See the answer").click()
    expect(page.get_by_text("Our test arrived.")).to_be_visible()
    page.get_by_role("link", name="+44 7700 900002").click()
    expect(page.get_by_text("Our test arrived.")).to_be_visible()
    assert "Rival Ltd" not in page.locator("main").inner_text()
    person.check_everywhere()
    send(person, account, member.pk)
    assert dispatch().taken == 1
    verbs = AuditEvent.objects.filter(account_id=account.pk, object_type="removal_request").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        f"removal_request.{verb}" for verb in ("filed", "tested", "accepted")
    ]
    assert AuditEvent.objects.get(verb="block.lifted", facts__entries=[entry.pk]).by_name == operator.email


@pytest.mark.slow
def test_operators_lift_what_several_accounts_caused_and_take_it_back(
    person_at: Callable[..., Person], account: Account
) -> None:
    rival = make_account(name="Rival Ltd")
    caused = [make_failure(whose, phone=phone) for whose, phone in ((account, INTERCEPTED), (rival, WORKS))]
    person = window(person_at, make_user("operator"))
    page = person.visit(f"/{account.slug}/blocks/all/?phone=%2B447700900*&state=active")
    for entry in caused:
        page.locator(f"input[name=entry][value='{entry.pk}']").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    person.check_everywhere()
    page.get_by_role("button", name="Lift selected…").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    expect(page.get_by_role("cell", name="Rival Ltd")).to_be_visible()
    person.check_everywhere()
    page.get_by_label("Reason").fill("The carrier was down")
    page.get_by_role("button", name="Lift 2 entries").click()
    expect(page.get_by_text("2 entries are lifted")).to_be_visible()
    held = BlockEntry.objects.filter(pk__in=[entry.pk for entry in caused], lifted_at=None)
    assert not held.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 entries stop their numbers again")).to_be_visible()
    person.check()
    assert held.count() == 2


@pytest.mark.slow
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
    page.get_by_role("button", name="Block 9,700 numbers").click()
    job = BlockJob.objects.get(account=account)
    assert (job.total, job.bad) == (9_700, 300)
    bulk_running.advance(account_id=account.pk, job_id=job.pk)
    expect(page.get_by_text("9,700 numbers are stopped")).to_be_visible()
    assert BlockEntry.objects.filter(account=account, ended_at=None).count() == 9_700
    page.get_by_role("link", name="Block list").first.click()
    person.check()
