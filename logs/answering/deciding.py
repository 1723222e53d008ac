"""What a reply does, by what it says and what is known of its number. Pure.

STOP      opts out, always; confirmed by one SMS, once in a day, but where the provider has answered by itself
START     opts in; a bare yes does so only where the number was asked, or is opted out
HELP      is answered, a few times a day: two machines could thank each other for ever
smells of an opt-out
          goes to the desk, unless the number is opted out of everything already
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.keywords import Found, Kind

CONFIRMED_ONCE_IN = timedelta(hours=24)
HELP_AT_MOST = 3  # answers to one number within CONFIRMED_ONCE_IN

STOPPED, STARTED, HELPED = "stopped", "started", "help"  # what an answer says: ConsentText.Kind


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a number when it writes. ``marketing`` and ``operational`` are names of consent's Status in
    lower case, '' where nothing is known; ``answers`` are what it was answered within CONFIRMED_ONCE_IN, and when."""

    is_number: bool = True
    marketing: str = ""
    operational: str = ""
    answers: Collection[str] = ()
    provider_answered: bool = False
    confirms_stop: bool = True
    confirms_start: bool = True
    stop_is_for_all: bool = True


@dataclass(frozen=True, slots=True)
class Deed:
    """``effect`` is a name of ReplyEffect; ``event`` 'opted_out', 'opted_in' or '' for the ledger; ``answer`` what to
    send, '' for nothing; ``to_desk``: a person has to read it."""

    effect: str
    event: str = ""
    answer: str = ""
    to_desk: bool = False


NOTHING = Deed("NOTHING")


def decide(found: Found, situation: Situation) -> Deed:
    if situation.provider_answered:
        found = Found(Kind.STOP, found.word, found.languages)
    if not situation.is_number:
        return NOTHING if found.kind is Kind.NOTHING else Deed("NO_NUMBER")
    match found.kind:
        case Kind.STOP:
            return Deed("UNSUBSCRIBED", "opted_out", STOPPED if confirms_stop(situation) else "")
        case Kind.START:
            return start(found, situation)
        case Kind.HELP:
            asked = sum(answer == HELPED for answer in situation.answers)
            return Deed("HELPED", answer=HELPED) if asked < HELP_AT_MOST else Deed("HELP_ASKED")
        case Kind.SMELLS:
            return NOTHING if out_of_all(situation) else Deed("DESK", to_desk=True)
        case _:
            return NOTHING


def start(found: Found, situation: Situation) -> Deed:
    if found.is_yes and situation.marketing not in ("pending", "opted_out", "denied"):
        return NOTHING  # an answer to something else
    answers = situation.confirms_start and STARTED not in situation.answers
    return Deed("RESUBSCRIBED", "opted_in", STARTED if answers else "")


def confirms_stop(situation: Situation) -> bool:
    return situation.confirms_stop and not situation.provider_answered and STOPPED not in situation.answers


def out_of_all(situation: Situation) -> bool:
    """Opted out of whatever a STOP of this account stops."""
    refused = ("opted_out", "denied")
    return situation.marketing in refused and (situation.operational in refused or not situation.stop_is_for_all)


def moment(found: Found, occurred_at: datetime | None, received_at: datetime) -> datetime:
    """When it counts. A STOP holds from when we got it, whatever the clocks of phones say: no earlier opt-in comes
    after it. What opts in counts from when it was written, so that it never undoes a STOP that overtook it."""
    if found.kind is Kind.START and occurred_at is not None:
        return min(occurred_at, received_at)
    return received_at
