"""The block list's table: which number, why, for whom, since and until when, how often seen, what can be done."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.template.loader import get_template
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blocklist import telling
from blocklist.models import BlockEntry
from smsadmin import phones
from smsadmin.listing.tables import ListingTable, attrs

ACTIVE = BlockEntry.State.ACTIVE
HEADER = lazy(format_html, SafeString)('<span class="visually-hidden">{}</span>', gettext_lazy("Select"))


class BlockTable(ListingTable):
    """Each row has ``at`` (now), ``members`` (those with the number) and ``button`` (blocklist.rights): see
    blocklist.views.listing."""

    css = "is-blocks"
    sorted_column = "since"

    pick = tables.Column(HEADER, empty_values=(), attrs=attrs("w-pick", "sa-pick", "sa-pick"))
    number = tables.Column(gettext_lazy("Number"), empty_values=(), attrs=attrs("w-160", "is-line"))
    reason = tables.Column(gettext_lazy("Reason"), empty_values=(), attrs=attrs("", "is-line is-wide"))
    scope = tables.Column(gettext_lazy("Scope, origin"), empty_values=(), attrs=attrs("w-source", "is-off"))
    since = tables.Column(
        gettext_lazy("Stopped since"),
        empty_values=(),
        attrs=attrs("w-stamp", "is-off sa-2nd", title=gettext_lazy("In the order in which the entries were made")),
    )
    until = tables.Column(
        gettext_lazy("Expires in"), empty_values=(), attrs=attrs("w-when", "sa-r is-end is-1", "sa-r")
    )
    times = tables.Column(gettext_lazy("Times seen"), empty_values=(), attrs=attrs("w-act", "sa-r is-off", "sa-r"))
    state = tables.Column(gettext_lazy("State"), empty_values=(), attrs=attrs("w-120", "sa-r is-end is-2", "sa-r"))

    class Meta(ListingTable.Meta):
        model = BlockEntry
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "lift_blocks" not in self.access:
            self.columns.hide("pick")

    def body(self) -> SafeString:
        if "lift_blocks" not in self.access:
            return super().body()
        return mark_safe(super().body().replace('<tr role="row"', '<tr role="row" class="has-pick"'))

    def render_pick(self, record: Any) -> Any:
        if record.button.act != "lift":
            return ""
        label = _("Select %(number)s") % {"number": phones.show(record.phone)}
        box = '<input class="form-check-input" type="checkbox" name="entry" value="{}" aria-label="{}">'
        return format_html(box, record.pk, label)

    def render_number(self, record: Any) -> SafeString:
        members = record.members
        name = members[0] if len(members) == 1 else _("%(n)s members") % {"n": len(members)} if members else ""
        url = self.address("block", record.pk)
        shown = phones.show(record.phone)
        return format_html('<a class="sa-phone" href="{}">{}</a><small>{}</small>', url, shown, name or _("No member"))

    def render_reason(self, record: Any) -> SafeString:
        note = record.note if telling.is_ours(record, self.account) else ""
        return format_html("{}<small>{}</small>", telling.reason(record), note or telling.reason_detail(record))

    def render_scope(self, record: Any) -> SafeString:
        return format_html("{}<small>{}</small>", telling.scope(record), telling.origin(record, self.account))

    def render_since(self, record: Any) -> SafeString:
        until = telling.stamp(record.expires_at) if record.expires_at else _("no end")
        return format_html(
            "{}<small>{} {}</small>",
            telling.stamp(record.intercepted_at),
            _("until") if record.expires_at else "",
            until,
        )

    def render_until(self, record: Any) -> SafeString:
        if record.state(record.at) is not ACTIVE:
            return format_html('<span class="sa-3rd sa-wide">{}</span>', "–")
        if record.expires_at is None:
            return format_html('<span class="sa-3rd">{}</span>', _("never"))
        left = telling.remaining(record.expires_at, record.at)
        meter = get_template("_components/_meter.html").render(
            {"value": telling.share_left(record, record.at), "max": 100, "tone": "stop", "mini": True}
        )
        return format_html("{}{}", left, mark_safe(meter))

    def render_times(self, record: Any) -> int:
        return record.times

    def render_state(self, record: Any) -> Any:
        state = mark_safe(telling.badge(record.state(record.at)))
        if record.button.act == "lift" and (url := self.place("block_lift", record)):
            act = '{}<a class="sa-go" href="{}">{}<span class="visually-hidden"> {}</span></a>'
            return format_html(act, state, url, _("Lift…"), phones.show(record.phone))
        return state

    def place(self, name: str, record: Any) -> str:
        """The address of a page of one entry; '' where it has none."""
        return self.address(name, record.pk)


class EverywhereTable(BlockTable):
    """The operators': each row has ``at`` (now), ``source`` (the account that caused it, or None) and ``button``. Its
    pages are that account's; one that no account caused has none."""

    def place(self, name: str, record: Any) -> str:
        return reverse(name, args=[record.source.slug, record.pk]) if record.source else ""

    def render_number(self, record: Any) -> SafeString:
        shown, url = phones.show(record.phone), self.place("block", record)
        if not url:
            return format_html('<span class="sa-phone">{}</span><small>{}</small>', shown, _("No account"))
        return format_html('<a class="sa-phone" href="{}">{}</a><small>{}</small>', url, shown, record.source.name)

    def render_reason(self, record: Any) -> SafeString:
        return format_html("{}<small>{}</small>", telling.reason(record), record.note or telling.reason_detail(record))

    def render_scope(self, record: Any) -> SafeString:
        scope = _("Its account") if record.account_id else _("All accounts")
        return format_html("{}<small>{}</small>", scope, telling.who(record))
