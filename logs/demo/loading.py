"""The demo into the database: sign-ins, two accounts, and their month through logs.recording. All or nothing."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from logs import recording, rollups
from logs.demo import block_loading, consent_loading, file_loading, harbour, northwind, simulator
from logs.demo.catalogue import BUSINESSES, HARBOUR, MARKETING, NORTHWIND, PEOPLE, Business
from logs.demo.manners import MANNERS
from logs.demo.month import Plan, Told, price_known, tell
from logs.demo.people import Person
from logs.drafts import Draft
from logs.models import Campaign, Kind, Label, Message, ProviderAccount, Source, Template
from smsadmin.accounts import audit
from smsadmin.accounts.demo import PASSWORD
from smsadmin.accounts.models import Account, Membership, SmsUser, User
from smsadmin.members.models import Member

BATCH = 2_000
SUPPORT = next(one.email for one in PEOPLE if (one.account, one.role) == (HARBOUR.slug, "support"))
TABLES = ("message", "status_event", *rollups.TABLES, Member._meta.db_table)
CONSENT = (
    "consent_event", "consent_chain", "consent_status", "consent_total", "consent_reminder", "consent_reminderrun",
    "consent_deskitem", "consent_unsubscribelink", "consent_keywordset", "consent_consenttext", "consent_consentrules",
    "reply",
)  # fmt: skip


class DemoRefused(Exception):
    """The demo may not be loaded here; the message says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load brought: messages by account, or nothing where it was there already."""

    messages: dict[str, int] = field(default_factory=dict)
    already_there: bool = False


def load(*, at: datetime, messages: int = harbour.MESSAGES) -> Loaded:
    """Load the demo as of the aware moment ``at``; about so many messages in the first account. Raises DemoRefused."""
    if not settings.DEBUG:
        raise DemoRefused("The demo is not loaded with DEBUG off: its passwords are known to everybody.")
    if Message.objects.filter(account__slug=HARBOUR.slug).exists():
        simulator.connect(at=at)  # a demo of an earlier version has none
        return Loaded(already_there=True)
    factor = messages / harbour.MESSAGES
    with transaction.atomic():
        plans = [harbour.plan(at, factor), northwind.plan(at, max(factor, 0.1))]
        accounts = {plan.business.slug: make_account(plan.business, at) for plan in plans}
        make_people(accounts)
        counts = {plan.business.slug: load_month(accounts[plan.business.slug], plan, at) for plan in plans}
        simulator.connect(at=at)
        block_loading.load(accounts, first=HARBOUR.slug, other=NORTHWIND.slug, support=SUPPORT, at=at)
        file_loading.load(accounts[HARBOUR.slug], PEOPLE, at)
        rollups.squash()
    analyze()
    return Loaded(counts)


def make_account(business: Business, at: datetime) -> Account:
    facts = {"name": business.name, "time_zone": business.time_zone, "country": business.country}
    account, _ = Account.objects.get_or_create(
        slug=business.slug, defaults={**facts, "created_at": at - timedelta(days=1200)}
    )
    return account


def make_people(accounts: dict[str, Account]) -> None:
    password = make_password(PASSWORD)  # one hash for all: it is no secret, and hashing takes its time
    for sign_in in PEOPLE:
        facts = {
            "name": sign_in.name,
            "password": password,
            "is_superuser": not sign_in.role,
            "is_staff": not sign_in.role,
        }
        user, _ = User.objects.get_or_create(email=sign_in.email, defaults=facts)
        if sign_in.role:
            Membership.objects.get_or_create(
                account=accounts[sign_in.account], user=user, defaults={"role": sign_in.role}
            )


def load_month(account: Account, plan: Plan, at: datetime) -> int:
    rows = Rows(account, plan)
    answers: dict[str, UUID] = {}
    drafts = (rows.draft(noted(told, answers)) for told in tell(plan))
    recorded = recording.Recorded()
    for batch in ahead(batches(drafts)):
        recorded += recording.record(account=account, drafts=batch, at=at)
    consent_loading.load(account, MANNERS[account.slug], plan.consent, answers, at)
    audit.record(
        account=account,
        by=None,
        at=at,
        verb="demo.loaded",
        object_type="account",
        object_id=account.pk,
        messages=recorded.new,
    )
    return recorded.new


def noted(told: Told, answers: dict[str, UUID]) -> Told:
    """The same, with the ids of what answers a reply kept by its reference."""
    if told.ask.source is Source.KEYWORD_ANSWER:
        answers[told.ask.reference] = told.pen.id
    return told


def batches(drafts: Iterator[Draft]) -> Iterator[list[Draft]]:
    while batch := list(islice(drafts, BATCH)):
        yield batch


def ahead(batches: Iterator[list[Draft]]) -> Iterator[list[Draft]]:
    """The same batches, the next told while PostgreSQL writes the one before: telling asks nothing of the database."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


class Rows:
    """The rows that messages refer to, made or found, and their keys by name."""

    def __init__(self, account: Account, plan: Plan) -> None:
        business, since = plan.business, plan.end - timedelta(days=400)
        self.currency = business.currency
        self.templates = named(
            Template, account, {n: {"type": t.type, "body": t.body} for n, t in business.texts.items()}, since
        )
        self.labels = named(
            Label, account, {label: {} for text in business.texts.values() for label in text.labels}, since
        )
        self.sms_users = named(SmsUser, account, {name: {} for name in business.sms_users}, since)
        self.contracts = named(
            ProviderAccount, account, {c.name: {"provider": c.provider} for c in business.contracts.values()}, since
        )
        begun = {
            ask.campaign: ask.at for ask in sorted(plan.asks, key=lambda ask: ask.at, reverse=True) if ask.campaign
        }
        wanted = {name: {"created_at": first} for name, first in begun.items() if first < plan.end}
        self.campaigns = named(Campaign, account, wanted, since)
        add_members(account, plan.people, plan.end)

    def draft(self, told: Told) -> Draft:
        ask, pen = told.ask, told.pen
        charged = told.contract is not None and price_known(told.said)
        return Draft(
            id=pen.id,
            requested_at=ask.at,
            phone=ask.phone,
            kind=Kind.MARKETING if told.text.type == MARKETING else Kind.OPERATIONAL,
            said=told.said,
            source=ask.source,
            body=told.body,
            segments=pen.segments,
            sender=pen.sender,
            reference=ask.reference,
            provider_message_id=next((s.provider_message_id for s in reversed(told.said) if s.provider_message_id), ""),
            member_id=ask.person.pk if ask.person else None,
            template_id=self.templates[ask.template] if ask.template else None,
            sms_user_id=self.sms_users[ask.user] if ask.user else None,
            campaign_id=self.campaigns[ask.campaign] if ask.campaign else None,
            provider_account_id=self.contracts[told.contract.name] if told.contract else None,
            price=pen.cost if charged else None,
            currency=self.currency if charged else "",
            labels=tuple(self.labels[name] for name in told.text.labels),
        )


def named(
    model: type[models.Model], account: Account, wanted: dict[str, dict[str, Any]], since: datetime
) -> dict[str, int]:
    """Rows of this account by name: those that are there, and the rest made."""
    there = model._default_manager.filter(account=account)
    known = set(there.values_list("name", flat=True))
    rows = [
        model(**{"account": account, "name": name, "created_at": since, **facts})
        for name, facts in wanted.items()
        if name not in known
    ]
    model._default_manager.bulk_create(rows)
    return dict(there.values_list("name", "pk"))


def add_members(account: Account, people: Iterable[Person], at: datetime) -> None:
    people = [person for person in people if person.created_at <= at]
    rows = Member.objects.bulk_create([member(account, person) for person in people], batch_size=1000)
    for person, row in zip(people, rows, strict=True):
        person.pk = row.pk


def member(account: Account, person: Person) -> Member:
    return Member(
        account=account,
        external_id=person.external_id,
        name=person.name,
        phone=person.phone,
        email=person.email,
        language=person.language,
        time_zone=person.zone,
        tags=list(person.tags),
        app_client_id=person.app_client_id,
        number_validity=int(person.validity),
        created_at=person.created_at,
        updated_at=person.created_at,
    )


def analyze() -> None:
    """So that the first pages are planned by what is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join((*TABLES, *CONSENT, 'block_entry'))}")


def reset() -> None:
    """Delete all messages, members and names of the two demo accounts. Sign-ins and audit lines stay."""
    if not settings.DEBUG:
        raise DemoRefused("The demo is not deleted with DEBUG off.")
    accounts = list(
        Account.objects.filter(slug__in=[business.slug for business in BUSINESSES]).values_list("pk", flat=True)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # The logs refuse to forget; the demo's may, and the lock keeps everybody else out until the refusal is back.
        for log in ("status_event", "consent_event"):
            cursor.execute(f"ALTER TABLE {log} DISABLE TRIGGER {log}_is_append_only")
        for table in ("status_event", "message", *rollups.TABLES, *CONSENT):
            cursor.execute(f"DELETE FROM {table} WHERE account_id = ANY(%s)", [accounts])
        for log in ("status_event", "consent_event"):
            cursor.execute(f"ALTER TABLE {log} ENABLE TRIGGER {log}_is_append_only")
        block_loading.reset(accounts)
        file_loading.reset(accounts)
        for model in (Member, Template, Label, Campaign, SmsUser, ProviderAccount):
            model._default_manager.filter(account__in=accounts).delete()
