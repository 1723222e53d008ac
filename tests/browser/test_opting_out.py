"""People write back, through the simulator: STOP, START, and what a person has to read."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consent import ledger
from consent.vocabulary import Event, Purpose, Source
from logs import answering, credentials, inbox
from logs.accepting import Accepted, accept
from logs.dispatching.round import dispatch
from logs.models import Kind, Message, ProviderAccount, Reply, ReplyEffect
from logs.models import Source as Asker
from logs.providers import http
from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from smsadmin.quickstart.waiting import wait_until
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.queue import make_way
from tests.factories.sending import make_ask
from tests.factories.simulator import KEY, SECRET, Simulator
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

STOPS, SMELLS = "+447700900070", "+447700900072"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(tmp_path, "--speed", "10") as running:
        yield running
    http.close_shared_client()


@pytest.fixture
def way(site: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> ProviderAccount:
    monkeypatch.setattr("django.conf.settings.PUBLIC_URL", site)
    sealed = credentials.seal({"key": KEY, "secret": SECRET})
    account = make_account(name="Harbour")
    return make_way(account, "", provider="simulator", options={"base_url": simulator.url}, secrets=sealed)


def until(wanted: Callable[[], bool]) -> None:
    """Work as the pipeline's worker does until it is so."""

    def worked() -> bool:
        dispatch()
        inbox.drain_all(now=timezone.now)
        answering.work()
        return wanted()

    assert wait_until(worked, deadline=time.monotonic() + 60, pause=0.1)


def ask(account: Account, phone: str, kind: Kind) -> Accepted:
    (answer,) = accept(account=account, asks=[make_ask(to=phone, kind=kind)], sms_user=None, by=None, at=timezone.now())
    assert isinstance(answer, Accepted)
    return answer


def is_looked_at(account: Account, phone: str, n: int = 1) -> Callable[[], bool]:
    return lambda: Reply.objects.filter(account=account, phone=phone, effect__gt=0).count() >= n


def write(way: ProviderAccount, phone: str, text: str) -> None:
    """Call our address as the simulator does."""
    document: dict[str, Any] = {
        "type": "reply",
        "id": f"R-{text}",
        "from": phone,
        "to": "60006",
        "text": text,
        "part": 1,
        "parts": 1,
    }
    document["at"] = timezone.now().isoformat()
    body, stamp = json.dumps(document).encode(), str(int(time.time()))
    headers = {TIMESTAMP: stamp, SIGNATURE: sign(SECRET, stamp, body), "content-type": "application/json"}
    with urlopen(Request(credentials.hook_url(way), body, headers)) as answer:
        assert answer.status == 200


def make_person(account: Account, phone: str) -> Member:
    member = make_member(account, phone=phone)
    ledger.record(
        account=account,
        phone=phone,
        purpose=Purpose.MARKETING,
        event=Event.OPTED_IN,
        source=Source.APP,
        by=None,
        at=timezone.now(),
    )
    return member


def test_stop_by_reply_holds_within_seconds_until_start(person_at: Callable[..., Person], way: ProviderAccount) -> None:
    account = way.account
    member = make_person(account, STOPS)
    ask(account, STOPS, Kind.MARKETING)
    until(is_looked_at(account, STOPS))
    refused = ask(account, STOPS, Kind.MARKETING)

    person = person_at()
    person.enter(make_user("support", account).email)
    page = person.visit(f"/{account.slug}/messages/{refused.id}/")
    expect(page.get_by_text("Opted out of all messages on").first).to_be_visible()
    page = person.visit(f"/{account.slug}/members/{member.pk}/")
    expect(page.get_by_text("Unsubscribed from receiving marketing SMS").first).to_be_visible()
    person.check()
    page = person.visit(f"/{account.slug}/replies/")
    expect(page.locator("main tbody tr").first).to_contain_text("Unsubscribed")
    person.check()
    page = person.visit(f"/{account.slug}/members/{member.pk}/?show=conversation")
    expect(page.get_by_text("you are unsubscribed and will get no more messages")).to_be_visible()
    person.check()

    until(is_looked_at(account, STOPS, 2))  # it answers whatever it gets with STOP: our confirmation too, and no other
    assert Message.objects.of(account).filter(source=Asker.KEYWORD_ANSWER).count() == 1
    write(way, STOPS, "START")
    until(Reply.objects.filter(account=account, effect=ReplyEffect.RESUBSCRIBED).exists)
    assert not ask(account, STOPS, Kind.MARKETING).state.outcome.is_negative
    page = person.visit(f"/{account.slug}/members/{member.pk}/")
    expect(page.get_by_text("Subscribed to receiving marketing SMS (reply)").first).to_be_visible()


def test_what_smells_is_decided_on_the_desk(person_at: Callable[..., Person], way: ProviderAccount) -> None:
    account = way.account
    make_person(account, SMELLS)
    ask(account, SMELLS, Kind.OPERATIONAL)
    until(is_looked_at(account, SMELLS))

    person = person_at()
    person.enter(make_user("support", account).email)
    page = person.visit(f"/{account.slug}/messages/")
    page.get_by_role("link", name="Opt-out desk").first.click()
    expect(page.get_by_text("pls stop texting me")).to_be_visible()
    expect(page.get_by_text("10 business days left")).to_be_visible()
    person.check()
    page.get_by_role("button", name="Opt out +44 7700 900072").click()
    expect(page.get_by_role("heading", name="Nothing to decide")).to_be_visible()
    refused = ask(account, SMELLS, Kind.MARKETING)
    assert refused.sentence.startswith("Opted out of all messages on")

    person.visit(f"/{account.slug}/desk/?part=decided")
    person.check()
    page.get_by_role("button", name="No opt-out: +44 7700 900072").click()
    expect(page.get_by_text("No opt-out of +44 7700 900072")).to_be_visible()
    assert not ask(account, SMELLS, Kind.MARKETING).state.outcome.is_negative
