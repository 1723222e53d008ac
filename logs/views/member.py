"""Member: everything that the log keeps of one person, newest first, and whether the number can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consent.history import known
from consent.models import DeskItem
from logs import consent_lines, conversation, history, standing, talk, telling, timeline
from logs.addresses import messages_url
from logs.advice import explain
from logs.models import CODE_SOURCES, Campaign, Kind, Label, Message, Source, Template
from logs.models.label import CONSENT
from logs.querysets import MessageQuerySet
from logs.tables import shown_text
from logs.views import blocks
from logs.views.consent_number import told
from logs.views.messages import attach
from smsadmin import phones, places
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset
from smsadmin.listing.period import Period, PeriodForm, show
from smsadmin.listing.views import kept
from smsadmin.members.models import Member

PAGE_SIZE = 25  # messages, each with all its entries
RECENT_DAYS = 90
REPLIES, CONSENTS, TALK = "replies", "consent", "conversation"

SHOWN = {
    "": (gettext_lazy("Everything"), None),
    "delivered": (gettext_lazy("Delivered"), history.ARRIVED),
    "failed": (gettext_lazy("Did not arrive"), history.NOT_ARRIVED),
    "waiting": (gettext_lazy("Waiting"), history.WAITING),
    REPLIES: (gettext_lazy("Replies"), None),
    CONSENTS: (gettext_lazy("Consent"), None),
    TALK: (gettext_lazy("Conversation"), None),
}
NO_MESSAGES = keyset.Page([], None, None, 0)


@require_safe
@permission("view_members")
def member(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    found = Member.objects.of(account).filter(pk=pk).first()
    if found is None:
        raise Http404("no such member")
    context = {
        "member": found,
        "phone": phones.show(found.phone),
        "head": head(found),
        "identity": identity(found, request.access),
        "consents": consents(account, found.phone),
        "blocks": blocks.on_member(request, account, found.phone) if found.phone else [],
        **about_number(found, account),
        **log(request, found, account),
    }
    return render(request, "members/member.html", context)


def consents(account: Account, phone: str) -> list[dict[str, Any]]:
    """How the number stands for each purpose, as of now; none where there is no number."""
    return [told(each) for each in known(account=account, phone=phone)] if phone else []


def head(found: Member) -> list[str]:
    """The line below the name: who and where."""
    facts = []
    if found.external_id:
        facts.append(_("Member %(id)s") % {"id": found.external_id})
    if found.language:
        facts.append(places.language(found.language))
    if found.time_zone and places.is_zone(found.time_zone):
        there = timezone.localtime(timezone.now(), ZoneInfo(found.time_zone))
        facts.append(_("%(zone)s, %(time)s there now") % {"zone": found.time_zone, "time": f"{there:%H:%M}"})
    facts.append(_("since %(day)s") % {"day": show(timezone.localdate(found.created_at))})
    return facts


def identity(found: Member, access: Any) -> list[tuple[Any, Any, str]]:
    """Label, value and a note."""
    code = found.app_client_id if "view_codes" in access else telling.DOTS
    region = phones.region(found.phone)
    rows = [
        (_("E-mail"), found.email, ""),
        (_("External id"), found.external_id, ""),
        (_("App client"), found.app_client_id and code, "" if "view_codes" in access else _("hidden for your role")),
        (_("Country"), places.country(region) if region else "", ""),
        (_("Time zone"), found.time_zone, ""),
    ]
    return [row for row in rows if row[1]]


def about_number(found: Member, account: Account) -> dict[str, Any]:
    """The standing of the number, its last 90 days, and messages to it that name nobody."""
    if not found.phone:
        return {"standing": standing.NO_NUMBER, "recent": None}
    period = Period.last_days(RECENT_DAYS, timezone.localdate(), account.zone)
    counted = history.recent(found.phone, account, start=period.start, days=RECENT_DAYS)
    evidence = history.evidence(found.phone, account, counted)
    nameless = counts.bounded(history.without_member(found.phone, account))
    phone = {"phone": found.phone}
    return {
        "standing": standing.judge(Member.NumberValidity(found.number_validity), evidence),
        "recent": {
            "statuses": [
                (status, history.stated(n, counted.more), messages_url(account, period, status=[status.slug], **phone))
                for status, n in sorted(counted.statuses.items())
            ],
            "total": history.stated(counted.statuses.total, counted.more),
            "url": messages_url(account, period, **phone),
            "median": telling.duration(counted.median) if isinstance(counted.median, timedelta) else "",
        },
        "nameless": nameless if nameless.n else None,
        "all_url": messages_url(account, Period(None, None, account.zone), **phone),
    }


def log(request: AccountRequest, found: Member, account: Account) -> dict[str, Any]:
    """The timeline: what is asked for, one page of it, and why the latest failure failed."""
    period_form = PeriodForm(request.GET, zone=account.zone, today=timezone.localdate(), days=None)
    period = period_form.period
    messages = history.messages_of(found, account)
    in_period = messages.requested(period.start, period.end)
    only = request.GET.get("show", "") if request.GET.get("show") in SHOWN else ""
    statuses = SHOWN[only][1]
    listed = in_period.in_status(statuses) if statuses else in_period
    page = keyset.paginate(listed, keyset.Cursor.read(request.GET, UUID), size=PAGE_SIZE)
    replies = conversation.between(conversation.replies_from(found.phone, account), period.start, period.end)
    consents = consent_lines.between(consent_lines.events_of(found.phone, account), period.start, period.end)
    if only in (REPLIES, CONSENTS):
        page = NO_MESSAGES
    replied, consented = beside(only, replies, consents, page, listed)
    failed = history.newest(messages.in_status(history.NOT_ARRIVED))
    attach(account, [*page.rows, *([failed] if failed else [])], Template, Campaign)
    shown = [*tabs(request, in_period, only), *other_tabs(request, replies, consents, only)]
    lines: list[timeline.Line] = [] if only == TALK else [*conversation.told(replied), *consent_lines.told(consented)]
    return {
        "days": days(page.rows, account, request.access, lines) if only != TALK else [],
        "talk": spoken(page.rows, replied, account, request.access) if only == TALK else [],
        "failure": failure(failed, account),
        "period_form": period_form,
        "presets": [
            {
                "label": p.label,
                "url": chips.changed(request.GET, {"from": None, "to": None, **p.query}),
                "is_current": p.is_current,
            }
            for p in period_form.presets()
        ],
        "kept": kept(request.GET, ["show"]),
        "shown": shown,
        "everything_url": chips.without(request.GET, "show", "from", "to"),
        "newer_url": place(request, page.newer),
        "older_url": place(request, page.older),
        "count": next(tab["count"] for tab in shown if tab["is_on"]),
        "on_page": len(page.rows),
    }


def beside(
    only: str, replies: QuerySet, consents: QuerySet, page: keyset.Page, listed: MessageQuerySet
) -> tuple[QuerySet, QuerySet]:
    """The replies and consent events of this page."""
    if only in (REPLIES, CONSENTS):
        return (replies, consents.none()) if only == REPLIES else (replies.none(), consents)
    if only not in ("", TALK):
        return replies.none(), consents.none()
    start, end = span(page, listed)
    replied = conversation.between(replies, start, end)
    return replied, consents.none() if only == TALK else consent_lines.between(consents, start, end)


def spoken(messages: list[Message], replies: QuerySet, account: Account, access: Any) -> list[talk.Line]:
    """The conversation of this page."""
    said = conversation.newest(replies)
    decided = DeskItem.objects.filter(account=account, reply_id__in=[reply.pk for reply in said])
    return talk.conversation(messages, said, {item.reply_id: item for item in decided}, account, access)


def span(page: keyset.Page, listed: MessageQuerySet) -> tuple[datetime | None, datetime | None]:
    """The time of this page: from its oldest message to the next newer page's oldest."""
    if not page.rows:
        return None, None
    start = page.rows[-1].requested_at if page.older else None
    newer = listed.filter(pk__gt=page.rows[0].pk).order_by("pk") if page.newer else listed.none()
    return start, newer.values_list("requested_at", flat=True).first()


def other_tabs(request: AccountRequest, replies: QuerySet, consents: QuerySet, only: str) -> list[dict[str, Any]]:
    """The chips for what are no messages; the conversation is both, so it has no count of its own."""
    counted = {REPLIES: counts.bounded(replies), CONSENTS: counts.bounded(consents), TALK: ""}
    return [
        {
            "label": SHOWN[key][0],
            "count": count,
            "url": chips.changed(request.GET, {"show": key}),
            "is_on": only == key,
        }
        for key, count in counted.items()
    ]


def place(request: AccountRequest, cursor: dict[str, Any] | None) -> str:
    return chips.changed(request.GET, {name: value for name, value in cursor.items() if value}) if cursor else ""


def tabs(request: AccountRequest, messages: Any, only: str) -> list[dict[str, Any]]:
    """The chips of the timeline, each with its count."""
    counted, more = history.by_status(messages)
    return [
        {
            "label": label,
            "count": history.stated(counted.of(statuses) if statuses else counted.total, more),
            "url": chips.changed(request.GET, {"show": key or None}),
            "is_on": key == only,
        }
        for key, (label, statuses) in SHOWN.items()
        if key not in (REPLIES, CONSENTS, TALK)
    ]


def days(
    messages: list[Message], account: Account, access: Any, others: Sequence[timeline.Line] = ()
) -> list[timeline.Day]:
    events = history.events_of(messages, account)
    asking = Label.objects.filter(account=account, name__iexact=CONSENT).values_list("pk", flat=True).first()
    entries = (
        entry
        for message in messages
        for entry in timeline.tell(subject_of(message, access, asking), events[message.pk])
    )
    return timeline.days([*entries, *others])


def subject_of(message: Message, access: Any, asking: int | None = None) -> timeline.Subject:
    """``asking`` is the label of consent requests."""
    named = filter(None, (message.campaign and f"“{message.campaign}”", message.template and str(message.template)))
    return timeline.Subject(
        id=message.pk,
        requested_at=message.requested_at,
        sent_at=message.sent_at,
        state=message.state,
        source=Source(message.source).label if message.source else "",
        text=shown_text(message, access),
        facts=tuple(named),
        asks_consent=asks_consent(message, asking),
        is_code=message.source in CODE_SOURCES,
    )


def asks_consent(message: Message, asking: int | None) -> str:
    """Where a T&C consent request came from (C6, C7), or '' for any other message."""
    if message.source in (Source.CONSENT_REGISTRATION, Source.CONSENT_POS):
        return "POS"
    from_hub = message.source == Source.FILTER_MEMBERS and message.kind == Kind.OPERATIONAL
    return "Hub" if from_hub and asking in message.labels else ""


def failure(message: Message | None, account: Account) -> dict[str, Any] | None:
    """The latest message that did not arrive, explained."""
    if message is None:
        return None
    return {
        "message": message,
        "name": message.campaign or message.template or "",
        "word": telling.word(message.state, account.vocabulary),
        "explanation": explain(message.state),
        "when": telling.stamp(message.requested_at, seconds=False),
        "url": reverse("message", args=[account.slug, message.pk]),
    }
