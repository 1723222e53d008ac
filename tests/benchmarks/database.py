"""A PostgreSQL of the benchmark's own, with the product's durable settings and the memory of a small server."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from smsadmin.quickstart.postgres import Postgres

MEMORY = {
    "shared_buffers": "1GB",
    "effective_cache_size": "6GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "max_parallel_maintenance_workers": "2",
}
BYTES_PER_MESSAGE = 1_100  # with indexes and room for the write-ahead log


def server(folder: Path) -> Postgres:
    made = Postgres(folder / "postgres", log=folder / "postgres.log")
    made.settings = {**made.settings, **MEMORY}
    return made


class Databases:
    """One Django connection a database; `using` makes one of them the default, as the product knows only one."""

    def __init__(self) -> None:
        self.wrappers: dict[str, BaseDatabaseWrapper] = {}

    def wrapper(self, name: str) -> BaseDatabaseWrapper:
        if name not in self.wrappers:
            made = connections.create_connection("default")
            made.settings_dict = {**deepcopy(connections.settings["default"]), "NAME": name}
            self.wrappers[name] = made
        return self.wrappers[name]

    @contextmanager
    def using(self, name: str) -> Iterator[BaseDatabaseWrapper]:
        before = connections["default"]
        connections["default"] = self.wrapper(name)
        try:
            yield connections["default"]
        finally:
            connections["default"] = before

    def close(self) -> None:
        for wrapper in self.wrappers.values():
            wrapper.close()
