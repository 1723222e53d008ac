"""What the carrier knows, in one SQLite file, so that a killed carrier goes on where it was.

A message's steps are written when it is taken. A step whose time has come is true, whether its receipt was posted or
not; `due` is when to post it next, null when that is done or nobody is to be told.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = 3 * 86_400.0
"""Seconds that a message can be asked for."""

TABLES = """
CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, reference TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    body TEXT NOT NULL, callback TEXT NOT NULL, parts INTEGER NOT NULL, taken_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_reference ON message (reference);
CREATE INDEX IF NOT EXISTS message_by_age ON message (taken_at);
CREATE TABLE IF NOT EXISTS step (
    id INTEGER PRIMARY KEY, message TEXT NOT NULL, at REAL NOT NULL, due REAL, tries INTEGER NOT NULL DEFAULT 0,
    callback TEXT NOT NULL, manner TEXT NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS step_of_message ON step (message);
CREATE INDEX IF NOT EXISTS step_due ON step (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS refusal (reference TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as the carrier took it; times are seconds since 1970."""

    id: str
    key: str
    reference: str
    sender: str
    recipient: str
    text: str
    callback: str
    parts: int
    at: float


@dataclass(frozen=True, slots=True)
class Posting:
    """Something to tell at ``due``, or, where that is None, only when asked. Of message '' nobody can ask."""

    message: str
    at: float
    due: float | None
    callback: str
    document: Mapping[str, Any]
    manner: str = ""
    id: int = 0
    tries: int = 0


class Ledger:
    """One process at a time: SQLite's lock sees to that, and a killed holder's lock goes with it."""

    def __init__(self, path: Path) -> None:
        self.file = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            self.file.execute(f"PRAGMA {pragma}")
        self.file.executescript(TABLES)

    def close(self) -> None:
        self.file.close()

    def take(self, message: Taken | None, postings: Sequence[Posting]) -> list[tuple[float, int]]:
        """Keep them, all or none; when to post which."""
        with self._transaction():
            if message is not None:
                self.file.execute(
                    "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(message.id, message.key, message.reference, message.sender, message.recipient),
                        *(message.text, message.callback, message.parts, message.at),
                    ),
                )
            return [(p.due, number) for p in postings if (number := self._add(p)) and p.due is not None]

    def _add(self, posting: Posting) -> int:
        row = (posting.message, posting.at, posting.due, posting.callback, posting.manner)
        added = self.file.execute(
            "INSERT INTO step (message, at, due, callback, manner, document) VALUES (?, ?, ?, ?, ?, ?)",
            (*row, json.dumps(posting.document, ensure_ascii=False)),
        )
        return added.lastrowid or 0

    # ---- posting

    def outstanding(self) -> list[tuple[float, int]]:
        return self.file.execute("SELECT due, id FROM step WHERE due IS NOT NULL").fetchall()

    def posting(self, number: int) -> Posting | None:
        """None where it has been taken back since, or told already."""
        row = self.file.execute(
            "SELECT message, at, due, callback, document, manner, id, tries FROM step WHERE id = ? AND due IS NOT NULL",
            (number,),
        ).fetchone()
        if row is None:
            return None
        message, at, due, callback, document, manner, identity, tries = row
        return Posting(message, at, due, callback, json.loads(document), manner, identity, tries)

    def told(self, number: int) -> None:
        self.file.execute("UPDATE step SET due = NULL WHERE id = ?", (number,))

    def put_off(self, number: int, due: float) -> None:
        self.file.execute("UPDATE step SET due = ?, tries = tries + 1 WHERE id = ?", (due, number))

    # ---- asking

    def find(self, key: str, *, identity: str = "", reference: str = "") -> list[tuple[str, str, int]]:
        """Messages of this key by their id or by the sender's reference: id, reference, parts."""
        column, value = ("id", identity) if identity else ("reference", reference)
        return self.file.execute(
            f"SELECT id, reference, parts FROM message WHERE {column} = ? AND key = ? ORDER BY taken_at",
            (value, key),
        ).fetchall()

    def standing(self, message: str, now: float) -> list[dict[str, Any]]:
        """The receipts of a message up to now, the last of each part."""
        rows = self.file.execute(
            "SELECT document FROM step WHERE message = ? AND at <= ? ORDER BY at, id", (message, now)
        )
        receipts = [json.loads(document) for (document,) in rows]
        last = {receipt["part"]: receipt for receipt in receipts if receipt["type"] == "receipt"}
        return [last[part] for part in sorted(last)]

    def take_back(self, message: str, now: float) -> None:
        """Forget what was to happen to it."""
        self.file.execute("DELETE FROM step WHERE message = ? AND at > ?", (message, now))

    def refuse(self, reference: str) -> int:
        """Count a refusal of this message; how many there were."""
        (times,) = self.file.execute(
            "INSERT INTO refusal VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            (reference,),
        ).fetchone()
        return int(times)

    def counts(self) -> dict[str, int]:
        """``again``: messages beyond the first of the same reference."""
        return {name: self.file.execute(query).fetchone()[0] for name, query in COUNTS.items()}

    def forget(self, before: float) -> None:
        """Messages taken before that time, with all that was said of them."""
        with self._transaction():
            old = "SELECT id FROM message WHERE taken_at < ?"
            self.file.execute(f"DELETE FROM step WHERE message IN ({old}) AND due IS NULL", (before,))
            self.file.execute("DELETE FROM message WHERE taken_at < ?", (before,))
            self.file.execute("DELETE FROM step WHERE message = '' AND at < ? AND due IS NULL", (before,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.file.execute("ROLLBACK")
            raise
        self.file.execute("COMMIT")


COUNTS = {
    "taken": "SELECT count(*) FROM message",
    "again": "SELECT count(*) - count(DISTINCT key || ' ' || reference) FROM message WHERE reference <> ''",
    "outstanding": "SELECT count(*) FROM step WHERE due IS NOT NULL",
    "told": "SELECT count(*) FROM step WHERE due IS NULL",
}
