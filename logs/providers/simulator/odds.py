"""What becomes of a message to any other number: as a real carrier's messages fare, drawn from the number and our
reference, so that the same message always has the same fate. Pure."""

from __future__ import annotations

import math
import re
from random import Random

from logs.providers.simulator.fates import HOUR, MINUTE, PERMANENT, Fate, Step, delivered

GONE = ((0.012, PERMANENT[0]), (0.008, PERMANENT[1]), (0.004, PERMANENT[2]))
"""The share of numbers that never get anything, by error."""

FLEETING = {"530": 4, "540": 3, "550": 2, "560": 2, "570": 5, "580": 10, "590": 2}
"""Weights of the failures that come and go."""

DAY = 24 * HOUR
ANSWERS = (
    (re.compile(r"\bYES\b"), 0.35, "YES"),
    (re.compile(r"\bSTOP\b"), 0.004, "STOP"),
    (re.compile(r"\bHELP\b"), 0.001, "HELP"),
)
"""What people write back where the text offers it, and how many do."""


def ordinary(to: str, reference: str, text: str) -> Fate:
    # Play, no secret: the same number and the same reference must always draw the same.
    number, message = Random("number " + to), Random("message " + reference)
    sent = Step(message.uniform(0.2, 0.8), "sent")
    if error := gone(number.random()):
        return Fate((sent, Step(_about(message, 3), "undelivered", error)))
    fate = _drawn(message, sent)
    if fate.steps[-1].status != "delivered":
        return fate
    return Fate(fate.steps, replies=replies(message, text, fate.steps[-1].after))


def gone(roll: float) -> str:
    for share, error in GONE:
        if roll < share:
            return error
        roll -= share
    return ""


def _drawn(rng: Random, sent: Step) -> Fate:
    roll, soon = rng.random(), sent.after + _about(rng, 4)
    held = Step(sent.after + 2, "buffered")
    if roll < 0.925:
        return Fate(delivered(soon, sent))
    if roll < 0.960:
        return Fate(delivered(_about(rng, 20 * MINUTE), sent, held))
    if roll < 0.978:
        error = rng.choices(list(FLEETING), list(FLEETING.values()))[0]
        return Fate((sent, held, Step(_about(rng, 2 * MINUTE), "undelivered", error)))
    if roll < 0.986:
        return Fate((sent, held, Step(DAY, "expired")))
    if roll < 0.992:
        return Fate((sent, Step(soon, "delivered", times=0)))
    if roll < 0.995:
        return Fate((sent,))
    return Fate((sent, Step(soon, "delivered", times=2)))


def replies(rng: Random, text: str, after: float) -> tuple[tuple[float, str], ...]:
    for pattern, share, answer in ANSWERS:
        if pattern.search(text) and rng.random() < share:
            return ((after + _about(rng, 45), answer),)
    return ()


def _about(rng: Random, seconds: float) -> float:
    """Around so many seconds, with the long tail that real delays have."""
    return rng.lognormvariate(math.log(seconds), 0.7)
