"""What would become of one message if it were asked for now: the same rules on the same facts. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent import links
from logs import credit
from logs.accepting.asks import Ask, Rejected
from logs.accepting.entering import candidate_of, new_ids
from logs.accepting.linking import linked
from logs.accepting.resolving import Item, resolve
from logs.dispatching import health
from logs.eligibility import pipeline
from logs.eligibility.verdict import Verdict
from smsadmin.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Trial:
    """``left`` is the credit before it, None for no limit; ``can_send``: a provider account is switched on."""

    item: Item
    verdict: Verdict
    left: int | None
    can_send: bool

    @property
    def cost(self) -> int:
        """Segments: what it takes of the credit."""
        return self.item.segments

    @property
    def left_after(self) -> int | None:
        return None if self.left is None or self.verdict.refused else self.left - self.cost


def try_out(*, account: Account, ask: Ask, at: datetime) -> Trial | Rejected:
    """For an ask without labels and campaign, which asking would make. What is counted may differ by the time that it
    is sent: nothing is held. Raises ValueError."""
    if ask.labels or ask.campaign:
        raise ValueError("labels and campaigns are made by asking for them")
    found, rejected = resolve(account, [(0, ask)], at)
    if rejected:
        return rejected[0]
    ((item, _ask),) = found
    if item.unlinked and item.phone:
        item = linked(item, links.sample())
    (pk,) = new_ids(1, at)
    verdict = pipeline.judge(account=account, candidates=[candidate_of(pk, item)], at=at)[pk]
    return Trial(item, verdict, credit.balance(account), health.can_send(account.pk))
