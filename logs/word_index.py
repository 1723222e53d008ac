"""The word index of message texts, switched on and off for the whole installation.

On is done month by month with CREATE INDEX CONCURRENTLY, so that messages can be written meanwhile: the parent's index
is made without its partitions, each partition gets its own, and attaching the last one makes the parent's valid.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

INDEX = "message_by_words"
COLUMN = "gin (message_words(body))"


@dataclass(frozen=True, slots=True)
class Standing:
    """How many months have the index, of how many; bytes on disk."""

    indexed: int
    months: int
    size: int

    def __str__(self) -> str:
        if not self.indexed:
            return f"Text search is off: none of {self.months} months has a word index."
        state = "on" if self.indexed == self.months else "incomplete (run `text_search on` again)"
        size = f"{self.size / 1024**2:.1f} MB"
        return f"Text search is {state}: {self.indexed} of {self.months} months are indexed, {size}."


def standing() -> Standing:
    months = partitions()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(pg_relation_size(c.oid)), 0) "
            "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "JOIN pg_index x ON x.indexrelid = c.oid WHERE x.indisvalid AND i.inhparent = to_regclass(%s)",
            [INDEX],
        )
        indexed, size = cursor.fetchone()
    return Standing(indexed, len(months), int(size))


def switch_on() -> Iterator[str]:
    """Index what is not indexed; yields each partition as it is done. Not in a transaction; can go on after a break."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {INDEX} ON ONLY message USING {COLUMN}")
        attached = attached_partitions()
        for partition in partitions():
            if partition in attached:
                continue
            name = f"{partition}_words"
            # What a broken run left behind is invalid, and would be taken for done.
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
            cursor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {partition} USING {COLUMN}")
            cursor.execute(f"ALTER INDEX {INDEX} ATTACH PARTITION {name}")
            yield partition


def switch_off() -> None:
    """Drop the index with all its parts."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'message'::regclass ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def attached_partitions() -> set[str]:
    """Partitions whose part of the index is attached and valid."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.indrelid::regclass::text FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid "
            "WHERE x.indisvalid AND i.inhparent = to_regclass(%s)",
            [INDEX],
        )
        return {name for (name,) in cursor.fetchall()}
