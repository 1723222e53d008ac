"""From what an ask names to what the account holds: members, templates, labels, campaigns, for a whole batch at once.

Nothing of another account is ever found: it is as unknown as what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from logs import segments
from logs.accepting.asks import Ask, Invalid, Rejected, check, check_template, kind_of, phone_of
from logs.imports.names import Names
from logs.rendering import UNSUBSCRIBE, Rendered, render, variables
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

PLAIN = segments.GSM_BASIC
GSM_7 = segments.Encoding.GSM_7


class Person(NamedTuple):
    id: int
    external_id: str
    phone: str
    zone: str
    validity: int


class Text(NamedTuple):
    id: int
    type: str
    body: str


class Unlinked(NamedTuple):
    """A template and what was given for it."""

    body: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """An ask with everything that it names."""

    index: int
    phone: str  # E.164; '' for a member without a number
    kind: int
    source: int | None
    body: str
    segments: int
    missing: tuple[str, ...] = ()
    zone: str = ""
    number_invalid: bool = False
    member_id: int | None = None
    template_id: int | None = None
    campaign_id: int | None = None
    labels: tuple[int, ...] = ()
    sender: str = ""
    reference: str = ""
    due_at: datetime | None = None
    validity: timedelta | None = None
    provider_account_id: int | None = None
    asks_consent: bool = False
    unlinked: Unlinked | None = None  # its text asks for an unsubscribe link, which needs the message's id
    notes: Mapping[str, str] = field(default_factory=dict)  # kept with the facts


def resolve(
    account: Account, asks: Sequence[tuple[int, Ask]], at: datetime
) -> tuple[list[tuple[Item, Ask]], list[Rejected]]:
    """The asks that are messages, and what is wrong with the others. Makes labels and campaigns that are missing."""
    rejected: list[Rejected] = []
    sound = [
        (index, ask, phone)
        for index, ask in asks
        if (phone := sound_phone(account, index, ask, at, rejected)) is not None
    ]
    people = People(account, [ask for _index, ask, _phone in sound], [phone for *_ask, phone in sound])
    templates = Templates(account, [ask for _index, ask, _phone in sound])
    known = []
    for index, ask, phone in sound:
        try:
            person, template = people.find(ask, phone), templates.find(ask)
            check_template(ask, template.type if template else None)
            known.append((index, ask, phone, person, template))
        except Invalid as error:
            rejected.append(Rejected(index, error.field, error.reason))
    names = named(account, [ask for _index, ask, *_rest in known], at)
    return [(item(*row, *names), row[1]) for row in known], rejected


def sound_phone(account: Account, index: int, ask: Ask, at: datetime, rejected: list[Rejected]) -> str | None:
    """The number that it names, '' where it names none; None, and a line in ``rejected``, where it is wrong."""
    try:
        check(ask, at)
        return phone_of(ask, account.country) if ask.to else ""
    except Invalid as error:
        rejected.append(Rejected(index, error.field, error.reason))
        return None


def named(account: Account, asks: Iterable[Ask], at: datetime) -> tuple[Names, Names]:
    """The labels and campaigns of these asks, made where they are missing."""
    asks = list(asks)
    labels, campaigns = Names(account, "labels"), Names(account, "campaign")
    labels.ensure({name for ask in asks for name in label_names(ask)}, at)
    campaigns.ensure({plain(ask.campaign) for ask in asks if plain(ask.campaign)}, at)
    return labels, campaigns


def item(
    index: int, ask: Ask, phone: str, person: Person | None, template: Text | None, labels: Names, campaigns: Names
) -> Item:
    unlinked = unlinked_of(ask, template)
    values = unlinked.values if unlinked else ask.variables
    written = render(template.body, values) if template else Rendered(ask.text)
    campaign = plain(ask.campaign)
    return Item(
        index=index,
        phone=phone or (person.phone if person else ""),
        kind=int(kind_of(ask, template.type if template else None)),
        source=int(ask.source),
        body=written.text,
        segments=segments_of(written.text),
        missing=written.missing,
        zone=person.zone if person else "",
        number_invalid=person is not None and person.validity == Member.NumberValidity.INVALID,
        member_id=person.id if person else None,
        template_id=template.id if template else None,
        campaign_id=campaigns[campaign] if campaign else None,
        labels=tuple(sorted({labels[name] for name in label_names(ask)})),
        sender=ask.sender,
        reference=ask.reference,
        due_at=ask.not_before,
        validity=ask.validity,
        provider_account_id=ask.provider_account_id,
        asks_consent=ask.asks_consent,
        unlinked=unlinked,
    )


def unlinked_of(ask: Ask, template: Text | None) -> Unlinked | None:
    """Where the text asks for the link. Only the product gives it: what somebody else gives under its name is not
    used."""
    if template is None or UNSUBSCRIBE not in variables(template.body):
        return None
    return Unlinked(template.body, {name: value for name, value in ask.variables.items() if name != UNSUBSCRIBE})


def segments_of(text: str) -> int:
    """0 for a text that shows nothing. Most texts are plain GSM-7, for which counting letters is enough."""
    if not text.strip():
        return 0
    if PLAIN.issuperset(text):
        return 1 if len(text) <= GSM_7.single else -(-len(text) // GSM_7.joined)
    return segments.measure(text).segments


def plain(name: str) -> str:
    return " ".join(name.split())


def label_names(ask: Ask) -> set[str]:
    return {plain(name) for name in ask.labels}


class People:
    """The members that a batch names, and those who have its numbers."""

    COLUMNS = "id, external_id, phone, time_zone, number_validity"

    def __init__(self, account: Account, asks: Iterable[Ask], numbers: Iterable[str]) -> None:
        asks = list(asks)
        self._by_id = {p.id: p for p in self._look_up(account, "id", {a.member for a in asks if a.member is not None})}
        externals = {ask.external_id for ask in asks if ask.external_id}
        self._by_external_id = {p.external_id: p for p in self._look_up(account, "external_id", externals)}
        self._by_phone: dict[str, Person | None] = {}
        for person in self._look_up(account, "phone", {number for number in numbers if number}):
            # Shared by two: it is the message of neither.
            self._by_phone[person.phone] = None if person.phone in self._by_phone else person

    @classmethod
    def _look_up(cls, account: Account, column: str, values: Iterable[int | str]) -> list[Person]:
        if not (wanted := sorted(values)):
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {cls.COLUMNS} FROM members_member WHERE account_id = %s AND {column} = ANY(%s)",
                [account.pk, wanted],
            )
            return [Person(*row) for row in cursor.fetchall()]

    def find(self, ask: Ask, phone: str) -> Person | None:
        """Raises `Invalid` for a member that is not there."""
        if phone:
            return self._by_phone.get(phone)
        if ask.member is not None:
            return found("member", self._by_id.get(ask.member))
        return found("external_id", self._by_external_id.get(ask.external_id))


def found(field: str, person: Person | None) -> Person:
    if person is None:
        raise Invalid(field, _("There is no such member."))
    return person


class Templates:
    """The templates that a batch names, by id or by name in any case."""

    def __init__(self, account: Account, asks: Iterable[Ask]) -> None:
        asks = list(asks)
        ids = sorted({ask.template_id for ask in asks if ask.template_id is not None})
        names = sorted({ask.template for ask in asks if ask.template})
        self._by_id: dict[int, Text] = {}
        self._by_name: dict[str, Text] = {}
        if not ids and not names:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT NULL AS asked, id, type, body FROM logs_template WHERE account_id = %s AND id = ANY(%s::bigint[])
                UNION ALL
                SELECT n.name, t.id, t.type, t.body FROM unnest(%s::text[]) AS n (name)
                JOIN logs_template t ON t.account_id = %s AND lower(t.name) = lower(n.name)
                """,
                [account.pk, ids, names, account.pk],
            )
            for asked, *values in cursor.fetchall():
                text = Text(*values)
                if asked is None:
                    self._by_id[text.id] = text
                else:
                    self._by_name[asked] = text

    def find(self, ask: Ask) -> Text | None:
        """Raises `Invalid` for a template that is not there, and for one of which only the name was ever known."""
        if not ask.template and ask.template_id is None:
            return None
        text = self._by_name.get(ask.template) if ask.template else self._by_id.get(ask.template_id or 0)
        if text is None:
            raise Invalid("template", _("There is no such template."))
        if not text.body.strip():
            raise Invalid("template", _("This template has no text yet."))
        return text
