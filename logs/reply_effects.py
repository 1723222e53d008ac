"""What replies did, as people see it: a word, a tone, a shape. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import DeskItem
from logs.models import ReplyEffect


@dataclass(frozen=True, slots=True)
class Mark:
    """As a badge shows it; ``short`` stands below."""

    tone: str
    symbol: str
    label: str | Promise
    short: str | Promise = ""


MARKS: Mapping[ReplyEffect, Mark] = {
    ReplyEffect.WAITING: Mark("wait", "queued", ReplyEffect.WAITING.label),
    ReplyEffect.UNSUBSCRIBED: Mark("stop", "blocked", ReplyEffect.UNSUBSCRIBED.label),
    ReplyEffect.RESUBSCRIBED: Mark("good", "delivered", ReplyEffect.RESUBSCRIBED.label),
    ReplyEffect.HELPED: Mark("move", "sent", ReplyEffect.HELPED.label),
    ReplyEffect.DESK: Mark("late", "unknown", gettext_lazy("To the desk")),
    ReplyEffect.NOTHING: Mark("wait", "canceled", ReplyEffect.NOTHING.label),
    ReplyEffect.HELP_ASKED: Mark("wait", "queued", gettext_lazy("Help asked"), gettext_lazy("not answered again")),
    ReplyEffect.NO_NUMBER: Mark("wait", "failed", gettext_lazy("Nothing"), gettext_lazy("not a phone number")),
    ReplyEffect.FAILED: Mark("bad", "failed", gettext_lazy("Not dealt with"), gettext_lazy("to the desk")),
}
DECIDED: Mapping[int, Mark] = {
    DeskItem.Decision.OPT_OUT: Mark("stop", "blocked", gettext_lazy("Unsubscribed"), gettext_lazy("by the desk")),
    DeskItem.Decision.NOTHING: Mark("wait", "canceled", gettext_lazy("No opt-out"), gettext_lazy("by the desk")),
}


def slug_of(effect: ReplyEffect) -> str:
    return effect.name.lower().replace("_", "-")


BY_SLUG = {slug_of(effect): effect for effect in ReplyEffect}


def mark(effect: int, item: DeskItem | None) -> Mark:
    """What a reply did, with what the desk made of it."""
    if item is not None and item.decision is not None:
        return DECIDED[item.decision]
    return MARKS[ReplyEffect(effect)]


def words(effect: int, item: DeskItem | None) -> str:
    """In one line."""
    found = mark(effect, item)
    return _("%(what)s, %(more)s") % {"what": found.label, "more": found.short} if found.short else str(found.label)
