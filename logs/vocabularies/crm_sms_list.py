"""The six words of a CRM's SMS list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Stage
from logs.vocabularies.projection import EARLY, NEGATIVE, Vocabulary, rule, word

VOCABULARY = Vocabulary(
    key="crm_sms_list",
    name=_("CRM SMS list"),
    sentence=_("The six words of a CRM's SMS list, from the queue to the phone."),
    labels=(
        word("in queue for sending", _("Waits here; sending is tried again until it succeeds.")),
        word("forwarded to the operator", _("The SMS provider has it and is passing it on.")),
        word("in the process of delivery", _("The carrier has it and is trying to reach the phone.")),
        word("delivered", _("The carrier or the phone confirmed that it arrived.")),
        word("not delivered", _("It did not reach the phone, or was not sent at all. The reason says why.")),
        word("unknown state", _("Nobody can say whether it arrived, or it was brought in without a status.")),
    ),
    rules=(
        rule("in-queue-for-sending", Outcome.PENDING, stages=EARLY),
        rule("forwarded-to-the-operator", Outcome.PENDING, stages={Stage.PROVIDER_ACCEPTED, Stage.SENDING}),
        rule("in-the-process-of-delivery", Outcome.PENDING),
        rule("delivered", Outcome.DELIVERED),
        rule("not-delivered", NEGATIVE),
        rule("unknown-state"),
    ),
)
