"""A state in sentences: what it means, whose leg failed, what to do next, and whether to keep the number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from logs.advice.numbers import NumberAdvice, advise
from logs.advice.texts import FAMILY_LABELS, TEXTS
from logs.statuses import Leg, Outcome, Reason, ReasonFamily, Stage, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise

    Text = StrPromise | str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What people read about a state.

    `short` stands under the status word, at most 20 characters, '' where the word says it all. `failed_leg` is the leg
    where it stopped, None where nothing did. `number_verdict` and `number_reason` together are `number_sentence`.
    """

    short: Text
    sentence: Text
    failed_leg: Leg | None
    next_step: Text
    number: NumberAdvice
    number_reason: StrPromise

    @property
    def number_verdict(self) -> StrPromise:
        return self.number.verdict

    @property
    def number_sentence(self) -> Text:
        return format_lazy("{} {}", self.number.verdict, self.number_reason)

    @property
    def tone(self) -> str:
        """Of the advice box: wait = keep, late = watch, bad = a proposal to remove."""
        return self.number.tone


@cache
def explain(state: State) -> Explanation:
    """The explanation of a state. Each state is explained once per process; its texts follow the active language."""
    number, number_reason = advise(state)
    return Explanation(
        short=_short(state),
        sentence=_sentence(state),
        failed_leg=_failed_leg(state),
        next_step=_next_step(state),
        number=number,
        number_reason=number_reason,
    )


def reason_label(reason: Reason) -> StrPromise:
    """The reason's name for filters, totals and the status log: "Phone off or out of reach"."""
    return TEXTS[reason].label


def family_label(family: ReasonFamily) -> StrPromise:
    return FAMILY_LABELS[family]


_SHORT_PENDING: Mapping[Stage, Text] = {
    Stage.QUEUED: "",
    Stage.SUBMITTING: _("being handed over"),
    Stage.PROVIDER_ACCEPTED: _("with SMS provider"),
    Stage.SENDING: _("asking carrier"),
    Stage.CARRIER_ACCEPTED: _("waiting for receipt"),
    Stage.HANDSET: _("waiting for receipt"),
    Stage.READ: _("waiting for receipt"),
}
_SHORT_FINAL: Mapping[Outcome, Text] = {
    Outcome.DELIVERED: "",
    Outcome.SENT_UNCONFIRMED: _("no carrier receipt"),
    Outcome.UNDELIVERED: _("reason not given"),
    Outcome.FAILED: _("reason not given"),
    Outcome.BLOCKED: _("reason not given"),
    Outcome.EXPIRED: _("no answer in time"),
    Outcome.CANCELED: "",
    Outcome.UNKNOWN: "",
    Outcome.PARTIAL: _("not all parts"),
}


def _short(state: State) -> Text:
    if state.outcome is Outcome.DELIVERED:
        return _("read") if state.stage is Stage.READ else ""
    if _is_told(state):
        return TEXTS[state.reason].short
    if state.outcome is Outcome.PENDING:
        return _SHORT_PENDING[state.stage]
    return TEXTS[Reason.OTHER].short if state.reason is Reason.OTHER else _SHORT_FINAL[state.outcome]


def _is_told(state: State) -> bool:
    """Whether the reason adds something to the outcome."""
    if state.outcome is Outcome.SENT_UNCONFIRMED and state.reason is Reason.NO_REPORT:
        return False
    return state.reason.is_specific


_PENDING: Mapping[Stage, StrPromise] = {
    Stage.QUEUED: _("It waits here for its turn to be sent."),
    Stage.SUBMITTING: _("It is being handed to the SMS provider."),
    Stage.PROVIDER_ACCEPTED: _("The SMS provider has it and will pass it on."),
    Stage.SENDING: _("The SMS provider is passing it to the carrier."),
    Stage.CARRIER_ACCEPTED: _("The carrier has it. The receipt is still out."),
    Stage.HANDSET: _("It reached the phone. The final receipt is still out."),
    Stage.READ: _("It was opened on the phone. The final receipt is still out."),
}
_FINAL: Mapping[Outcome, StrPromise] = {
    Outcome.DELIVERED: _("The carrier or the phone confirmed that it arrived."),
    Outcome.SENT_UNCONFIRMED: _("The carrier took it and sends no receipt. It probably arrived; nobody can prove it."),
    Outcome.UNDELIVERED: _("It did not reach the phone."),
    Outcome.EXPIRED: _("Its time ran out before it could be delivered."),
    Outcome.CANCELED: _("It was withdrawn before it was sent."),
    Outcome.UNKNOWN: _("Nobody can say whether it arrived."),
    Outcome.PARTIAL: _("Some of its parts arrived and some did not."),
}
_FINAL_AT: Mapping[tuple[Outcome, Leg], StrPromise] = {
    (Outcome.FAILED, Leg.PLATFORM): _("It was not sent."),
    (Outcome.FAILED, Leg.PROVIDER): _("The SMS provider could not send it on."),
    (Outcome.FAILED, Leg.CARRIER): _("The SMS provider could not complete it."),
    (Outcome.BLOCKED, Leg.PLATFORM): _("It was stopped on purpose before it was sent."),
    (Outcome.BLOCKED, Leg.PROVIDER): _("The SMS provider stopped it on purpose."),
    (Outcome.BLOCKED, Leg.CARRIER): _("It was stopped on purpose on its way to the phone."),
}


_WAITS_FOR_ANOTHER_TRY = _("It waits here for another try.")
# The reason alone says it: it repeats the outcome, or it takes back what the outcome's sentence would promise.
_REASON_ALONE = frozenset({Reason.SCHEDULED, Reason.AWAITING_HANDSET, Reason.AMBIGUOUS_SUBMIT})
_OUTCOME_ALONE = frozenset({(Outcome.EXPIRED, Reason.EXPIRED), (Outcome.CANCELED, Reason.CANCELED)})


# Of a message that never left the queue, the set-up's fault is one: there was nobody to hand it to.
_NO_WAY = _("It was not sent. No provider account was switched on to send through.")
_SWITCH_ONE_ON = _("Ask an admin to switch one on under Settings, Provider accounts, then send again.")


def _had_no_way(state: State) -> bool:
    return (state.stage, state.outcome, state.reason) == (Stage.QUEUED, Outcome.FAILED, Reason.CONFIG_ERROR)


def _sentence(state: State) -> Text:
    if _had_no_way(state):
        return _NO_WAY
    if state.outcome is Outcome.DELIVERED:
        return _("It arrived and was opened.") if state.stage is Stage.READ else _FINAL[Outcome.DELIVERED]
    if state.outcome in (Outcome.PENDING, Outcome.FAILED) and state.reason in _REASON_ALONE:
        return TEXTS[state.reason].sentence
    if _needs_reason(state):
        return format_lazy("{} {}", _lead(state), TEXTS[state.reason].sentence)
    return _lead(state)


def _lead(state: State) -> StrPromise:
    if state.outcome is Outcome.PENDING:
        return _WAITS_FOR_ANOTHER_TRY if state.stage is Stage.QUEUED and _is_told(state) else _PENDING[state.stage]
    return _FINAL_AT.get((state.outcome, state.stage.leg)) or _FINAL[state.outcome]


def _needs_reason(state: State) -> bool:
    """A refusal always says why, even if it is that no reason was given."""
    if (state.outcome, state.reason) in _OUTCOME_ALONE:
        return False
    refused = state.outcome in (Outcome.UNDELIVERED, Outcome.FAILED, Outcome.BLOCKED)
    return refused or _is_told(state) or state.reason is Reason.OTHER


_NEXT_FINAL: Mapping[Outcome, StrPromise] = {
    Outcome.DELIVERED: _("Nothing to do."),
    Outcome.SENT_UNCONFIRMED: _("Nothing to do. If it matters, ask the person."),
    Outcome.PARTIAL: _("See which parts failed. Sending again repeats the parts that arrived."),
    Outcome.UNKNOWN: _("If it matters, ask the person, or look it up with the SMS provider."),
    Outcome.EXPIRED: TEXTS[Reason.EXPIRED].next_step,
    Outcome.CANCELED: TEXTS[Reason.CANCELED].next_step,
}
_NEXT_PENDING_EARLY = _("Nothing to do: it goes on by itself.")
_NEXT_PENDING_LATE = _("Wait for the receipt. Carriers try for hours, some for days.")


def _next_step(state: State) -> Text:
    outcome, reason = state.outcome, state.reason
    if _had_no_way(state):
        return _SWITCH_ONE_ON
    if outcome is Outcome.PENDING:
        return _next_while_pending(state)
    if outcome in (Outcome.DELIVERED, Outcome.SENT_UNCONFIRMED, Outcome.PARTIAL):
        return _NEXT_FINAL[outcome]
    if not reason.is_specific and outcome in _NEXT_FINAL:
        return _NEXT_FINAL[outcome]
    return TEXTS[reason].next_step


def _next_while_pending(state: State) -> Text:
    if state.reason.family is ReasonFamily.PROGRESS and state.reason.is_specific:
        return TEXTS[state.reason].next_step
    return _NEXT_PENDING_EARLY if state.stage <= Stage.SENDING else _NEXT_PENDING_LATE


def _failed_leg(state: State) -> Leg | None:
    if state.outcome is Outcome.UNDELIVERED:
        # The carrier or the phone said no, even if nothing proves that the carrier had taken it before.
        return Leg.CARRIER
    stopped = state.outcome.is_negative or state.outcome is Outcome.PARTIAL
    return state.stage.leg if stopped else None
