from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.ledger import account_of
from consent.vocabulary import Purpose, Source, Status


class ConsentRow(models.Model):
    """ConsentStatus for reading, as lists want it: with one id, by which the newest ``since`` comes first.

    The database makes that id (consent/migrations/0003): the milliseconds of ``since``, then the rest of the event's
    own id. So a period is a range of ids, as in every list, and whoever writes the row cannot get it wrong. An event
    for all purposes gives two rows the same id: read one purpose at a time.
    """

    Status = Status

    id = models.UUIDField(primary_key=True, db_column="since_id", editable=False)
    account = account_of()
    phone = models.CharField(_("phone"), max_length=16, db_collation="C")
    purpose = models.SmallIntegerField(_("purpose"), choices=Purpose.choices)
    status = models.SmallIntegerField(_("status"), choices=Status.choices)
    since = models.DateTimeField(_("since"))
    source = models.SmallIntegerField(_("source"), choices=Source.choices)
    event_id = models.UUIDField()
    last_at = models.DateTimeField(_("last event"))

    class Meta:
        managed = False
        db_table = "consent_status"
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
