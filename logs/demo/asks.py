"""One thing that asks for a message, before anybody knows what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from logs.demo.people import Person
from logs.models import Source

if TYPE_CHECKING:
    from logs.demo.pen import Pen


@dataclass(frozen=True, slots=True)
class Ask:
    """``person`` is None where no member has the number. A ``fate`` from a story passes by rules and chance."""

    at: datetime
    source: Source
    template: str
    user: str
    person: Person | None
    phone: str
    fill: Mapping[str, Any]
    campaign: str = ""
    reference: str = ""
    urgent: bool = False  # a code is of no use later: neither held for quiet hours nor tried again
    via: str = ""  # the provider, where the story needs that one
    behind: float = 0  # seconds that others of the same campaign take before it
    fate: "Callable[[Pen], None] | None" = None
    labels: tuple[str, ...] = ()
    text: str = ""  # of what no template made

    @property
    def order(self) -> tuple[datetime, str, str, str]:
        """Total, so that sorting never depends on how the asks were made."""
        return (self.at, self.phone, self.template, self.reference)


def to(person: Person, at: datetime, source: Source, template: str, user: str, **more: Any) -> Ask:
    """An ask for a member, whose own facts fill the template together with ``fill``."""
    facts = {"first_name": person.first_name, "shop": person.shop, "drink": person.drink, **more.pop("fill", {})}
    return Ask(at, source, template, user, person, person.phone, facts, **more)
