"""Where a unix socket can live: its path has a limit of about 100 bytes, a clone's folder has none."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from smsadmin.quickstart.children import LONGEST_SOCKET_PATH, Trouble


def folder(wanted: Path) -> Path:
    """``wanted`` itself, or, where its path is too long, a private folder under /tmp that is always the same one."""
    wanted = wanted.absolute()
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_PATH:
        return _private(wanted)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > LONGEST_SOCKET_PATH - 40:
        base = Path("/tmp")  # noqa: S108  the folder is checked to be ours and private
    return _private(base / f"smsadmin-{os.getuid()}-{digest}")


def _private(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise Trouble(f"{path} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
    path.chmod(0o700)
    return path
