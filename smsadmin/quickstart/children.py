"""Child processes that never outlive the program that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
"""``man 2 prctl``: the signal that the kernel sends to this process when its parent dies."""

LONGEST_SOCKET_PATH = 90
"""Bytes. ``man 7 unix``: 108 with the closing zero on Linux, 104 elsewhere; the file's own name needs the rest."""

FULL = "no space left on device"


class Trouble(Exception):
    """Something that a person must do before it can go on; the text says what, in sentences."""


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str] | None = None,
    farewell: int = signal.SIGTERM,
    quiet: bool = True,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, so that Ctrl-C reaches only its parent, which then stops it in order.

    ``farewell`` is the signal that it gets if the parent dies without a word (Linux). Call from the main thread:
    the kernel takes the death of the calling *thread* for the death of the parent. Unless ``quiet``, only its errors
    go to ``log`` and its output to the person at the terminal.
    """
    return subprocess.Popen(
        [os.fspath(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=log if quiet else None,
        stderr=log,
        env=None if env is None else dict(env),
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), farewell),
    )


def stop(child: subprocess.Popen[bytes], *, steps: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn and give it its seconds; then kill what is left of the child's process group."""
    for number, seconds in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_group(child.pid)
    child.wait()


def kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file, for a message about a child that would not start."""
    try:
        text = log.read_bytes()[-20_000:].decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])


def explain(what: str, said: str, folder: Path) -> str:
    """What a person is told when a program gave up: the cure where we know it, else its own last words."""
    if FULL in said.lower():
        return f"{what}: the disk that holds {folder} is full. Make room there and start again."
    last = "\n".join("    " + line for line in said.strip().splitlines()[-8:])
    return f"{what}. It said:\n{last}"


def _die_with(parent: int, number: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return before_exec
