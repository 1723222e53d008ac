"""How a state of work in the background looks: tone, symbol, word. Templates hand it to _components/_status.html."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Badge:
    """Tone and symbol are those of the message statuses, so that shapes mean the same everywhere."""

    tone: str
    symbol: str
    label: Promise | str
