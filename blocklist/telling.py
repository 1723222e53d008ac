"""An entry in words, as an account's people may know it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blocklist.models import BlockEntry
from blocklist.policy import REASONS
from smsadmin.accounts.models import Account

Origin = BlockEntry.Origin
BADGES = {
    BlockEntry.State.ACTIVE: {"tone": "stop", "symbol": "blocked"},
    BlockEntry.State.EXPIRED: {"tone": "wait", "symbol": "expired"},
    BlockEntry.State.LIFTED: {"tone": "wait", "symbol": "canceled"},
}


def is_ours(entry: BlockEntry, account: Account) -> bool:
    return entry.source_account_id == account.pk


def reason(entry: BlockEntry) -> str:
    """What failed, or that a person said so."""
    if entry.origin == Origin.POLICY and entry.code is not None:
        return str(REASONS[entry.code])
    return _("Imported") if entry.origin == Origin.IMPORT else _("Blocked by hand")


def reason_detail(entry: BlockEntry) -> str:
    if entry.origin == Origin.POLICY and entry.code is not None:
        return _("code %(code)s") % {"code": entry.code}
    return _("marketing only") if entry.kind else _("no code")


def stops(entry: BlockEntry) -> str:
    return _("Marketing only") if entry.kind else _("Everything")


def scope(entry: BlockEntry) -> str:
    return _("This account") if entry.account_id else _("All accounts")


def origin(entry: BlockEntry, account: Account) -> str:
    """Who caused it: of others nothing but that it was not this account."""
    if not is_ours(entry, account):
        return _("Not this account")
    return who(entry)


def who(entry: BlockEntry) -> str:
    """For those who may know: the policy, or a person."""
    if entry.origin == Origin.POLICY:
        return _("A failed message")
    return entry.by_name or str(Origin(entry.origin).label)


def badge(state: BlockEntry.State) -> str:
    template = get_template("_components/_status.html")
    return template.render({"status": {**BADGES[state], "label": state.label}})


def stamp(at: datetime) -> SafeString:
    """In the account's zone, the exact UTC on hover; the year where it is not this one."""
    here = timezone.localtime(at)
    shape = "j M H:i" if here.year == timezone.localtime().year else "j M Y"
    exact = f"{at.astimezone(tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, date_format(here, shape))


def remaining(until: datetime | None, at: datetime) -> str:
    """How long it still holds, as two units at most."""
    return _("never") if until is None else length(until - at)


def length(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3600, seconds // 60
    if days >= 3:
        return _("%(n)s days") % {"n": days}
    if days:
        return _("%(d)s d %(h)s h") % {"d": days, "h": hours % 24}
    if hours:
        return _("%(h)s h %(m)02d min") % {"h": hours, "m": minutes % 60}
    return _("%(m)s min") % {"m": minutes} if minutes else _("%(s)s s") % {"s": seconds}


def share_left(entry: BlockEntry, at: datetime) -> int:
    """Per cent of its time that is left."""
    if entry.expires_at is None:
        return 100
    whole = (entry.expires_at - entry.intercepted_at).total_seconds()
    return round(100 * (entry.expires_at - at).total_seconds() / whole) if whole else 0


def facts(entry: BlockEntry, account: Account, at: datetime) -> list[tuple[Any, Any]]:
    """Label and value."""
    rows: list[tuple[Any, Any]] = [
        (_("Reason"), f"{reason(entry)}, {reason_detail(entry)}" if entry.code else reason(entry)),
        (_("Stops"), stops(entry)),
        (_("Holds for"), scope(entry)),
        (_("Caused by"), origin(entry, account)),
        (_("Stopped since"), stamp(entry.intercepted_at)),
        (_("Expires"), stamp(entry.expires_at) if entry.expires_at else _("Never")),
    ]
    if entry.state(at) is BlockEntry.State.ACTIVE and entry.expires_at:
        rows.append((_("Expires in"), remaining(entry.expires_at, at)))
    rows.append((_("Times seen"), entry.times))
    if is_ours(entry, account) and entry.note:
        rows.append((_("Note"), entry.note))
    if entry.lifted_at:
        rows.append((_("Lifted"), stamp(entry.lifted_at)))
        if is_ours(entry, account):
            rows += [(_("Lifted by"), entry.lifted_by_name), (_("Lifted because"), entry.lift_reason)]
    return rows
