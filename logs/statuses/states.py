"""What is known of a message: how far it got, how it ended, and the eleven words that people read.

Every number here is stored: never renumber.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from logs.statuses.reasons import Reason, Validity
from logs.statuses.slugs import SlugEnum

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Leg(SlugEnum):
    """The three legs of the way, as the track shows them."""

    label: StrPromise

    PLATFORM = 1, _("Platform")
    PROVIDER = 2, _("SMS provider")
    CARRIER = 3, _("Device carrier")

    def __new__(cls, value: int, label: StrPromise) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Stage(SlugEnum):
    """How far there is proof that a message got. It never goes back."""

    leg: Leg

    QUEUED = 10, Leg.PLATFORM
    SUBMITTING = 20, Leg.PLATFORM
    PROVIDER_ACCEPTED = 30, Leg.PROVIDER
    SENDING = 40, Leg.PROVIDER
    CARRIER_ACCEPTED = 50, Leg.CARRIER
    HANDSET = 60, Leg.CARRIER
    READ = 70, Leg.CARRIER

    def __new__(cls, value: int, leg: Leg) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.leg = leg
        return member


class Outcome(SlugEnum):
    """What is known now: stored number, precedence among answers, and whether it is a negative one.

    Precedence decides which of several final answers holds. PARTIAL is said of an aggregate (parts, a group): below
    delivered, above every refusal, since some of it arrived.
    """

    precedence: int
    is_negative: bool

    PENDING = 1, 0, False
    DELIVERED = 2, 100, False
    SENT_UNCONFIRMED = 3, 10, False
    UNDELIVERED = 4, 50, True
    FAILED = 5, 40, True
    BLOCKED = 6, 60, True
    EXPIRED = 7, 30, True
    CANCELED = 8, 20, True
    UNKNOWN = 9, 5, False
    PARTIAL = 10, 80, False

    def __new__(cls, value: int, precedence: int, is_negative: bool) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.precedence = precedence
        member.is_negative = is_negative
        return member

    @property
    def is_final(self) -> bool:
        return self is not Outcome.PENDING

    @property
    def is_soft(self) -> bool:
        """Final only for want of a better answer: any real receipt replaces it."""
        return self in (Outcome.UNKNOWN, Outcome.SENT_UNCONFIRMED)


class Status(SlugEnum):
    """Our eleven words: stored number, slug, outcome, label, tone (a colour role) and symbol (id in the sprite).

    The one table that decides how a status looks. DELIVERED is 4 in a partial index: a migration would have to follow.
    """

    word: str
    outcome: Outcome
    label: StrPromise
    tone: str
    symbol: str

    QUEUED = 1, "queued", Outcome.PENDING, pgettext_lazy("status", "Queued"), "wait", "queued"
    SENDING = 2, "sending", Outcome.PENDING, pgettext_lazy("status", "Sending"), "move", "sending"
    SENT = 3, "sent", Outcome.SENT_UNCONFIRMED, pgettext_lazy("status", "Sent"), "move", "sent"
    DELIVERED = 4, "delivered", Outcome.DELIVERED, pgettext_lazy("status", "Delivered"), "good", "delivered"
    UNDELIVERED = 5, "undelivered", Outcome.UNDELIVERED, pgettext_lazy("status", "Undelivered"), "bad", "undelivered"
    FAILED = 6, "failed", Outcome.FAILED, pgettext_lazy("status", "Failed"), "bad", "failed"
    BLOCKED = 7, "blocked", Outcome.BLOCKED, pgettext_lazy("status", "Blocked"), "stop", "blocked"
    EXPIRED = 8, "expired", Outcome.EXPIRED, pgettext_lazy("status", "Expired"), "late", "expired"
    CANCELED = 9, "canceled", Outcome.CANCELED, pgettext_lazy("status", "Canceled"), "wait", "canceled"
    UNKNOWN = 10, "unknown", Outcome.UNKNOWN, pgettext_lazy("status", "Unknown"), "wait", "unknown"
    PARTLY_DELIVERED = (
        11,
        "partly-delivered",
        Outcome.PARTIAL,
        pgettext_lazy("status", "Partly delivered"),
        "late",
        "partial",
    )

    def __new__(cls, value: int, word: str, outcome: Outcome, label: StrPromise, tone: str, symbol: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.word = word
        member.outcome = outcome
        member.label = label
        member.tone = tone
        member.symbol = symbol
        return member

    @property
    def slug(self) -> str:
        return self.word

    @property
    def is_final(self) -> bool:
        return self.outcome.is_final

    @property
    def is_negative(self) -> bool:
        return self.outcome.is_negative

    @staticmethod
    def of(stage: Stage, outcome: Outcome) -> Status:
        """The word for a stage and an outcome; while pending the stage decides between queued and sending."""
        if outcome is Outcome.PENDING:
            return Status.QUEUED if stage <= Stage.SUBMITTING else Status.SENDING
        return _WORD_OF_FINAL[outcome]


_WORD_OF_FINAL = {status.outcome: status for status in Status if status.outcome.is_final}


@dataclass(frozen=True, slots=True)
class State:
    """The canonical state of a message, an attempt or a part.

    `retry`: a new automated attempt may succeed with no human change.
    """

    stage: Stage
    outcome: Outcome
    reason: Reason
    number_valid: Validity
    retry: bool

    @classmethod
    def of(
        cls,
        stage: Stage,
        outcome: Outcome,
        reason: Reason = Reason.NONE,
        number_valid: Validity | None = None,
        retry: bool | None = None,
    ) -> Self:
        """A state in which what is not said follows from the reason."""
        return cls(
            stage,
            outcome,
            reason,
            reason.default_validity if number_valid is None else number_valid,
            reason.default_retry if retry is None else retry,
        )

    @classmethod
    @cache
    def stored(cls, stage: int, outcome: int, reason: int, number_valid: int, retry: bool) -> Self:
        """The state of a row's columns. There are few, and rows are many: each is made once."""
        return cls(
            Stage.stored(stage), Outcome.stored(outcome), Reason.stored(reason), Validity.stored(number_valid), retry
        )

    @property
    def status(self) -> Status:
        return Status.of(self.stage, self.outcome)
