"""The SMS Status report as a file: the rows of the page, all of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, F, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from consent.filters import SLUGS, SOURCES, ConsentFilter
from consent.models import ConsentEvent, ConsentRow
from consent.vocabulary import Event, Purpose
from smsadmin.exports.kinds import Column, Form
from smsadmin.exports.lists import ListExport
from smsadmin.members.models import Member


def words(field: str, slugs: dict[Any, str]) -> Case:
    """The stored numbers of a column as the words of the address, which no translation changes."""
    whens = [When(**{field: number, "then": Value(slug)}) for number, slug in slugs.items()]
    return Case(*whens, default=Value(""), output_field=CharField())


def of_event(name: str) -> Subquery:
    """A column of the event that brought the number where it stands."""
    event = ConsentEvent.objects.filter(account=OuterRef("account_id"), pk=OuterRef("event_id"))
    return Subquery(event.values(name)[:1])


NAMES = (
    Member.objects.filter(account=OuterRef("account_id"), phone=OuterRef("phone"))
    .order_by()
    .values("phone")
    .annotate(names=StringAgg("name", delimiter=", ", order_by="id"))
    .values("names")
)
EVENT_SLUGS = {event: event.name.lower().replace("_", "-") for event in Event}
SOURCE_SLUGS = {source: slug for slug, source in SOURCES.items()}


class ConsentExport(ListExport):
    name = "consent"
    label = gettext_lazy("SMS Status")
    permission = "view_members"
    queryset = ConsentRow.objects.filter(purpose=Purpose.MARKETING)
    filterset_class = ConsentFilter
    default_days: ClassVar[int | None] = None
    cells = (
        Column("phone", Form.PHONE, F("phone")),
        Column("name", Form.TEXT, Coalesce(Subquery(NAMES), Value(""), output_field=TextField())),
        Column("status", Form.PLAIN, words("status", SLUGS)),
        Column("since", Form.MOMENT, F("since")),
        Column("source", Form.PLAIN, words("source", SOURCE_SLUGS)),
        Column("event", Form.PLAIN, words("of_event", EVENT_SLUGS)),
        Column("text", Form.TEXT, of_event("text")),
        Column("recorded_by", Form.TEXT, of_event("by_name")),
        Column("last_event", Form.MOMENT, F("last_at")),
    )

    def scope(self, account: Any) -> Any:
        return super().scope(account).alias(of_event=of_event("event"))
