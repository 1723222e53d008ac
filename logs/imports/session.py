"""One file of messages being read for one account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from logs import recording
from logs.imports.drafting import distinct, draft, said
from logs.imports.fields import FIELDS
from logs.imports.linking import Members
from logs.imports.names import LONGEST, Names
from logs.imports.rows import Evidence, Item, identity, kind_of, readers
from logs.imports.showing import shown
from logs.imports.states import States
from logs.models import Kind, Message, StatusEvent, Template
from logs.statuses import State
from smsadmin.imports.columns import Columns
from smsadmin.imports.kinds import Counts, Session
from smsadmin.imports.mapping import BadMapping, Mapping
from smsadmin.imports.values import Moments, RowProblem, SkippedRow

if TYPE_CHECKING:
    from logs.drafts import Draft, Said
    from smsadmin.accounts.models import Account

LOOKING = datetime(1970, 1, 1, tzinfo=UTC)  # when nothing is written, nobody asks when
STATE_COLUMNS = ("stage", "outcome", "reason", "number_valid", "retry")


class MessageSession(Session):
    """Reads rows as messages, tells what they would do, and does it through logs.recording."""

    def __init__(self, account: Account, mapping: Mapping, now: datetime) -> None:
        if mapping.index("price") is not None and not (
            mapping.index("currency") is not None or mapping.constants.get("currency")
        ):
            raise BadMapping(
                _("In which currency are the costs? Choose its column, or one currency for the whole file.")
            )
        self._account = account
        self._evidence = Evidence(mapping.columns)
        self._names = {sort: Names(account, sort) for sort in LONGEST}
        moments = Moments(mapping.date_format, mapping.zone_info, now)
        self._columns = Columns(mapping, FIELDS, readers(account, moments, self._names))
        self._states = States(mapping.words)

    def parse(self, cells: Sequence[str]) -> Item:
        values = self._columns.values(cells)
        told = self._states.of(values)
        if "price" in values and "currency" not in values:
            raise RowProblem("currency", _("Missing: the cost needs its currency."))
        pk = identity(self._account, values)
        return Item(pk, values.get("own_id"), values, told, self._evidence.of(cells))

    def show(self, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        values, wrong = self._columns.understood(cells)
        try:
            told = self._states.of(self._columns.constants | values)
        except (RowProblem, SkippedRow) as problem:
            return shown(self._account, values, None), {"status": str(problem), **wrong}
        return shown(self._account, values, told), wrong

    def preview(self, items: Sequence[Item]) -> Counts:
        wanted = {pk: {one.id for one in told} for pk, _item, told in self._to_write(items, LOOKING)}
        of_account = Message.objects.of(self._account)
        there = set(of_account.filter(pk__in=wanted).values_list("pk", flat=True))
        heard: dict[UUID, set[UUID]] = {pk: set() for pk in there}
        events = StatusEvent.objects.filter(account=self._account, message_id__in=there)
        for message, event in events.values_list("message_id", "id"):
            heard[message].add(event)
        changed = sum(1 for pk in there if not wanted[pk] <= heard[pk])
        new = len(wanted) - len(there)
        return Counts(new, changed, len(items) - new - changed)

    def write(self, items: Sequence[Item], at: datetime) -> Counts:
        todo = self._to_write(items, at)
        self._ensure_names([item for _id, item, _told in todo], at)
        done = recording.record(account=self._account, drafts=self._drafts(todo), at=at)
        return Counts(done.new, done.changed, len(items) - done.new - done.changed)

    def forget(self) -> None:
        for names in self._names.values():
            names.forget()

    def _to_write(self, items: Sequence[Item], at: datetime) -> list[tuple[UUID, Item, tuple[Said, ...]]]:
        """(pk, row, events) for each message, once; without rows of our own export that say what the log says
        already."""
        known = self._known({item.carried for item in items if item.carried})
        found: dict[UUID, tuple[Item, tuple[Said, ...]]] = {}
        for item in items:
            pk = item.carried if item.carried in known else item.id
            if known.get(pk) == item.told.state:
                continue
            first = found.get(pk)
            told = said(item, at)
            found[pk] = (item, told) if first is None else (first[0], distinct((*first[1], *told)))
        return [(pk, item, told) for pk, (item, told) in found.items()]

    def _known(self, carried: set[UUID]) -> dict[UUID, State]:
        """The ids of our own export that are this account's, with their state."""
        if not carried:
            return {}
        of_account = Message.objects.of(self._account).filter(pk__in=carried)
        return {message.pk: message.state for message in of_account.only("pk", *STATE_COLUMNS)}

    def _ensure_names(self, items: Sequence[Item], at: datetime) -> None:
        values = [item.values for item in items]
        for sort in ("campaign", "sms_user"):
            self._names[sort].ensure({v[sort] for v in values if sort in v}, at)
        self._names["labels"].ensure({label for v in values for label in v.get("labels", ())}, at)
        providers = {v["provider"] for v in values if "provider" in v}
        self._names["provider"].ensure(providers, at, {"provider": {name: name.casefold()[:32] for name in providers}})
        types = {v["template"]: template_type(v) for v in values if "template" in v}
        self._names["template"].ensure(types, at, {"type": types, "body": dict.fromkeys(types, "")})

    def _drafts(self, todo: Iterable[tuple[UUID, Item, tuple[Said, ...]]]) -> list[Draft]:
        todo = list(todo)
        values = [item.values for _id, item, _told in todo]
        members = Members(self._account, {v["member"] for v in values if "member" in v}, {v["phone"] for v in values})
        return [draft(pk, item, told, self._references(item.values, members)) for pk, item, told in todo]

    def _references(self, values: dict[str, Any], members: Members) -> dict[str, Any]:
        names = self._names
        return {
            "member_id": members.find(values.get("member", ""), values["phone"]),
            "template_id": names["template"][values["template"]] if "template" in values else None,
            "sms_user_id": names["sms_user"][values["sms_user"]] if "sms_user" in values else None,
            "campaign_id": names["campaign"][values["campaign"]] if "campaign" in values else None,
            "provider_account_id": names["provider"][values["provider"]] if "provider" in values else None,
            "labels": tuple(names["labels"][label] for label in values["labels"]) if "labels" in values else (),
        }


def template_type(values: dict[str, Any]) -> str:
    """Of a template that only its name is known of."""
    return values.get("template_type") or (
        Template.Type.MARKETING if kind_of(values) is Kind.MARKETING else Template.Type.NOTIFICATION
    )
