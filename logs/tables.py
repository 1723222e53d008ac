"""Tables of the message log: columns are declarations, a cell is two lines at most (what or who; why or which)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import django_tables2 as tables
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from logs import telling
from logs.models import CODE_SOURCES, Kind, Message, Source
from logs.statuses import Status
from smsadmin import phones
from smsadmin.listing.tables import ListingTable, attrs

NOTHING = "–"


@lru_cache(maxsize=1024)
def badge(status: Status, word: str, short: str, language: str | None) -> str:
    """The one badge, rendered once for each thing that it can say."""
    return get_template("_components/_status.html").render({"status": status, "word": word, "short": short})


class MessageTable(ListingTable):
    """E1's columns, paired: status and reason; recipient; text and template; source and SMS_USER; segments; and
    the four times."""

    css = "is-msg"
    sorted_column = "requested_at"

    status = tables.Column(gettext_lazy("Status"), empty_values=(), attrs=attrs("w-status", "is-line"))
    recipient = tables.Column(gettext_lazy("Recipient"), empty_values=(), attrs=attrs("w-who", "is-wide is-line"))
    text = tables.Column(gettext_lazy("Text, template"), empty_values=(), attrs=attrs("", "is-wide"))
    source = tables.Column(gettext_lazy("Source, SMS_USER"), empty_values=(), attrs=attrs("w-source", "is-off"))
    segments = tables.Column(
        gettext_lazy("Seg"),
        attrs=attrs(
            "w-seg is-beside", "sa-r is-off is-beside sa-2nd", "sa-r is-beside", title=gettext_lazy("Segments")
        ),
    )
    requested_at = tables.Column(gettext_lazy("Requested"), attrs=attrs("w-when", "sa-r sa-nowrap is-when", "sa-r"))
    sent_at = tables.Column(
        gettext_lazy("Sent"),
        empty_values=(),
        attrs=attrs(
            "w-dur",
            "sa-r is-off sa-2nd",
            "sa-r",
            title=gettext_lazy("Time from the request to the hand-over to the provider"),
        ),
    )
    receipt_at = tables.Column(
        gettext_lazy("Receipt"),
        empty_values=(),
        attrs=attrs(
            "w-dur", "sa-r is-off sa-2nd", "sa-r", title=gettext_lazy("Time from the request to the delivery receipt")
        ),
    )
    updated_at = tables.Column(
        gettext_lazy("Updated"),
        attrs=attrs("w-when is-beside", "sa-r sa-nowrap is-off is-beside sa-2nd", "sa-r is-beside"),
    )

    class Meta(ListingTable.Meta):
        model = Message
        fields: tuple[str, ...] = ()

    def render_status(self, record: Message) -> str:
        state = record.state
        return badge(state.status, telling.word(state, self.account.vocabulary), telling.short(state), get_language())

    def render_recipient(self, record: Message) -> SafeString:
        phone = format_html('<small class="sa-phone">{}</small>', phones.show(record.phone) or _("no number"))
        if record.member is None:
            return format_html('<span class="sa-3rd">{}</span>{}', _("No member"), phone)
        url = self.address("member", record.member.pk)
        return format_html('<a href="{}">{}</a>{}', url, record.member, phone)

    def render_text(self, record: Message) -> SafeString:
        url = self.address("message", record.pk)
        if self.list_query:
            url += "?" + self.list_query
        text = shown_text(record, self.access) or _("(no text kept)")
        template = format_html("<small>{}</small>", record.template) if record.template else ""
        return format_html(
            '<a class="sa-plain" href="{0}" hx-get="{0}" hx-target="#panel" hx-push-url="true">{1}</a>{2}',
            url,
            text[:160],
            template,
        )

    def render_source(self, record: Message) -> SafeString:
        source = Source(record.source).label if record.source else Kind(record.kind).label
        user = format_html("<small>{}</small>", record.sms_user) if record.sms_user else ""
        return format_html("{}{}", source, user)

    def render_requested_at(self, record: Message) -> SafeString:
        return moment(record.requested_at)

    def render_updated_at(self, record: Message) -> SafeString:
        return moment(record.updated_at)

    def render_sent_at(self, record: Message) -> Any:
        return span(record, record.sent_at)

    def render_receipt_at(self, record: Message) -> Any:
        return span(record, record.receipt_at)


def shown_text(message: Message, access: Any) -> str:
    """The text as this person may see it: one-time codes only where the role needs them."""
    hidden = carries_code(message) and "view_codes" not in access
    return telling.hide_codes(message.body) if hidden else message.body


def carries_code(message: Message) -> bool:
    """By what asked for it, or by its template: an imported log often tells only one of them."""
    is_verification = message.template is not None and message.template.type == message.template.Type.VERIFICATION
    return is_verification or message.source in CODE_SOURCES


def moment(at: Any) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), telling.utc(at), telling.stamp(at))


def span(message: Message, at: Any) -> Any:
    """How long after the request, the instant on hover."""
    if at is None:
        return NOTHING
    return format_html('<span title="{}">{}</span>', telling.utc(at), telling.duration(at - message.requested_at))
