"""The member's log in its five phrases (C3; two of C7; C8 in logs.consent_lines), from messages and their events. Pure.

Which event gets which phrase is the vocabulary of the loyalty CRM (logs.vocabularies.como), whose log this is; that
vocabulary has one word of ours, for what waits to be sent, so there is a sixth phrase for it. What was only passed on
the way is left out: a queued event once the message was sent, an earlier one of two equal phrases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logs import telling
from logs.advice import explain, reason_label
from logs.statuses import Outcome, Stage, State, Status
from logs.vocabularies import VOCABULARIES

Text = str | Promise

WORDS = VOCABULARIES["como"]
WAITS, SENT, NOT_SENT = "not-sent-yet", "sent", "failed-to-be-sent"
FROM: Mapping[str, Promise] = {
    WAITS: gettext_lazy("SMS waits to be sent to member (from %(source)s)"),
    SENT: gettext_lazy("SMS sent to member (from %(source)s)"),
    NOT_SENT: gettext_lazy("SMS failed to be sent to member (from %(source)s)"),
}
STATUS: Mapping[str, Promise] = {
    "pending-delivery": gettext_lazy("SMS status: pending delivery"),
    "delivery-success": gettext_lazy("SMS status: delivery success"),
    "delivery-failure": gettext_lazy("SMS status: delivery failure"),
}
# C7's own phrases, for two of these.
ASKED_CONSENT: Promise = gettext_lazy("Request for T&C consent sent to member by SMS (from %(place)s)")
CODE_NOT_SENT: Promise = gettext_lazy("Failed to send member identification code by SMS")
REPLIED: Promise = gettext_lazy("Reply from member")
NO_SOURCE = gettext_lazy("a source that was not recorded")
PASSED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
# What a pending answer said when a later one has come: its sentence ("the receipt is still out") holds no more.
ONCE: Mapping[Stage, Promise] = {
    Stage.SENDING: gettext_lazy("The SMS provider was passing it to the carrier."),
    Stage.CARRIER_ACCEPTED: gettext_lazy("The carrier had it."),
    Stage.HANDSET: gettext_lazy("The phone had it."),
    Stage.READ: gettext_lazy("It was opened on the phone."),
}


class Spoken(Protocol):
    """What a timeline reads of an event: logs.models.StatusEvent has it."""

    occurred_at: datetime | None
    received_at: datetime
    attempt: int
    part: int
    parts: int

    @property
    def state(self) -> State: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What a timeline reads of a message. ``facts`` are what is told beside it: campaign, template.

    ``asks_consent``: a T&C consent request, from "POS" or "Hub"; ``is_code``: it carries an identification code.
    """

    id: UUID
    requested_at: datetime
    sent_at: datetime | None
    state: State
    source: Text
    text: str
    facts: tuple[str, ...] = ()
    asks_consent: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``shows_text``: this line carries the message's text, one line a message does."""

    subject: Subject
    phrase: str
    what: Text
    why: Text
    status: Status
    at: datetime
    note: Text = ""
    shows_text: bool = False
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the person wrote."""

    at: datetime
    text: str
    facts: str = ""
    note: Text = ""
    message_id: UUID | None = None  # what it answers
    what: Text = REPLIED
    is_reply: bool = True


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What happened to the person's consent (C8)."""

    at: datetime
    what: str
    facts: str = ""
    text: str = ""
    tone: str = ""
    symbol: str = ""
    is_consent: bool = True


Line = Entry | Incoming | ConsentEntry


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    entries: Sequence[Line]

    @property
    def is_today(self) -> bool:
        return self.day == timezone.localdate()


def phrase_of(state: State) -> str:
    """The phrase's name for an event with this state."""
    return WORDS.project(state).slug


def words_of(phrase: str, source: Text) -> Text:
    """The phrase as C3 writes it."""
    return STATUS[phrase] if phrase in STATUS else FROM[phrase] % {"source": source or NO_SOURCE}


def said_of(subject: Subject, phrase: str) -> Text:
    """The phrase for this message: C7's where it has one, else C3's."""
    if phrase == SENT and subject.asks_consent:
        return ASKED_CONSENT % {"place": subject.asks_consent}
    if phrase == NOT_SENT and subject.is_code:
        return CODE_NOT_SENT
    return words_of(phrase, subject.source)


def tell(subject: Subject, events: Iterable[Spoken]) -> list[Entry]:
    """A message's entries, newest first; a message without events is told from its own state."""
    told = sorted(events, key=lambda e: (telling.second(moment(e)), e.attempt, e.state.stage, moment(e)))
    entries = [entry_of(subject, event, event is told[-1]) for event in told] or [bare(subject)]
    entries = without_repeats(with_sending(subject, without_waiting(entries)))
    entries[0] = replace(entries[0], shows_text=True)
    entries.reverse()
    return entries


def days(entries: Iterable[Line]) -> list[Day]:
    """Entries by day of the active zone, newest first."""
    ordered = sorted(entries, key=lambda entry: telling.second(entry.at), reverse=True)
    return [Day(day, list(of_day)) for day, of_day in groupby(ordered, key=lambda e: timezone.localdate(e.at))]


def moment(event: Spoken) -> datetime:
    return event.occurred_at or event.received_at


def entry_of(subject: Subject, event: Spoken, is_last: bool) -> Entry:
    phrase = phrase_of(event.state)
    return Entry(
        subject=subject,
        phrase=phrase,
        what=said_of(subject, phrase),
        why=why(subject, phrase, event.state, moment(event)) if is_last else why_then(subject, phrase, event),
        status=event.state.status,
        at=moment(event),
        note=note(event),
    )


def bare(subject: Subject) -> Entry:
    phrase = phrase_of(subject.state)
    what, reason = said_of(subject, phrase), why(subject, phrase, subject.state, None)
    return Entry(subject, phrase, what, reason, subject.state.status, subject.requested_at)


def note(event: Spoken) -> Text:
    """What tells this event from its like."""
    notes = []
    if event.attempt > 1:
        notes.append(_("Attempt %(n)d") % {"n": event.attempt})
    if event.parts > 1:
        notes.append(_("part %(part)d of %(parts)d") % {"part": event.part, "parts": event.parts})
    if event.occurred_at is None:
        notes.append(_("time of arrival here"))
    return " · ".join(notes)


def why(subject: Subject, phrase: str, state: State, at: datetime | None) -> Text:
    """The line below: of what was sent campaign and template, of a delivery how long it took, else the sentence."""
    if phrase == SENT:
        return " · ".join(subject.facts)
    if phrase == "delivery-success":
        took = telling.after(subject.sent_at, at)
        return _("%(duration)s after sending") % {"duration": took} if took else explain(state).sentence
    return explain(state).sentence


def why_then(subject: Subject, phrase: str, event: Spoken) -> Text:
    """The same for an answer that is not the last one."""
    state = event.state
    if state.outcome is not Outcome.PENDING or phrase == SENT:
        return why(subject, phrase, state, moment(event))
    then = ONCE.get(state.stage, "")
    return f"{then} {reason_label(state.reason)}." if state.reason.is_specific else then


def without_waiting(entries: list[Entry]) -> list[Entry]:
    """That it waited matters only as long as it waits."""
    return [entry for entry in entries[:-1] if entry.phrase != WAITS] + entries[-1:]


def with_sending(subject: Subject, entries: list[Entry]) -> list[Entry]:
    """Whatever has a status was sent: where no event says so, the message's own times do."""
    if any(entry.phrase in FROM for entry in entries) or not was_sent(subject):
        return entries
    at, unsure = subject.sent_at or subject.requested_at, subject.sent_at is None
    sent = Entry(
        subject=subject,
        phrase=SENT,
        what=said_of(subject, SENT),
        why=why(subject, SENT, PASSED, at),
        status=PASSED.status,
        at=min(at, entries[0].at),
        note=_("time of the request: when it left was not recorded") if unsure else "",
    )
    return [sent, *entries]


def was_sent(subject: Subject) -> bool:
    return subject.sent_at is not None or subject.state.stage >= Stage.PROVIDER_ACCEPTED


def without_repeats(entries: list[Entry]) -> list[Entry]:
    """Of neighbours that say the same of the same attempt, the last one, which knows most."""
    kept = [a for a, b in pairwise(entries) if (a.phrase, a.note) != (b.phrase, b.note)]
    return [*kept, entries[-1]]
