"""The table of replies (E6): what it did, from whom, content, template replied to, operator, time."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from logs import reply_effects
from logs.models import Reply
from logs.tables import NOTHING, badge, moment
from smsadmin import phones
from smsadmin.listing.tables import ListingTable, attrs

SHOWN = 300  # characters of a text


class ReplyTable(ListingTable):
    """Each row has ``member``, ``template``, ``provider`` and ``item`` (of the desk), or None (see
    logs.views.replies)."""

    css = "is-replies"
    sorted_column = "received_at"

    effect = tables.Column(gettext_lazy("What it did"), empty_values=(), attrs=attrs("w-status", "is-line"))
    phone = tables.Column(gettext_lazy("From"), empty_values=(), attrs=attrs("w-who", "is-wide is-line"))
    body = tables.Column(gettext_lazy("Content"), empty_values=(), attrs=attrs("", "is-wide"))
    template = tables.Column(gettext_lazy("Reply to"), empty_values=(), attrs=attrs("w-source", "is-off"))
    provider = tables.Column(gettext_lazy("Operator"), empty_values=(), attrs=attrs("w-120", "is-off sa-2nd"))
    received_at = tables.Column(gettext_lazy("Time"), attrs=attrs("w-when", "sa-r sa-nowrap is-when", "sa-r"))

    class Meta(ListingTable.Meta):
        model = Reply
        fields: tuple[str, ...] = ()

    def render_effect(self, record: Any) -> str:
        mark = reply_effects.mark(record.effect, record.item)
        return badge(mark, str(mark.label), str(mark.short), get_language())

    def render_phone(self, record: Any) -> SafeString:
        phone = format_html('<small class="sa-phone">{}</small>', phones.show(record.phone) or _("no number"))
        if record.member is None:
            return format_html('<span class="sa-3rd">{}</span>{}', _("No member"), phone)
        url = reverse("member", args=[self.account.slug, record.member.pk])
        return format_html('<a href="{}?show=conversation">{}</a>{}', url, record.member, phone)

    def render_body(self, record: Reply) -> SafeString:
        return format_html("{}", record.body[:SHOWN] or _("(no text)"))

    def render_template(self, record: Any) -> Any:
        if record.message_id is None:
            return NOTHING
        url = reverse("message", args=[self.account.slug, record.message_id])
        return format_html('<a href="{}">{}</a>', url, record.template or _("the last message"))

    def render_provider(self, record: Any) -> Any:
        to = format_html("<small>{}</small>", _("to %(number)s") % {"number": record.recipient})
        return format_html("{}{}", record.provider or NOTHING, to if record.recipient else "")

    def render_received_at(self, record: Reply) -> SafeString:
        return moment(record.received_at)
