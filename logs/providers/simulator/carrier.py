"""The carrier's API: takes messages, tells what became of them, takes them back, and lets phones reply.

docs/simulator.md describes it for those who call it.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from logs.providers.simulator.callbacks import Callbacks
from logs.providers.simulator.fates import AT_ONCE, Answering, Fate, Step, magic
from logs.providers.simulator.ledger import KEPT, Ledger, Posting, Taken
from logs.providers.simulator.odds import ordinary
from logs.providers.simulator.wire import Request, Response
from logs.segments import measure

PRICE, CURRENCY = 0.035, "EUR"
"""For one part."""

WHY = {
    "bad_request": "The request cannot be read.",
    "bad_key": "The key is wrong.",
    "not_found": "There is no such message.",
    "too_late": "It has been sent already.",
    "no_credit": "The balance is used up.",
    "too_many": "Too many messages a second.",
    "unavailable": "Out of order for a moment.",
    "broken": "Something broke.",
    "invalid_number": "No such number can exist.",
    "content_refused": "The text breaks a rule.",
    "sender_refused": "The sender ID is not registered.",
    "opted_out": "The person has written STOP to this sender.",
    "no_route": "There is no route to this country.",
}


@dataclass(frozen=True, slots=True)
class Manners:
    """How the carrier is set up: its one customer's key, how fast its time goes, and what becomes of the numbers
    without a fate."""

    key: str
    speed: float = 1.0
    odds: Literal["real", "delivered"] = "real"


class BadRequest(ValueError):
    """A field is missing or wrong; the message says which."""


class Carrier:
    def __init__(self, ledger: Ledger, callbacks: Callbacks, manners: Manners) -> None:
        self.ledger, self.callbacks, self.manners = ledger, callbacks, manners

    async def handle(self, request: Request) -> Response:
        if request.path == "/health":
            return Response(200, {"status": "ok"})
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(key.encode(), self.manners.key.encode()):
            return refusal(401, "bad_key")
        try:
            return await self._route(request)
        except BadRequest as bad:
            return refusal(400, "bad_request", str(bad))

    async def _route(self, request: Request) -> Response:
        kind, _, identity = request.path.strip("/").partition("/")
        match request.method, kind, identity:
            case "POST", "messages", "":
                return await self.submit(document_of(request))
            case "GET", "messages", "":
                return self.search(request.query.get("reference", ""))
            case "GET", "messages", _:
                return self.show(identity)
            case "DELETE", "messages", _:
                return self.cancel(identity)
            case "POST", "replies", "":
                return self.reply(document_of(request))
            case "GET", "stats", "":
                return Response(200, self.ledger.counts())
        return refusal(404, "not_found")

    # ---- messages

    async def submit(self, document: dict[str, Any]) -> Response:
        message = self._message(document)
        fate = self.fate(message)
        answering = self._answering(fate.answering, message.reference)
        answer: Response = refusal(answering.status, answering.code, retry_after=answering.retry_after)
        if answering.taken:
            taken = self._take(message, fate)
            if answering.status == 202:
                answer = Response(202, taken)
        if answering.after:
            await asyncio.sleep(answering.after)
        return Response(answer.status, answer.document, answer.headers, reset=answering.reset)

    def fate(self, message: Taken) -> Fate:
        found = magic(message.recipient)
        if found is not None:
            return found
        if self.manners.odds == "delivered":
            return AT_ONCE
        return ordinary(message.recipient, message.reference, message.text)

    def _answering(self, answering: Answering, reference: str) -> Answering:
        if answering.first and self.ledger.refuse(reference) > answering.first:
            return Answering()
        return answering

    def _message(self, document: dict[str, Any]) -> Taken:
        text, recipient = texts(document, "text"), texts(document, "to")
        fate = magic(recipient)
        return Taken(
            id=uuid.uuid4().hex,
            key=self.manners.key,
            reference=texts(document, "reference", required=False),
            sender=texts(document, "from", required=False),
            recipient=recipient,
            text=text,
            callback=texts(document, "callback", required=False),
            parts=max(measure(text).segments, fate.parts if fate else 1),
            at=time.time(),
        )

    def _take(self, message: Taken, fate: Fate) -> dict[str, Any]:
        accepted = [Posting(message.id, message.at, None, "", event(message, 0, part)) for part in each(message.parts)]
        later = [*self._receipts(message, fate), *self._replies(message, fate)]
        self.callbacks.add(self.ledger.take(message, [*accepted, *later]))
        return {
            "id": message.id,
            "reference": message.reference,
            "status": "accepted",
            **counted(message.parts),
            "events": [posting.document for posting in accepted],
        }

    def _receipts(self, message: Taken, fate: Fate) -> Iterator[Posting]:
        for number, step in enumerate(fate.steps, 1):
            for part in [step.part] if step.part else each(message.parts):
                yield from self._posted(message, number, step, part)

    def _posted(self, message: Taken, number: int, step: Step, part: int) -> Iterator[Posting]:
        at = message.at + step.after / self.manners.speed
        document = event(message, number, part, step.status, step.error, at)
        if step.manner == "stranger":
            document |= {"id": f"not-{message.id}", "reference": "", "event": f"not-{document['event']}"}
        known = "" if step.manner else message.id  # what was wrong on purpose is not true when asked
        due = at if step.times and message.callback else None
        for _ in range(max(step.times, 1)):
            yield Posting(known, at, due, message.callback, document, step.manner)

    def _replies(self, message: Taken, fate: Fate) -> Iterator[Posting]:
        if not message.callback:
            return
        for after, text in fate.replies:
            at = message.at + after / self.manners.speed
            yield from answers(message.recipient, message.sender, text, message.callback, at, split=True)

    # ---- asking

    def search(self, reference: str) -> Response:
        found = self.ledger.find(self.manners.key, reference=reference) if reference else []
        return Response(200, {"messages": [self._told(*row) for row in found]})

    def show(self, identity: str) -> Response:
        found = self.ledger.find(self.manners.key, identity=identity)
        return Response(200, self._told(*found[0])) if found else refusal(404, "not_found")

    def _told(self, identity: str, reference: str, parts: int) -> dict[str, Any]:
        events = self.ledger.standing(identity, time.time())
        return {"id": identity, "reference": reference, **counted(parts), "events": events}

    def cancel(self, identity: str) -> Response:
        found, now = self.ledger.find(self.manners.key, identity=identity), time.time()
        if not found:
            return refusal(404, "not_found")
        accepted = self.ledger.standing(identity, now)
        if any(said["status"] != "accepted" for said in accepted):
            return refusal(409, "too_late")
        self.ledger.take_back(identity, now)
        changes = {"status": "canceled", "error": "", "at": moment(now)}
        canceled = [{**said, **changes, "event": f"{identity}.c.{said['part']}"} for said in accepted]
        self.ledger.take(None, [Posting(identity, now, None, "", document) for document in canceled])
        return Response(200, {"id": identity, "status": "canceled", "events": canceled})

    # ---- phones

    def reply(self, document: dict[str, Any]) -> Response:
        sender, recipient, text = texts(document, "from"), texts(document, "to"), texts(document, "text")
        split = document.get("split", False) is True
        postings = list(answers(sender, recipient, text, texts(document, "callback"), time.time(), split=split))
        self.callbacks.add(self.ledger.take(None, postings))
        return Response(202, {"ids": [posting.document["id"] for posting in postings]})

    async def forget_old(self) -> None:
        while True:
            self.ledger.forget(time.time() - KEPT)
            await asyncio.sleep(3600)


def event(
    message: Taken, number: int, part: int, status: str = "accepted", error: str = "", at: float | None = None
) -> dict[str, Any]:
    """A receipt. The same step has the same ``event``, whether it is posted or asked for."""
    return {
        "type": "receipt",
        "event": f"{message.id}.{number}.{part}",
        "id": message.id,
        "reference": message.reference,
        "to": message.recipient,
        "part": part,
        "parts": message.parts,
        "status": status,
        "error": error,
        "at": moment(message.at if at is None else at),
    }


def counted(parts: int) -> dict[str, Any]:
    return {"parts": parts, "price": f"{PRICE * parts:.3f}", "currency": CURRENCY}


def answers(sender: str, recipient: str, text: str, callback: str, at: float, *, split: bool) -> Iterator[Posting]:
    """What a phone writes, in one piece, or, where ``split``, in as many as the text takes."""
    whole, measured = uuid.uuid4().hex, measure(text)
    size = measured.encoding.joined
    pieces = [text[n : n + size] for n in range(0, len(text), size)] if split and measured.segments > 1 else [text]
    for part, piece in enumerate(pieces, 1):
        document = {
            "type": "reply",
            "id": f"{whole}.{part}",
            "from": sender,
            "to": recipient,
            "text": piece,
            "at": moment(at),
            **({"joined_by": whole, "part": part, "parts": len(pieces)} if len(pieces) > 1 else {}),
        }
        yield Posting("", at, at, callback, document)


def each(parts: int) -> range:
    return range(1, parts + 1)


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def refusal(status: int, code: str, message: str = "", *, retry_after: int = 0) -> Response:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return Response(status, {"error": {"code": code, "message": message or WHY.get(code, "")}}, headers)


def document_of(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise BadRequest("The body is not a JSON object.")
    return document


def texts(document: dict[str, Any], name: str, *, required: bool = True) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or (required and not value):
        raise BadRequest(f"“{name}” is missing or is not a text.")
    return value
