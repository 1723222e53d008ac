"""PostgreSQL refuses to run as root; containers and test machines often have nobody else."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smsadmin.quickstart.children import Trouble

NOBODY = 65534


@dataclass(frozen=True)
class Demotion:
    """How to start a program that must not be root: words to put before the command, and who must own its files."""

    prefix: tuple[str, ...]
    owner: int

    def take(self, folder: Path) -> None:
        """Give ``folder`` and all in it to the user whose files the program will see as its own."""
        if not folder.exists() or folder.stat().st_uid == self.owner:
            return
        if os.geteuid() != 0:
            raise Trouble(f"{folder} belongs to another user. Start as that user, or remove the folder to begin anew.")
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.owner, -1, follow_symlinks=False)


@cache
def demotion() -> Demotion:
    """Nothing for an ordinary user; for root the first way that this machine allows.

    A user namespace in which root's files belong to nobody needs no change of owner. Where it is forbidden (many
    containers), a change to nobody that keeps the right to pass root's folders, such as /root, needs one.
    """
    if os.geteuid() != 0:
        return Demotion((), os.geteuid())
    ways = (
        Demotion(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"), 0),
        Demotion(_setpriv(), NOBODY),
    )
    for way in ways:
        if _works(way.prefix):
            return way
    raise Trouble(
        "PostgreSQL does not run as root, and this machine offers neither user namespaces nor setpriv. "
        "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs already."
    )


def _setpriv() -> tuple[str, ...]:
    who = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    rights = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return (
        "setpriv",
        *who,
        *rights,
        "--pdeathsig=INT",
    )  # a change of user forgets the signal that was asked for before


def _works(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
