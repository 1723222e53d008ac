"""What becomes of a message to a number that has a fate: +44 7700 900000 to 900999, where the last three digits choose.

Ofcom keeps these numbers for fiction, so no real phone can have them. Delays are in seconds at speed 1. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RANGE = "+447700900"
MINUTE, HOUR = 60.0, 3600.0

PERMANENT = ("500", "510", "520")
FAILURES = (*PERMANENT, "530", "540", "550", "560", "570", "580", "590")


@dataclass(frozen=True, slots=True)
class Step:
    """A status that a message reaches so long after it was taken. ``part`` 0 means every part; ``times`` is how often
    the receipt is posted, 0 where only a question brings it to light."""

    after: float
    status: str
    error: str = ""
    part: int = 0
    times: int = 1
    manner: str = ""  # of the receipt: forged (wrong signature), garbled (no JSON), stranger (of an unknown message)


@dataclass(frozen=True, slots=True)
class Answering:
    """How the submission is answered. ``first``: only so many tries of a message are answered so, later ones well;
    0 means all."""

    status: int = 202
    code: str = ""
    taken: bool = True
    after: float = 0.0  # seconds, whatever the speed
    reset: bool = False
    retry_after: int = 0
    first: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """The answer to the submission, what follows, and what the person writes back a second later."""

    steps: tuple[Step, ...] = ()
    answering: Answering = field(default_factory=Answering)
    replies: tuple[tuple[float, str], ...] = ()  # seconds after it was taken, and the text
    parts: int = 1  # at least so many


def delivered(after: float = 0.0, *before: Step) -> tuple[Step, ...]:
    return (*before, Step(after, "delivered"))


def refused(status: int, code: str, *, retry_after: int = 0, first: int = 0) -> Fate:
    answering = Answering(status, code, taken=False, retry_after=retry_after, first=first)
    return Fate(delivered(), answering)


def answered(text: str) -> Fate:
    """Delivered at once; the person writes back a second later."""
    return Fate(delivered(), replies=((1.0, text),))


SENT = Step(0.5, "sent")
AT_ONCE = Fate(delivered())
LONG_REPLY = (
    "STOP writing to me every week. I was in your shop once, in March, and have had a message from you each Friday "
    "since then. Please take my number off your list and tell me when it is done."
)

MAGIC: dict[str, Fate] = {
    # delivered
    "001": AT_ONCE,
    "002": Fate(delivered(3, SENT)),
    "003": Fate(delivered(2 * MINUTE, SENT, Step(1, "buffered"))),
    "004": Fate(delivered(6 * HOUR, SENT, Step(1, "buffered"))),
    # receipts that do not come as they should
    "010": Fate((Step(1, "sent", times=0), Step(2, "delivered", times=0))),
    "011": Fate((Step(1, "sent", times=0),)),
    "012": Fate((Step(0, "delivered", times=3),)),
    "013": Fate(delivered(), Answering(after=1.0)),
    "014": Fate(delivered(2, Step(0, "undelivered", "580"))),
    "015": Fate((Step(0, "delivered"), Step(2, "undelivered", "590"))),
    "016": Fate((Step(0, "delivered"), Step(2, "sent"))),
    "020": Fate((Step(0, "teleported", "4711"),)),
    "021": Fate((Step(0, "undelivered", "500", times=1, manner="forged"), Step(1, "delivered"))),
    "022": Fate((Step(0, "undelivered", "500", times=1, manner="garbled"), Step(1, "delivered"))),
    "023": Fate((Step(0, "delivered", manner="stranger"), Step(1, "delivered"))),
    # answers that do not come as they should
    "030": Fate(delivered(), Answering(after=30.0)),
    "031": Fate(delivered(), Answering(reset=True)),
    "032": Fate(delivered(), Answering(reset=True, taken=False)),
    "033": Fate(delivered(), Answering(500, "broken")),
    "034": Fate(delivered(), Answering(500, "broken", taken=False)),
    "035": refused(503, "unavailable"),
    "036": refused(429, "too_many", retry_after=5),
    "037": refused(401, "bad_key"),
    "038": refused(402, "no_credit"),
    "039": refused(503, "unavailable", first=2),
    # several parts
    "040": Fate(
        (Step(0, "delivered", part=1), Step(0, "undelivered", "560", part=2), Step(0, "delivered", part=3)), parts=3
    ),
    "041": Fate((Step(0, "delivered", part=2), Step(2, "delivered", part=1)), parts=2),
    # not taken, each for its reason
    "050": refused(400, "invalid_number"),
    "051": refused(400, "content_refused"),
    "052": refused(400, "sender_refused"),
    "053": refused(400, "opted_out"),
    "054": refused(400, "no_route"),
    # ends without a failure code
    "060": Fate((SENT, Step(1, "buffered"), Step(MINUTE, "expired"))),
    "061": Fate((Step(1, "rejected"),)),
    # people who write back
    "070": answered("STOP"),
    "071": answered("START"),
    "072": answered("pls stop texting me"),
    "073": answered("HELP"),
    "074": answered("YES"),
    "075": answered("СТОП ✋"),
    "076": answered(LONG_REPLY),
    # the failures of the network
    **{code: Fate((SENT, Step(1, "undelivered", code))) for code in FAILURES},
}


def magic(to: str) -> Fate | None:
    """The fate of an E.164 number that has one."""
    if not to.startswith(RANGE) or len(to) != len(RANGE) + 3:
        return None
    return MAGIC.get(to[len(RANGE) :])
