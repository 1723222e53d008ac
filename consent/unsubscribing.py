"""What the page behind an unsubscribe link does: out, and back in again."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.db import transaction

from consent import ledger
from consent.models import ConsentRules, UnsubscribeLink
from consent.replay import REFUSED
from consent.vocabulary import Event, Purpose, Source


class Done(Enum):
    OUT = "out"
    IN = "in"
    NOTHING = "nothing"  # it was so already


def rules_of(link: UnsubscribeLink) -> ConsentRules:
    return ConsentRules.objects.filter(account=link.account_id).first() or ConsentRules(account=link.account)


def standing_of(link: UnsubscribeLink) -> ledger.Standing | None:
    """Where marketing stands, which every opt-out by a link covers."""
    found = ledger.standings(account=link.account, phones=[link.phone], purpose=Purpose.MARKETING)
    return found.get(link.phone)


def is_out(standing: ledger.Standing | None) -> bool:
    return standing is not None and standing.status in REFUSED


def may_return(standing: ledger.Standing | None) -> bool:
    """Only what was done by a link is undone by one: a message is forwarded, a STOP is the owner's own."""
    return standing is not None and is_out(standing) and standing.source == Source.LINK


@transaction.atomic
def unsubscribe(*, link: UnsubscribeLink, shown: str, ip: str | None, user_agent: str, at: datetime) -> Done:
    """Out, of everything where the account's STOP is for everything. ``shown`` is what the page said, with the words
    on its button. A number that is out already stays as it is, since when and by what."""
    hold(link)
    if is_out(standing_of(link)):
        return Done.NOTHING
    write(link, Event.OPTED_OUT, shown, ip, user_agent, at)
    return Done.OUT


@transaction.atomic
def resubscribe(*, link: UnsubscribeLink, shown: str, ip: str | None, user_agent: str, at: datetime) -> Done:
    """Back in, where a link took them out; else nothing."""
    hold(link)
    if not may_return(standing_of(link)):
        return Done.NOTHING
    write(link, Event.OPTED_IN, shown, ip, user_agent, at)
    return Done.IN


def hold(link: UnsubscribeLink) -> None:
    """Two taps at once are one."""
    UnsubscribeLink.objects.select_for_update().get(pk=link.pk)


def write(link: UnsubscribeLink, event: Event, shown: str, ip: str | None, user_agent: str, at: datetime) -> None:
    ledger.record(
        account=link.account,
        phone=link.phone,
        purpose=None if rules_of(link).stop_is_for_all else Purpose.MARKETING,
        event=event,
        source=Source.LINK,
        by=None,
        at=at,
        text=shown,
        ip=ip,
        user_agent=user_agent,
        evidence=link.message_id,
    )


def note_opening(link: UnsubscribeLink, at: datetime) -> None:
    """The first time. By a person or by a link scanner: nobody can tell."""
    UnsubscribeLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=at)
