"""The words of a school notifier's SMS Log report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Reason, ReasonFamily, Stage
from logs.vocabularies.projection import UNCONFIRMED, Vocabulary, rule, word

_INELIGIBLE = "Undelivered/Ineligible to Send/"
_FAILED = "Undelivered/Failed to Send/"

VOCABULARY = Vocabulary(
    key="communicate",
    name=_("School notifier (Communicate)"),
    sentence=_("The words of a school notifier's log, which tells who was not eligible from what failed on the way."),
    labels=(
        word("Not Sent Yet", _("Waits here to be sent.")),
        word("Sending", _("Being passed to the nearest carrier.")),
        word("Sent", _("The nearest carrier took it. This word does not promise that it reached the phone.")),
        word(_INELIGIBLE + "not opted in", _("The person has not opted in, or has opted out.")),
        word(_INELIGIBLE + "on block list", _("The number is on a block list: ours or one further on.")),
        word(_INELIGIBLE + "consent denied", _("The person was asked and said no.")),
        word(_INELIGIBLE + "consent pending", _("The person was asked and has not answered yet.")),
        word(_INELIGIBLE + "no active number", _("There is no number to send to.")),
        word(_INELIGIBLE + "duplicate number", _("The same number already gets this message once.")),
        word(_FAILED + "carrier issues", _("The carrier had a fault, was overloaded or refused it.")),
        word(_FAILED + "account suspended", _("The carrier has suspended this subscriber.")),
        word(_FAILED + "account invalid or gone", _("The number is wrong, or nobody has it any more.")),
        word(_FAILED + "phone has no SMS capability", _("A landline or a device that takes no SMS.")),
        word(
            _FAILED + "another reason", _("It did not arrive for a reason that this list has no word for."), ours=True
        ),
    ),
    rules=(
        rule("not-sent-yet", Outcome.PENDING, stages={Stage.QUEUED}),
        rule("sending", Outcome.PENDING, stages={Stage.SUBMITTING, Stage.PROVIDER_ACCEPTED, Stage.SENDING}),
        rule("sent", {Outcome.PENDING, Outcome.DELIVERED} | UNCONFIRMED),
        rule("not-opted-in", Outcome.BLOCKED, reasons={Reason.NOT_OPTED_IN, Reason.OPTED_OUT}),
        rule("on-block-list", Outcome.BLOCKED, reasons=ReasonFamily.BLOCKLIST.reasons),
        rule("consent-denied", Outcome.BLOCKED, reasons={Reason.CONSENT_DENIED}),
        rule("consent-pending", Outcome.BLOCKED, reasons={Reason.CONSENT_PENDING}),
        rule("no-active-number", Outcome.BLOCKED, reasons={Reason.NO_NUMBER}),
        rule("duplicate-number", Outcome.BLOCKED, reasons={Reason.DUPLICATE_NUMBER}),
        rule("carrier-issues", reasons={*ReasonFamily.ROUTE.reasons, Reason.PORTING, Reason.BLOCKLIST_CARRIER}),
        rule("account-suspended", reasons={Reason.SUBSCRIBER_SUSPENDED}),
        rule(
            "account-invalid-or-gone",
            reasons={Reason.INVALID_NUMBER, Reason.UNKNOWN_SUBSCRIBER, Reason.NUMBER_INACTIVE},
        ),
        rule("phone-has-no-sms-capability", reasons={Reason.NOT_SMS_CAPABLE}),
        rule("another-reason"),
    ),
)
