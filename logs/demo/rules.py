"""The demo's own sending rules, in the order of asking: each gives a fate, or None to let the message pass."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from logs.demo import chains
from logs.demo.asks import Ask
from logs.demo.chains import Fate
from logs.statuses import Reason

MARKETING_A_WEEK = 4
CODES_IN_TEN_MINUTES = 4
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
CONSENT_WORDS = {
    "out": (Reason.OPTED_OUT, "Opted out on {on}"),
    "pending": (Reason.CONSENT_PENDING, "Asked for consent on {on}, no answer yet"),
    "never": (Reason.NOT_OPTED_IN, "Never opted in"),
    "denied": (Reason.CONSENT_DENIED, "Said no when asked on {on}"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A block list entry: what stops a number, and until when."""

    reason: Reason
    text: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class Standing:
    """What our own rules know at the moment that the story has reached."""

    credit_gone: list[tuple[datetime, datetime]] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)
    marketing: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    codes: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    in_campaign: set[tuple[str, str]] = field(default_factory=set)


def refusal(ask: Ask, marketing: bool, standing: Standing) -> Fate | None:
    """The first rule that stops this message."""
    if not ask.phone:
        return chains.stopped(Reason.NO_NUMBER, "The member has no phone number")
    return (
        _incomplete(ask)
        or _twice_in_campaign(ask, standing)
        or (_no_consent(ask) if marketing else None)
        or _blocked(ask, standing)
        or (_too_often(ask, standing) if marketing else None)
        or _too_many_codes(ask, standing)
        or _no_credit(ask, standing)
    )


def _incomplete(ask: Ask) -> Fate | None:
    missing = next((name for name, value in ask.fill.items() if value is None), None)
    return (
        chains.stopped(Reason.VARIABLE_ERROR, f"No value for {{{missing}}}", {"missing": missing}) if missing else None
    )


def _twice_in_campaign(ask: Ask, standing: Standing) -> Fate | None:
    if not ask.campaign:
        return None
    key = (ask.campaign, ask.phone)
    if key in standing.in_campaign:
        return chains.stopped(Reason.DUPLICATE_NUMBER, "Another member of this campaign has the same number")
    standing.in_campaign.add(key)
    return None


def _no_consent(ask: Ask) -> Fate | None:
    word = ask.person.consent_then(ask.at) if ask.person else "never"
    if word == "in":
        return None
    since = ask.person.consent_at if ask.person else None
    reason, text = CONSENT_WORDS[word]
    on = f"{since:%-d %B %Y}" if since else ""
    return chains.stopped(
        reason, text.format(on=on), {"consent": word, "since": since.isoformat(timespec="seconds") if since else None}
    )


def _blocked(ask: Ask, standing: Standing) -> Fate | None:
    block = standing.blocks.get(ask.phone)
    if block is None or not block.since <= ask.at < block.until:
        return None
    return chains.stopped(block.reason, block.text, {"until": block.until.isoformat(timespec="seconds")})


def _too_often(ask: Ask, standing: Standing) -> Fate | None:
    seen = standing.marketing[ask.phone]
    week = [at for at in seen if at > ask.at - timedelta(days=7)]
    if len(week) >= MARKETING_A_WEEK:
        return chains.stopped(
            Reason.FREQUENCY_CAP,
            f"{len(week)} of {MARKETING_A_WEEK} offers in the last 7 days",
            {"sent": len(week), "cap": MARKETING_A_WEEK},
        )
    week.append(ask.at)
    standing.marketing[ask.phone] = week
    return None


def _too_many_codes(ask: Ask, standing: Standing) -> Fate | None:
    if not ask.urgent:
        return None
    recent = [at for at in standing.codes[ask.phone] if at > ask.at - timedelta(minutes=10)]
    if len(recent) >= CODES_IN_TEN_MINUTES:
        return chains.stopped(
            Reason.FREQUENCY_CAP,
            f"{len(recent)} codes in ten minutes",
            {"sent": len(recent), "cap": CODES_IN_TEN_MINUTES},
        )
    standing.codes[ask.phone] = [*recent, ask.at]
    return None


def _no_credit(ask: Ask, standing: Standing) -> Fate | None:
    if any(start <= ask.at < end for start, end in standing.credit_gone):
        return chains.stopped(
            Reason.INSUFFICIENT_CREDIT, "The account's credit did not cover this message", {"balance": "0.01"}
        )
    return None


def quiet_until(ask: Ask, marketing: bool) -> datetime | None:
    """When quiet hours where the member lives end, if it is in them now. Codes and answers are never held."""
    if ask.urgent or ask.person is None or not (marketing or ask.user == "crm"):
        return None
    local = ask.at.astimezone(_zone(ask.person.zone))
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, local.tzinfo).astimezone(ask.at.tzinfo)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
