"""The words of a messaging platform's SMS Status list: five, two of which split by reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Reason, ReasonFamily, Stage
from logs.vocabularies.projection import EARLY, NEGATIVE, UNCONFIRMED, Vocabulary, rule, word

_BEFORE_SENDING = EARLY | {Stage.PROVIDER_ACCEPTED}
_EMPTY = {Reason.NO_NUMBER, Reason.INVALID_NUMBER, Reason.UNKNOWN_SUBSCRIBER, Reason.NUMBER_INACTIVE}

_LABELS = (
    word("Sending", _("Being checked and handed over.")),
    word("Delivered", _("The carrier or the phone confirmed that it arrived.")),
    word("Wait result", _("Sent on, and the answer is still out or never came.")),
    word("Process failed/Global block", _("The number is on a block list that holds for everybody.")),
    word("Process failed/Partial block", _("The number is on this account's block list.")),
    word("Process failed/Unsubscribe", _("The person is not subscribed: opted out, or never confirmed.")),
    word("Process failed/Keyword block", _("Words in the text are not allowed.")),
    word("Process failed/Variable error", _("A variable of the template was missing or did not fit.")),
    word("Process failed/Content error", _("The text cannot be sent as it is.")),
    word("Process failed/Frequency overrun", _("A limit on the number of messages was reached.")),
    word("Process failed/Other", _("Stopped before sending for another reason.")),
    word("Send failed/500 Empty", _("Nobody has this number.")),
    word("Send failed/510 Out of service", _("The subscriber's line is suspended.")),
    word("Send failed/520 Blacklist", _("The number is on a block list further on, for instance the carrier's.")),
    word("Send failed/530 Busy", _("The phone was busy.")),
    word("Send failed/540 No answer", _("The phone did not answer.")),
    word("Send failed/550 Interception", _("A filter on the way stopped the text.")),
    word("Send failed/560 Break down", _("The phone could not take it.")),
    word("Send failed/570 Not in service", _("The phone was outside its service area.")),
    word("Send failed/580 Power off", _("The phone was off or away.")),
    word("Send failed/590 Other", _("It did not arrive for another reason.")),
)

_OPEN_OR_GOOD = (
    rule("sending", Outcome.PENDING, stages=_BEFORE_SENDING),
    rule("wait-result", {Outcome.PENDING} | UNCONFIRMED),
    rule("delivered", Outcome.DELIVERED),
)
_STOPPED_BEFORE = tuple(
    rule(slug, NEGATIVE, stages=_BEFORE_SENDING, reasons=reasons)
    for slug, reasons in (
        ("partial-block", (Reason.BLOCKLIST_ACCOUNT,)),
        # The provider's and the carrier's lists hold for all who send through them, like our global one.
        ("global-block", ReasonFamily.BLOCKLIST.reasons),
        ("unsubscribe", ReasonFamily.CONSENT.reasons),
        ("keyword-block", (Reason.CONTENT_FILTERED,)),
        ("variable-error", (Reason.VARIABLE_ERROR,)),
        ("content-error", (Reason.CONTENT_INVALID, Reason.MESSAGE_TOO_LONG)),
        ("frequency-overrun", ReasonFamily.LIMIT.reasons),
        ("other", tuple(Reason)),
    )
)
_REFUSED_AFTER = (
    rule("500-empty", reasons=_EMPTY),
    rule("510-out-of-service", reasons={Reason.SUBSCRIBER_SUSPENDED, Reason.SUBSCRIBER_NO_CREDIT}),
    # A provider that stops a number after STOP keeps it on a list of its own.
    rule("520-blacklist", reasons={*ReasonFamily.BLOCKLIST.reasons, Reason.OPTED_OUT}),
    rule("530-busy", reasons={Reason.BUSY}),
    rule("540-no-answer", reasons={Reason.NO_ANSWER}),
    rule("550-interception", reasons={Reason.CONTENT_FILTERED}),
    rule("560-break-down", reasons={Reason.DEVICE_ERROR}),
    rule("570-not-in-service", reasons={Reason.OUT_OF_COVERAGE, Reason.ROAMING}),
    # "Absent" does not tell off from away; the milder code stops nobody.
    rule("580-power-off", reasons={Reason.POWER_OFF, Reason.ABSENT}),
    rule("590-other"),
)

VOCABULARY = Vocabulary(
    key="engagelab",
    name=_("Messaging platform (EngageLab)"),
    sentence=_("The words of a messaging platform: what its own rules stopped, and what was refused further on."),
    labels=_LABELS,
    rules=_OPEN_OR_GOOD + _STOPPED_BEFORE + _REFUSED_AFTER,
)
