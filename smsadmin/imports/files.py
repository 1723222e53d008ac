"""The files that were brought, on disk below VAR_DIR/files: taken over whole and durable, or not at all."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings

FOLDER = "imports"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in its final place. `name` is relative to VAR_DIR/files."""

    name: str
    size: int
    sha256: str


def take(source: Path, *, account: int, copy: bool = False) -> Stored:
    """Move (or copy) a file to its final place and wait until the disk has it. From the upload folder this is a
    rename."""
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    name = f"{FOLDER}/{account}/{uuid4()}.csv"
    target = settings.VAR_DIR / "files" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copyfile if copy else shutil.move)(source, target)
    sync(target)
    sync(target.parent)
    return Stored(name, target.stat().st_size, sha256)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
