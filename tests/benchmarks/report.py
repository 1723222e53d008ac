"""What a person sees: steps while it runs, Markdown tables at the end."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def step(text: str) -> Iterator[None]:
    print(f"  {text} …", end=" ", flush=True, file=sys.stderr)
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:.1f} s", flush=True, file=sys.stderr)


def say(text: str) -> None:
    print(text, flush=True, file=sys.stderr)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def ms(seconds: float | None) -> str:
    """Milliseconds, three figures at most."""
    if seconds is None:
        return "–"
    value = seconds * 1000
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def ratio(a: float | None, b: float | None, limit: float | None = None) -> str:
    """``a`` as a multiple of ``b``, in bold where it is over the limit."""
    if a is None or not b:
        return "–"
    text = f"{a / b:.1f}×" if a / b < 100 else f"{a / b:,.0f}×"
    return f"**{text}**" if limit is not None and a / b > limit else text
