"""The files below VAR_DIR/files/exports: whole or not there.

A worker writes in a folder of its own, ``<account>/<worker>.part``; a whole file becomes ``<account>/<worker>.csv``
by a rename once the disk has it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

FOLDER = "exports"
PART = ".part"


def folder() -> Path:
    return settings.VAR_DIR / "files" / FOLDER


@contextmanager
def workplace(account: int, worker: UUID) -> Iterator[Path]:
    """A folder that goes when the worker is done with it."""
    place = folder() / str(account) / f"{worker}{PART}"
    place.mkdir(parents=True, mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def keep(path: Path, account: int, worker: UUID, file_format: str) -> tuple[str, int]:
    """Give a whole file its final place and wait until the disk has it: its name below VAR_DIR/files, its bytes."""
    name = f"{FOLDER}/{account}/{worker}.{file_format}"
    target = settings.VAR_DIR / "files" / name
    path.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    sync(path)
    path.rename(target)
    sync(target.parent)
    return name, target.stat().st_size


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(name: str) -> None:
    if name:
        (settings.VAR_DIR / "files" / name).unlink(missing_ok=True)


def found() -> list[Path]:
    """Every file and every worker's folder."""
    return sorted(folder().glob("*/*"))


def worker_of(path: Path) -> str:
    """The worker that made a file or folder."""
    return path.name.partition(".")[0]


def discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
