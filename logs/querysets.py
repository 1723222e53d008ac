"""The vocabulary of message queries. Conditions are written so that the indexes of sql/message.sql serve them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat

from logs.statuses import Reason, Status
from logs.vocabularies import Condition
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from smsadmin.members import by_phone
from smsadmin.phones import PhoneSearch

WORD = re.compile(r"[^\W_]+(?:[.'’/-][^\W_]+)*")


class MessageQuerySet(models.QuerySet):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def requested(self, start: datetime | None, end: datetime | None) -> Self:
        """Requested at or after ``start`` and before ``end``: a range of ids, so that only these months are read."""
        queryset = self
        if start:
            queryset = queryset.filter(pk__gte=uuid7.floor(start))
        return queryset.filter(pk__lt=uuid7.floor(end)) if end else queryset

    def to_phone(self, search: PhoneSearch) -> Self:
        return by_phone.matching(self, search)

    def in_status(self, statuses: Iterable[Status]) -> Self:
        return self.filter(status__in=[int(status) for status in statuses])

    def for_reason(self, reasons: Iterable[Reason]) -> Self:
        return self.filter(reason__in=[int(reason) for reason in reasons])

    def from_sources(self, sources: Iterable[int]) -> Self:
        """0: not recorded. A condition of its own only where it is asked for: an OR costs the index its order."""
        known = set(sources)
        if 0 not in known:
            return self.filter(source__in=sorted(known))
        unknown = Q(source__isnull=True)
        return self.filter(unknown | Q(source__in=sorted(known - {0})) if known > {0} else unknown)

    def meeting(self, conditions: Iterable[Condition]) -> Self:
        """Matching any of a vocabulary's conditions."""
        either = Q()
        for condition in conditions:
            either |= every(condition)
        return self.filter(either)

    def labelled(self, label_ids: Iterable[int]) -> Self:
        return self.filter(labels__overlap=list(label_ids))

    def with_words(self, text: str) -> Self:
        """All these words (or words that begin so) in the text, by the word index."""
        return self.alias(words=Words("body")).filter(words=words_query(text))

    def without_codes(self, sources: Iterable[int], template_ids: Iterable[int]) -> Self:
        """Without what carries one-time codes, for people who may not read these: a search would spell them out."""
        asked_for_code = Q(source__in=list(sources), source__isnull=False)
        verifying = Q(template_id__in=list(template_ids), template_id__isnull=False)
        return self.exclude(asked_for_code).exclude(verifying)

    def with_common_words(self, text: str) -> Self:
        """The same rows as `with_words`, found by walking the list: cheaper where the words stand in very
        many messages.

        The LIKE is a cheap first look; the concatenation keeps the planner off the index, whose bitmap of a
        common word is huge.
        """
        queryset = self
        for word in WORD.findall(text):
            queryset = queryset.filter(body__icontains=word)
        body = Concat("body", Value(""), output_field=models.TextField())
        return queryset.alias(words=Words(body)).filter(words=words_query(text))


class Words(models.Func):
    """A text's words, written as the word index is (sql/message.sql): not SearchVector, whose COALESCE hides it."""

    function = "message_words"
    output_field = SearchVectorField()


def every(condition: Condition) -> Q:
    """All that one condition asks of the stored columns."""
    columns = {
        "status__in": condition.statuses,
        "stage__in": condition.stages,
        "reason__in": condition.reasons,
        "number_valid__in": condition.validities,
    }
    return Q(**{name: sorted(int(value) for value in values) for name, values in columns.items() if values is not None})


def words_query(text: str) -> SearchQuery:
    return SearchQuery(prefixes(text), search_type="raw", config="simple")


def prefixes(text: str) -> str:
    """``Spring be`` as a tsquery of word beginnings: ``'Spring':* & 'be':*``."""
    return " & ".join("'" + word.replace("'", "''").replace("\\", "") + "':*" for word in WORD.findall(text))
