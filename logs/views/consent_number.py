"""One number: may it be texted, since when, and how we know. Here and not in consent, since blocks stand beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from blocklist import entries
from consent import history, telling
from consent.history import History, Known
from consent.vocabulary import Event, Purpose
from logs.models import Kind, Message, Reply
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member


@require_safe
@permission("view_members")
def consent_number(request: AccountRequest, account: Account) -> HttpResponse:
    text, day = request.GET.get("phone", "").strip(), request.GET.get("as_of", "").strip()
    try:
        phone = phones.parse(text, account.country)
    except phones.ImpossiblePhone:
        query = {name: value for name, value in (("phone", text), ("as_of", day)) if value}
        return redirect(f"{reverse('consent_lookup', args=[account.slug])}?{urlencode(query)}")
    found = history.of(account=account, phone=phone)
    context = {
        "phone": phone,
        "shown": phones.show(phone),
        "members": Member.objects.of(account).filter(phone=phone).order_by("-pk")[:20],
        "known": [told(known) for known in found.known()],
        "events": list(events(found)),
        "broken": found.broken,
        "last_digest": found.last_digest,
        "blocks": blocks(account, phone),
        "as_of": day,
        **asked_of(found, day),
    }
    return render(request, "consent/number.html", context)


def told(known: Known) -> dict[str, Any]:
    standing, event = known.standing, known.event
    return {
        "purpose": known.purpose.label,
        "mark": telling.mark(standing.status if standing else None),
        "since": standing and standing.since,
        "how": telling.how(event.event, event.source) if event else "",
    }


def asked_of(found: History, text: str) -> dict[str, Any]:
    """How it stood at the end of that day in the account's zone; until now, where the day is today."""
    if not text:
        return {"then": None}
    try:
        day = date.fromisoformat(text)
        end = datetime.combine(day + timedelta(days=1), time(), found.account.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return {"then": None, "bad_day": True}
    if day > timezone.localdate():
        return {"then": None, "bad_day": True}
    moment = end - timedelta(microseconds=1)
    return {
        "then": [told(found.known_at(purpose, moment)) for purpose in Purpose],
        "day": date_format(day, "j F Y"),
    }


def events(found: History) -> Iterable[dict[str, Any]]:
    """The latest first, each with what it rests on."""
    rests = evidence_of(found)
    for event in reversed(found.as_happened):
        yield {
            "event": event,
            "mark": telling.EVENT_MARKS[Event(event.event)],
            "how": telling.how(event.event, event.source),
            "purpose": Purpose(event.purpose).label if event.purpose else _("all messages"),
            "was_late": event.recorded_at - event.at > timedelta(minutes=1),
            "digest": bytes(event.digest).hex(),
            "rests": rests.get(event.evidence) if event.evidence else None,
        }


def evidence_of(found: History) -> dict[UUID, dict[str, str]]:
    """What evidence ids stand for: a message, or a reply and the message it answers."""
    ids = [event.evidence for event in found.events if event.evidence]
    if not ids:
        return {}
    slug, known = found.account.slug, {}
    for reply in Reply.objects.filter(account=found.account, pk__in=ids):
        url = reverse("message", args=[slug, reply.message_id]) if reply.message_id else ""
        known[reply.pk] = {"label": _("the reply"), "url": url}
    for pk in Message.objects.filter(account=found.account, pk__in=ids).values_list("pk", flat=True):
        known[pk] = {"label": _("the message"), "url": reverse("message", args=[slug, pk])}
    return known


def blocks(account: Account, phone: str) -> list[dict[str, Any]]:
    """What stops the number besides consent, for each kind of message."""
    now = timezone.now()
    found = {kind: entries.active_for(account=account, phones=[phone], kind=kind, at=now).get(phone) for kind in Kind}
    return [{"kind": kind.label, "block": block} for kind, block in found.items() if block]
