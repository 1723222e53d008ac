"""The base of list tables: columns are declarations, cells are markup of the design
(static/css/components/table.css)."""

from typing import Any

import django_tables2 as tables

from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account


class ListingTable(tables.Table):
    """``query`` is the list's own query string, so that links out of it can come back."""

    class Meta:
        template_name = "listing/_table.html"
        orderable = False

    def __init__(self, rows: list[Any], *, account: Account, access: Access, query: str = "") -> None:
        self.account, self.access, self.list_query = account, access, query
        super().__init__(rows, orderable=False)
