"""Which failures stop a number, for how long and for whom. Pure: rules and facts in, a stop or nothing out.

A failure has a code only where it speaks of the number. Faults of a provider, a text, a sender or an account have none,
and so block nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
LONGEST = 3650 * DAY  # of any stop that a failure causes: a person alone stops a number for ever


class Scope(TextChoices):
    """Whom an entry holds for."""

    GLOBAL = "global", _("Global")  # every account of the installation
    ACCOUNT = "account", _("This account")  # the account whose message caused it: E4 calls it partial


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from one code. ``seconds`` 0: recorded, not stopped. With ``step_up`` each repeat stops for twice
    as long as the one before, up to ``longest`` seconds."""

    code: int
    reason: str | Promise
    seconds: int
    scope: Scope | None  # None where nothing is stopped
    user_may_delete: bool = True
    step_up: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A number rests until then."""

    until: datetime
    scope: Scope


SHIPPED = (
    Rule(500, _("Empty number"), 30 * DAY, Scope.GLOBAL),
    Rule(510, _("Out of service"), HOUR, Scope.GLOBAL),
    Rule(520, _("On carrier’s blacklist"), HOUR, Scope.ACCOUNT),
    Rule(530, _("Busy"), 0, None),
    Rule(540, _("No answer"), 0, None),
    Rule(550, _("Intercepted"), HOUR, Scope.ACCOUNT),
    Rule(560, _("Device broken"), HOUR, Scope.GLOBAL),
    Rule(570, _("Not in service area"), HOUR, Scope.GLOBAL),
    Rule(580, _("Power off"), 0, None),
    Rule(590, _("Other"), 0, None),
)
"""The table of E4 in PRODUCT.md, as an installation begins with it."""

REASONS: Mapping[int, str | Promise] = MappingProxyType({rule.code: rule.reason for rule in SHIPPED})
CODES = frozenset(REASONS)


def decide(rule: Rule | None, *, at: datetime, earlier: int = 0) -> Stop | None:
    """How long a number rests that failed at ``at``, and for whom; None where it does not rest.

    ``rule`` is None for a failure without a code. ``earlier`` counts the rests in a row that ended in another failure:
    a delivery, or a person who lifts the entry, begins anew.
    """
    if rule is None or rule.seconds == 0 or rule.scope is None:
        return None
    return Stop(at + timedelta(seconds=seconds_of(rule, earlier)), rule.scope)


def seconds_of(rule: Rule, earlier: int) -> int:
    """The length of a stop after so many in a row. Never shorter than the rule's own."""
    if not rule.step_up:
        return rule.seconds
    longest = max(rule.seconds, LONGEST if rule.longest is None else min(LONGEST, rule.longest))
    return min(longest, rule.seconds << min(earlier, LONGEST.bit_length()))
