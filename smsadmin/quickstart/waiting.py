"""Waiting for something outside that tells nobody when it is ready."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, deadline: float, pause: float = 0.01) -> bool:
    """True as soon as ``condition()`` is; false when ``time.monotonic()`` passes ``deadline``."""
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
