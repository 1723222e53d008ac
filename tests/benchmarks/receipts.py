"""How fast the inbox is drained with one worker, and how many callbacks a second the web server takes beside a bare
Django view that inserts one row.

The receipts are of messages that are on their way in the account with half of all rows: every message has its end, and
one in four a word on the way before it, as in research/postgres.md D. They are the simulator's, as it would post them.
"""

import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from django.utils import timezone

from logs import credentials, inbox, recording, rollups
from logs.drafts import Draft, Said
from logs.models import Callback, EventSource, Kind, Message, ProviderAccount, ProviderRef, Source
from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from logs.statuses import Outcome, Stage, State, event_id
from logs.tasks import waking
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from tests.benchmarks import web
from tests.benchmarks.cases import BIG
from tests.benchmarks.report import table

SECRET = "bench"
QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)
ACCEPTED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
ENDS = [("delivered", "")] * 90 + [("undelivered", "580")] * 8 + [("undelivered", "500")] * 2
"""As the simulator words them."""
ROUNDS = 3
CONNECTIONS = 16
SECONDS = 4.0  # for each variant in each round
GOAL, SHARE, DELAY = 5_000, 0.6, 2.0
WRITTEN = ("message", "status_event", "provider_ref", "send_queue", "block_entry", "consent_status", "inbox")
FORK = multiprocessing.get_context("fork")
STREAM, STREAM_SECONDS = 1_000, 15  # receipts a second, and for how long
TICKS = 50  # a second, in which they come
BARE = "CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, received_at timestamptz, body bytea)"


@dataclass(slots=True)
class Measured:
    """Callbacks a second, one figure for each round."""

    callbacks: int = 0
    batch: int = inbox.BATCH
    drained: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)  # seconds from a receipt's coming to its being on the page
    hooks: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def measure(messages: int, url: str, var: Path) -> Measured:
    """Over the default connection's filled database at ``url``; leaves it as it was."""
    found = Measured()
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    account = Account.objects.get(pk=BIG)
    with provider_account(account) as by:
        for number in range(ROUNDS):
            with on_their_way(by, messages // ROUNDS, number) as sent:
                found.callbacks = fill(by, sent)
                found.drained.append(found.callbacks / drain())
        with on_their_way(by, STREAM * STREAM_SECONDS, ROUNDS) as sent:
            found.delays = streamed(by, sent)
        rollups.rebuild(account)
        over_http(found, by, url, var)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_bare")
    return found


@contextmanager
def provider_account(account: Account) -> Iterator[ProviderAccount]:
    by = ProviderAccount.objects.create(
        account=account, provider="simulator", name="bench receipts", secrets=credentials.seal({"secret": SECRET})
    )
    try:
        yield by
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM inbox WHERE provider_account_id = %s", [by.pk])
        by.delete()


@contextmanager
def on_their_way(by: ProviderAccount, count: int, number: int) -> Iterator[list[UUID]]:
    """Messages of the last hours that the provider took. They go afterwards; the roll-ups are the caller's."""
    with connection.cursor() as cursor:
        # What was measured before leaves much to clean, which would go on beside this.
        cursor.execute(f"VACUUM {', '.join(WRITTEN)}")
        # Before they are written, not after: receipts come soon after their message, mostly before the next checkpoint.
        cursor.execute("CHECKPOINT")
    now = datetime.now(UTC)
    drafts = [draft(by, now - timedelta(seconds=n / 10), number * count + n) for n in range(count)]
    for n in range(0, count, 2_000):
        recording.record(account=by.account, drafts=drafts[n : n + 2_000], at=now)
    ids = [one.id for one in drafts]
    refs = [
        ProviderRef(
            provider_account_id=by.pk, provider_message_id=one.provider_message_id, account_id=by.account_id,
            message_id=one.id, created_at=now,
        )
        for one in drafts
    ]  # fmt: skip
    ProviderRef.objects.bulk_create(refs, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE provider_ref")
    try:
        yield ids
    finally:
        clear(by, ids)


def draft(by: ProviderAccount, at: datetime, n: int) -> Draft:
    def said(state: State, seconds: float, source: int) -> Said:
        moment = at + timedelta(seconds=seconds)
        return Said(event_id(provider="bench", provider_event_id=str(state.stage)), state, moment, moment, source)

    return Draft(
        id=uuid7.make(at),
        requested_at=at,
        phone=f"+336{n:08d}",
        kind=Kind.OPERATIONAL,
        source=Source.AUTOMATION,
        body=f"Your table for 4 is booked for 19:{n % 60:02}. Bring number {n}.",
        said=(said(QUEUED, 0, EventSource.PLATFORM), said(ACCEPTED, 1, EventSource.SUBMIT)),
        provider_account_id=by.pk,
        provider_message_id=f"sim-{by.pk}-{n}",
    )


def receipt(name: str, reference: UUID, status: str, error: str, at: datetime) -> bytes:
    document: dict[str, Any] = {
        "type": "receipt", "event": f"{name}-{status}", "id": name, "reference": str(reference), "status": status,
        "at": at.isoformat(), "part": 1, "parts": 1, "price": "0.0425", "currency": "EUR",
    }  # fmt: skip
    if error:
        document["error"] = error
    return json.dumps(document).encode()


def fill(by: ProviderAccount, sent: list[UUID]) -> int:
    """Put the receipts into the inbox, those of a message apart from each other; returns how many."""
    rows = names(by, sent)
    early = [(rows[pk], pk, "sent", "") for pk in sent[::4]]
    lines = [*early, *((rows[pk], pk, *ENDS[n % len(ENDS)]) for n, pk in enumerate(sent))]
    put(by, lines)
    return len(lines)


def names(by: ProviderAccount, sent: list[UUID]) -> dict[UUID, str]:
    """The provider's ids of these messages."""
    return dict(
        Message.objects.filter(account_id=by.account_id)
        .extra(where=["message.id = ANY(%s::uuid[])"], params=[sent])
        .values_list("pk", "provider_message_id")
    )


def put(by: ProviderAccount, lines: Sequence[tuple[str, UUID, str, str]]) -> None:
    at = datetime.now(UTC)
    statement = (
        "COPY inbox (account_id, provider_account_id, received_at, signed, method, path, query, content_type, headers, "
        "body, tries, error) FROM STDIN"
    )
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as stream:
        for name, pk, status, error in lines:
            body = receipt(name, pk, status, error, at)
            headers = json.dumps({TIMESTAMP: "0", SIGNATURE: sign(SECRET, "0", body)})
            stream.write_row([by.account_id, by.pk, at, 1, "POST", "", b"", "application/json", headers, body, 0, ""])


def drain() -> float:
    """Seconds for all of it, as a worker drains: with so many processes at a time."""
    connection.close()  # each has its own
    lanes = [FORK.Process(target=lane, name=f"drain {n}") for n in range(inbox.LANES)]
    begun = time.perf_counter()
    for one in lanes:
        one.start()
    for one in lanes:
        one.join()
    took = time.perf_counter() - begun
    if any(one.exitcode for one in lanes):
        raise RuntimeError("callbacks failed")
    return took


def lane() -> None:
    done = inbox.drain_all(now=timezone.now, budget=timedelta(minutes=10))
    sys.exit(done.failed > 0)


def streamed(by: ProviderAccount, sent: list[UUID]) -> list[float]:
    """Receipts come evenly, a worker is woken as callbacks wake it; how long each took, at the most, until it could be
    seen."""
    rows = names(by, sent)
    lines = [(rows[pk], pk, *ENDS[n % len(ENDS)]) for n, pk in enumerate(sent)]
    came: list[float] = []
    # The thread opens a connection of its own.
    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"]
    feeding = Thread(target=feed, args=(by, lines, came), name="feed")
    feeding.start()
    delays: list[float] = []
    while len(delays) < len(lines):
        if len(came) < len(lines) and not feeding.is_alive():
            raise RuntimeError("no more receipts come")
        begun = time.perf_counter()
        inbox.drain_all(now=timezone.now)
        arrived, left = len(came), Callback.objects.filter(provider_account_id=by.pk).count()
        seen = time.perf_counter()
        delays += [seen - at for at in came[len(delays) : max(arrived - left, len(delays))]]
        time.sleep(max(waking.WAKE_EVERY - (time.perf_counter() - begun), 0))
    feeding.join()
    return delays


def feed(by: ProviderAccount, lines: Sequence[tuple[str, UUID, str, str]], came: list[float]) -> None:
    size, begun = STREAM // TICKS, time.perf_counter()
    for n in range(0, len(lines), size):
        time.sleep(max(begun + n / STREAM - time.perf_counter(), 0))
        put(by, lines[n : n + size])
        came += [time.perf_counter()] * len(lines[n : n + size])
    connection.close()


def clear(by: ProviderAccount, ids: list[UUID]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL enable_hashjoin = off")
        cursor.execute("DELETE FROM status_event WHERE message_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM message WHERE id = ANY(%s) AND account_id = %s", [ids, by.account_id])
        cursor.execute("DELETE FROM provider_ref WHERE provider_account_id = %s", [by.pk])
        cursor.execute("DELETE FROM block_entry WHERE evidence = ANY(%s)", [ids])


# ---- through the web server


def over_http(found: Measured, by: ProviderAccount, url: str, var: Path) -> None:
    """The hook and the bare view in turns."""
    body = receipt("sim-nobody", uuid7.make(datetime.now(UTC)), "delivered", "", datetime.now(UTC))
    stamp = str(int(time.time()))
    signed = {TIMESTAMP: stamp, SIGNATURE: sign(SECRET, stamp, body)}
    with web.server(url, var, settings="tests.benchmarks.bare_settings") as port:
        hook = request(port, f"/hooks/simulator/{by.hook_token}", body, signed)
        bare = request(port, "/bare/", body, signed)
        for wanted in (hook, bare):
            asyncio.run(load(port, wanted, 1.0))  # both workers warm
        for _ in range(ROUNDS):
            found.hooks.append(asyncio.run(load(port, hook, SECONDS)))
            found.bare.append(asyncio.run(load(port, bare, SECONDS)))


def request(port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def load(port: int, wanted: bytes, seconds: float) -> float:
    """Answers a second over so many kept-alive connections."""
    until = time.perf_counter() + seconds
    begun = time.perf_counter()
    counts = await asyncio.gather(*(client(port, wanted, until) for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - begun)


async def client(port: int, wanted: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(wanted)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        _before, _name, rest = head.lower().partition(b"content-length:")
        if length := int(rest.partition(b"\r\n")[0] or 0):
            await reader.readexactly(length)
        count += 1
    writer.close()
    return count


def text(found: Measured) -> str:
    drained, hooks, bare = median(found.drained), median(found.hooks), median(found.bare)
    share, slowest = hooks / bare, max(found.delays)
    rows = [
        [f"receipts drained, one worker, {found.callbacks:,} at a time in batches of {found.batch:,}",
         goal(drained, GOAL), f"≥ {GOAL:,}/s"],
        [f"until it is on the page, at {STREAM:,} a second: median {median(found.delays):.1f} s, longest",
         f"{slowest:.1f} s" if slowest < DELAY else f"**{slowest:.1f} s**", f"< {DELAY:.0f} s"],
        ["callbacks taken over HTTP", f"{hooks:,.0f}/s", ""],
        ["a bare view that inserts one row", f"{bare:,.0f}/s", ""],
        ["share of it", f"{share:.2f}" if share >= SHARE else f"**{share:.2f}**", f"≥ {SHARE}"],
    ]  # fmt: skip
    return table(["", "", "goal"], rows)


def goal(rate: float, wanted: float) -> str:
    return f"{rate:,.0f}/s" if rate >= wanted else f"**{rate:,.0f}/s**"
