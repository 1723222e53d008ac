"""Why a message stands where it stands: one enum whose members carry their family and what follows for the number.

The numbers are stored: never renumber. Each family has a gap to grow in.
"""

from __future__ import annotations

from enum import auto
from typing import Self

from logs.statuses.slugs import SlugEnum


class Validity(SlugEnum):
    """What the answer says about the number. SUSPECT counts over at least three days before it means anything."""

    YES = 1
    SUSPECT = 2
    NO = 3


class ReasonFamily(SlugEnum):
    """What a reason is about, in the order of the story: our own checks first, then the way to the phone."""

    PROGRESS = auto()
    CONSENT = auto()
    BLOCKLIST = auto()
    CONTACT = auto()
    NUMBER = auto()
    HANDSET = auto()
    SUBSCRIBER = auto()
    CONTENT = auto()
    SENDER = auto()
    ROUTE = auto()
    LIMIT = auto()
    ACCOUNT = auto()
    SYSTEM = auto()
    TIME = auto()
    OTHER = auto()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in Reason if reason.family is self)


_F = ReasonFamily
_YES, _SUSPECT, _NO = Validity.YES, Validity.SUSPECT, Validity.NO


class Reason(SlugEnum):
    """A reason: stored number, family, default validity of the number, and whether to try again by default."""

    family: ReasonFamily
    default_validity: Validity
    default_retry: bool

    NONE = 0, _F.PROGRESS, _YES, False
    SCHEDULED = 1, _F.PROGRESS, _YES, False
    AWAITING_HANDSET = 2, _F.PROGRESS, _YES, False

    OPTED_OUT = 10, _F.CONSENT, _YES, False
    NOT_OPTED_IN = 11, _F.CONSENT, _YES, False
    CONSENT_PENDING = 12, _F.CONSENT, _YES, False
    CONSENT_DENIED = 13, _F.CONSENT, _YES, False

    BLOCKLIST_GLOBAL = 20, _F.BLOCKLIST, _YES, False
    BLOCKLIST_ACCOUNT = 21, _F.BLOCKLIST, _YES, False
    BLOCKLIST_PROVIDER = 22, _F.BLOCKLIST, _YES, False
    BLOCKLIST_CARRIER = 23, _F.BLOCKLIST, _YES, False

    NO_NUMBER = 30, _F.CONTACT, _NO, False
    DUPLICATE_NUMBER = 31, _F.CONTACT, _YES, False

    INVALID_NUMBER = 40, _F.NUMBER, _NO, False
    UNKNOWN_SUBSCRIBER = 41, _F.NUMBER, _NO, False
    NUMBER_INACTIVE = 42, _F.NUMBER, _NO, False
    NOT_SMS_CAPABLE = 43, _F.NUMBER, _NO, False
    PORTING = 44, _F.NUMBER, _SUSPECT, True

    ABSENT = 50, _F.HANDSET, _YES, True
    POWER_OFF = 51, _F.HANDSET, _YES, True
    OUT_OF_COVERAGE = 52, _F.HANDSET, _YES, True
    BUSY = 53, _F.HANDSET, _YES, True
    NO_ANSWER = 54, _F.HANDSET, _YES, True
    MEMORY_FULL = 55, _F.HANDSET, _YES, True
    ROAMING = 56, _F.HANDSET, _YES, True
    DEVICE_ERROR = 57, _F.HANDSET, _SUSPECT, False

    SUBSCRIBER_SUSPENDED = 60, _F.SUBSCRIBER, _SUSPECT, False
    SUBSCRIBER_NO_CREDIT = 61, _F.SUBSCRIBER, _YES, True
    AGE_RESTRICTED = 62, _F.SUBSCRIBER, _YES, False

    CONTENT_FILTERED = 70, _F.CONTENT, _YES, False
    CONTENT_INVALID = 71, _F.CONTENT, _YES, False
    MESSAGE_TOO_LONG = 72, _F.CONTENT, _YES, False
    VARIABLE_ERROR = 73, _F.CONTENT, _YES, False

    SENDER_REJECTED = 80, _F.SENDER, _YES, False
    REGISTRATION_REQUIRED = 81, _F.SENDER, _YES, False

    NO_ROUTE = 90, _F.ROUTE, _SUSPECT, False
    CARRIER_REJECTED = 91, _F.ROUTE, _SUSPECT, False
    REGION_BLOCKED = 92, _F.ROUTE, _YES, False
    CARRIER_ERROR = 93, _F.ROUTE, _YES, True
    CONGESTION = 94, _F.ROUTE, _YES, True

    RATE_LIMITED = 100, _F.LIMIT, _YES, True
    FREQUENCY_CAP = 101, _F.LIMIT, _YES, True
    QUOTA_EXCEEDED = 102, _F.LIMIT, _YES, True

    INSUFFICIENT_CREDIT = 110, _F.ACCOUNT, _YES, False
    ACCOUNT_SUSPENDED = 111, _F.ACCOUNT, _YES, False
    AUTH_ERROR = 112, _F.ACCOUNT, _YES, False
    CONFIG_ERROR = 113, _F.ACCOUNT, _YES, False

    PLATFORM_ERROR = 120, _F.SYSTEM, _YES, True
    PROVIDER_ERROR = 121, _F.SYSTEM, _YES, True
    TRANSPORT_ERROR = 122, _F.SYSTEM, _YES, True
    # Perhaps it was sent: asked about first, never sent again blindly.
    AMBIGUOUS_SUBMIT = 123, _F.SYSTEM, _YES, False
    DUPLICATE_MESSAGE = 124, _F.SYSTEM, _YES, False

    EXPIRED = 130, _F.TIME, _YES, True
    NO_REPORT = 131, _F.TIME, _YES, False
    CANCELED = 132, _F.TIME, _YES, False

    OTHER = 140, _F.OTHER, _SUSPECT, False
    UNKNOWN = 141, _F.OTHER, _SUSPECT, False

    def __new__(cls, value: int, family: ReasonFamily, validity: Validity, retry: bool) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.family = family
        member.default_validity = validity
        member.default_retry = retry
        return member

    @property
    def is_specific(self) -> bool:
        """Whether it says more than "nothing known": a specific reason wins over these in the fold."""
        return self not in (Reason.NONE, Reason.UNKNOWN, Reason.OTHER)
