"""Consent, replies, the opt-out desk and a run of reminders into the database, through the verbs that live data takes.

After the messages: a reply is linked to the one before it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from consent import desk, ledger, settings_changes, totals
from consent.models import DeskItem, Reminder, ReminderRun
from consent.vocabulary import Event, Purpose, Source
from logs import replies
from logs.demo.consents import Consent, Heard, Line
from logs.demo.manners import Manners
from logs.models import ProviderAccount, Reply, ReplyEffect, Signed
from logs.reminding import choosing, starting
from smsadmin.accounts.models import Account, User
from smsadmin.members.models import Member

REMINDED = timedelta(days=34)  # ago: the interval is over, so that they can be reminded again
ADMIN = "admin@demo.example"


def load(account: Account, manners: Manners, told: Consent, answers: Mapping[str, UUID], at: datetime) -> None:
    """``answers`` are ids of messages by their reference."""
    people = {user.email: user for user in User.objects.filter(email__endswith="@demo.example")}
    settle(account, manners, people, at)
    for line_by, lines in batches(told.lines):
        record(account, lines, *line_by, people)
    hear(account, manners, told.heard, answers)
    decide(account, told.heard, people)
    totals.squash(at)
    with connection.cursor() as cursor:  # nothing is known yet of what this transaction wrote: choosing took seconds
        cursor.execute("ANALYZE members_member, consent_status")
    remind(account, manners, people.get(ADMIN), at)


def settle(account: Account, manners: Manners, people: Mapping[str, User], at: datetime) -> None:
    rules = {
        **manners.rules,
        "sender_name": manners.name,
        "short_code": manners.number,
        "language": manners.language,
        "stop_is_for_all": manners.stop_is_for_all,
    }
    begun = at - timedelta(days=398)
    settings_changes.change_rules(account=account, values=rules, by=None, at=begun)
    for (language, family), words in manners.words.items():
        settings_changes.change_words(account=account, language=language, words={family: words}, by=None, at=begun)
    for (language, kind), text in manners.texts.items():
        settings_changes.change_texts(account=account, language=language, texts={kind: text}, by=None, at=begun)


# ---- the ledger


def batches(lines: Sequence[Line]) -> Iterator[tuple[tuple[str, str], list[Line]]]:
    """As few as keep each number's lines in order and have one speaker each: the first lines of all numbers, then the
    second."""
    rounds: defaultdict[int, defaultdict[tuple[str, str], list[Line]]] = defaultdict(lambda: defaultdict(list))
    seen: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        rounds[seen[line.phone]][line.by, line.via].append(line)
        seen[line.phone] += 1
    for number in sorted(rounds):
        yield from rounds[number].items()


def record(account: Account, lines: Sequence[Line], by: str, via: str, people: Mapping[str, User]) -> None:
    items = [
        ledger.Happening(
            line.phone,
            Purpose.MARKETING,
            line.event,
            line.source,
            line.at,
            text=line.text,
            ip=line.ip,
            user_agent=line.user_agent,
            evidence=line.reply,
            note=line.note,
            recorded_at=line.heard_at or line.at + timedelta(seconds=1),
        )
        for line in lines
    ]
    ledger.record_many(account=account, items=items, by=people.get(by), by_name=via)


# ---- replies


def hear(account: Account, manners: Manners, heard: Sequence[Heard], answers: Mapping[str, UUID]) -> None:
    providers = ProviderAccount.objects.filter(account=account).exclude(provider="simulator").order_by("pk")
    american = {pk for pk, provider in providers.values_list("pk", "provider") if provider == "telnyx"}
    others = [provider.pk for provider in providers if provider.pk not in american]
    rows = [
        Reply(
            id=one.id,
            account=account,
            provider_account_id=min(american)
            if american and one.phone.startswith("+1")
            else others[one.id.int % len(others)],
            provider_message_id=f"MO{one.id.hex[:30]}",
            phone=one.phone,
            recipient=manners.number,
            body=one.body,
            occurred_at=one.at - timedelta(seconds=1),
            received_at=one.at,
            effect=ReplyEffect[one.effect],
            opt_out=one.provider_answered,
            answer_id=answers.get(f"reply {one.id}"),
            parts=one.parts,
            signed=Signed.HELD,
        )
        for one in heard
    ]
    replies.store(rows)


def decide(account: Account, heard: Sequence[Heard], people: Mapping[str, User]) -> None:
    doubts = [desk.Doubt(one.phone, one.id, one.body, one.at) for one in heard if one.effect == ReplyEffect.DESK.name]
    desk.put(account=account, doubts=doubts, rules=desk.rules_of(account))
    items = {item.reply_id: item for item in DeskItem.objects.filter(account=account)}
    for one in heard:
        if one.decided and one.id in items:
            decision = desk.Decision.OPT_OUT if one.decided.opt_out else desk.Decision.NOTHING
            desk.decide(
                item=items[one.id],
                decision=decision,
                by=people.get(one.decided.by),
                at=one.decided.at,
                note=one.decided.note,
            )


# ---- reminders


def remind(account: Account, manners: Manners, by: User | None, at: datetime) -> None:
    """One run of reminders by e-mail, long done. What was sent then is not sent again."""
    begun = at - REMINDED
    members = Member.objects.of(account).filter(created_at__lt=begun)
    chooser = choosing.Chooser(account, members, ReminderRun.Channel.EMAIL, begun)
    going = chooser.count().going
    if not manners.number or not going:
        return
    run = starting.begin(
        account=account,
        channel=ReminderRun.Channel.EMAIL,
        members=members,
        filters={"consent": ["pending"]},
        expected=going,
        by=by,
        at=begun,
    )
    rows = list(Reminder.objects.filter(account=account, run=run).order_by("pk"))
    for n, row in enumerate(rows):
        row.claimed_at = row.sent_at = begun + timedelta(seconds=2 + n * 0.4)
    Reminder.objects.bulk_update(rows, ["claimed_at", "sent_at"])
    run.state, run.sent, run.done_at = ReminderRun.State.DONE, going, rows[-1].sent_at
    run.save(update_fields=["state", "sent", "done_at"])
    said = [
        ledger.Happening(
            row.phone,
            Purpose.MARKETING,
            Event.REQUESTED,
            Source.HUB,
            row.sent_at or begun,
            note="Reminder by e-mail",
            recorded_at=row.sent_at,
        )
        for row in rows
    ]
    ledger.record_many(account=account, items=said, by=by)
