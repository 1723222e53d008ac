"""What is measured: each filter of the SMS list, as its address, as SQL and as a stock queryset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

BIG, SMALL = 1, 14
"""Accounts of sql/tenants.sql with 50 % and with 0.7 % of the messages."""


@dataclass(frozen=True, slots=True)
class Case:
    """One filter: its address, as SQL over ``message``, and as anybody would write it for the ORM.

    ``merge`` is a column with the values (SQL) whose index scans can be merged.
    """

    name: str
    query: Mapping[str, Any]
    where: str = "true"
    stock: Q = field(default_factory=Q)
    merge: tuple[str, str] | None = None
    is_text: bool = False


def labelled(number: int) -> Q:
    return Q(labels__contains=[number])


def cases(account: int, phone: str) -> list[Case]:
    """All filters for one account; ``phone`` is a number that it wrote to."""
    thousand, hundred = account * 1000, account * 100
    types = f"SELECT id FROM logs_template WHERE account_id = {account} AND type = "
    return [
        Case("none", {}),
        Case("status=failed", {"status": "failed"}, "status = 6", Q(status=6)),
        Case("status=delivered", {"status": "delivered"}, "status = 4", Q(status=4)),
        Case(
            "status, four of them",
            {"status": ["undelivered", "failed", "blocked", "expired"]},
            "status IN (5, 6, 7, 8) AND status <> 4",
            Q(status__in=[5, 6, 7, 8]),
            merge=("status", "VALUES (5), (6), (7), (8)"),
        ),
        Case("reason, rare", {"reason": "device_error"}, "reason = 57", Q(reason=57)),
        Case("phone, exact", {"phone": phone}, f"phone = '{phone}'", Q(phone=phone)),
        Case(
            "phone, prefix of 8",
            {"phone": phone[:8] + "*"},
            f"phone LIKE '{phone[:8]}%'",
            Q(phone__startswith=phone[:8]),
        ),
        Case("phone, prefix of all", {"phone": "+336*"}, "phone LIKE '+336%'", Q(phone__startswith="+336")),
        Case(
            "phone, suffix of 4",
            {"phone": "*" + phone[-4:]},
            f"right(phone, 4) = '{phone[-4:]}'",
            Q(phone__endswith=phone[-4:]),
        ),
        Case(
            "phone, suffix of 6",
            {"phone": "*" + phone[-6:]},
            f"right(phone, 4) = '{phone[-4:]}' AND phone LIKE '%{phone[-6:]}'",
            Q(phone__endswith=phone[-6:]),
        ),
        words("text, 15 %", "discount"),
        words("text, 1 %", "voucher"),
        words("text, 0.01 %", "meteorite"),
        Case("template", {"template": "Template 3"}, f"template_id = {thousand + 3}", Q(template=thousand + 3)),
        named(
            "template, out of use",
            "template",
            "Retired template",
            "template_id",
            f"SELECT id FROM logs_template WHERE account_id = {account} AND name = ",
        ),
        named(
            "template, rare",
            "template",
            "Rare template",
            "template_id",
            f"SELECT id FROM logs_template WHERE account_id = {account} AND name = ",
        ),
        Case(
            "template_type, common",
            {"template_type": "marketing"},
            f"template_id = ANY (ARRAY({types} 'marketing'))",
            Q(template__type="marketing"),
            merge=("template_id", f"{types} 'marketing'"),
        ),
        Case(
            "template_type, less so",
            {"template_type": "verification"},
            f"template_id = ANY (ARRAY({types} 'verification'))",
            Q(template__type="verification"),
            merge=("template_id", f"{types} 'verification'"),
        ),
        Case("label, 20 %", {"label": "Common"}, f"labels @> ARRAY[{hundred}]", labelled(hundred)),
        Case("label, 2 %", {"label": "Label 4"}, f"labels @> ARRAY[{hundred + 4}]", labelled(hundred + 4)),
        Case("label, 0.01 %", {"label": "Rare"}, f"labels @> ARRAY[{hundred + 9}]", labelled(hundred + 9)),
        Case("sms_user", {"sms_user": "api-1"}, f"sms_user_id = {hundred + 1}", Q(sms_user=hundred + 1)),
        Case("sms_user, rare", {"sms_user": "api-rare"}, f"sms_user_id = {hundred + 5}", Q(sms_user=hundred + 5)),
        Case(
            "campaign, an old one",
            {"campaign": "Campaign 1"},
            f"campaign_id = {thousand + 1}",
            Q(campaign=thousand + 1),
        ),
        Case("source, common", {"source": "automation"}, "source = 2", Q(source=2)),
        Case("source, rare", {"source": "joining-code"}, "source = 7", Q(source=7)),
        Case("kind", {"kind": "operational"}, "kind = 2", Q(kind=2)),
        Case(
            "status and source",
            {"status": "failed", "source": "app-login"},
            "status = 6 AND source = 3",
            Q(status=6, source=3),
        ),
        Case(
            "status and label",
            {"status": "failed", "label": "Common"},
            f"status = 6 AND labels @> ARRAY[{hundred}]",
            Q(status=6) & labelled(hundred),
        ),
    ]


def words(name: str, word: str) -> Case:
    where = f"message_words(body) @@ to_tsquery('simple', '{word}:*')"
    return Case(name, {"q": word}, where, Q(body__icontains=word), is_text=True)


def named(name: str, parameter: str, value: str, column: str, ids: str) -> Case:
    return Case(name, {parameter: value}, f"{column} = ({ids} '{value}')", Q(**{f"{parameter}__name": value}))
