"""Providers' codes and the states they stand for, read from `<provider>/codes.csv`.

The code, name and meaning of a row come from the provider (`verified` and `source` say how sure that is); its state is
our judgement. One provider may have several tables, since the same number can mean two things: a code is only ever
looked up in the tables that the answer can come from. A code that no table has is kept verbatim by the caller and means
"unknown": nothing here raises for what a provider sends.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from logs.statuses import Outcome, Reason, Stage, State, Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["status", "error"]

_FOLDER = Path(__file__).parent

# Where else an answer's status or error may come from, after the provider's own table.
_MORE_STATUSES = {
    "engagelab": ("engagelab_event",),
    "engagelab_event": ("engagelab",),
    "smpp34_stat": ("smpp34_state",),
    "smpp34_state": ("smpp34_stat",),
}
_MORE_ERRORS = {
    "aws_eum": ("aws_eum_api",),
    "aws_sns": ("aws_eum_api",),
    "engagelab": ("engagelab_api", "engagelab_otp_api"),
    "engagelab_event": ("engagelab", "engagelab_api", "engagelab_otp_api"),
    # A receipt's err is the vendor's own, most often the GSM MAP error; a refusal has the SMSC's answer to submit_sm.
    "kannel": ("gsm_map", "smpp34_command"),
    "smpp34_stat": ("gsm_map", "smpp34_command"),
    "smpp34_state": ("gsm_map", "smpp34_command"),
}
# These report statuses and errors in one field.
_ERRORS_AS_STATUS = frozenset({"engagelab", "smsmode_legacy"})

_MORE_SPECIFIC = frozenset({Outcome.BLOCKED, Outcome.EXPIRED, Outcome.CANCELED})


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one provider. `verified`: code, name and meaning were checked against `source`."""

    provider: str
    kind: Kind
    code: str
    name: str
    meaning: str
    state: State
    verified: bool
    source: str


@cache
def providers() -> tuple[str, ...]:
    """The names of all tables of codes."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob("*/codes.csv")))


@cache
def codes(provider: str) -> tuple[Code, ...]:
    """All codes of a table, in its own order; none for a provider that we do not know."""
    if provider not in providers():
        return ()
    with (_FOLDER / provider / "codes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_code(provider, row) for row in csv.DictReader(file))


def lookup(provider: str, kind: Kind, code: str) -> Code | None:
    """A code of that very table, by code or by a name that only one code has. Case and leading zeros do not matter."""
    table = _table(provider, kind)
    key = _key(code)
    return table.get(key) or table.get(_pattern(key))


@lru_cache(maxsize=4096)
def resolve(provider: str, status: str | None = None, error: str | None = None) -> State:
    """The state that a provider's answer stands for.

    The status decides the stage and whether it arrived, is open or was refused. The error gives reason, validity and
    retry, and may name the kind of refusal; it never makes a failure of a pending or delivered status.
    """
    found = _find_status(provider, status) if status else None
    fault = _find(provider, "error", error, _MORE_ERRORS) if error else None
    if found is not None:
        return _explained(found.state, fault.state) if fault else found.state
    if fault is not None and not (status and _says_nothing_wrong(fault.state)):
        return fault.state
    # A report proves that the provider has the message; an error alone proves nothing.
    return State.of(Stage.PROVIDER_ACCEPTED if status else Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)


def _explained(told: State, fault: State) -> State:
    """A status with the error that came with it."""
    if told.outcome in (Outcome.PENDING, Outcome.DELIVERED) or _says_nothing_wrong(fault):
        return told
    if told.reason.is_specific and not fault.reason.is_specific:
        return told
    narrower = told.outcome.is_negative and fault.outcome in _MORE_SPECIFIC
    outcome = fault.outcome if narrower else told.outcome
    return State(told.stage, outcome, fault.reason, fault.number_valid, fault.retry)


def _says_nothing_wrong(fault: State) -> bool:
    """ "No error" and notices stand in some providers' error tables."""
    return fault.outcome in (Outcome.PENDING, Outcome.DELIVERED)


def _find_status(provider: str, status: str) -> Code | None:
    found = _find(provider, "status", status, _MORE_STATUSES)
    if found is None and provider in _ERRORS_AS_STATUS:
        return lookup(provider, "error", status)
    return found


def _find(provider: str, kind: Kind, code: str, more: Mapping[str, Iterable[str]]) -> Code | None:
    for table in (provider, *more.get(provider, ())):
        found = lookup(table, kind, code)
        if found is not None:
            return found
    return None


@cache
def _table(provider: str, kind: Kind) -> Mapping[str, Code]:
    rows = [row for row in codes(provider) if row.kind == kind]
    named: dict[str, list[Code]] = {}
    for row in rows:
        named.setdefault(_key(row.name), []).append(row)
    table = {name: found[0] for name, found in named.items() if len(found) == 1}
    return table | {_key(row.code): row for row in rows}


def _key(code: str) -> str:
    """`006` is `6`, `0x58` is `0x00000058`, `DELIVRD` is `delivrd`."""
    key = code.strip().casefold()
    if key.isascii() and key.isdigit():
        return key.lstrip("0") or "0"
    if key.startswith("0x"):
        try:
            return f"0x{int(key, 16):08x}"
        except ValueError:
            return key
    return key


def _pattern(key: str) -> str:
    """The row for a whole range, where a table has one: `11042` is in `11xxx`, `404` in `4xx`."""
    if not (key.isascii() and key.isdigit() and len(key) in (3, 5)):
        return key
    kept = len(key) // 2
    return key[:kept] + "x" * (len(key) - kept)


def _code(provider: str, row: Mapping[str, str]) -> Code:
    state = State(
        Stage.from_slug(row["stage"]),
        Outcome.from_slug(row["outcome"]),
        Reason.from_slug(row["reason"]),
        Validity.from_slug(row["number_valid"]),
        row["retry"] == "yes",
    )
    kind: Kind = "status" if row["kind"] == "status" else "error"
    return Code(
        provider, kind, row["code"], row["name"], row["meaning"], state, row["verified"] == "yes", row["source"]
    )
