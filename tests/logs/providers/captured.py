"""Callbacks as providers send them, kept as files: tests/payloads/<provider>/<name>.http is a request line with what
stands after the token in our address, the headers that matter, a blank line and the body, byte for byte. What each
means stands in expected.csv beside them.

The numbers are of Ofcom's range for drama, the ids invented; the shapes are those of the adapters' sources.
"""

import csv
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from logs.providers.base import Contract, Incoming, Outgoing
from logs.statuses import Outcome, Reason, Stage, State, Validity

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads"
MESSAGE = UUID("0199a3f2-7c00-7000-8000-000000000001")
"""The message that they speak of."""
HOOK = "https://sms.example.test/hooks/provider/0123456789abcdef"
CONTRACT = Contract({}, {}, HOOK, b"the hook secret that only these tests know")
"""With whose secret the addresses in them are signed."""


def captured(provider: str, name: str) -> Incoming:
    head, _blank, body = (PAYLOADS / provider / f"{name}.http").read_bytes().partition(b"\n\n")
    first, *lines = head.decode("ascii").split("\n")
    method, target = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    parts = urlsplit(target)
    return Incoming(method, HOOK + target, parts.path.strip("/"), parts.query.encode("ascii"), headers, body)


def names(provider: str) -> list[str]:
    return sorted(path.stem for path in (PAYLOADS / provider).glob("*.http"))


def expected(provider: str) -> list[dict[str, str]]:
    """What each payload that tells of one message means: its table, status and error, and the state as slugs."""
    with (PAYLOADS / provider / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def state(row: dict[str, str]) -> State:
    return State(
        Stage.from_slug(row["stage"]),
        Outcome.from_slug(row["outcome"]),
        Reason.from_slug(row["reason"]),
        Validity.from_slug(row["number_valid"]),
        row["retry"] == "yes",
    )


def outgoing(text: str = "Hello", *, segments: int = 1, unicode: bool = False, sender: str = "Acme") -> Outgoing:
    return Outgoing(MESSAGE, "+447700900123", text, sender, segments, unicode, timedelta(hours=48))
