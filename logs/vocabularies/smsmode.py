"""The words of an SMS marketing platform's delivery report. "Permanent" says that the number may be taken as wrong."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Reason, ReasonFamily, Stage, Validity
from logs.vocabularies.projection import Vocabulary, rule, word

_PROVED_WRONG = {Validity.NO}
_STILL_GOOD = {Validity.YES, Validity.SUSPECT}
_GONE = {Reason.INVALID_NUMBER, Reason.UNKNOWN_SUBSCRIBER, Reason.NUMBER_INACTIVE}
_AWAY = {
    Reason.ABSENT,
    Reason.POWER_OFF,
    Reason.OUT_OF_COVERAGE,
    Reason.BUSY,
    Reason.NO_ANSWER,
    Reason.ROAMING,
}
_CARRIER = {Reason.CARRIER_ERROR, Reason.CONGESTION, *ReasonFamily.SUBSCRIBER.reasons}
_PHONE = {Reason.DEVICE_ERROR, Reason.MEMORY_FULL, Reason.NOT_SMS_CAPABLE}

_LABELS = (
    word("Sent", _("The carrier took it. No receipt yet.")),
    word("In progress", _("On its way to the carrier.")),
    word("Received", _("The carrier or the phone confirmed that it arrived.")),
    word("Delivered to operator", _("The carrier has it; whether the phone got it is not known.")),
    word("Partially received", _("Some of its parts arrived and some did not.")),
    word("Not sent - insufficient credit", _("The credit was not enough, so nothing was sent.")),
    word("Undefined", _("No report came, so the result is not known.")),
    word("Temporary operator error", _("The carrier had a fault or refused it for now. The number stays valid.")),
    word("Temporary absence error", _("The phone was off or out of reach. The number stays valid.")),
    word("Temporary phone error", _("The phone could not take it. The number stays valid.")),
    word("Temporary portability error", _("The number is moving to another carrier. It stays valid.")),
    word("Permanent absence error", _("Nobody has this number. It may be taken as wrong and removed.")),
    word("Permanent phone error", _("This line takes no SMS. It may be taken as wrong and removed.")),
    word("Permanent portability error", _("The number left its carrier for good. It may be removed.")),
    word("Internal error", _("A fault of ours or of the SMS provider.")),
    word("Routing error", _("There was no way to this number.")),
    word("Reception error", _("It was not received and nobody says why. Keep the number.")),
    word("Other error", _("It was not sent or not received for another reason.")),
    word("Black-listed", _("Not sent: the number is on a block list, or the person has not agreed.")),
)

_OPEN_OR_GOOD = (
    rule("in-progress", Outcome.PENDING, stages={stage for stage in Stage if stage <= Stage.SENDING}),
    rule("delivered-to-operator", Outcome.PENDING, reasons={Reason.AWAITING_HANDSET}),
    rule("sent", Outcome.PENDING, stages={Stage.CARRIER_ACCEPTED}),
    rule("delivered-to-operator", {Outcome.PENDING, Outcome.SENT_UNCONFIRMED}),
    rule("received", Outcome.DELIVERED),
    rule("partially-received", Outcome.PARTIAL),
    rule("undefined", Outcome.UNKNOWN),
)
_ABOUT_THE_NUMBER = (
    rule("permanent-absence-error", reasons=_GONE | _AWAY, validities=_PROVED_WRONG),
    rule("permanent-absence-error", reasons=ReasonFamily.SUBSCRIBER.reasons, validities=_PROVED_WRONG),
    rule("permanent-phone-error", reasons=_PHONE, validities=_PROVED_WRONG),
    rule("permanent-portability-error", reasons={Reason.PORTING}, validities=_PROVED_WRONG),
    rule("temporary-absence-error", reasons=_AWAY),
    rule("temporary-phone-error", reasons=_PHONE),
    rule("temporary-portability-error", reasons={Reason.PORTING}),
    # Said to be gone, but not for certain: undetermined, so the number is kept.
    rule("reception-error", reasons=_GONE),
)
_ABOUT_THE_WAY = (
    rule("not-sent-insufficient-credit", reasons={Reason.INSUFFICIENT_CREDIT}),
    rule("black-listed", reasons=ReasonFamily.BLOCKLIST.reasons + ReasonFamily.CONSENT.reasons),
    rule("routing-error", reasons={Reason.NO_ROUTE, Reason.REGION_BLOCKED}),
    rule("temporary-operator-error", reasons=_CARRIER, validities=_STILL_GOOD),
    rule("internal-error", reasons=set(ReasonFamily.SYSTEM.reasons) - {Reason.DUPLICATE_MESSAGE}),
    rule("reception-error", reasons={Reason.CARRIER_REJECTED, Reason.EXPIRED, Reason.NO_REPORT}),
    rule(
        "reception-error",
        {Outcome.UNDELIVERED, Outcome.EXPIRED},
        reasons={*ReasonFamily.PROGRESS.reasons, Reason.UNKNOWN},
    ),
    rule("other-error"),
)

VOCABULARY = Vocabulary(
    key="smsmode",
    name=_("SMS marketing platform (smsmode)"),
    sentence=_("The words of an SMS marketing platform, which tells temporary errors from permanent ones."),
    labels=_LABELS,
    rules=_OPEN_OR_GOOD + _ABOUT_THE_NUMBER + _ABOUT_THE_WAY,
)
