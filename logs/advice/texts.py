"""What each reason means, in words for people: one row per reason.

`label` names it in filters and totals; `short` stands under the status in a list, at most 20 characters; `sentence`
explains it; `next_step` says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from logs.statuses import Reason, ReasonFamily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise


class ReasonText(NamedTuple):
    label: StrPromise
    short: StrPromise | str
    sentence: StrPromise
    next_step: StrPromise


FAMILY_LABELS: Mapping[ReasonFamily, StrPromise] = {
    ReasonFamily.PROGRESS: _("Under way"),
    ReasonFamily.CONSENT: _("Consent"),
    ReasonFamily.BLOCKLIST: _("Block lists"),
    ReasonFamily.CONTACT: _("Contact data"),
    ReasonFamily.NUMBER: _("Number"),
    ReasonFamily.HANDSET: _("Phone"),
    ReasonFamily.SUBSCRIBER: _("Subscriber's line"),
    ReasonFamily.CONTENT: _("Text"),
    ReasonFamily.SENDER: _("Sender"),
    ReasonFamily.ROUTE: _("Carrier and route"),
    ReasonFamily.LIMIT: _("Limits"),
    ReasonFamily.ACCOUNT: _("Account and set-up"),
    ReasonFamily.SYSTEM: _("Technical faults"),
    ReasonFamily.TIME: _("Time and cancellation"),
    ReasonFamily.OTHER: _("Other"),
}

_SEND_LATER = _("Send again in a few hours; the same message may arrive then.")
_CHECK_NUMBER = _("Check the number with the person, and correct it on the member's page.")
_ASK_CARRIER = _("Send again later. If it happens to other numbers of this carrier too, ask the SMS provider.")
_READ_RAW = _("Read the raw answer in the status log. If it happens again, ask the SMS provider.")
_ASK_ADMIN = _("Ask an admin to put it right in the settings, then send again.")

_ABOUT_PERMISSION: Mapping[Reason, ReasonText] = {
    Reason.NONE: ReasonText(_("No reason given"), "", _("No reason was given."), _READ_RAW),
    Reason.SCHEDULED: ReasonText(
        _("Planned for later"),
        _("planned for later"),
        _("It is planned for a later time."),
        _("Nothing to do: it leaves at its time."),
    ),
    Reason.AWAITING_HANDSET: ReasonText(
        _("Waiting for the phone"),
        _("waiting for phone"),
        _("The carrier has it and waits until the phone can be reached."),
        _("Nothing to do: the carrier keeps trying for a while."),
    ),
    Reason.OPTED_OUT: ReasonText(
        _("Opted out"),
        _("opted out"),
        _("The person has opted out of these messages."),
        _("Respect it. Only the person can opt in again."),
    ),
    Reason.NOT_OPTED_IN: ReasonText(
        _("Not opted in"),
        _("not opted in"),
        _("The person has not opted in to these messages."),
        _("Ask for consent first; send again once it is given."),
    ),
    Reason.CONSENT_PENDING: ReasonText(
        _("Consent pending"),
        _("consent pending"),
        _("The person was asked for consent and has not answered yet."),
        _("Wait for the answer, or remind the person by another way."),
    ),
    Reason.CONSENT_DENIED: ReasonText(
        _("Consent denied"),
        _("consent denied"),
        _("The person was asked for consent and said no."),
        _("Respect it. Only the person can change it."),
    ),
    Reason.BLOCKLIST_GLOBAL: ReasonText(
        _("On the global block list"),
        _("global block list"),
        _("The number is on the block list of the whole installation."),
        _("See the block list for the reason and the end date. If the number works, file a removal request."),
    ),
    Reason.BLOCKLIST_ACCOUNT: ReasonText(
        _("On our block list"),
        _("on our block list"),
        _("The number is on this account's block list."),
        _("See the block list for the reason and the end date. If the number works, remove the entry."),
    ),
    Reason.BLOCKLIST_PROVIDER: ReasonText(
        _("On the SMS provider's block list"),
        _("provider block list"),
        _("The SMS provider keeps this number on a block list of its own."),
        _("Ask the SMS provider why, and whether it can be lifted."),
    ),
    Reason.BLOCKLIST_CARRIER: ReasonText(
        _("On the carrier's block list"),
        _("carrier block list"),
        _("The carrier, or the person through the carrier, blocks these messages."),
        _("Do not send again at once. Ask the person, or ask the SMS provider what the carrier objects to."),
    ),
    Reason.NO_NUMBER: ReasonText(
        _("No phone number"),
        _("no phone number"),
        _("There was no number to send to."),
        _("Ask the person for a number, and add it on the member's page."),
    ),
    Reason.DUPLICATE_NUMBER: ReasonText(
        _("Same number twice"),
        _("same number twice"),
        _("The same number already gets this message through another member."),
        _("Nothing to do for this send. Check whether two members should share a number."),
    ),
}

_ABOUT_THE_PHONE: Mapping[Reason, ReasonText] = {
    Reason.INVALID_NUMBER: ReasonText(
        _("Wrong number"), _("wrong number"), _("This cannot be a mobile number."), _CHECK_NUMBER
    ),
    Reason.UNKNOWN_SUBSCRIBER: ReasonText(
        _("Number unknown to the carrier"),
        _("number unknown"),
        _("The carrier knows nobody with this number."),
        _CHECK_NUMBER,
    ),
    Reason.NUMBER_INACTIVE: ReasonText(
        _("Number not in use"),
        _("number not in use"),
        _("The number is not in use any more."),
        _("Ask the person for a new number."),
    ),
    Reason.NOT_SMS_CAPABLE: ReasonText(
        _("Takes no SMS"),
        _("cannot take SMS"),
        _("This line takes no SMS: a landline, or a contract without SMS."),
        _("Ask the person for a mobile number, or use another channel."),
    ),
    Reason.PORTING: ReasonText(
        _("Number moving to another carrier"),
        _("number is moving"),
        _("The number is moving, or has moved, to another carrier, and the way to it is not settled."),
        _("Send again in a day or two."),
    ),
    Reason.ABSENT: ReasonText(
        _("Phone off or out of reach"), _("phone off or away"), _("The phone was off or out of reach."), _SEND_LATER
    ),
    Reason.POWER_OFF: ReasonText(_("Phone off"), _("phone off"), _("The phone was off."), _SEND_LATER),
    Reason.OUT_OF_COVERAGE: ReasonText(
        _("Out of coverage"), _("out of coverage"), _("The phone had no network where it was."), _SEND_LATER
    ),
    Reason.BUSY: ReasonText(
        _("Phone busy"), _("phone busy"), _("The phone was busy and could not take it."), _SEND_LATER
    ),
    Reason.NO_ANSWER: ReasonText(
        _("No answer"), _("no answer"), _("The phone did not answer the network."), _SEND_LATER
    ),
    Reason.MEMORY_FULL: ReasonText(
        _("Phone memory full"),
        _("phone memory full"),
        _("The phone had no room left for messages."),
        _("Send again tomorrow. If it lasts, tell the person by another way."),
    ),
    Reason.ROAMING: ReasonText(
        _("Roaming"),
        _("roaming"),
        _("The phone was abroad, in a network that does not pass SMS on."),
        _("Send again in a few days, or use another channel."),
    ),
    Reason.DEVICE_ERROR: ReasonText(
        _("Phone fault"),
        _("phone fault"),
        _("The phone or its SIM card could not take it."),
        _("Send again on another day. If it fails again, tell the person by another way."),
    ),
    Reason.SUBSCRIBER_SUSPENDED: ReasonText(
        _("Line suspended"),
        _("line suspended"),
        _("The carrier has suspended or barred this line."),
        _("Send again on another day. If it fails again, ask the person for another number."),
    ),
    Reason.SUBSCRIBER_NO_CREDIT: ReasonText(
        _("Line out of credit"),
        _("line out of credit"),
        _("The person's prepaid line had no credit for receiving it."),
        _("Send again in a few days, or use another channel."),
    ),
    Reason.AGE_RESTRICTED: ReasonText(
        _("Age restriction"),
        _("age restriction"),
        _("The line is barred from content for adults."),
        _("Do not send this kind of text to this number."),
    ),
}

_ABOUT_THE_MESSAGE: Mapping[Reason, ReasonText] = {
    Reason.CONTENT_FILTERED: ReasonText(
        _("Text filtered"),
        _("text filtered"),
        _("A filter took the text for unwanted or forbidden content."),
        _("Change the text: fewer links and capitals, name the sender. Try it on one number first."),
    ),
    Reason.CONTENT_INVALID: ReasonText(
        _("Text not accepted"),
        _("text not accepted"),
        _("The text is empty or holds something that cannot be sent."),
        _("Correct the text or its template, then send again."),
    ),
    Reason.MESSAGE_TOO_LONG: ReasonText(
        _("Text too long"),
        _("text too long"),
        _("The text has more parts than may be sent."),
        _("Shorten the text, then send again."),
    ),
    Reason.VARIABLE_ERROR: ReasonText(
        _("Template variable"),
        _("template variable"),
        _("A variable of the template was missing or did not fit."),
        _("Fill in the variable for this member or correct the template, then send again."),
    ),
    Reason.SENDER_REJECTED: ReasonText(
        _("Sender refused"),
        _("sender refused"),
        _("The sender name or number may not be used for this number."),
        _("Choose another sender for this country, or ask the SMS provider to allow this one."),
    ),
    Reason.REGISTRATION_REQUIRED: ReasonText(
        _("Sender not registered"),
        _("sender unregistered"),
        _("The sender, its campaign or its text is not registered where the carrier asks for it."),
        _("Complete the registration with the SMS provider, then send again."),
    ),
}

_ABOUT_THE_WAY: Mapping[Reason, ReasonText] = {
    Reason.NO_ROUTE: ReasonText(
        _("No route"),
        _("no route"),
        _("There was no way to this number."),
        _("Check the number and its country code. If they are right, ask the SMS provider for a route."),
    ),
    Reason.CARRIER_REJECTED: ReasonText(
        _("Refused by the carrier"),
        _("carrier refused it"),
        _("The carrier refused it without saying more."),
        _READ_RAW,
    ),
    Reason.REGION_BLOCKED: ReasonText(
        _("Region not allowed"),
        _("region not allowed"),
        _("Sending to this country or region is not allowed for the account."),
        _("Ask an admin to allow the region with the SMS provider, if you mean to send there."),
    ),
    Reason.CARRIER_ERROR: ReasonText(
        _("Carrier fault"), _("carrier fault"), _("The carrier had a technical fault."), _ASK_CARRIER
    ),
    Reason.CONGESTION: ReasonText(_("Network busy"), _("network busy"), _("The network was overloaded."), _SEND_LATER),
    Reason.RATE_LIMITED: ReasonText(
        _("Too many at once"),
        _("too many at once"),
        _("More messages were sent in a short time than is allowed."),
        _("Send again later, or more slowly."),
    ),
    Reason.FREQUENCY_CAP: ReasonText(
        _("Frequency cap"),
        _("frequency cap"),
        _("The number has had as many messages as the cap allows for now."),
        _("Wait until the period of the cap is over."),
    ),
    Reason.QUOTA_EXCEEDED: ReasonText(
        _("Quota used up"),
        _("quota used up"),
        _("The quota of messages for this period is used up."),
        _("Send again in the next period, or ask an admin to raise the quota."),
    ),
    Reason.INSUFFICIENT_CREDIT: ReasonText(
        _("Not enough credit"),
        _("not enough credit"),
        _("The credit was not enough."),
        _("Ask an admin to top up the credit, then send again."),
    ),
    Reason.ACCOUNT_SUSPENDED: ReasonText(
        _("Provider account suspended"),
        _("account suspended"),
        _("The account with the SMS provider is suspended or closed."),
        _("Ask an admin to settle it with the SMS provider. Until then nothing leaves by this way."),
    ),
    Reason.AUTH_ERROR: ReasonText(
        _("Sign-in to the provider refused"),
        _("sign-in refused"),
        _("The SMS provider did not accept our key or password."),
        _ASK_ADMIN,
    ),
    Reason.CONFIG_ERROR: ReasonText(
        _("Set-up error"), _("set-up error"), _("Something in the set-up with the SMS provider is wrong."), _ASK_ADMIN
    ),
    Reason.PLATFORM_ERROR: ReasonText(
        _("Fault on our side"),
        _("fault on our side"),
        _("Something failed here, before the SMS provider was asked."),
        _("Send again. If it happens again, tell the operator of this installation."),
    ),
    Reason.PROVIDER_ERROR: ReasonText(
        _("Fault of the SMS provider"), _("provider fault"), _("The SMS provider had a technical fault."), _SEND_LATER
    ),
    Reason.TRANSPORT_ERROR: ReasonText(
        _("Connection fault"),
        _("connection fault"),
        _("The connection to the SMS provider broke."),
        _("Send again. If it happens again, tell the operator of this installation."),
    ),
    Reason.AMBIGUOUS_SUBMIT: ReasonText(
        _("Perhaps sent"),
        _("perhaps sent"),
        _("The SMS provider did not answer clearly, so it may have been sent or not."),
        _("Do not send again yet: the person could get it twice. Look it up with the SMS provider first."),
    ),
    Reason.DUPLICATE_MESSAGE: ReasonText(
        _("Already sent"),
        _("already sent"),
        _("The same message had been handed over before."),
        _("Nothing to do. See the earlier message for what became of it."),
    ),
    Reason.EXPIRED: ReasonText(
        _("Time ran out"), _("no answer in time"), _("The phone could not be reached in time."), _SEND_LATER
    ),
    Reason.NO_REPORT: ReasonText(
        _("No report"),
        _("no report"),
        _("No report came back."),
        _("If it matters, ask the person. Some carriers never report."),
    ),
    Reason.CANCELED: ReasonText(
        _("Canceled"),
        "",
        _("Somebody canceled it."),
        _("Nothing to do. Send it again if it was canceled by mistake."),
    ),
    Reason.OTHER: ReasonText(
        _("Another reason"),
        _("another reason"),
        _("The answer names a reason that fits none of ours."),
        _READ_RAW,
    ),
    Reason.UNKNOWN: ReasonText(_("Reason not given"), _("reason not given"), _("No reason was given."), _READ_RAW),
}

TEXTS: Mapping[Reason, ReasonText] = {
    **_ABOUT_PERMISSION,
    **_ABOUT_THE_PHONE,
    **_ABOUT_THE_MESSAGE,
    **_ABOUT_THE_WAY,
}
