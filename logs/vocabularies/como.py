"""The words of a loyalty CRM's member SMS logs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Stage
from logs.vocabularies.projection import EARLY, NEGATIVE, UNCONFIRMED, Vocabulary, rule, word

VOCABULARY = Vocabulary(
    key="como",
    name=_("Loyalty CRM (Como)"),
    sentence=_("The words of the member logs in a loyalty CRM: two about sending, three about delivery."),
    labels=(
        word("Not sent yet", _("Waits here to be handed to the SMS provider."), ours=True),
        word("Sent", _("The SMS provider has it.")),
        word("Failed to be sent", _("It never reached the SMS provider: stopped by a rule or by a fault.")),
        word("Pending delivery", _("On its way to the phone, or nobody can say whether it arrived.")),
        word("Delivery success", _("The carrier or the phone confirmed that it arrived.")),
        word("Delivery failure", _("The SMS provider had it, but it did not reach the phone.")),
    ),
    rules=(
        rule("not-sent-yet", Outcome.PENDING, stages=EARLY),
        rule("sent", Outcome.PENDING, stages={Stage.PROVIDER_ACCEPTED}),
        rule("pending-delivery", {Outcome.PENDING} | UNCONFIRMED),
        rule("delivery-success", Outcome.DELIVERED),
        rule("failed-to-be-sent", NEGATIVE, stages=EARLY),
        rule("delivery-failure"),
    ),
)
