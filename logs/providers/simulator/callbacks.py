"""Posts receipts and replies when they are due, signed, and again with growing pauses until a day is over."""

from __future__ import annotations

import asyncio
import heapq
import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from logs.providers.simulator.ledger import Ledger, Posting
from logs.providers.simulator.signing import SIGNATURE, TIMESTAMP, sign
from logs.providers.simulator.wire import Line, Malformed

WIDTH = 32
"""Posted at the same time."""
PATIENCE = 10.0
"""Seconds for one answer."""
FIRST_PAUSE, LONGEST_PAUSE, GIVE_UP = 1.0, 3600.0, 86_400.0
"""Seconds; each pause is twice the one before."""

ONCE = ("forged", "garbled")
"""Wrong on purpose: nobody should take it however often it comes."""

FAILED = (OSError, EOFError, TimeoutError, ValueError, Malformed, asyncio.LimitOverrunError)


class Callbacks:
    """What is due stands in the ledger; in memory there is only its order."""

    def __init__(self, ledger: Ledger, secret: str) -> None:
        self.ledger, self.secret = ledger, secret
        self.waiting = ledger.outstanding()
        heapq.heapify(self.waiting)
        self.changed = asyncio.Event()

    def add(self, due: Iterable[tuple[float, int]]) -> None:
        for item in due:
            heapq.heappush(self.waiting, item)
        self.changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        ready: asyncio.Queue[int] = asyncio.Queue(WIDTH)
        async with asyncio.TaskGroup() as group:
            for _ in range(WIDTH):
                group.create_task(self._post_all(ready))
            while True:
                await self._until_due()
                await ready.put(heapq.heappop(self.waiting)[1])

    async def _until_due(self) -> None:
        while not self.waiting or self.waiting[0][0] > time.time():
            self.changed.clear()
            pause = self.waiting[0][0] - time.time() if self.waiting else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), pause)

    async def _post_all(self, ready: asyncio.Queue[int]) -> None:
        line = Line()
        try:
            while True:
                posting = self.ledger.posting(await ready.get())
                if posting is not None:
                    await self._post(line, posting)
        finally:
            line.close()

    async def _post(self, line: Line, posting: Posting) -> None:
        body, headers = self.letter(posting.document, posting.manner, int(time.time()))
        try:
            async with asyncio.timeout(PATIENCE):
                status = await line.post(posting.callback, headers, body)
        except FAILED:
            line.close()
            status = 0
        if 200 <= status < 300 or (400 <= status < 500 and posting.manner in ONCE):
            self.ledger.told(posting.id)
        else:
            self._put_off(posting)

    def _put_off(self, posting: Posting) -> None:
        now = time.time()
        due = now + min(FIRST_PAUSE * 2**posting.tries, LONGEST_PAUSE)
        if due > posting.at + GIVE_UP:
            self.ledger.told(posting.id)
            return
        self.ledger.put_off(posting.id, due)
        self.add([(due, posting.id)])

    def letter(self, document: Mapping[str, Any], manner: str, now: int) -> tuple[bytes, dict[str, str]]:
        """The body to post, and its headers."""
        body = json.dumps(document, ensure_ascii=False).encode()
        if manner == "garbled":
            body = b"\x80{not JSON" + body[:40]
        secret = self.secret + "x" if manner == "forged" else self.secret
        headers = {"Content-Type": "application/json", "User-Agent": "smsadmin-simulator"}
        return body, {**headers, TIMESTAMP: str(now), SIGNATURE: sign(secret, str(now), body)}
