"""Telling what people said about being texted: opt-ins and opt-outs from an app, a till or any other system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from consent.ledger import Happening
from consent.submitting import Refused, Submitted, submit
from consent.vocabulary import Event, Purpose, Source
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.api.endpoint import Endpoint
from smsadmin.api.errors import error, first_of
from smsadmin.api.messages import MOST
from smsadmin.api.parsing import TooLarge
from smsadmin.api.shapes import Moment, Word, line

EVENTS = {event.name.lower().replace("_", "-"): event for event in Event if event is not Event.REVOKED}
PURPOSES: dict[str, Purpose | None] = {**{p.name.lower(): p for p in Purpose}, "all": None}
SOURCES = {source.name.lower(): source for source in (Source.API, Source.APP, Source.POS)}
AHEAD = timedelta(minutes=5)  # clocks differ


class ConsentEvents(Endpoint):
    def post(self, request: Request) -> Response:
        """One event, or ``{"events": [...]}`` with up to 1,000, each answered in its place.

        201: at least one is new. 200: all were here before, by their idempotency keys. 422: none can be taken. 400,
        413, 415: the request as a whole.
        """
        items, is_one = items_of(request.data)
        account, key = request.user.account, request.headers.get("Idempotency-Key", "").strip()
        keys = [f"{key}:{n}" if key and len(items) > 1 else key for n in range(len(items))]
        read = [read_one(item, own, account) for item, own in zip(items, keys, strict=True)]
        answers = answered(read, account, request.user.sms_user.name)
        told = [tell(answer) for answer in answers]
        return Response(told[0] if is_one else {"events": told}, status=code_of(answers))


def items_of(data: Any) -> tuple[list[Any], bool]:
    """The events of a request, and whether it is a single one."""
    if not isinstance(data, dict):
        raise ParseError(_('Send one event as an object, or several as {"events": [...]}.'))
    if "events" not in data:
        return [data], True
    items = data["events"]
    if not isinstance(items, list) or not items or len(data) > 1:
        raise ParseError(_("“events” is a list of events, with nothing beside it."))
    if len(items) > MOST:
        raise TooLarge(_("%(n)d events; at most %(most)d in one request.") % {"n": len(items), "most": MOST})
    return items, False


class EventShape(serializers.Serializer):
    phone = serializers.CharField(max_length=64)
    event = Word(EVENTS)
    purpose = Word(PURPOSES, required=False)
    source = Word(SOURCES, required=False)
    occurred_at = Moment(required=False)
    text = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, max_length=5000)
    ip = serializers.IPAddressField(required=False)
    user_agent = line(1000, allow_blank=True)
    note = line(1000, allow_blank=True)
    idempotency_key = line(100)


FIELDS = frozenset(EventShape().fields)


def read_one(data: object, key: str, account: Account) -> tuple[Happening, str] | Refused:
    """The event that an item of a request is with its idempotency key, or why it is none."""
    if not isinstance(data, dict):
        return Refused("", _("An event is an object."))
    if unknown := next((name for name in data if name not in FIELDS), None):
        return Refused(str(unknown)[:100], _("There is no such field."))
    shape = EventShape(data={name: value for name, value in data.items() if value is not None})
    if not shape.is_valid():
        return Refused(*first_of(shape.errors))
    return happening_of(dict(shape.validated_data), key, account)


def happening_of(given: Mapping[str, Any], key: str, account: Account) -> tuple[Happening, str] | Refused:
    now = timezone.now()
    at = given.get("occurred_at", now)
    if at > now + AHEAD:
        return Refused("occurred_at", _("This is in the future."))
    try:
        phone = phones.parse(given["phone"], account.country)
    except phones.ImpossiblePhone as problem:
        return Refused("phone", _("Not a phone number: %(why)s.") % {"why": problem})
    happening = Happening(
        phone=phone,
        purpose=given.get("purpose", Purpose.MARKETING),
        event=given["event"],
        source=given.get("source", Source.API),
        at=min(at, now),
        text=given.get("text", ""),
        ip=given.get("ip"),
        user_agent=given.get("user_agent", ""),
        note=given.get("note", ""),
    )
    return happening, given.get("idempotency_key", key)


def answered(
    read: Sequence[tuple[Happening, str] | Refused], account: Account, caller: str
) -> list[Submitted | Refused]:
    """The answers in the order of the items."""
    sound = [each for each in read if not isinstance(each, Refused)]
    given = iter(submit(account=account, items=sound, caller=caller, at=timezone.now()))
    return [each if isinstance(each, Refused) else next(given) for each in read]


def tell(answer: Submitted | Refused) -> dict[str, Any]:
    if isinstance(answer, Refused):
        return error(answer.field, answer.reason)
    return {
        "id": str(answer.id),
        "phone": answer.phone,
        "event": Event(answer.event).name.lower().replace("_", "-"),
        "occurred_at": answer.at.astimezone(UTC).isoformat(),
        "status": {
            Purpose(purpose).name.lower(): standing.status.name.lower().replace("_", "-") if standing else None
            for purpose, standing in answer.standings.items()
        },
        "repeated": answer.repeated,
    }


def code_of(answers: Sequence[Submitted | Refused]) -> int:
    taken = [answer for answer in answers if isinstance(answer, Submitted)]
    if not taken:
        return status.HTTP_422_UNPROCESSABLE_ENTITY
    if all(answer.repeated for answer in taken) and len(taken) == len(answers):
        return status.HTTP_200_OK
    return status.HTTP_201_CREATED
