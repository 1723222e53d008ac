"""The way of every message through our own checks, in one list: the first rule that refuses it decides.

    judge: load the facts of the whole batch (a query a kind of fact), then ask each rule about each message

What is let through counts for those after it in the batch: as its campaign's message to that number, towards the cap,
and from the credit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from logs.eligibility import facts, rules
from logs.eligibility.verdict import ALLOWED, Candidate, Case, Held, Refused, Verdict, from_json, to_json
from logs.statuses import Stage, State
from smsadmin.accounts.models import Account

Rule = Callable[[Case], Refused | Held | None]

RULES: tuple[Rule, ...] = (
    rules.no_active_number,
    rules.on_block_list,
    rules.opted_out_of_everything,
    rules.no_opt_in,
    rules.twice_in_campaign,
    rules.blocked_words,
    rules.variable_missing,
    rules.not_sendable,
    rules.too_often,
    rules.quiet_hours,
    rules.scheduled,
    rules.insufficient_credit,
)


def judge(
    *, account: Account, candidates: Sequence[Candidate], at: datetime, again: bool = False
) -> dict[UUID, Verdict]:
    """What may go, what waits and what is refused, in the order of the batch.

    ``again``: for messages that were let through before and are about to leave. Their credit is reserved and their
    place in the campaign is theirs, so those two are not asked. In the transaction that acts on it, first call
    `facts.hold`, or two batches at once can both pass a cap; without it this is a dry run.
    """
    known = facts.load(account=account, candidates=candidates, at=at, again=again)
    verdicts = {}
    for candidate in candidates:
        verdict = decide(known.case(candidate))
        if not verdict.refused:
            known.count(candidate)
        verdicts[candidate.id] = verdict
    return verdicts


def decide(case: Case) -> Verdict:
    """The verdict on these facts and no others."""
    held: tuple[str, Held] | None = None
    for rule in RULES:
        found = rule(case)
        if isinstance(found, Refused):
            state = State.of(Stage.QUEUED, found.outcome, found.reason)
            return Verdict(rule.__name__, state, None, found.sentence, told(case, rule.__name__))
        if found is not None and held is None:
            held = rule.__name__, found
    if held is not None:
        rule_name, hold = held
        return Verdict(rule_name, None, hold.until, hold.sentence, told(case, rule_name))
    return Verdict(ALLOWED, None, None, "", told(case, ALLOWED))


def told(case: Case, rule: str) -> dict[str, Any]:
    return {"rule": rule, **to_json(case)}


def replay(evidence: Mapping[str, Any]) -> Verdict:
    """The verdict made again from the facts that were kept with it."""
    return decide(from_json(evidence))
