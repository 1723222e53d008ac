"""Exports of list pages: the same filters, the same rows, all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import FilterSet

from smsadmin import uuid7
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account
from smsadmin.exports.kinds import BadParams, Column, ExportKind, Params
from smsadmin.listing import chips, counts
from smsadmin.listing.counts import Count
from smsadmin.listing.period import DEFAULT_DAYS, Period, PeriodForm


@dataclass(frozen=True, slots=True)
class Asking:
    """What filter sets read of a request: the account, and what the person may."""

    account: Account
    access: Access
    GET: QueryDict


class ListExport(ExportKind):
    """Declare ``queryset``, ``filterset_class``, ``cells``, and like the list's view ``has_period`` and
    ``default_days``. The oldest come first where ``ascending``."""

    queryset: ClassVar[QuerySet]
    filterset_class: ClassVar[type[FilterSet]]
    cells: ClassVar[tuple[Column, ...]] = ()
    has_period: ClassVar[bool] = True
    default_days: ClassVar[int | None] = DEFAULT_DAYS
    order: ClassVar[str] = "-pk"

    # ---- what a kind may say of its own

    def columns(self, account: Account, access: Access) -> tuple[Column, ...]:
        return self.cells

    def scope(self, account: Account) -> QuerySet:
        return self.queryset.all().filter(account=account)

    def in_period(self, queryset: QuerySet, period: Period) -> QuerySet:
        if period.start:
            queryset = queryset.filter(pk__gte=uuid7.floor(period.start))
        return queryset.filter(pk__lt=uuid7.floor(period.end)) if period.end else queryset

    def select(self, queryset: QuerySet, filterset: FilterSet, asking: Asking) -> QuerySet:
        """The rows, where the page adds conditions of its own to those of its filters."""
        return queryset

    # ---- the machinery

    def query(self, account: Account, access: Access, params: Params) -> tuple[str, tuple[Any, ...]]:
        columns = self.columns(account, access)
        rows = self.rows(account, access, params).order_by(self.order)
        # By names of their own, so that no two columns are called alike.
        named = {f"export_{n}": column.value or column.name for n, column in enumerate(columns)}
        rows = rows.annotate(**{name: value for name, value in named.items() if not isinstance(value, str)})
        try:
            return rows.values_list(
                *(value if isinstance(value, str) else name for name, value in named.items())
            ).query.sql_with_params()
        except EmptyResultSet:  # a condition that nothing can meet, such as "one of no templates"
            return f"SELECT {', '.join(['NULL'] * len(columns))} WHERE false", ()

    def count(self, account: Account, access: Access, params: Params, bound: int) -> Count | None:
        return counts.bounded(self.rows(account, access, params), bound)

    def rows(self, account: Account, access: Access, params: Params) -> QuerySet:
        """Raises BadParams."""
        asking = self.asking(account, access, params)
        filterset, period = self.asked(asking)
        found = self.in_period(filterset.qs, period) if self.has_period else filterset.qs
        return self.select(found, filterset, asking)

    @staticmethod
    def asking(account: Account, access: Access, params: Params) -> Asking:
        return Asking(account, access, query_of(params))

    def asked(self, asking: Asking) -> tuple[FilterSet, Period]:
        """Raises BadParams."""
        account, query = asking.account, asking.GET
        filterset = self.filterset_class(chips.filled(query), queryset=self.scope(account), request=asking)
        # Without a default: `freeze` has put the days in.
        period = PeriodForm(query, zone=account.zone, today=date.max, days=None)
        for form in (filterset.form, period):
            if not form.is_valid():
                raise BadParams(wrong(form))
        return filterset, period.period

    def title(self, account: Account, access: Access, params: Params) -> str:
        if not self.has_period:
            return str(self.label)
        _filterset, period = self.asked(self.asking(account, access, params))
        return f"{self.label} · {period.label}"

    def filters(self, account: Account, access: Access, params: Params) -> list[tuple[str, str]]:
        asking = self.asking(account, access, params)
        filterset, _period = self.asked(asking)
        return [(chip.label, chip.value) for chip in chips.chips(filterset.form, asking.GET)]

    def freeze(self, account: Account, params: Params, today: date) -> Params:
        """Only what the list filters by, and the period as dates."""
        kept = {name: params[name] for name in self.filterset_class.base_filters if params.get(name)}
        if not self.has_period:
            return kept
        form = PeriodForm(query_of(params), zone=account.zone, today=today, days=self.default_days)
        if not form.is_valid():
            raise BadParams(wrong(form))
        return {**kept, **{name: [value] for name, value in form.period.query().items()}}


def query_of(params: Params) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in params.items():
        query.setlist(name, values)
    return query


def wrong(form: Any) -> str:
    """The first thing that is wrong with a form, as a sentence."""
    name, errors = next(iter(form.errors.items()))
    return f"{form.fields[name].label}: {errors[0]}" if name in form.fields else str(errors[0])
