"""Rows by their column ``phone``, as people search for numbers: whole, by the beginning or by the ending."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Right
from django.db.models.lookups import Exact

from smsadmin.phones import PhoneSearch

Rows = TypeVar("Rows", bound=QuerySet[Any])
SUFFIX = 4  # digits of an ending that the indexes hold


def matching(rows: Rows, search: PhoneSearch) -> Rows:
    match search.kind:
        case "exact":
            return rows.filter(phone=search.value)
        case "prefix":
            return rows.filter(phone__startswith=search.value)
        case _:
            found = rows.filter(Exact(Right("phone", SUFFIX), search.value[-SUFFIX:]))
            return found.filter(phone__endswith=search.value) if len(search.value) > SUFFIX else found
