"""What somebody asks to be sent, what it is answered, and what of it is wrong by itself. No query."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from logs.models import CODE_SOURCES, Kind, Source
from logs.statuses import State
from smsadmin import phones

LONGEST_TEXT = 10_000  # characters; what is longer than the account's segments is refused, and logged, all the same
LONGEST_WAIT = timedelta(days=180)
SHORTEST_VALIDITY, LONGEST_VALIDITY = timedelta(minutes=1), timedelta(hours=72)
MOST_LABELS = 20
LENGTHS = {"sender": 32, "reference": 100, "idempotency_key": 100, "campaign": 100}
CONSENT_REQUESTS = (Source.CONSENT_REGISTRATION, Source.CONSENT_POS)
OPERATIONAL_BY_NATURE = (*CODE_SOURCES, *CONSENT_REQUESTS)
MARKETING_BY_NATURE = (Source.FILTER_MEMBERS, Source.AUTOMATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One message that somebody asks for.

    To one of: ``to`` (a number in any spelling), ``member`` (its primary key), ``external_id``. With one of: ``text``,
    ``template`` (its name) or ``template_id``, and ``variables`` for a template. ``kind`` follows from the template,
    then from the source, where it is not given; a marketing template makes marketing. Labels and a campaign are made
    where they are missing. ``provider_account_id`` pins it to one provider account: a test. ``asks_consent``: a
    reminder of logs.reminding, the only one who asks so; it may go to a number whose opt-in is pending.
    """

    source: Source
    to: str = ""
    member: int | None = None
    external_id: str = ""
    text: str = ""
    template: str = ""
    template_id: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    kind: Kind | None = None
    labels: tuple[str, ...] = ()
    sender: str = ""
    reference: str = ""
    idempotency_key: str = ""
    not_before: datetime | None = None
    validity: timedelta | None = None
    campaign: str = ""
    provider_account_id: int | None = None
    asks_consent: bool = False

    def digest(self) -> str:
        """What makes two requests the same one."""
        values = {name: value for name, value in asdict(self).items() if value and name != "idempotency_key"}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is in the log: on its way, held until ``held_until``, or refused (its state is final then, and
    ``sentence`` says why). ``repeated``: the idempotency key was known, this is the first message's answer."""

    index: int
    id: UUID
    state: State
    sentence: str = ""
    held_until: datetime | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """An ask that is no message: which of its fields is wrong, and why. Nothing of it was kept."""

    index: int
    field: str
    reason: str


class Invalid(Exception):
    """Why an ask is no message."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field, self.reason = field, reason


def check(ask: Ask, at: datetime) -> None:
    """Raises `Invalid` for what is wrong whatever the account holds."""
    check_recipient(ask)
    check_content(ask)
    check_times(ask, at)
    if ask.kind is Kind.MARKETING and ask.source in OPERATIONAL_BY_NATURE:
        raise Invalid("kind", _("Codes and consent requests are operational."))
    for name, most in LENGTHS.items():
        if len(getattr(ask, name)) > most:
            raise Invalid(name, _("Longer than %(n)d characters.") % {"n": most})
    if len(ask.labels) > MOST_LABELS:
        raise Invalid("labels", _("More than %(n)d labels.") % {"n": MOST_LABELS})
    if any(not label.strip() or len(label) > 100 for label in ask.labels):
        raise Invalid("labels", _("A label has 1 to 100 characters."))


def check_recipient(ask: Ask) -> None:
    given = [name for name in ("to", "member", "external_id") if getattr(ask, name) not in ("", None)]
    if not given:
        raise Invalid("to", _("Say who gets it: a phone number, a member, or an external id."))
    if len(given) > 1:
        raise Invalid(given[1], _("Give one of to, member and external_id, not several."))


def check_content(ask: Ask) -> None:
    from_template = bool(ask.template or ask.template_id is not None)
    if ask.text and from_template:
        raise Invalid("text", _("Give either a text or a template."))
    if not from_template and not ask.text.strip():
        raise Invalid("text", _("Write a text, or name a template."))
    if len(ask.text) > LONGEST_TEXT:
        raise Invalid("text", _("Longer than %(n)d characters.") % {"n": LONGEST_TEXT})
    if ask.variables and not from_template:
        raise Invalid("variables", _("Variables need a template."))


def check_times(ask: Ask, at: datetime) -> None:
    if ask.not_before and ask.not_before > at + LONGEST_WAIT:
        raise Invalid("not_before", _("At most %(n)d days ahead.") % {"n": LONGEST_WAIT.days})
    if ask.validity is not None and not SHORTEST_VALIDITY <= ask.validity <= LONGEST_VALIDITY:
        raise Invalid("validity", _("Between one minute and 72 hours."))


def phone_of(ask: Ask, country: str) -> str:
    """E.164. Raises `Invalid` for what can be nobody's number."""
    try:
        return phones.parse(ask.to, country)
    except phones.ImpossiblePhone as error:
        raise Invalid("to", _("Not a phone number: %(why)s.") % {"why": error}) from None


def check_template(ask: Ask, template_type: str | None) -> None:
    """A marketing template makes marketing: nobody passes the rules for it by another word. Raises `Invalid`."""
    if template_type != "marketing":
        return
    if ask.kind is Kind.OPERATIONAL:
        raise Invalid("kind", _("This template is for marketing."))
    if ask.source in OPERATIONAL_BY_NATURE:
        raise Invalid("source", _("This template is for marketing; codes and consent requests are operational."))


def kind_of(ask: Ask, template_type: str | None) -> Kind:
    """What it is. Where neither template nor ask says so, in doubt marketing, which needs more permission."""
    if template_type == "marketing":
        return Kind.MARKETING
    if ask.kind is not None:
        return ask.kind
    if ask.source not in MARKETING_BY_NATURE:
        return Kind.OPERATIONAL
    return Kind.OPERATIONAL if template_type in ("notification", "verification") else Kind.MARKETING
