"""Reads what Kannel tells of a message in a callback to its dlr-url. Pure, over bytes.

Kannel knows a handful of kinds (``%d``). Which of them the SMSC meant, and why, stands in the receipt's text (``%A``)
alone: a receipt of SMPP 3.4 appendix B, of which only ``stat:`` and ``err:`` are to be relied on. Its last field,
``text:``, is the beginning of our own text in the SMSC's bytes and may hold anything.

Sources: Kannel 1.4.5 gw/smsc/smsc_smpp.c handle_dlr and gw/dlr.h, and measurements with a real Kannel: an expired
message is 2 where the receipt is text only and 34 where it carries the state as a parameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from logs.providers.codes import resolve
from logs.providers.reading import decoded
from logs.statuses import Outcome, Reason, Stage, State

KINDS = {"1", "2", "4", "8", "16", "32", "34", "66"}

_TEXT = re.compile(rb"(?i)\btext:")
_STAT = re.compile(rb"(?i)\bstat:([a-z]{1,10})\b")
_ERR = re.compile(rb"(?i)\berr:([0-9a-z]{1,8})\b")
_NACK = re.compile(rb"NACK/([^/]{1,40})")
_RETRIES_EXCEEDED = "Retries Exceeded"

# What the text's word may say where Kannel says this. Another word contradicts Kannel, which also reads parameters
# that we never see: then Kannel's kind counts.
_STATS = {
    "1": {"DELIVRD"},
    "2": {"EXPIRED", "DELETED", "UNDELIV", "UNKNOWN", "REJECTD"},
    "4": {"ENROUTE", "ACCEPTD"},
    "34": {"EXPIRED"},
    "66": {"UNKNOWN"},
}


@dataclass(frozen=True, slots=True)
class Told:
    """The table of codes with the status and the error in it, verbatim; the state they stand for; the text."""

    table: str
    status: str
    error: str
    state: State
    text: str


def told(kind: str, answer: bytes, parameter: bytes = b"") -> Told:
    """What a callback says. ``answer`` is ``%A``, ``parameter`` is ``%#smpp#dlr_err#``; both may be empty."""
    text = decoded(answer)
    if kind == "16":
        return _refused(answer, text)
    head = _TEXT.split(answer, maxsplit=1)[0]
    stat, error = _first(_STAT, head).upper(), _error(head) or _network_error(parameter)
    if stat in _STATS.get(kind, ()):
        return Told("smpp34_stat", stat, error, resolve("smpp34_stat", stat, error or None), text)
    return Told("kannel", kind, error, resolve("kannel", kind, error or None), text)


def _refused(answer: bytes, text: str) -> Told:
    """The SMSC refused it, with the number that it answered submit_sm with; or it told us to wait too often."""
    error = _first(_NACK, answer)
    if error.casefold() == _RETRIES_EXCEEDED.casefold():
        state = State.of(Stage.SENDING, Outcome.FAILED, Reason.CONGESTION)
        return Told("kannel", "16", error, state, text)
    return Told("kannel", "16", error, resolve("kannel", "16", error or None), text)


def _error(head: bytes) -> str:
    """The receipt's error; '' for none, which SMSCs write as zeros."""
    error = _first(_ERR, head)
    return error if error.strip("0") else ""


def _network_error(parameter: bytes) -> str:
    """The error of the parameter network_error_code (SMPP 3.4, 5.3.2.31): a byte for the kind of network, a number in
    two. For receipts without text."""
    if len(parameter) != 3:
        return ""
    number = int.from_bytes(parameter[1:])
    return f"{number:03d}" if number else ""


def _first(pattern: re.Pattern[bytes], data: bytes) -> str:
    found = pattern.search(data)
    return decoded(found[1]).strip() if found else ""
