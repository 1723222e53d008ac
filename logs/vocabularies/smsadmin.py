"""Our own eleven words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Status
from logs.vocabularies.projection import EARLY, Label, Vocabulary, rule

MEANINGS = {
    Status.QUEUED: _("Waits here to be sent: for its turn, for the right hour, or for another try."),
    Status.SENDING: _("Handed over and on its way. No final answer yet."),
    Status.SENT: _("The carrier took it, and no receipt will come. It probably arrived; nobody can prove it."),
    Status.DELIVERED: _("The carrier or the phone confirmed that it arrived."),
    Status.UNDELIVERED: _("The carrier or the phone did not take it."),
    Status.FAILED: _("It never left us or the SMS provider."),
    Status.BLOCKED: _("Not sent on purpose: a rule, a block list or the person's own choice stopped it."),
    Status.EXPIRED: _("It could not be handed over within its lifetime, so it was given up."),
    Status.CANCELED: _("Somebody withdrew it before it was sent."),
    Status.UNKNOWN: _("No truthful answer exists: no report came, or the message was brought in without a status."),
    Status.PARTLY_DELIVERED: _("Some of its parts arrived and some did not."),
}

_LABELS = tuple(Label((status.slug,), MEANINGS[status], word=status.label, key=status.slug) for status in Status)

VOCABULARY = Vocabulary(
    key="smsadmin",
    name=_("Our own words (smsadmin)"),
    sentence=_("The eleven words of this product. They say most, so they are the default."),
    labels=_LABELS,
    rules=(
        rule(Status.QUEUED.slug, Status.QUEUED.outcome, stages=EARLY),
        *(rule(status.slug, status.outcome) for status in Status if status is not Status.QUEUED),
    ),
)
