"""Gives every test run a PostgreSQL of its own, before Django reads its settings, and throws it away afterwards.

An early plugin (``-p tests.servers`` in pyproject.toml). ``DATABASE_URL`` in the environment wins, and ``PG_BINDIR``
chooses the server programs. Workers of pytest-xdist inherit the address from the process that started the server, and
have each a database and a folder of files on it.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from smsadmin.quickstart.children import Trouble
from smsadmin.quickstart.postgres import Postgres, end_leftover

NAME = re.compile(r"smsadmin-test-(?P<pid>\d+)-(?P<started>\d+)-")
SAFE = {
    "DEBUG": "1",  # plain static files, no redirect to HTTPS; pytest-django itself runs the tests with DEBUG off
    "SECRET_KEY": "b8c1d37f5e0a4926a1f0c7e2d94b6a83-which-only-tests-know-4f61",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "",
    "CELERY_BROKER_URL": "memory://",
}
"""Set whatever the caller's environment says: a developer's production address must not reach a test."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # Their databases are their own, and count accounts and files alike: so must be the folder of the files.
        os.environ["SMSADMIN_VAR"] += f"-{worker}"
    elif not _only_asks_for_help(early_config):
        _prepare(early_config)
    return (yield)


def _only_asks_for_help(config: pytest.Config) -> bool:
    options = config.known_args_namespace
    return bool(options.help or options.version)


def _prepare(config: pytest.Config) -> None:
    remove_folders_of_dead_runs()
    folder = new_folder()
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.update(SAFE, SMSADMIN_VAR=str(folder / "var"))
    if os.environ.get("DATABASE_URL"):
        return
    server = Postgres(folder / "postgres", durable=False)
    config.add_cleanup(server.stop)  # clean-ups run last in, first out, on Ctrl-C too
    try:
        server.start()
    except Trouble as trouble:
        raise pytest.UsageError(str(trouble)) from None
    os.environ["DATABASE_URL"] = server.url("smsadmin")
    config.add_cleanup(lambda: os.environ.pop("DATABASE_URL"))


def new_folder() -> Path:
    """Its name tells whose it is, so that a later run can see whether that process still lives."""
    me = psutil.Process()
    return Path(tempfile.mkdtemp(prefix=f"smsadmin-test-{me.pid}-{int(me.create_time())}-"))


def remove_folders_of_dead_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob("smsadmin-test-*"):
        found = NAME.match(folder.name)
        if found and folder.stat().st_uid == os.getuid() and not _lives(int(found["pid"]), int(found["started"])):
            end_leftover(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int, started: int) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False
