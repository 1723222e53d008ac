"""What is known of an account and of the numbers that wrote, loaded for a batch of replies: a query a kind of fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from consent import desk, keywords, ledger
from consent.keywords import Words
from consent.models import ConsentRules, ConsentText, KeywordSet
from consent.vocabulary import Purpose, Status
from logs.answering.deciding import CONFIRMED_ONCE_IN, HELPED, STARTED, STOPPED, Situation
from logs.models import Reply, ReplyEffect
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

ANSWERS = {ReplyEffect.UNSUBSCRIBED: STOPPED, ReplyEffect.RESUBSCRIBED: STARTED, ReplyEffect.HELPED: HELPED}


@dataclass(slots=True)
class Facts:
    """`situation` tells of one reply; `note` keeps what a reply did for those after it in the batch."""

    account: Account
    rules: ConsentRules
    words: Words
    texts: dict[tuple[str, str], str]
    standing: dict[tuple[str, int], str] = field(default_factory=dict)
    answers: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    languages: dict[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.rules.sender_name or self.account.name

    def situation(self, reply: Reply) -> Situation:
        return Situation(
            is_number=is_number(reply.phone),
            marketing=self.standing.get((reply.phone, Purpose.MARKETING), ""),
            operational=self.standing.get((reply.phone, Purpose.OPERATIONAL), ""),
            answers=self.answers[reply.phone],
            provider_answered=reply.opt_out,
            confirms_stop=self.rules.confirm_stop,
            confirms_start=self.rules.confirm_start,
            stop_is_for_all=self.rules.stop_is_for_all,
        )

    def note(self, phone: str, purpose: int | None, status: str, answer: str) -> None:
        if status:
            for each in Purpose if purpose is None else [purpose]:
                self.standing[phone, each] = status
        if answer:
            self.answers[phone].append(answer)


def is_number(phone: str) -> bool:
    return bool(phones.E164.fullmatch(phone))


def load(account: Account, replies: Collection[Reply], *, at: datetime) -> Facts:
    own = KeywordSet.objects.filter(account=account)
    known = Facts(
        account,
        desk.rules_of(account),
        keywords.words_of({(row.language, row.family): row.words for row in own}),
        {(row.language, row.kind): row.text for row in ConsentText.objects.filter(account=account)},
    )
    numbers = sorted({reply.phone for reply in replies if is_number(reply.phone)})
    for purpose in Purpose:
        for phone, standing in ledger.standings(account=account, phones=numbers, purpose=purpose).items():
            known.standing[phone, purpose] = Status(standing.status).name.lower()
    for phone, effect in answered(account, numbers, since=at - CONFIRMED_ONCE_IN):
        known.answers[phone].append(ANSWERS.get(ReplyEffect(effect), ""))
    members = {reply.member_id for reply in replies if reply.member_id}
    known.languages = dict(Member.objects.of(account).filter(pk__in=members).values_list("pk", "language"))
    return known


def answered(account: Account, numbers: Iterable[str], *, since: datetime) -> Iterable[tuple[str, int]]:
    rows = Reply.objects.filter(
        account=account, phone__in=list(numbers), received_at__gt=since, answer_id__isnull=False
    )
    return rows.values_list("phone", "effect")
