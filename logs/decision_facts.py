"""What one of our own rules decided on, as labelled facts: the JSON in the evidence of its event, read back. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logs import telling
from logs.eligibility.verdict import ALLOWED, BlockedBy, Case, Consent, from_json
from logs.models import Source

Fact = tuple[str, str]

RULES: Mapping[str, Promise] = {
    ALLOWED: gettext_lazy("Nothing spoke against it"),
    "no_active_number": gettext_lazy("A number to send to"),
    "on_block_list": gettext_lazy("Block list"),
    "opted_out_of_everything": gettext_lazy("Opt-out of everything"),
    "no_opt_in": gettext_lazy("Opt-in"),
    "twice_in_campaign": gettext_lazy("Once in a campaign"),
    "blocked_words": gettext_lazy("Blocked words"),
    "variable_missing": gettext_lazy("A value for each variable"),
    "not_sendable": gettext_lazy("A text that can be sent"),
    "too_often": gettext_lazy("Frequency cap"),
    "quiet_hours": gettext_lazy("Quiet hours"),
    "scheduled": gettext_lazy("Not before"),
    "insufficient_credit": gettext_lazy("Credit"),
}
STANDINGS: Mapping[str, Promise] = {
    "pending": gettext_lazy("asked, no answer yet"),
    "opted_in": gettext_lazy("opted in"),
    "opted_out": gettext_lazy("opted out"),
    "denied": gettext_lazy("said no"),
}


def facts_of(raw: str) -> list[Fact]:
    """(label, value) of what decided, in the order of the rules; none where the evidence is something else."""
    told = decision(raw)
    if told is None:
        return []
    try:
        case: Case = from_json(told)
    except (ValueError, TypeError, KeyError):
        return []
    rows = [(_("Rule"), str(RULES[told["rule"]])), (_("Decided"), exact(case.at))]
    return rows + [(str(label), value) for label, tell in TOLD if (value := tell(case))]


def decision(raw: str) -> Mapping[str, Any] | None:
    """The evidence as an object, where it is that of a decision."""
    try:
        told = json.loads(raw) if raw.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and str(told.get("rule")) in RULES else None


def exact(at: datetime) -> str:
    return telling.stamp(at)


def kind(case: Case) -> str:
    source = str(Source(case.source).label) if case.source in Source.values else ""
    name = _("Marketing") if case.marketing else _("Operational")
    return f"{name} · {source}" if source else name


def number(case: Case) -> str:
    if not case.has_number:
        return _("none")
    return _("marked as invalid") if case.number_invalid else ""


def block(case: Case) -> str:
    return entry(case.block) if case.block else _("no entry")


def entry(found: BlockedBy) -> str:
    scope = _("global") if found.scope == "global" else _("this account's")
    until = _("until %(end)s") % {"end": exact(found.until)} if found.until else _("without an end")
    since = _("since %(start)s") % {"start": exact(found.since)}
    return ", ".join(filter(None, (scope, found.reason, since, until)))


def marketing_consent(case: Case) -> str:
    return standing(case.marketing_consent) if case.marketing or case.marketing_consent else ""


def operational_consent(case: Case) -> str:
    if case.operational_consent:
        return standing(case.operational_consent)
    if case.marketing:
        return ""
    return _("not needed for this source") if case.without_opt_in or case.is_code else _("none recorded")


def standing(found: Consent | None) -> str:
    if found is None:
        return _("none recorded")
    word = str(STANDINGS.get(found.status, found.status))
    return _("%(standing)s since %(start)s") % {"standing": word, "start": exact(found.since)}


def twin(case: Case) -> str:
    return case.twin


def words(case: Case) -> str:
    return ", ".join(f"“{word}”" for word in case.words)


def missing(case: Case) -> str:
    return ", ".join(f"{{{name}}}" for name in case.missing)


def length(case: Case) -> str:
    return _("%(n)d segments, %(most)d at most") % {"n": case.segments, "most": case.max_segments}


def cap(case: Case) -> str:
    if case.cap is None or not case.marketing:
        return ""
    facts = {"n": case.recent, "cap": case.cap, "hours": case.cap_hours}
    return _("%(n)d of %(cap)d in %(hours)d hours") % facts


def planned(case: Case) -> str:
    return exact(case.due_at) if case.due_at else ""


def quiet(case: Case) -> str:
    if not case.quiet_from:
        return ""
    return f"{case.quiet_from} – {case.quiet_until}, {case.zone.replace('_', ' ')}"


def credit(case: Case) -> str:
    return "" if case.balance is None else _("%(n)d segments left") % {"n": case.balance}


TOLD: tuple[tuple[Any, Callable[[Case], str]], ...] = (
    (gettext_lazy("Message"), kind),
    (gettext_lazy("Number"), number),
    (gettext_lazy("Block list"), block),
    (gettext_lazy("Marketing consent"), marketing_consent),
    (gettext_lazy("Operational consent"), operational_consent),
    (gettext_lazy("Same campaign"), twin),
    (gettext_lazy("Blocked words"), words),
    (gettext_lazy("Without a value"), missing),
    (gettext_lazy("Length"), length),
    (gettext_lazy("Frequency cap"), cap),
    (gettext_lazy("Not before"), planned),
    (gettext_lazy("Quiet hours"), quiet),
    (gettext_lazy("Credit"), credit),
)
