"""The shape of a message in the API: which fields there are, and of which type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers

from logs.accepting import Ask
from logs.models import OURS, Kind, Source
from smsadmin.api.errors import first_of

SOURCES = {source.slug: source for source in Source if source not in OURS}
KINDS = {kind.slug: kind for kind in Kind}
LARGEST_ID = 2**63 - 1


class Word(serializers.Field):
    """One of a few words."""

    def __init__(self, words: Mapping[str, Any], **options: Any) -> None:
        self.words = words
        super().__init__(**options)

    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, str) or data not in self.words:
            raise serializers.ValidationError(_("One of: %(words)s.") % {"words": ", ".join(self.words)})
        return self.words[data]


class NameOrId(serializers.Field):
    """A name, or the whole number of an id."""

    def to_internal_value(self, data: object) -> str | int:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LARGEST_ID:
            return data
        if not isinstance(data, str) or not data.strip() or len(data) > 100 or "\0" in data or not is_text(data):
            raise serializers.ValidationError(_("The name of a template, or its id."))
        return data.strip()


class Moment(serializers.Field):
    """ISO 8601 with its zone: a time without one means something else to everybody. Read as UTC, since PostgreSQL
    does not take every offset that Python does."""

    def to_internal_value(self, data: object) -> datetime:
        try:
            found = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not 1 < found.year < 9999:
            raise serializers.ValidationError(_("A moment with its zone, like 2026-03-10T09:00:00+01:00."))
        return found.astimezone(UTC)  # at least a year from the ends of what a moment can be


def is_text(text: str) -> bool:
    """Whether UTF-8 can hold it: JSON can spell halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def line(most: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, **options)


class MessageShape(serializers.Serializer):
    to = line(64)
    member = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    external_id = line(100)
    text = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    template = NameOrId(required=False)
    variables = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=10_000), required=False
    )
    source = Word(SOURCES, required=False)
    kind = Word(KINDS, required=False)
    labels = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
    sender = line(32)
    reference = line(100)
    idempotency_key = line(100)
    not_before = Moment(required=False)
    validity = serializers.IntegerField(min_value=60, max_value=72 * 3600, required=False)  # seconds
    campaign = line(100)


FIELDS = frozenset(MessageShape().fields)


def read(data: object, key: str = "") -> Ask | tuple[str, str]:
    """The ask that an item of a request is, or the field and the reason why it is none. ``key`` is the idempotency
    key of an item that brings none of its own."""
    if not isinstance(data, dict):
        return "", _("A message is an object.")
    if unknown := next((name for name in data if name not in FIELDS), None):
        return str(unknown)[:100], _("There is no such field.")
    shape = MessageShape(data={name: value for name, value in data.items() if value is not None})
    if not shape.is_valid():
        return first_of(shape.errors)
    return ask_of(dict(shape.validated_data), key)


def ask_of(given: dict[str, Any], key: str) -> Ask:
    template = given.pop("template", "")
    validity = given.pop("validity", None)
    return Ask(
        **{
            "source": Source.AUTOMATION,
            "idempotency_key": key,
            **given,
            "labels": tuple(given.pop("labels", ())),
            "template": template if isinstance(template, str) else "",
            "template_id": template if isinstance(template, int) else None,
            "validity": None if validity is None else timedelta(seconds=validity),
        }
    )
