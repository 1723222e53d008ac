"""The table of the SMS Status report: how it stands, whose number, what brought it there, since when."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent import telling
from consent.models import ConsentRow
from consent.vocabulary import Source
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.listing.tables import ListingTable, attrs


def number_url(account: Account, phone: str) -> str:
    return f"{reverse('consent_number', args=[account.slug])}?{urlencode({'phone': phone})}"


class ConsentTable(ListingTable):
    """Each row has ``event`` (what brought it there, or None) and ``members`` (those with the number today): see
    consent.views.report."""

    css = "is-consent"

    status = tables.Column(gettext_lazy("Status"), empty_values=(), attrs=attrs("w-status", "is-line"))
    phone = tables.Column(gettext_lazy("Number, member"), empty_values=(), attrs=attrs("w-who", "is-wide is-line"))
    how = tables.Column(gettext_lazy("How"), empty_values=(), attrs=attrs("", "is-wide is-line"))
    last_at = tables.Column(gettext_lazy("Last event"), attrs=attrs("w-when", "sa-r sa-nowrap is-off sa-2nd", "sa-r"))
    since = tables.Column(gettext_lazy("Since"), attrs=attrs("w-when", "sa-r sa-nowrap is-when", "sa-r"))

    class Meta(ListingTable.Meta):
        model = ConsentRow
        fields: tuple[str, ...] = ()

    def render_status(self, record: Any) -> SafeString:
        badge = get_template("_components/_status.html").render({"status": telling.mark(record.status)})
        return mark_safe(badge)  # a template's own output

    def render_phone(self, record: Any) -> SafeString:
        phone = format_html('<small class="sa-phone">{}</small>', phones.show(record.phone))
        if not record.members:
            return format_html('<span class="sa-3rd">{}</span>{}', _("No member"), phone)
        url = self.address("member", record.members[0].pk)
        more = len(record.members) - 1
        others = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more} if more else ""
        return format_html('<a href="{}">{}</a> {}{}', url, record.members[0], others, phone)

    def render_how(self, record: Any) -> SafeString:
        """Leads to all that is recorded of the number."""
        event, url = record.event, number_url(self.account, record.phone)
        if event is None:
            return format_html('<a href="{}">{}</a>', url, Source(record.source).label)
        said = _("“%(text)s”") % {"text": event.text[:80]} if event.text else event.note[:80] or event.by_name
        return format_html('<a href="{}">{}</a><small>{}</small>', url, telling.how(event.event, event.source), said)

    def render_last_at(self, record: Any) -> SafeString:
        return telling.moment(record.last_at)

    def render_since(self, record: Any) -> SafeString:
        return telling.moment(record.since)
