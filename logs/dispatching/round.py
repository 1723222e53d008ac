"""One dispatcher's work: claim, check again, commit, call in threads, write the answers down; as long as there is any.

The calls of many accounts are under way at once, each as soon as there is a thread for it, and answers are written as
they come, so that a provider that takes ten seconds holds up nobody else's messages. The database is touched by the
calling thread only. Two dispatchers may work at the same time: rows are claimed with SKIP LOCKED, and a provider
account's throughput is booked under the lock of its row.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from logs.dispatching import claiming, expiring, trying, turns
from logs.dispatching.concluding import Concluded, conclude
from logs.dispatching.preparing import prepare
from logs.dispatching.trying import Tried, Try

logger = logging.getLogger(__name__)

CALLS = 64  # at once
THROTTLED = 0.1  # seconds until a provider account's throughput is looked at again
LISTENING = 0.25  # seconds until new messages are looked for while calls are under way
PAUSES = (0.1, 1.0, 5.0)  # seconds: two in each other's way are soon past, a server that starts anew takes a little
GATHERING = 0.01  # seconds in which answers are gathered for one transaction

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Dispatched:
    """How many messages were claimed, and what became of them."""

    claimed: int = 0
    refused: int = 0
    held: int = 0
    taken: int = 0
    again: int = 0
    unsure: int = 0
    ended: int = 0
    expired: int = 0


@dataclass(slots=True)
class _Flight:
    """The calls that are under way."""

    pool: ThreadPoolExecutor
    now: Clock
    done: Dispatched = field(default_factory=Dispatched)
    calls: dict[Future[Tried], Try] = field(default_factory=dict)
    throttled: bool = False

    def launch(self) -> bool:
        """Claim what is due, as far as there are threads; returns whether there may be more."""
        at = self.now()
        self.throttled = False
        due = claiming.lanes(at)
        accounts = sorted(due, key=lambda _pk: random.random())  # nobody is always the last
        before = self.done.claimed
        for account in accounts:
            room = CALLS - len(self.calls)
            if room <= 0:
                break
            self._launch(account, due[account], min(room, max(CALLS // len(accounts), 1)), at)
        return self.throttled or self.done.claimed > before

    def _launch(self, account: int, priorities: list[int], room: int, at: datetime) -> None:
        busy = Counter(this.claimed.provider_account_id for this in self.calls.values())
        claim = claiming.claim(account_id=account, priorities=priorities, room=room, busy=busy, at=at)
        self.throttled = self.throttled or claim.throttled
        claimed = claim.rows
        if not claimed:
            return
        self.done.claimed += len(claimed)
        try:
            prepared = prepare(claimed, at=at)
        except OperationalError:
            raise
        except Exception:
            # They wait until their lease runs out; the other accounts go on.
            logger.exception("messages of account %s could not be prepared", account)
            return
        self.done.refused += prepared.refused
        self.done.held += prepared.held
        for this in prepared.tries:
            self.calls[self.pool.submit(trying.submit, this)] = this
        self._conclude(prepared.answered)

    def land(self) -> None:
        """Wait a moment for answers and write down those that came."""
        wait(self.calls, LISTENING, FIRST_COMPLETED)
        arrived, _waiting = wait(self.calls, GATHERING)
        for call in arrived:
            del self.calls[call]
        self._conclude([call.result() for call in arrived])

    def _conclude(self, answered: Sequence[Tried]) -> None:
        if not answered:
            return
        try:
            concluded = self._written(answered)
        except OperationalError:
            raise
        except Exception:
            # One answer that cannot be stored must not take the others with it. Alone, it stays being submitted until
            # its lease runs out, and is asked for then.
            logger.exception("%d answers could not be written down", len(answered))
            if len(answered) > 1:
                for one in answered:
                    self._conclude([one])
            return
        self.done.taken += concluded.taken
        self.done.again += concluded.again
        self.done.unsure += concluded.unsure
        self.done.ended += concluded.ended

    def _written(self, answered: Sequence[Tried]) -> Concluded:
        """An answer is all that is known of what has left us: a moment's trouble of the database must not cost it."""
        for pause in PAUSES:
            try:
                return conclude(answered, at=self.now())
            except OperationalError as error:
                logger.warning("%d answers are written down again: %s", len(answered), type(error.__cause__).__name__)
                time.sleep(pause)
                connection.close_if_unusable_or_obsolete()
        return conclude(answered, at=self.now())


def dispatch(*, now: Clock = timezone.now, seconds: float = 0.0) -> Dispatched:
    """Send what is due: one claim, and then on for ``seconds`` while there is more. Returns when every call that was
    begun is answered and written down."""
    until = time.monotonic() + seconds
    pool = trying.threads(CALLS)
    flight = _Flight(pool, now)
    try:
        flight.done.expired = expiring.expire(at=now())
        more = flight.launch()
        while flight.calls or (more and time.monotonic() < until):
            if flight.calls:
                flight.land()
            elif flight.throttled:
                time.sleep(THROTTLED)
            if time.monotonic() < until:
                more = flight.launch()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return flight.done


def work(*, seconds: float = 20.0) -> Dispatched | None:
    """A dispatcher's turn, where one is free (the setting DISPATCHERS); else None, at once.

    The turns keep the wake-ups of every second from filling all workers with dispatchers. That no message is sent
    twice does not depend on them.
    """
    with turns.taken("dispatch", settings.DISPATCHERS) as ours:
        return dispatch(seconds=seconds) if ours else None
