"""The member list's table: who, how to reach them, how far the number can be trusted, what they got last."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from logs import telling
from logs.standing import MARKS
from logs.tables import NOTHING, badge, moment
from smsadmin import phones, places
from smsadmin.listing.period import show
from smsadmin.listing.tables import ListingTable, attrs
from smsadmin.members.models import Member

SHOWN_TAGS = 3


class MemberTable(ListingTable):
    """``last`` on each row is the newest message to that member, or None (see logs.views.members)."""

    css = "is-members"

    name = tables.Column(gettext_lazy("Name, external id"), empty_values=(), attrs=attrs("", "is-line"))
    phone = tables.Column(gettext_lazy("Phone, language"), empty_values=(), attrs=attrs("w-160", "is-line"))
    number = tables.Column(gettext_lazy("Number"), empty_values=(), attrs=attrs("w-120", "is-when"))
    tags = tables.Column(gettext_lazy("Tags"), empty_values=(), attrs=attrs("w-quarter", "is-off"))
    last = tables.Column(gettext_lazy("Last SMS"), empty_values=(), attrs=attrs("w-200", "is-wide is-line"))
    created_at = tables.Column(gettext_lazy("Since"), attrs=attrs("w-when", "sa-r sa-nowrap is-off", "sa-r"))

    class Meta(ListingTable.Meta):
        model = Member
        fields: tuple[str, ...] = ()
        row_attrs = {"data-id": lambda record: record.pk}

    def render_name(self, record: Member) -> SafeString:
        url = reverse("member", args=[self.account.slug, record.pk])
        known_as = format_html("<small>{}</small>", record.external_id) if record.external_id and record.name else ""
        return format_html('<a href="{}">{}</a>{}', url, record, known_as)

    def render_phone(self, record: Member) -> SafeString:
        if not record.phone:
            return format_html('<span class="sa-3rd">{}</span>', _("No number"))
        language = format_html("<small>{}</small>", places.language(record.language)) if record.language else ""
        return format_html('<span class="sa-phone">{}</span>{}', phones.show(record.phone), language)

    def render_number(self, record: Member) -> Any:
        validity = Member.NumberValidity(record.number_validity)
        if not record.phone:
            return NOTHING
        return badge(MARKS[validity], str(validity.label), "", get_language())

    def render_tags(self, record: Member) -> SafeString:
        shown = format_html_join(" ", '<span class="sa-tag">{}</span>', ((tag,) for tag in record.tags[:SHOWN_TAGS]))
        more = len(record.tags) - SHOWN_TAGS
        return format_html('{} <span class="sa-3rd">+{}</span>', shown, more) if more > 0 else shown

    def render_last(self, record: Any) -> Any:
        message = record.last
        if message is None:
            return format_html('<span class="sa-3rd">{}</span>', _("none yet"))
        state = message.state
        word = telling.word(state, self.account.vocabulary)
        return format_html(
            "{}<small>{}</small>", badge(state.status, word, "", get_language()), moment(message.requested_at)
        )

    def render_created_at(self, record: Member) -> SafeString:
        day = show(localdate(record.created_at))
        return format_html('<span title="{}">{}</span>', telling.utc(record.created_at), day)
