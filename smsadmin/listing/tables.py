"""The base of list tables: columns are declarations, cells are markup of the design
(static/css/components/table.css)."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django_tables2.columns import BoundColumn

from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account


def attrs(col: str = "", td: str = "", th: str = "", **th_attrs: Any) -> dict[str, dict[str, Any]]:
    """The classes of a column's <col>, cells and head, and what else its head has (``title``)."""
    return {"col": {"class": col}, "td": {"class": td}, "th": {"class": th, **th_attrs}}


class ListingTable(tables.Table):
    """``query`` is the list's own query string, so that links out of it can come back."""

    class Meta:
        template_name = "listing/_table.html"
        orderable = False

    def __init__(self, rows: list[Any], *, account: Account, access: Access, query: str = "") -> None:
        self.account, self.access, self.list_query = account, access, query
        self._addresses: dict[str, tuple[str, str, str]] = {}
        super().__init__(rows, orderable=False)

    def body(self) -> SafeString:
        """The rows as markup: ``render_<column>(record)`` where there is one, else the record's own value.

        Built here and not cell by cell in the template, since that alone took half of a page's time.
        """
        cells = [(f"<td {flatatt(self.td(column))}>", self.renderer(column.name)) for column in self.columns]
        rows = (
            f'<tr role="row" data-id="{record.pk}">'
            + "".join(f"{td}{conditional_escape(render(record))}</td>" for td, render in cells)
            + "</tr>\n"
            for record in self.data
        )
        return mark_safe("".join(rows))

    def address(self, name: str, key: Any) -> str:
        """The address of one row's page inside of the account. The pattern is resolved once a table."""
        if name not in self._addresses:
            self._addresses[name] = reverse(name, args=[self.account.slug, key]).rpartition(str(key))
        head, _key, tail = self._addresses[name]
        return f"{head}{key}{tail}"

    @staticmethod
    def td(column: BoundColumn) -> dict[str, str]:
        return {"role": "cell", **column.column.attrs.get("td", {})}

    def renderer(self, name: str) -> Callable[[Any], Any]:
        return getattr(self, f"render_{name}", None) or attrgetter(name)
