"""A worker that is killed on reaching a given line: a program for test_killing.

    python -m tests.logs.dispatching.dying list < /dev/null     prints the lines that a turn runs through
    python -m tests.logs.dispatching.dying kill                 reads lines, dies on each in a process of its own

Each turn dispatches and reconciles, ten seconds after the one before.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[3]
WATCHED = tuple(str(ROOT / path) for path in ("logs/dispatching/", "logs/appending.py", "logs/providers/http.py"))
STEP = timedelta(seconds=10)

Place = tuple[str, int]


def turn(at: datetime) -> None:
    from logs.dispatching.reconciling import reconcile
    from logs.dispatching.round import dispatch

    dispatch(now=lambda: at)
    reconcile(now=lambda: at)


def watch(reached: Callable[[Place], None]) -> None:
    """Tell of every line that begins, in all threads."""

    def line(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            reached((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(WATCHED) else None

    threading.settrace(call)
    sys.settrace(call)


def listed(at: datetime) -> None:
    seen: dict[Place, None] = {}
    watch(lambda place: seen.setdefault(place))
    turn(at)
    turn(at + timedelta(minutes=1))  # asks for what got no answer
    sys.settrace(None)
    print(json.dumps(list(seen)))


def killed(place: Place, at: datetime) -> int:
    """The signal that ended it, 0 where the line was not reached."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            watch(lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == place else None)
            turn(at)
            status = 0
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended)


def main() -> None:
    django.setup()
    for name in ("reconciling", "round"):  # the lines that load them are no part of a turn
        import_module(f"logs.dispatching.{name}")
    from logs.providers import registry
    from tests.factories.peer import ADAPTER

    registry._ADAPTERS["peer"] = ADAPTER
    at = datetime.fromisoformat(os.environ["NOW"])
    if sys.argv[1] == "list":
        listed(at)
        return
    places = [(str(name), int(number)) for name, number in json.load(sys.stdin)]
    ends = [killed(place, at + STEP * n) for n, place in enumerate(places)]
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
