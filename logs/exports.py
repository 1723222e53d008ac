"""Exports of messages and members: the rows of their lists."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from enum import IntEnum
from typing import Any, cast

from django.db.models import Case, CharField, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet

from logs import counting, history, telling
from logs.export_columns import COLUMNS, LABEL_SEPARATOR
from logs.filters import MessageFilter
from logs.member_filters import MemberFilter, tsquery
from logs.models import CODE_SOURCES, Campaign, Kind, Label, Message, ProviderAccount, Source, Template
from logs.querysets import MessageQuerySet
from logs.statuses import Outcome, Reason, Stage, Status, Validity
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.exports.kinds import BadParams, Column, Form, Params
from smsadmin.exports.lists import Asking, ListExport
from smsadmin.listing.counts import Count
from smsadmin.members.models import Member, MemberQuerySet

FORMS = {
    **dict.fromkeys(("requested_at", "sent_at", "receipt_at", "updated_at"), Form.MOMENT),
    **dict.fromkeys(("id", "source", "kind", "template_type", "status", "stage", "outcome", "reason"), Form.PLAIN),
    **dict.fromkeys(("number_valid", "retry", "currency"), Form.PLAIN),
    **dict.fromkeys(("segments", "price"), Form.NUMBER),
    "phone": Form.PHONE,
}
LISTED = 1000
LOOK_UP = "(%(expressions)s::text)"
# The ORM has no "= ANY(array)".
LABELS = (
    "(SELECT string_agg(label.name, '%(separator)s' ORDER BY label.name) "
    f"FROM {Label._meta.db_table} AS label WHERE label.account_id = %(account)s AND label.id = ANY(%(expressions)s))"
)


class MessageExport(ListExport):
    """The SMS list, in the columns that our own import takes back: they are recognised by their names, so the zone
    stands in each time's offset alone."""

    name = "messages"
    label = gettext_lazy("Messages")
    permission = "view_messages"
    reveals = ("view_codes",)
    zone_in_header = False
    queryset = Message.objects.all()
    filterset_class = MessageFilter

    def columns(self, account: Account, access: Access) -> tuple[Column, ...]:
        values = values_of(account, access)
        return tuple(Column(name, FORMS.get(name, Form.TEXT), values.get(name)) for name in COLUMNS)

    def select(self, queryset: QuerySet, filterset: FilterSet, asking: Asking) -> QuerySet:
        """The words as the list searches them: without codes for people who may not read these."""
        words = cast("MessageFilter", filterset).words
        messages = cast("MessageQuerySet", queryset)
        if not words:
            return messages
        if any(character.isdigit() for character in words) and "view_codes" not in asking.access:
            messages = messages.without_codes(CODE_SOURCES, verifying(asking.account))
        return messages.with_words(words)

    def count(self, account: Account, access: Access, params: Params, bound: int) -> Count | None:
        filterset, period = self.asked(self.asking(account, access, params))
        found = counting.from_rollups(account, period, cast("MessageFilter", filterset))
        return found or super().count(account, access, params, bound)


class MemberMessageExport(MessageExport):
    """One member's messages: ``member`` is the member's key."""

    name = "member_messages"
    label = gettext_lazy("Messages of a member")
    has_period = False

    def freeze(self, account: Account, params: Params, today: date) -> Params:
        return {"member": [str(self.member(account, params).pk)]}

    def title(self, account: Account, access: Access, params: Params) -> str:
        return _("Messages to %(name)s") % {"name": self.member(account, params)}

    def filters(self, account: Account, access: Access, params: Params) -> list[tuple[str, str]]:
        found = self.member(account, params)
        return [(_("Member"), f"{found} ({found.external_id})" if found.external_id else str(found))]

    def rows(self, account: Account, access: Access, params: Params) -> QuerySet:
        return history.messages_of(self.member(account, params), account)

    def count(self, account: Account, access: Access, params: Params, bound: int) -> Count | None:
        return ListExport.count(self, account, access, params, bound)

    @staticmethod
    def member(account: Account, params: Params) -> Member:
        """Raises BadParams."""
        key = next(iter(params.get("member", ())), "")
        found = Member.objects.of(account).filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        if found is None:
            raise BadParams(_("There is no such member any more."))
        return found


class MemberExport(ListExport):
    """The member list."""

    name = "members"
    label = gettext_lazy("Members")
    permission = "view_members"
    queryset = Member.objects.all()
    filterset_class = MemberFilter
    has_period = False

    def columns(self, account: Account, access: Access) -> tuple[Column, ...]:
        texts = ("external_id", "name")
        validity = words_of("number_validity", ((v.value, v.name.lower()) for v in Member.NumberValidity))
        return (
            *(Column(name) for name in texts),
            Column("phone", Form.PHONE),
            *(Column(name) for name in ("email", "language", "time_zone")),
            Column("tags", Form.TEXT, joined("tags")),
            Column("number", Form.PLAIN, validity),
            Column("created_at", Form.MOMENT),
            Column("updated_at", Form.MOMENT),
        )

    def select(self, queryset: QuerySet, filterset: FilterSet, asking: Asking) -> QuerySet:
        words = cast("MemberFilter", filterset).words
        return cast("MemberQuerySet", queryset).with_words(tsquery(words)) if words else queryset


def values_of(account: Account, access: Access) -> dict[str, Any]:
    """Column → what its cells are, where that is not the field of the same name."""
    return {
        "member": of_member(account),
        "source": words_of("source", ((s.value, s.slug) for s in Source)),
        "kind": words_of("kind", ((k.value, k.slug) for k in Kind)),
        "template": named(Template, "template_id", account),
        "template_type": named(Template, "template_id", account, "type"),
        "labels": labels(account),
        "sms_user": named(SmsUser, "sms_user_id", account),
        "campaign": named(Campaign, "campaign_id", account),
        "provider": named(ProviderAccount, "provider_account_id", account),
        "text": F("body") if "view_codes" in access else hidden_codes(account),
        "status": words_of("status", slugs(Status)),
        "stage": words_of("stage", slugs(Stage)),
        "outcome": words_of("outcome", slugs(Outcome)),
        "reason": words_of("reason", slugs(Reason)),
        "number_valid": words_of("number_valid", slugs(Validity)),
        "retry": Case(When(retry=True, then=Value("yes")), default=Value("no"), output_field=CharField()),
    }


def slugs(enum: type[IntEnum]) -> Iterable[tuple[int, str]]:
    return ((int(member), cast("Any", member).slug) for member in enum)


def words_of(field: str, words: Iterable[tuple[int, str]]) -> Func:
    """The slug of a small number: by its place in a list, which costs a row nothing."""
    by_number = dict(words)
    places = [by_number.get(number, "") for number in range(max(by_number) + 1)]
    return Func(
        Value("{" + ",".join(f'"{word}"' for word in places) + "}"),
        F(field),
        template="NULLIF((%(expressions)s + 1], '')",
        arg_joiner="::text[])[",
        output_field=TextField(),
    )


def named(model: type[Any], reference: str, account: Account, field: str = "name") -> Func | Subquery:
    """What a row refers to, by its name: looked up in a list of them all, which costs a third of asking the table for
    each row; asked where they are too many for a list."""
    rows = model.objects.filter(account=account)
    names = listed(rows, field)
    if names is not None:
        return Func(Value(names), F(reference), template=LOOK_UP, arg_joiner="::jsonb ->> ", output_field=TextField())
    return Subquery(rows.filter(pk=OuterRef(reference)).values(field)[:1])


def of_member(account: Account) -> Subquery:
    rows = Member.objects.filter(account=account, pk=OuterRef("member_id"))
    return Subquery(rows.values("external_id")[:1])


def listed(rows: QuerySet, field: str) -> str | None:
    """Key → name, as JSON; None where there are more than LISTED."""
    found = dict(rows.order_by().values_list("pk", field)[: LISTED + 1])
    return None if len(found) > LISTED else json.dumps(found)


def labels(account: Account) -> Case:
    """The names of a message's labels; most have none or one."""
    several = Func(F("labels"), template=LABELS, account=account.pk, separator=LABEL_SEPARATOR)
    one = named(Label, "labels__0", account)
    return Case(
        When(labels=[], then=None),
        *([When(labels__len=1, then=one)] if isinstance(one, Func) else []),
        default=several,
        output_field=TextField(),
    )


def joined(field: str) -> Func:
    return Func(F(field), Value(LABEL_SEPARATOR), function="array_to_string", output_field=TextField())


def verifying(account: Account) -> list[int]:
    """Templates whose texts are one-time codes."""
    found = Template.objects.filter(account=account, type=Template.Type.VERIFICATION)
    return list(found.values_list("pk", flat=True))


def hidden_codes(account: Account) -> Case:
    """The text as people see it who need not read one-time codes."""
    pattern, dots = Value(telling.CODE.pattern), Value(telling.DOTS)
    hidden = Func(F("body"), pattern, dots, Value("g"), function="regexp_replace", output_field=TextField())
    carries = Q(source__in=CODE_SOURCES) | Q(template_id__in=verifying(account))
    return Case(When(carries, then=hidden), default=Cast("body", TextField()), output_field=TextField())
