"""Can a number be trusted? The verdict with its evidence, from what the log keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from logs import telling
from smsadmin.members.models import Member

Validity = Member.NumberValidity


class Mark(NamedTuple):
    """How a verdict looks: a tone, and a shape that differs too."""

    tone: str
    symbol: str


GOOD, DOUBT, BAD, OPEN = (
    Mark("good", "delivered"),
    Mark("late", "expired"),
    Mark("bad", "undelivered"),
    Mark("wait", "unknown"),
)
MARKS: Mapping[Validity, Mark] = MappingProxyType(
    {Validity.VALID: GOOD, Validity.SUSPECT: DOUBT, Validity.INVALID: BAD}
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the log says of one number. ``permanent`` and ``temporary`` count the failures of ``days`` days."""

    delivered_at: datetime | None
    refused_at: datetime | None  # the last answer that speaks against the number for good
    permanent: int
    temporary: int
    days: int


@dataclass(frozen=True, slots=True)
class Standing:
    word: str | Promise
    mark: Mark
    why: str


def judge(validity: Validity, evidence: Evidence) -> Standing:
    """What is kept of the number, corrected by a later refusal for good. A valid number needs a delivery as proof."""
    seen = (said_of_delivery(evidence), said_of_failures(evidence))
    if validity is not Validity.VALID:
        return Standing(validity.label, MARKS[validity], " ".join(filter(None, seen)))
    refused_at = evidence.refused_at
    if refused_at and (evidence.delivered_at is None or refused_at > evidence.delivered_at):
        refusal = _("Refused for good on %(when)s.") % {"when": telling.stamp(refused_at, seconds=False)}
        return Standing(_("In doubt"), DOUBT, f"{refusal} {seen[0]}")
    if evidence.delivered_at is None:
        return Standing(_("Not proved yet"), OPEN, " ".join(filter(None, seen)))
    return Standing(validity.label, GOOD, " ".join(filter(None, seen)))


NO_NUMBER = Standing(gettext_lazy("No number"), OPEN, "")


def said_of_delivery(evidence: Evidence) -> str:
    if evidence.delivered_at is None:
        return _("No delivery is on record.")
    return _("Last delivery %(when)s.") % {"when": telling.stamp(evidence.delivered_at, seconds=False)}


def said_of_failures(evidence: Evidence) -> str:
    total = evidence.permanent + evidence.temporary
    if not total:
        return _("No failure in %(days)d days.") % {"days": evidence.days}
    facts = {"n": total, "days": evidence.days, "permanent": evidence.permanent}
    if not evidence.permanent:
        text = ngettext(
            "%(n)d failure in %(days)d days, temporary.", "%(n)d failures in %(days)d days, all temporary.", total
        )
    elif not evidence.temporary:
        text = ngettext(
            "%(n)d failure in %(days)d days, for good.", "%(n)d failures in %(days)d days, all for good.", total
        )
    else:
        text = _("%(n)d failures in %(days)d days, %(permanent)d of them for good.")
    return text % facts
