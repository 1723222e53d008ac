"""What can be exported. Upper apps write a kind and list it in settings.EXPORT_KINDS; this app asks who may, writes the
file and hands it out.

A kind whose rows are those of a list page is a `smsadmin.exports.lists.ListExport`: a declaration. One with SQL of its
own is an `ExportKind`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from smsadmin.listing.counts import Count

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from smsadmin.accounts.access import Access
    from smsadmin.accounts.models import Account

Params = dict[str, list[str]]
"""The query of a list's address: name → values. Kept with the export as JSON."""

CSV, XLSX = "csv", "xlsx"


class BadParams(ValueError):
    """What is asked for is not understood; the message says why, for people."""


class Form(Enum):
    """How the cells of a column are written."""

    PLAIN = "plain"  # our own words, ids, e-mail-free: nothing a spreadsheet could take for a formula
    TEXT = "text"  # what somebody else wrote: made safe where it begins like a formula
    PHONE = "phone"  # E.164; in CSV behind an apostrophe, since a spreadsheet would make a number of it
    MOMENT = "moment"  # timestamptz: ISO 8601 in the account's zone with its offset; in XLSX a date of that zone
    NUMBER = "number"  # in XLSX a number


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file. `value`: for a ListExport, the ORM expression of its cells, or the name of a field."""

    name: str
    form: Form = Form.TEXT
    value: Any = None


class ExportKind(ABC):
    """Something that can be exported.

    `permission`: who may see it, asked besides ``export_data``. `reveals`: permissions by which some see more in it
    than others: whoever lacks one of those that the asker had may not download the asker's file.
    """

    name: ClassVar[str]  # letters, digits, "_"; in the file's name, too
    label: ClassVar[StrPromise | str]
    permission: ClassVar[str]
    of_all_accounts: ClassVar[bool] = False  # for operators: what the account itself is never told
    reveals: ClassVar[tuple[str, ...]] = ()
    formats: ClassVar[tuple[str, ...]] = (CSV, XLSX)
    zone_in_header: ClassVar[bool] = True  # "since (Europe/London)"; False where columns are recognised by their names

    @abstractmethod
    def columns(self, account: Account, access: Access) -> Sequence[Column]:
        """The columns of the file, in order."""

    @abstractmethod
    def query(self, account: Account, access: Access, params: Params) -> tuple[str, Sequence[Any]]:
        """The account's rows as one SELECT with its parameters (``%s``; a percent sign is ``%%``), ordered, its n-th
        column being the n-th of `columns`: raw values, not yet made safe. Raises BadParams."""

    def title(self, account: Account, access: Access, params: Params) -> str:
        """What this is, in a few words: "Messages · 1 Mar 2026 – 31 Mar 2026". Raises BadParams."""
        return str(self.label)

    def filters(self, account: Account, access: Access, params: Params) -> list[tuple[str, str]]:
        """The filters in words: (field, value). Raises BadParams."""
        return []

    def freeze(self, account: Account, params: Params, today: date) -> Params:
        """The params that mean the same on any later day: "the last 30 days" becomes its dates."""
        return params

    def count(self, account: Account, access: Access, params: Params, bound: int) -> Count | None:
        """How many rows, counted to the bound; None where `query` may be counted as it is."""
        return None


@cache
def all_kinds() -> dict[str, ExportKind]:
    """The kinds of settings.EXPORT_KINDS, by name."""
    return {kind.name: kind for kind in (import_string(path)() for path in settings.EXPORT_KINDS)}


def kind_of(name: str) -> ExportKind:
    """Raises KeyError."""
    return all_kinds()[name]
