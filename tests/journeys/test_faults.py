"""kill -9 of every part of the running product under load, and then counting: what was accepted is there, once.

Accepted is what was answered with 2xx, a message by the API or a receipt by its hook. A client that gets no answer
comes again, with the same idempotency key or the same receipt, as the systems of real senders and providers do.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from tests.factories.product import PATIENCE, Product
from tests.factories.simulator import KEY, SECRET

pytestmark = pytest.mark.slow

CLIENTS = 8
MESSAGES, RECEIPTS = 160, 80  # of one test
SILENT = "+447700900011"  # no receipt comes, and asking tells nothing new: the receipts are ours to post
LATE, BROKEN = "+447700900030", "+447700900031"  # taken, and the answer comes too late, or never
OTHERS = "+4479111"  # five digits more: delivered at once
SUBMITTING, UNSURE = 3, 4  # QueuedMessage.Step
IMPATIENT = 30  # one message in so many has no key, and who asks for it never comes again


class Load:
    """Clients at work. ``accepted`` are the messages that a client got a 2xx for, by its reference; ``acknowledged``
    the receipts, by their event."""

    names = count(1)

    def __init__(self, product: Product, told: dict[str, Any]) -> None:
        self.product, self.told = product, told
        self.accepted: dict[str, str] = {}
        self.acknowledged: dict[str, str] = {}
        self.answers: Counter[int | str] = Counter()
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.accepted) + len(self.acknowledged)

    def messages(self, n: int, *first: str) -> list[Callable[[], None]]:
        """So many, half of them to the silent number, after those to ``first``."""
        numbers = [*first, *(SILENT if k % 2 else f"{OTHERS}{k:05d}" for k in range(n))]
        return [self.message(number, next(self.names)) for number in numbers]

    def message(self, to: str, n: int) -> Callable[[], None]:
        name, again = f"m-{n}", n % IMPATIENT != 0
        key = {"idempotency_key": name} if again else {}
        body = json.dumps({"to": to, "text": "Your table is booked.", "source": "app-login", "reference": name, **key})
        headers = {"Authorization": f"Bearer {self.told['key']}", "Content-Type": "application/json"}

        def send() -> None:
            answer = self.post(f"{self.product.url}/api/v1/messages", body.encode(), headers, again=again)
            if answer is not None:
                self.accepted[name] = json.loads(answer)["id"]

        return send

    def receipts(self, n: int) -> list[Callable[[], None]]:
        """For messages that the simulator took and says nothing of."""
        rows = self.product.rows(
            "SELECT id, provider_message_id FROM message WHERE phone = %s AND provider_message_id <> '' "
            "AND outcome <> 2 ORDER BY id LIMIT %s", SILENT, n,
        )  # fmt: skip
        assert len(rows) == n
        return [self.receipt(str(message), name) for message, name in rows]

    def receipt(self, message: str, name: str) -> Callable[[], None]:
        at = datetime.now(UTC).isoformat()
        document = {"type": "receipt", "event": f"{name}.9.1", "id": name, "reference": message, "to": SILENT,
                    "part": 1, "parts": 1, "status": "delivered", "error": "", "at": at}  # fmt: skip
        body = json.dumps(document).encode()

        def send() -> None:
            stamp = str(int(time.time()))
            headers = {TIMESTAMP: stamp, SIGNATURE: sign(SECRET, stamp, body), "Content-Type": "application/json"}
            self.post(self.told["hooks"]["simulator"], body, headers, again=True)
            self.acknowledged[name] = message

        return send

    def post(self, url: str, body: bytes, headers: dict[str, str], *, again: bool) -> bytes | None:
        """The body of a 2xx answer. A client that comes ``again`` does so until it has one."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status, answer = posted(url, body, headers)
            with self.lock:
                self.answers[status] += 1
            if isinstance(status, int) and 200 <= status < 300:
                return answer
            assert not isinstance(status, int) or status >= 500, (status, answer)
            if not again:
                return None
            time.sleep(0.2)
        raise AssertionError(f"no answer: {self.answers}")

    @contextmanager
    def at_work(self, acts: list[Callable[[], None]]) -> Iterator[None]:
        """All have their answers at the end."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            done = [pool.submit(act) for act in acts]
            yield
            for one in done:
                one.result()


def posted(url: str, body: bytes, headers: dict[str, str]) -> tuple[int | str, bytes]:
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        line.request("POST", place.path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__, b""
    finally:
        line.close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def everything(product: Product) -> Load:
    """What all tests of this module did; enough silent messages for the first of them stand ready."""
    load = Load(product, product.tell("tests.journeys.furnishing"))
    with load.at_work(load.messages(4 * RECEIPTS + 10)):
        pass
    settle(product)
    return load


@pytest.fixture
def load(everything: Load) -> Load:
    return everything


def acts_of(load: Load, *first: str) -> list[Callable[[], None]]:
    """Receipts among the messages."""
    messages, receipts = load.messages(MESSAGES, *first), load.receipts(RECEIPTS)
    return [act for n, message in enumerate(messages) for act in [message, *receipts[n // 2 : n // 2 + (n % 2)]]]


def settle(product: Product) -> None:
    """Until nothing is under way. What a killed worker was submitting is anybody's after its lease: we do not wait."""

    def nothing_left() -> bool:
        with psycopg.connect(product.database_url) as connection:
            connection.execute(
                "UPDATE send_queue SET lease_until = now() WHERE step IN (2, 3) AND lease_until > now() "
                "AND lease_until < now() + interval '85 s'"  # 15 s old: no call takes so long
            )
        return not product.one("SELECT (SELECT count(*) FROM send_queue) + (SELECT count(*) FROM inbox)")

    product.wait(nothing_left, "something stays in the queue or in the inbox")
    said = "SELECT count(*) FROM message WHERE phone LIKE %s AND phone <> %s AND outcome <> 2"
    product.wait(lambda: not product.one(said, OTHERS + "_____", SILENT), "receipts do not come")


def check(load: Load) -> None:
    """Count everything that was ever accepted."""
    product = load.product
    messages = {
        str(pk): row
        for pk, *row in product.rows("SELECT id, reference, phone, outcome, segments, provider_message_id FROM message")
    }
    # Every accepted message is there, under the id that was answered; whoever came again made no second one.
    assert {pk: messages[pk][0] for pk in load.accepted.values()} == {pk: name for name, pk in load.accepted.items()}
    references = Counter(reference for reference, *_rest in messages.values())
    assert max(references.values()) == 1
    # What is there besides was asked for by somebody who had no answer and never came again.
    assert not [name for name in references if name not in load.accepted and int(name[2:]) % IMPATIENT]
    check_sent(load, messages)
    check_events(load, messages)
    check_counts(load, messages)


def check_sent(load: Load, messages: dict[str, list[Any]]) -> None:
    """The simulator has each once."""
    place = urlsplit(load.product.simulator.url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    line.request("GET", "/stats", headers={"Authorization": f"Bearer {KEY}"})
    stats = json.loads(line.getresponse().read())
    line.close()
    assert (stats["taken"], stats["again"]) == (len(messages), 0)


def check_events(load: Load, messages: dict[str, list[Any]]) -> None:
    """Every receipt is in the log once, and its message is delivered."""
    events = Counter(
        (str(message), name)
        for message, name in load.product.rows(
            "SELECT message_id, provider_message_id FROM status_event WHERE raw_status = 'delivered'"
        )
    )
    assert not [key for key, n in events.items() if n > 1]
    assert not [key for key in load.acknowledged.items() if events[key[::-1]] != 1]
    silent = [pk for pk, row in messages.items() if row[1] == SILENT]
    assert {pk for pk in silent if messages[pk][2] == 2} == set(load.acknowledged.values())
    assert all(row[2] == 2 for row in messages.values() if row[1] != SILENT)
    assert not load.product.one("SELECT count(*) FROM orphan")
    assert load.product.one("SELECT count(*) FROM status_event WHERE stage = 10 AND raw_status = ''") >= len(messages)


def check_counts(load: Load, messages: dict[str, list[Any]]) -> None:
    """Credit and roll-ups."""
    spent = sum(row[3] for row in messages.values())
    balance = load.told["credit"] - spent
    assert load.product.one("SELECT balance FROM logs_credit") == balance
    assert load.product.one("SELECT sum(segments) FROM credit_entry") == balance
    outcomes = Counter(row[2] for row in messages.values())
    counted = dict(
        load.product.rows("SELECT status, sum(n)::int FROM message_daily GROUP BY status HAVING sum(n) <> 0")
    )
    assert sum(counted.values()) == len(messages)
    assert counted[4] == outcomes[2]  # delivered


# ---- the parts


def test_a_worker_that_is_killed_while_it_sends(load: Load) -> None:
    """Also only its process that had the calls under way, as when it takes too much memory."""
    product = load.product
    submitting = "SELECT count(*) FROM send_queue WHERE step = %s"
    with load.at_work(acts_of(load, LATE, LATE, BROKEN)):
        product.wait(lambda: product.one(submitting, SUBMITTING), "nothing is being submitted")
        product.kill("pipeline")
    product.wait(lambda: product.part("pipeline").children(), "the worker is not back")
    with load.at_work(load.messages(20, LATE)):
        product.wait(lambda: product.one(submitting + " AND lease_until > now() + interval '90 s'", SUBMITTING))
        for process in product.part("pipeline").children():
            process.kill()
    settle(product)
    check(load)


def test_a_worker_that_is_killed_while_it_drains_the_inbox(load: Load) -> None:
    product = load.product
    with psycopg.connect(product.database_url) as holding:
        holding.execute("LOCK TABLE status_event IN SHARE MODE")  # so the drain stands still with its rows in its hand
        with load.at_work(load.receipts(RECEIPTS)):
            pass
        product.wait(lambda: product.one(
            "SELECT count(*) FROM pg_locks l JOIN pg_locks i USING (pid) WHERE NOT l.granted "
            "AND l.relation = 'status_event'::regclass AND i.relation = 'inbox'::regclass"
        ), "nobody drains")  # fmt: skip
        product.kill("pipeline")
        assert product.one("SELECT count(*) FROM inbox") == RECEIPTS
    settle(product)
    check(load)


def test_a_broker_that_is_killed(load: Load) -> None:
    product = load.product
    with load.at_work(acts_of(load)):
        product.wait(lambda: len(load.product.rows("SELECT 1 FROM send_queue LIMIT 1")))
        product.kill("broker")
    settle(product)
    check(load)


def test_a_database_that_is_killed(load: Load) -> None:
    product = load.product
    before = len(load)
    with load.at_work(acts_of(load)):
        product.wait(lambda: len(load) > before + 60)
        product.kill("database")
    settle(product)
    check(load)


def test_a_web_server_that_is_killed(load: Load) -> None:
    """All of it at once, and then one of its two processes."""
    product = load.product
    before = len(load)
    with load.at_work(acts_of(load)):
        product.wait(lambda: len(load) > before + 60)
        product.kill("web")
        product.wait(lambda: len(load) > before + 200)
        busiest = max(product.part("web").children(), key=lambda process: process.cpu_times().user)
        busiest.kill()
    assert any(isinstance(answer, str) for answer in load.answers), "nobody noticed"
    settle(product)
    check(load)


def test_all_of_it_is_killed_at_once(load: Load) -> None:
    product = load.product
    before = len(load)
    with load.at_work(acts_of(load)):
        product.wait(lambda: len(load) > before + 60)
        for name in ("web", "pipeline", "broker", "database"):
            product.kill(name)
    settle(product)
    check(load)


def test_nothing_is_left_behind(load: Load) -> None:
    """No connection of a killed process holds a lock, and no part stayed down."""
    product = load.product
    assert not product.one("SELECT count(*) FROM pg_locks WHERE NOT granted")
    assert not product.one("SELECT count(*) FROM inbox")
    assert all(
        product.part(name).status() != psutil.STATUS_ZOMBIE for name in ("web", "pipeline", "broker", "database")
    )
