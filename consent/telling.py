"""How consent is told to people: the mark of a status, stamps, what brought it there."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.vocabulary import Event, Source, Status


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as a badge shows it: tone, a shape that differs too, and the word."""

    tone: str
    symbol: str
    label: str | Promise

    def __str__(self) -> str:
        return str(self.label)


MARKS = {
    Status.PENDING: Mark("wait", "queued", Status.PENDING.label),
    Status.OPTED_IN: Mark("good", "delivered", Status.OPTED_IN.label),
    Status.OPTED_OUT: Mark("stop", "blocked", Status.OPTED_OUT.label),
    Status.DENIED: Mark("stop", "canceled", Status.DENIED.label),
}
UNKNOWN = Mark("wait", "unknown", gettext_lazy("Nothing known"))
EVENT_MARKS = {
    Event.REQUESTED: MARKS[Status.PENDING],
    Event.CONFIRMED: MARKS[Status.OPTED_IN],
    Event.OPTED_IN: MARKS[Status.OPTED_IN],
    Event.OPTED_OUT: MARKS[Status.OPTED_OUT],
    Event.DENIED: MARKS[Status.DENIED],
    Event.REVOKED: MARKS[Status.OPTED_OUT],
    Event.EXPIRED: Mark("late", "expired", Event.EXPIRED.label),
}
THROUGH = {
    Source.HUB: gettext_lazy("from the Hub"),
    Source.API: gettext_lazy("through the API"),
    Source.IMPORT: gettext_lazy("by an import"),
    Source.APP: gettext_lazy("through the app"),
    Source.POS: gettext_lazy("at the till"),
    Source.LINK: gettext_lazy("by the unsubscribe link"),
    Source.REPLY: gettext_lazy("by reply"),
    Source.CARRIER: gettext_lazy("by the carrier"),
    Source.SUPPORT: gettext_lazy("through support"),
}


def mark(status: int | None) -> Mark:
    return UNKNOWN if status is None else MARKS[Status(status)]


def how(event: int, source: int) -> str:
    """ "Opted out by reply"."""
    return _("%(event)s %(through)s") % {"event": Event(event).label, "through": THROUGH[Source(source)]}


def utc(at: datetime) -> str:
    """The exact instant."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def stamp(at: datetime) -> str:
    """In the account's zone: "9 Mar 14:02", other years with the year."""
    local, now = timezone.localtime(at), timezone.localtime()
    return date_format(local, "j M H:i" if local.year == now.year else "j M Y H:i")


def moment(at: datetime) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), utc(at), stamp(at))
