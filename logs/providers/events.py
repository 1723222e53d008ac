"""What adapters translate into: what a provider says of a message, and what a person replied. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from logs.statuses import State, event_id

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID


class Heard(NamedTuple):
    """One thing that a provider said of one message (or of one part of it), with its evidence verbatim.

    ``table`` is the table of codes (logs.providers.codes) that ``raw_status`` and ``raw_error`` are of. ``reference``
    is our own message id, where the provider gives it back. ``occurred_at`` is aware, or None where the provider
    tells no time that can be trusted. ``raw`` is what it said of this message alone, as it came. ``soft``: concluded
    from what the provider said rather than said by it, so that a final answer to the contrary wins.
    """

    table: str
    state: State
    provider_message_id: str = ""
    reference: str = ""
    recipient: str = ""
    part: int = 1
    parts: int = 1
    raw_status: str = ""
    raw_error: str = ""
    raw_text: str = ""
    raw: str = ""
    provider_event_id: str = ""
    occurred_at: datetime | None = None
    price: Decimal | None = None
    currency: str = ""
    soft: bool = False

    @property
    def id(self) -> UUID:
        """The dedupe key: said again, it is the same event."""
        return event_id(
            provider=self.table,
            provider_event_id=self.provider_event_id,
            provider_message_id=self.provider_message_id or self.reference,
            recipient=self.recipient,
            part=self.part if self.parts > 1 else None,
            raw_status=self.raw_status,
            raw_error=self.raw_error,
            occurred_at=self.occurred_at,
        )


@dataclass(frozen=True, slots=True)
class Inbound:
    """One SMS that somebody sent to us, or one part of it.

    ``sender`` is the person's number as the provider writes it, ``recipient`` ours. Parts carry ``joined_by``, which
    the parts of one text have in common beside their sender. ``opt_out``: the provider itself has treated it as an
    opt-out and answered.
    """

    sender: str
    recipient: str
    text: str
    provider_message_id: str = ""
    occurred_at: datetime | None = None
    joined_by: str = ""
    part: int = 1
    parts: int = 1
    opt_out: bool = False
    raw: str = ""
