"""The words of all vocabularies side by side, for the help pages. Pure, derived from the tables in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from logs.advice import Explanation, explain, family_label, reason_label
from logs.advice.texts import TEXTS
from logs.statuses import Outcome, Reason, ReasonFamily, Stage, State, Status
from logs.vocabularies import DEFAULT, VOCABULARIES, Label, Vocabulary

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MANY = 4  # words of one vocabulary for one status: more are told by their groups

WHOSE: Mapping[Status, StrPromise] = {
    Status.QUEUED: _("Platform: it is still here"),
    Status.SENDING: _("SMS provider or device carrier"),
    Status.SENT: _("Device carrier: it took it and says no more"),
    Status.DELIVERED: _("All three stages are passed"),
    Status.UNDELIVERED: _("Device carrier, or the phone"),
    Status.FAILED: _("Platform or SMS provider"),
    Status.BLOCKED: _("Mostly the platform: our own rules"),
    Status.EXPIRED: _("Device carrier, mostly: the phone stayed out of reach"),
    Status.CANCELED: _("Platform: a person withdrew it"),
    Status.UNKNOWN: _("Nobody can say"),
    Status.PARTLY_DELIVERED: _("Device carrier: parts of it are missing"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One of our statuses, and what the other products call it."""

    status: Status
    meaning: StrPromise
    whose: StrPromise
    words: Sequence[tuple[StrPromise, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a vocabulary, and the statuses of ours that it stands for."""

    label: Label
    statuses: Sequence[Status]


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    reason: Reason
    label: StrPromise
    sentence: StrPromise
    next_step: StrPromise
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Family:
    label: StrPromise
    slug: str
    reasons: Sequence[ReasonEntry]


def ordered(first: str) -> list[Vocabulary]:
    """All vocabularies, the account's own first."""
    return sorted(VOCABULARIES.values(), key=lambda vocabulary: vocabulary.key != first)


def statuses(first: str) -> list[Entry]:
    """Our eleven, each with the words of the other products."""
    others = [vocabulary for vocabulary in ordered(first) if vocabulary is not DEFAULT]
    return [
        Entry(
            status, DEFAULT.label(status.slug).meaning, WHOSE[status], [(v.name, said_for(v, status)) for v in others]
        )
        for status in Status
    ]


def said_for(vocabulary: Vocabulary, status: Status) -> list[str]:
    """What a product says for a status of ours; where it has many words for it, their groups."""
    labels = [word.label for word in words(vocabulary.key) if status in word.statuses]
    if len(labels) <= MANY:
        return [str(label.text) if not label.group else f"{label.group} / {label.text}" for label in labels]
    grouped: dict[str, int] = {}
    for label in labels:
        key = f"{label.group} / …" if label.group else str(label.text)
        grouped[key] = grouped.get(key, 0) + 1
    return [f"{key} ({n})" if n > 1 else key for key, n in grouped.items()]


@cache
def words(key: str) -> tuple[Word, ...]:
    """The words of a vocabulary in its own order."""
    vocabulary = VOCABULARIES[key]
    said: dict[str, set[Status]] = {label.slug: set() for label in vocabulary.labels}
    for state in believable():
        said[vocabulary.project(state).slug].add(state.status)
    return tuple(Word(label, sorted(said[label.slug])) for label in vocabulary.labels)


@cache
def believable() -> tuple[State, ...]:
    """States as messages have them: so that a word is not said to stand for a status which it meets in theory only."""
    pairs = [(stage, outcome) for outcome, stages in STAGES.items() for stage in stages]
    states = [
        State.of(stage, outcome, reason, valid)
        for stage, outcome in pairs
        for reason in REASONS.get(outcome, tuple(Reason))
        for valid in {reason.default_validity, *VALIDITIES.get(reason.family, ())}
    ]
    return tuple(states)


_LATE = (Stage.SENDING, Stage.CARRIER_ACCEPTED, Stage.HANDSET)
STAGES: Mapping[Outcome, Sequence[Stage]] = {
    Outcome.PENDING: tuple(stage for stage in Stage if stage <= Stage.CARRIER_ACCEPTED),
    Outcome.DELIVERED: (Stage.HANDSET, Stage.READ),
    Outcome.SENT_UNCONFIRMED: (Stage.CARRIER_ACCEPTED,),
    Outcome.UNDELIVERED: _LATE,
    Outcome.FAILED: (Stage.QUEUED, Stage.SUBMITTING, Stage.PROVIDER_ACCEPTED),
    Outcome.BLOCKED: (Stage.QUEUED, Stage.PROVIDER_ACCEPTED, Stage.CARRIER_ACCEPTED),
    Outcome.EXPIRED: (Stage.QUEUED, *_LATE),
    Outcome.CANCELED: (Stage.QUEUED,),
    Outcome.UNKNOWN: (Stage.QUEUED, Stage.PROVIDER_ACCEPTED, Stage.CARRIER_ACCEPTED),
    Outcome.PARTIAL: (Stage.HANDSET,),
}
_OPEN = (Reason.NONE, Reason.SCHEDULED, Reason.AWAITING_HANDSET)
_OURS = (ReasonFamily.CONSENT, ReasonFamily.BLOCKLIST, ReasonFamily.CONTACT)
_BEFORE = {reason for family in _OURS for reason in family.reasons}
REASONS: Mapping[Outcome, Sequence[Reason]] = {
    Outcome.PENDING: _OPEN,
    Outcome.DELIVERED: (Reason.NONE,),
    Outcome.SENT_UNCONFIRMED: (Reason.NONE, Reason.NO_REPORT),
    Outcome.UNDELIVERED: tuple(reason for reason in Reason if reason not in _BEFORE and reason not in _OPEN),
    Outcome.FAILED: tuple(
        reason for reason in Reason if reason not in _BEFORE and reason.family is not ReasonFamily.HANDSET
    ),
    Outcome.EXPIRED: (Reason.EXPIRED, Reason.NO_REPORT, *ReasonFamily.HANDSET.reasons),
    Outcome.CANCELED: (Reason.CANCELED,),
    Outcome.UNKNOWN: (Reason.NONE, Reason.UNKNOWN, Reason.NO_REPORT),
    Outcome.PARTIAL: (Reason.NONE,),
}
# The same reason may prove a number wrong, or leave it standing.
VALIDITIES = {
    family: tuple(type(Reason.NO_NUMBER.default_validity))
    for family in (ReasonFamily.NUMBER, ReasonFamily.HANDSET, ReasonFamily.SUBSCRIBER)
}


@cache
def families() -> tuple[Family, ...]:
    """Reasons by family, in the order of the story; without the ones that say that it goes on."""
    return tuple(
        Family(family_label(family), family.slug, [entry_of(reason) for reason in family.reasons])
        for family in ReasonFamily
        if family is not ReasonFamily.PROGRESS
    )


def entry_of(reason: Reason) -> ReasonEntry:
    """A reason with the verdict on the number that it usually means."""
    text = TEXTS[reason]
    stopped_here = reason in _BEFORE
    state = State.of(
        Stage.QUEUED if stopped_here else Stage.CARRIER_ACCEPTED,
        Outcome.BLOCKED if stopped_here else Outcome.UNDELIVERED,
        reason,
    )
    return ReasonEntry(reason, reason_label(reason), text.sentence, text.next_step, explain(state))
