"""The inbox: nothing is lost, nothing written twice, and what nobody can read holds nothing up."""

import json
import random
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs import hook_doors, inbox
from logs.inbox import TRIES, Drained, discard, drain, drain_all, retry
from logs.models import Callback, Orphan, ProviderAccount, ProviderHealth, Reply
from logs.providers.base import Incoming
from smsadmin.accounts.models import AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.callbacks import LATER, make_provider_account, make_sent
from tests.factories.messages import DELIVERED
from tests.logs.looking import counted, events, messages, rolled_up
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain")]


@pytest.fixture
def by(plain: None) -> ProviderAccount:
    return make_provider_account(make_account())


def stored(by: ProviderAccount, *said: dict[str, Any], body: bytes | None = None) -> None:
    door = hook_doors.opened(by)
    assert door is not None
    content = json.dumps(said).encode() if body is None else body
    incoming = Incoming("POST", "", "dlr", b"a=%FF", {"x-key": "1"}, content)
    inbox.accept(door=door, incoming=incoming, content_type="application/json", signed=True, at=LATER)


def delivered(name: str) -> dict[str, Any]:
    return {"status": "delivered", "id": name, "at": 9}


POISON = {**delivered("poison"), "price": "1" + "0" * 30}
"""More than the column can hold: the database refuses the whole batch."""


def test_what_is_read_stands_in_the_log_and_is_gone_from_the_inbox(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    stored(by, delivered("SM1"))
    stored(by, {"from": "+447700900142", "text": "STOP"}, delivered("nobody"))
    done = drain(at=LATER)
    assert (done.taken, done.failed) == (2, 0)
    message.refresh_from_db()
    assert message.state == DELIVERED
    assert (Callback.objects.count(), Reply.objects.count(), Orphan.objects.count()) == (0, 1, 1)


def test_an_adapter_reads_what_came_byte_for_byte(by: ProviderAccount) -> None:
    stored(by, body=b"\x00\xff[]")
    with transaction.atomic():
        (row,) = inbox.claim(10, 0)
        transaction.set_rollback(True)
    incoming = inbox.incoming_of(row, "https://here/hooks/plain/token")
    assert incoming == Incoming(
        "POST", "https://here/hooks/plain/token/dlr?a=%FF", "dlr", b"a=%FF", {"x-key": "1"}, b"\x00\xff[]"
    )


@pytest.mark.parametrize("bad", [b"\xff not JSON", b"[1]", b"", b'[{"status": "unheard-of"}]'])
def test_a_row_that_cannot_be_read_is_set_aside_after_five_tries_and_holds_nothing_up(
    by: ProviderAccount, bad: bytes
) -> None:
    stored(by, body=bad)
    for n in range(TRIES):
        message = make_sent(by, f"SM{n}")
        stored(by, delivered(f"SM{n}"))
        done = drain_all(now=lambda: LATER)
        assert (done.taken, done.failed) == (2, 1)
        message.refresh_from_db()
        assert message.state == DELIVERED
    row = Callback.objects.get()
    assert (row.tries, row.set_aside_at, bool(row.error)) == (TRIES, LATER, True)
    assert (bytes(row.body), row.headers, bytes(row.query)) == (bad, {"x-key": "1"}, b"a=%FF")
    assert drain_all(now=lambda: LATER) == Drained()


def test_a_row_that_the_database_refuses_fails_alone(by: ProviderAccount) -> None:
    make_sent(by, "poison")
    sent = [make_sent(by, f"SM{n}") for n in range(9)]
    for n in range(9):
        stored(by, delivered(f"SM{n}"))
        if n == 4:
            stored(by, POISON)
    done = drain(at=LATER)
    assert (done.taken, done.failed) == (10, 1)
    for message in sent:
        message.refresh_from_db()
        assert message.state == DELIVERED
    for _ in range(TRIES):
        drain(at=LATER)
    row = Callback.objects.get()
    assert (row.tries, row.set_aside_at) == (TRIES, LATER)
    assert "numeric field overflow" in row.error
    assert rolled_up(by.account) == counted(by.account)


def test_the_database_being_away_is_no_rows_fault(by: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(by, delivered("SM1"))

    def away(*_args: Any, **_named: Any) -> None:
        raise OperationalError("gone") from psycopg.errors.AdminShutdown("gone")

    monkeypatch.setattr("logs.receipts.append", away)
    for _ in range(TRIES + 1):
        with pytest.raises(OperationalError):
            drain(at=LATER)
    monkeypatch.undo()
    row = Callback.objects.get()
    assert (row.tries, row.set_aside_at) == (0, None)


def test_callbacks_of_a_provider_account_that_is_gone_are_set_aside(by: ProviderAccount) -> None:
    stored(by, delivered("SM1"))
    ProviderAccount.objects.filter(pk=by.pk).delete()
    for _ in range(TRIES):
        drain(at=LATER)
    assert "NoDoor" in Callback.objects.get().error


def test_the_number_of_queries_does_not_grow_with_the_batch(by: ProviderAccount) -> None:
    def queries(n: int) -> int:
        for k in range(n):
            make_sent(by, f"{n}-{k}")
            stored(by, delivered(f"{n}-{k}"), {"from": "+447700900142", "text": f"{n}-{k}"}, delivered(f"no-{n}-{k}"))
        with CaptureQueriesContext(connection) as captured:
            drain(at=LATER)
        return len(captured)

    queries(3)
    assert queries(4) == queries(30)


def test_a_batch_is_no_larger_than_asked_and_all_are_drained(by: ProviderAccount) -> None:
    for n in range(7):
        stored(by, delivered(f"nobody-{n}"))
    assert drain(at=LATER, limit=3).taken == 3
    assert drain_all(now=lambda: LATER, limit=3).taken == 4


def test_draining_ends_with_its_time(by: ProviderAccount) -> None:
    for n in range(5):
        stored(by, delivered(f"nobody-{n}"))
    moments = iter(LATER + timedelta(seconds=n) for n in range(100))
    assert drain_all(now=lambda: next(moments), limit=1, budget=timedelta(seconds=4)).taken == 2


def test_when_a_provider_was_last_heard_is_noted_seldom(by: ProviderAccount) -> None:
    heard = []
    for seconds in (0, 2, 6):
        stored(by, delivered("nobody"))
        drain(at=LATER + timedelta(seconds=seconds))
        heard.append(ProviderHealth.objects.get(pk=by.pk).last_heard_at)
    assert heard == [LATER, LATER, LATER + timedelta(seconds=6)]


# ---- any order, twice


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.builds(
            lambda status, name, at: {"status": status, "id": name, "at": at},
            st.sampled_from(["accepted", "sending", "delivered", "off", "invalid"]),
            st.sampled_from(["SM1", "SM2", "P1", "P2"]),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=8,
    ),
    seed=st.integers(0, 2**32),
)
def test_callbacks_in_any_order_and_twice_end_the_same(said: list[dict[str, Any]], seed: int, db: None) -> None:
    chance = random.Random(seed)
    ends = []
    for _ in range(2):
        by = make_provider_account(make_account())
        for names in (("SM1",), ("SM2",), ("P1", "P2")):
            make_sent(by, *names, phone="+447700900142")
        shuffled = chance.sample(said * 2, len(said) * 2)
        while shuffled:
            for one in shuffled[:3]:
                stored(by, one)
            del shuffled[:3]
            drain(at=LATER)
        ends.append([told(row) for row in messages(by.account)])
        assert rolled_up(by.account) == counted(by.account)
    assert ends[0] == ends[1]


def told(row: dict[str, Any]) -> dict[str, Any]:
    own = ("id", "account_id", "provider_account_id", "state_event_id")
    return {name: value for name, value in row.items() if name not in own}


# ---- beside others


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_every_callback_once(by: ProviderAccount) -> None:
    for n in range(60):
        make_sent(by, f"SM{n}")
        stored(by, {"status": "sending", "id": f"SM{n}", "at": 3}, delivered(f"SM{n}"))
    before = len(events(by.account))
    done = at_once(*[lambda: drain_all(now=lambda: LATER, limit=7)] * 3)
    assert sum(one.taken for one in done) == 60
    assert len(events(by.account)) == before + 120
    assert rolled_up(by.account) == counted(by.account)


@pytest.mark.django_db(transaction=True)
def test_no_more_drain_at_a_time_than_there_are_lanes(by: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest have their processes free for sending."""
    draining = []

    def drain_all(**_named: Any) -> None:
        draining.append(len(draining) + 1)
        at_once(inbox.work)  # another worker, meanwhile

    monkeypatch.setattr(inbox, "drain_all", drain_all)
    inbox.work()
    assert draining == list(range(1, inbox.LANES + 1))


@pytest.mark.django_db(transaction=True)
def test_a_lane_is_free_again_after_its_work(by: ProviderAccount) -> None:
    for n in range(inbox.LANES + 1):
        message = make_sent(by, f"SM{n}")
        stored(by, delivered(f"SM{n}"))
        inbox.work()
        message.refresh_from_db()
        assert (message.state, Callback.objects.count()) == (DELIVERED, 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_cut_off_in_the_middle_loses_nothing(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    stored(by, delivered("SM1"))

    def cut_off() -> int:
        with transaction.atomic():
            rows = inbox.claim(10, 0)
            inbox.write(rows, LATER)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend = cursor.fetchone()[0]
            with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
        return len(rows)

    with pytest.raises(Exception, match=r"terminat|closed|lost"):
        at_once(cut_off)
    message.refresh_from_db()
    assert (message.state == DELIVERED, Callback.objects.count()) == (False, 1)
    drain(at=LATER)
    message.refresh_from_db()
    assert (message.state, len(events(by.account))) == (DELIVERED, 3)


# ---- set aside


def aside(by: ProviderAccount) -> Callback:
    stored(by, body=b"junk")
    for _ in range(TRIES):
        drain(at=LATER)
    return Callback.objects.get()


def test_a_person_lets_it_be_read_again(by: ProviderAccount) -> None:
    who = make_user("support", by.account)
    row = aside(by)
    retry(callback=row, by=who, at=LATER)
    retry(callback=row, by=who, at=LATER)
    row.refresh_from_db()
    assert (row.tries, row.set_aside_at, row.error) == (0, None, "")
    assert AuditEvent.objects.filter(verb="callback.retried", by_id=who.pk).count() == 1
    assert drain(at=LATER).failed == 1


def test_a_person_throws_it_away(by: ProviderAccount) -> None:
    who = make_user("support", by.account)
    row = aside(by)
    discard(callback=row, by=who, at=LATER)
    assert Callback.objects.count() == 0
    line = AuditEvent.objects.get(verb="callback.discarded")
    assert (line.account_id, line.by_id, "Garbled" in line.facts["error"]) == (by.account_id, who.pk, True)


def test_what_still_waits_cannot_be_thrown_away(by: ProviderAccount) -> None:
    stored(by, delivered("SM1"))
    discard(callback=Callback.objects.get(), by=None, at=LATER)
    assert Callback.objects.count() == 1
