"""What `make run` tells the person at the terminal: one calm line per step."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """Print now. A terminal that is gone (closed window, `| head`) is no reason to stop."""
    try:
        print(text.encode(_encoding(), "replace").decode(_encoding()), flush=True)
    except OSError:
        return


@contextmanager
def step(text: str) -> Iterator[None]:
    """``✓ text  1.4 s`` once the block is done; a failing block tells its trouble itself."""
    begun = time.monotonic()
    yield
    say(f"  {_tick()} {text:<58} {time.monotonic() - begun:5.1f} s")


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "ascii"


def _tick() -> str:
    try:
        "✓".encode(_encoding())
    except UnicodeEncodeError:
        return "+"
    return "✓"
