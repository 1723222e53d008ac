"""Keep or remove the number? The verdict with its reason.

Only a refusal can speak against a number. A hard "no" proposes to remove it; a suspicion is watched, since it counts
only when seen on three different days; everything else keeps it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext_lazy as _

from logs.statuses import Outcome, Reason, ReasonFamily, State, Validity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise


class NumberAdvice(Enum):
    """What to do with the number: value, tone of the advice box, verdict."""

    tone: str
    verdict: StrPromise

    KEEP = "keep", "wait", _("Keep the number.")
    WATCH = "watch", "late", _("Watch the number.")
    REMOVE = "remove", "bad", _("Remove the number?")

    def __new__(cls, value: str, tone: str, verdict: StrPromise) -> Self:
        member = object.__new__(cls)
        member._value_ = value
        member.tone = tone
        member.verdict = verdict
        return member


_KEEP_OUTCOME: Mapping[Outcome, StrPromise] = {
    Outcome.PENDING: _("Nothing speaks against it so far."),
    Outcome.DELIVERED: _("It works."),
    Outcome.SENT_UNCONFIRMED: _("A carrier that sends no receipts says nothing against it."),
    Outcome.PARTIAL: _("A part of the message arrived, so it works."),
    Outcome.UNKNOWN: _("A missing answer says nothing against it."),
}
_KEEP_REASON: Mapping[Reason, StrPromise] = {
    Reason.DUPLICATE_NUMBER: _("It already gets this message once."),
    Reason.OUT_OF_COVERAGE: _("A phone without network says nothing against it."),
    Reason.MEMORY_FULL: _("A full phone says nothing against it."),
    Reason.BUSY: _("A busy phone says nothing against it."),
    Reason.ROAMING: _("A phone abroad says nothing against it."),
    Reason.DEVICE_ERROR: _("The fault is in the phone, not in the number."),
    Reason.SUBSCRIBER_NO_CREDIT: _("It takes messages again once the line has credit."),
    Reason.AGE_RESTRICTED: _("The restriction is about the text, not the number."),
    Reason.CANCELED: _("Canceling says nothing against it."),
}
_KEEP_FAMILY: Mapping[ReasonFamily, StrPromise] = {
    ReasonFamily.PROGRESS: _("Nothing speaks against it."),
    ReasonFamily.CONSENT: _("What a person chooses says nothing against it."),
    ReasonFamily.BLOCKLIST: _("A block does not make it wrong."),
    ReasonFamily.CONTACT: _("Nothing speaks against it."),
    ReasonFamily.NUMBER: _("This answer alone is no proof against it."),
    ReasonFamily.HANDSET: _("A phone that is off says nothing against it."),
    ReasonFamily.SUBSCRIBER: _("The line may work again."),
    ReasonFamily.CONTENT: _("The text was the problem, not the number."),
    ReasonFamily.SENDER: _("The sender was the problem, not the number."),
    ReasonFamily.ROUTE: _("The fault was on the way, not in the number."),
    ReasonFamily.LIMIT: _("A limit stopped it, not the number."),
    ReasonFamily.ACCOUNT: _("The fault is in the account, not in the number."),
    ReasonFamily.SYSTEM: _("A technical fault says nothing against it."),
    ReasonFamily.TIME: _("Time running out says nothing against it."),
    ReasonFamily.OTHER: _("Nothing speaks against it."),
}
_WATCH = _("One such answer proves nothing; it counts when it is seen on three different days.")
_WATCH_REASON: Mapping[Reason, StrPromise] = {
    Reason.PORTING: _(
        "A move to another carrier takes a day or two; it counts when it is seen on three different days."
    ),
}
_REMOVE = _("The answer says that it cannot be reached for good.")
_REMOVE_REASON: Mapping[Reason, StrPromise] = {
    Reason.NO_NUMBER: _("There is none that could be used."),
    Reason.INVALID_NUMBER: _("It cannot be a mobile number."),
    Reason.UNKNOWN_SUBSCRIBER: _("The carrier knows nobody with it."),
    Reason.NUMBER_INACTIVE: _("It is not in use any more."),
    Reason.NOT_SMS_CAPABLE: _("It takes no SMS."),
    Reason.PORTING: _("It left its carrier for good and cannot be reached."),
}


def advise(state: State) -> tuple[NumberAdvice, StrPromise]:
    """The verdict on the number, and why."""
    reason = state.reason
    if not state.outcome.is_negative:
        return NumberAdvice.KEEP, _KEEP_OUTCOME[state.outcome]
    if state.number_valid is Validity.NO:
        return NumberAdvice.REMOVE, _REMOVE_REASON.get(reason, _REMOVE)
    if state.number_valid is Validity.SUSPECT:
        return NumberAdvice.WATCH, _WATCH_REASON.get(reason, _WATCH)
    return NumberAdvice.KEEP, _KEEP_REASON.get(reason, _KEEP_FAMILY[reason.family])
