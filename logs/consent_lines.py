"""What happened to somebody's consent, as lines of the timeline in C8's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import ConsentEvent
from consent.vocabulary import Event, Purpose, Source
from logs.timeline import ConsentEntry
from smsadmin.accounts.models import Account

MOST = 200  # on one page

# C8 has two phrases for who unsubscribes: by themselves, or through somebody or something else.
THEMSELVES = frozenset({Source.LINK, Source.REPLY})
WHERE: Mapping[int, Promise] = {
    Source.HUB: gettext_lazy("Hub"),
    Source.API: gettext_lazy("API"),
    Source.IMPORT: gettext_lazy("import"),
    Source.APP: gettext_lazy("app"),
    Source.POS: gettext_lazy("POS"),
    Source.LINK: gettext_lazy("unsubscribe link"),
    Source.REPLY: gettext_lazy("reply"),
    Source.CARRIER: gettext_lazy("carrier"),
    Source.SUPPORT: gettext_lazy("support"),
}
TONES = {
    Event.OPTED_IN: ("good", "delivered"),
    Event.CONFIRMED: ("good", "delivered"),
    Event.OPTED_OUT: ("stop", "blocked"),
    Event.REVOKED: ("stop", "blocked"),
    Event.DENIED: ("stop", "canceled"),
    Event.REQUESTED: ("wait", "queued"),
    Event.EXPIRED: ("late", "expired"),
}


def events_of(phone: str, account: Account) -> QuerySet[ConsentEvent]:
    """All that happened to this number; none where there is no number."""
    found = ConsentEvent.objects.filter(account=account, phone=phone)
    return found if phone else found.none()


def between(events: QuerySet[ConsentEvent], start: datetime | None, end: datetime | None) -> QuerySet[ConsentEvent]:
    if start:
        events = events.filter(at__gte=start)
    return events.filter(at__lt=end) if end else events


def told(events: QuerySet[ConsentEvent]) -> Sequence[ConsentEntry]:
    columns = events.only("event", "source", "purpose", "at", "by_name", "text", "note")
    return [line(event) for event in columns.order_by("-at", "-sequence")[:MOST]]


def line(event: ConsentEvent) -> ConsentEntry:
    tone, symbol = TONES[Event(event.event)]
    return ConsentEntry(
        at=event.at,
        what=what(event.event, event.source, event.purpose),
        facts=" · ".join(filter(None, (reach(event), event.by_name, event.note))),
        # The reply itself stands in the timeline.
        text="" if event.source == Source.REPLY else event.text,
        tone=tone,
        symbol=symbol,
    )


def what(event: int, source: int, purpose: int | None) -> str:
    """C8's phrase; of what is for operational messages alone, the same with that word."""
    names = {"where": WHERE[source], "kind": _("operational") if purpose == Purpose.OPERATIONAL else _("marketing")}
    match event:
        case Event.OPTED_IN | Event.CONFIRMED:
            return _("Subscribed to receiving %(kind)s SMS (%(where)s)") % names
        case Event.OPTED_OUT if source in THEMSELVES:
            return _("Unsubscribed from receiving %(kind)s SMS") % names
        case Event.OPTED_OUT | Event.REVOKED:
            return _("Unsubscribed (via %(where)s) from receiving %(kind)s SMS") % names
        case Event.DENIED:
            return _("Said no to receiving %(kind)s SMS (%(where)s)") % names
        case Event.REQUESTED:
            return _("Asked for consent to receiving %(kind)s SMS (%(where)s)") % names
        case _other:
            return _("Consent to receiving %(kind)s SMS expired") % names


def reach(event: ConsentEvent) -> str:
    """What a phrase of one kind leaves out: by what a person unsubscribed, and that it is for everything."""
    by = {Source.LINK: _("by the unsubscribe link"), Source.REPLY: _("by reply")}
    how = by.get(Source(event.source), "") if event.event == Event.OPTED_OUT else ""
    everything = _("and for all other messages") if event.purpose is None else ""
    return ", ".join(filter(None, (how, everything)))
