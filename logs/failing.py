"""What ends of messages say of numbers, told to the block list: that one works, or one of the codes 500–590 (E4). What
a code stops is blocklist's policy. That a provider knows of an opt-out is told to the ledger.

A text that was filtered speaks of the text, and of no number: the next text may pass. Only where a provider gives E4's
own 550, which it says of the number, the number is intercepted.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from blocklist.entries import Delivery, Failure, record_deliveries, record_failures
from logs import provider_opt_outs
from logs.appending import Change
from logs.statuses import Outcome, Reason, ReasonFamily, Stage, State
from logs.vocabularies import engagelab

# Said by a provider, these hold wherever on the way they were said. An opt-out here is the provider's own list.
_OF_THE_NUMBER = frozenset(
    {
        *ReasonFamily.NUMBER.reasons,
        *ReasonFamily.HANDSET.reasons,
        *ReasonFamily.SUBSCRIBER.reasons,
        Reason.BLOCKLIST_PROVIDER,
        Reason.BLOCKLIST_CARRIER,
        Reason.OPTED_OUT,
    }
)
# These only from beyond the provider: before, they are faults of ours, of the text or of the account.
_FURTHER_ON = frozenset({Reason.CARRIER_REJECTED, *ReasonFamily.TIME.reasons, *ReasonFamily.OTHER.reasons})
INTERCEPTED = 550
E4_TABLES = ("engagelab", "engagelab_event", "simulator")  # of codes (logs.providers.codes) whose errors are E4's own


def code_of(state: State, *, soft: bool = False, intercepted: bool = False) -> int | None:
    """500–590; None for what is no final failure or says nothing of the number. ``intercepted``: the provider said so
    in E4's own word."""
    if soft or not state.outcome.is_negative:
        return None
    if state.reason is Reason.CONTENT_FILTERED:
        return INTERCEPTED if intercepted and state.stage > Stage.PROVIDER_ACCEPTED else None
    if state.reason not in _OF_THE_NUMBER and not (
        state.reason in _FURTHER_ON and state.stage > Stage.PROVIDER_ACCEPTED
    ):
        return None
    further_on = replace(state, stage=max(state.stage, Stage.CARRIER_ACCEPTED))
    return int(engagelab.VOCABULARY.project(further_on).slug.partition("-")[0])


def record(changes: Iterable[Change], *, at: datetime) -> None:
    """Tell the block list of the ends that are new, and the ledger of opt-outs among them, in the caller's transaction.
    Once in a transaction."""
    ended = [one for one in changes if one.phone and has_news(one)]
    provider_opt_outs.record(ended, at=at)
    failures = [
        Failure(account_id=one.account_id, phone=one.phone, code=code, evidence=one.message_id, at=one.since)
        for one in ended
        if (code := code_of(one.after, soft=one.soft, intercepted=says_intercepted(one))) is not None
    ]
    if failures:
        record_failures(failures, at=at)
    deliveries = [
        Delivery(one.account_id, one.phone, min(one.since, at))
        for one in ended
        if one.after.outcome is Outcome.DELIVERED
    ]
    if deliveries:
        record_deliveries(deliveries)


def says_intercepted(change: Change) -> bool:
    return change.table in E4_TABLES and change.raw_error == str(INTERCEPTED)


def has_news(change: Change) -> bool:
    before, after = change.before, change.after
    return (before.outcome, before.reason) != (after.outcome, after.reason)
