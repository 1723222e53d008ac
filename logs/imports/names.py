"""Things that messages refer to by name (templates, labels, campaigns, …): found in any case, made where they
are missing, remembered."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from logs.models import Campaign, Label, ProviderAccount, Template
from smsadmin.accounts.models import SmsUser
from smsadmin.imports.values import RowProblem

if TYPE_CHECKING:
    from datetime import datetime

    from django.db import models

    from smsadmin.accounts.models import Account

LONGEST = {"template": 100, "labels": 100, "campaign": 100, "sms_user": 64, "provider": 32}
MOST = 5000  # different names of one sort in one file: more is a wrong column
MODELS: Map[str, type[models.Model]] = {
    "template": Template,
    "labels": Label,
    "campaign": Campaign,
    "sms_user": SmsUser,
    "provider": ProviderAccount,
}


class Names:
    """The ids of names of one sort in one account. `more`: further columns of a row that is made, by name."""

    def __init__(self, account: Account, sort: str) -> None:
        self._account, self._sort = account, sort
        self._model = MODELS[sort]
        self._table = self._model._meta.db_table
        self._ids: dict[str, int] = {}
        self._seen: set[str] = set()

    def read(self, text: str, field: str) -> str:
        """A name as it will be kept. Raises RowProblem for one too long, and where a file has too many."""
        name = " ".join(text.split())
        if name not in self._seen:
            if len(name) > LONGEST[self._sort]:
                raise RowProblem(field, _("Longer than %(n)d characters.") % {"n": LONGEST[self._sort]})
            if len(self._seen) >= MOST:
                raise RowProblem(field, _("More than %(n)d different names: is this the right column?") % {"n": MOST})
            self._seen.add(name)
        return name

    def __getitem__(self, name: str) -> int:
        return self._ids[name]

    def forget(self) -> None:
        self._ids.clear()

    def ensure(self, names: Iterable[str], at: datetime, more: Map[str, Map[str, str]] | None = None) -> None:
        """Make sure that the ids of these names are known; one query where all are new to us, none where none is."""
        missing = sorted({name for name in names if name not in self._ids})
        if not missing:
            return
        self._find(missing)
        missing = [name for name in missing if name not in self._ids]
        if missing:
            self._make(missing, at, more or {})
            self._find(missing)

    def _find(self, names: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT n.name, t.id FROM unnest(%s::text[]) AS n (name) "
                f"JOIN {self._table} t ON t.account_id = %s AND lower(t.name) = lower(n.name)",
                [names, self._account.pk],
            )
            self._ids.update(cursor.fetchall())

    def _make(self, names: list[str], at: datetime, more: Map[str, Map[str, str]]) -> None:
        rows = [
            self._model(
                account=self._account, name=name, created_at=at, **{column: of[name] for column, of in more.items()}
            )
            for name in names
        ]
        self._model._default_manager.bulk_create(rows, ignore_conflicts=True)
