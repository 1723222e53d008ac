"""Submitting messages, and asking what became of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from logs.accepting import Accepted, Ask, Rejected, accept
from logs.models import Message, StatusEvent
from logs.tasks import waking
from smsadmin.api import shapes, telling
from smsadmin.api.authentication import Caller
from smsadmin.api.endpoint import Endpoint
from smsadmin.api.parsing import TooLarge

MOST = 1000  # messages in one request


class Messages(Endpoint):
    def post(self, request: Request) -> Response:
        """One message, or ``{"messages": [...]}`` with up to 1,000, each answered in its place.

        202: at least one is new (it may have been refused: its status says so). 200: all were here before, by their
        idempotency keys. 422: none is a message. 400, 413, 415: the request as a whole.
        """
        items, is_one = items_of(request.data)
        answers = submit(request.user, items, request.headers.get("Idempotency-Key", "").strip())
        told = [telling.accepted(a) if isinstance(a, Accepted) else telling.rejected(a) for a in answers]
        code = code_of(answers)
        if code == status.HTTP_202_ACCEPTED:
            transaction.on_commit(waking.dispatch.wake)
        return Response(told[0] if is_one else {"messages": told}, status=code)


class OneMessage(Endpoint):
    def get(self, request: Request, pk: UUID) -> Response:
        found = Message.objects.of(request.user.account).filter(pk=pk).defer("body").first()
        if found is None:
            raise Http404
        events = sorted(StatusEvent.objects.of(found), key=lambda e: (e.occurred_at or e.received_at, e.stage, e.id))
        return Response(telling.message(found, events))


def items_of(data: Any) -> tuple[list[Any], bool]:
    """The messages of a request, and whether it is a single one."""
    if not isinstance(data, dict):
        raise ParseError(_('Send one message as an object, or several as {"messages": [...]}.'))
    if "messages" not in data:
        return [data], True
    items = data["messages"]
    if not isinstance(items, list) or not items or len(data) > 1:
        raise ParseError(_("“messages” is a list of messages, with nothing beside it."))
    if len(items) > MOST:
        raise TooLarge(_("%(n)d messages; at most %(most)d in one request.") % {"n": len(items), "most": MOST})
    return items, False


def submit(caller: Caller, items: list[Any], key: str) -> list[Accepted | Rejected]:
    """The answers in the order of the items. A key for the whole request makes one for each item of a list."""
    keys = [f"{key}:{n}" if key and len(items) > 1 else key for n in range(len(items))]
    read = [shapes.read(item, own) for item, own in zip(items, keys, strict=True)]
    places = [place for place, each in enumerate(read) if isinstance(each, Ask)]
    asks = [each for each in read if isinstance(each, Ask)]
    given = accept(account=caller.account, asks=asks, sms_user=caller.sms_user, by=None, at=timezone.now())
    answers: dict[int, Accepted | Rejected] = {places[answer.index]: answer for answer in given}
    for place, each in enumerate(read):
        if not isinstance(each, Ask):
            answers[place] = Rejected(place, *each)
    return [answers[place] for place in range(len(items))]


def code_of(answers: list[Accepted | Rejected]) -> int:
    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    if not accepted:
        return status.HTTP_422_UNPROCESSABLE_ENTITY
    if all(answer.repeated for answer in accepted) and len(accepted) == len(answers):
        return status.HTTP_200_OK
    return status.HTTP_202_ACCEPTED
