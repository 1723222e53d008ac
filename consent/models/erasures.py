from __future__ import annotations

from django.db import models

from consent.models.ledger import account_of
from consent.vocabulary import Purpose, Source, Status


class Erasure(models.Model):
    """A number whose person asked to be forgotten. Its events stay in the ledger, emptied of what is personal, under
    ``name``; what is kept of the number itself is a keyed hash, by which it is known again if it ever comes back."""

    id = models.UUIDField(primary_key=True, editable=False)
    account = account_of()
    name = models.CharField(max_length=16, db_collation="C")  # "#" and 15 hexadecimal digits, by chance
    number_key = models.BinaryField()
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    events = models.PositiveIntegerField()

    class Meta:
        db_table = "consent_erasure"
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="consent_erasure_has_a_name")]


class KeptRefusal(models.Model):
    """That a number whose person was forgotten must not be texted: what an import or a sending of that number meets."""

    pk = models.CompositePrimaryKey("account_id", "number_key", "purpose")
    account = account_of()
    number_key = models.BinaryField()
    purpose = models.SmallIntegerField(choices=Purpose.choices)
    status = models.SmallIntegerField(choices=Status.choices)
    since = models.DateTimeField()
    source = models.SmallIntegerField(choices=Source.choices)
    erasure_id = models.UUIDField()

    class Meta:
        db_table = "consent_kept"
