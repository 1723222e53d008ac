"""A list page is a declaration: what it lists, its filters, its table. The machinery is here, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View
from django_filters import FilterSet
from django_tables2 import Table

from smsadmin import uuid7
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset
from smsadmin.listing.patience import TooSlow, time_limit
from smsadmin.listing.period import DEFAULT_DAYS, Period, PeriodForm

# ?filters=open: the form that adds filters. It holds a hundred boxes, so it is fetched when it is wanted.
FILTERS = "filters"
# ?count=all: count every match, where the page only says "200+". Over htmx just the count is answered.
COUNT = "count"


class ListingView(View):
    """Tenant scope + FilterSet + table + keyset pages + stated counts.

    Declare ``permission``, ``queryset``, ``filterset_class``, ``table_class``, ``template_name`` and ``noun``. Keys are
    UUIDv7 (the period is a range of ids), or whole numbers with ``key = int`` and ``has_period = False``; where they
    tell no order, ``moment`` names the column of the time that does, with ``key = keyset.Place.read``.
    The filters get the request; the table gets ``account``, ``access`` and the list's own query.
    """

    permission: ClassVar[str]
    queryset: ClassVar[QuerySet]
    filterset_class: ClassVar[type[FilterSet]]
    table_class: ClassVar[type[Table]]
    template_name: ClassVar[str]
    noun: ClassVar[Any]
    key: ClassVar[Any] = UUID  # reads a cursor's id: Callable[[str], Any]
    moment: ClassVar[str] = ""
    default_days: ClassVar[int | None] = DEFAULT_DAYS
    has_period: ClassVar[bool] = True
    page_size: ClassVar[int] = keyset.PAGE_SIZE

    request: AccountRequest
    account: Account

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not hasattr(cls, "permission"):
            raise ImproperlyConfigured(f"{cls.__name__} must say which permission it asks for")
        return permission(cls.permission)(super().as_view(**initkwargs))

    def get(self, request: AccountRequest, account: Account) -> HttpResponse:
        self.account = account
        self.period_form = PeriodForm(
            request.GET, zone=account.zone, today=timezone.localdate(), days=self.default_days
        )
        self.filterset = self.filterset_class(chips.filled(request.GET), queryset=self.scope(), request=request)
        self.form = self.filterset.form
        if request.htmx and FILTERS in request.GET:
            return render(request, "listing/_filter_form.html", self.furniture())
        if request.htmx and COUNT in request.GET:
            return render(request, "listing/_count.html", self.context())
        return render(request, self.template_name, self.context())

    # ---- what a page may say of its own

    def scope(self) -> QuerySet:
        """The account's rows."""
        return self.queryset.all().filter(account=self.account)

    def in_period(self, queryset: QuerySet, period: Period) -> QuerySet:
        if self.moment:
            return within(queryset, self.moment, period)
        if period.start:
            queryset = queryset.filter(pk__gte=uuid7.floor(period.start))
        return queryset.filter(pk__lt=uuid7.floor(period.end)) if period.end else queryset

    def count(self, queryset: QuerySet, period: Period) -> counts.Count:
        """How many match. A page with roll-ups answers from them where it can."""
        return counts.bounded(queryset)

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """The rows to page through and how many they are. A page that chooses its plan by the count says so here."""
        return queryset, self.count(queryset, period)

    def countable(self, queryset: QuerySet) -> QuerySet:
        """The rows to count one by one, of those that the filters let through."""
        return queryset

    def total(self) -> str:
        """The denominator beside the count ("of 41,204 kept"), or ''."""
        return ""

    def attach(self, rows: list[Any]) -> None:
        """Load what the rows of one page show besides themselves: so many queries, whatever the number of rows."""

    # ---- the machinery

    def context(self) -> dict[str, Any]:
        valid = self.form.is_valid() and (not self.has_period or self.period_form.is_valid())
        context = {
            "view": self,
            "too_slow": False,
            "invalid": not valid,
            "count": None,
            "page": None,
            "table": None,
            **self.furniture(),
        }
        if not valid:
            return context
        try:
            with time_limit():
                return {**context, **self.answer()}
        except TooSlow:
            return {**context, "too_slow": True}

    def answer(self) -> dict[str, Any]:
        period = self.period_form.period
        queryset = self.filterset.qs
        if self.has_period:
            queryset = self.in_period(queryset, period)
        selected, count = self.select(queryset, period)
        if COUNT in self.request.GET and not count.is_exact:
            count = counts.exactly(self.countable(queryset)) or count
        page = keyset.paginate(
            selected,
            keyset.Cursor.read(self.request.GET, type(self).key),
            ascending=self.ascending,
            size=self.page_size,
            moment=self.moment,
        )
        self.attach(page.rows)
        table = self.table_class(page.rows, account=self.account, access=self.request.access, query=self.list_query)
        return {
            "page": page,
            "table": table,
            "count": count,
            "total": self.total(),
            "count_url": chips.changed(self.request.GET, {COUNT: "all"}) if count.precision == "at least" else "",
            "uncountable": COUNT in self.request.GET and not count.is_exact,
            "newer_url": self.place(page.newer),
            "older_url": self.place(page.older),
            "oldest_url": self.place({"after": keyset.END}) if page.older else "",
            "newest_url": chips.without(self.request.GET) if page.newer else "",
            "rows_text": self.rows_text(page),
        }

    def furniture(self) -> dict[str, Any]:
        """Filters, chips and period, as the templates of templates/listing/ want them."""
        query = self.request.GET
        presets = [
            {
                "label": p.label,
                "url": chips.changed(query, {"from": None, "to": None, **p.query}),
                "is_current": p.is_current,
            }
            for p in self.period_form.presets()
        ]
        return {
            "filter_form": self.form,
            "chips": list(chips.chips(self.form, query)),
            "period_form": self.period_form,
            "presets": presets,
            "kept_by_filters": kept(query, ["from", "to", "sort"]),
            "kept_by_period": kept(query, [*self.form.fields, "sort"]),
            "clear_url": chips.without(query, *self.form.fields),
            "filters_open": FILTERS in query or not self.form.is_valid(),
            "filters_url": chips.changed(query, {FILTERS: "open"}),
            "problems": problems(self.form, self.period_form),
            "unbad_url": chips.without(query, *self.form.errors, *self.period_form.errors),
            "all_time_url": chips.changed(query, {"to": None, "from": "all"}),
            "sort_url": chips.changed(query, {"sort": None if self.ascending else "requested"}),
            "ascending": self.ascending,
        }

    @property
    def ascending(self) -> bool:
        return self.request.GET.get("sort") == "requested"

    @property
    def list_query(self) -> str:
        """The query of this list as it stands, for links that come back to it."""
        return self.request.GET.urlencode()

    def place(self, cursor: dict[str, Any] | None) -> str:
        return (
            chips.changed(self.request.GET, {name: value for name, value in cursor.items() if value}) if cursor else ""
        )

    @staticmethod
    def rows_text(page: keyset.Page) -> str:
        if not page.rows:
            return ""
        if not page.first_row:
            return _("Last rows") if page.older is None else _("%(n)s rows") % {"n": len(page.rows)}
        return _("Rows %(first)s–%(last)s") % {
            "first": counts.Count(page.first_row),
            "last": counts.Count(page.last_row),
        }


def within(queryset: QuerySet, moment: str, period: Period) -> QuerySet:
    if period.start:
        queryset = queryset.filter(**{f"{moment}__gte": period.start})
    return queryset.filter(**{f"{moment}__lt": period.end}) if period.end else queryset


def problems(*bound: forms.Form) -> list[tuple[str, str]]:
    """What is wrong with the filters of the address: (field's name, sentence)."""
    return [
        (str(form.fields[name].label), str(error))
        for form in bound
        for name, errors in form.errors.items()
        for error in errors
    ]


def kept(query: Any, names: list[str]) -> list[tuple[str, str]]:
    """The pairs of these names that the address holds, for hidden fields."""
    return [(name, value) for name in names for value in query.getlist(name) if value]
