"""What can be imported. Upper apps write a kind and list it in settings.IMPORT_KINDS; this app reads, runs and
reports it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from smsadmin.imports.mapping import Field, Mapping

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrPromise

    from smsadmin.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Counts:
    """What a batch did, or would do."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.new + other.new, self.changed + other.changed, self.same + other.same)


@dataclass(frozen=True, slots=True)
class Preset:
    """A mapping that is known beforehand. `columns`: field → the names that its column has in such files.
    `telling`: columns by which such a file is recognised, if all are there."""

    key: str
    name: StrPromise | str
    help: StrPromise | str
    columns: Map[str, tuple[str, ...]]
    telling: frozenset[str] = frozenset()
    constants: Map[str, str] = field(default_factory=dict)
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the file and what the kind takes it for; `target` is "" where it does not know."""

    text: str
    n: int
    target: str


class Session(ABC):
    """One file being read for one account: look-ups are cached here. Items are the kind's own."""

    @abstractmethod
    def parse(self, cells: Sequence[str]) -> Any:
        """An item of a row. Raises RowProblem, or SkippedRow for a row that is not meant to be imported. Asks no
        database."""

    @abstractmethod
    def preview(self, items: Sequence[Any]) -> Counts:
        """What `write` would do. Writes nothing."""

    @abstractmethod
    def write(self, items: Sequence[Any], at: datetime) -> Counts:
        """Write the items in the caller's transaction. Writing them again changes nothing."""

    def forget(self) -> None:  # noqa: B027 - a kind without a cache has nothing to drop
        """Drop what was cached of the database: a transaction was rolled back."""

    @abstractmethod
    def show(self, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        """For the mapping page: field → what was understood, as text; field → what is wrong with it."""


class ImportKind(ABC):
    """Something that can be imported."""

    key: ClassVar[str]
    label: ClassVar[StrPromise | str]
    help: ClassVar[StrPromise | str] = ""
    fields: ClassVar[tuple[Field, ...]]
    presets: ClassVar[tuple[Preset, ...]] = ()

    @abstractmethod
    def prepare(self, account: Account, mapping: Mapping, now: datetime) -> Session:
        """Raises BadMapping where the mapping cannot be used."""

    def guess_word(self, word: str, mapping: Mapping) -> str:
        """What a word of the words field most likely means: a key of `targets`, or ""."""
        return ""

    def targets(self, mapping: Mapping) -> Iterable[tuple[StrPromise | str, Sequence[tuple[str, StrPromise | str]]]]:
        """What words can be taken for, in groups: (name of the group, ((key, label), …))."""
        return ()

    @property
    def words_field(self) -> Field | None:
        return next((f for f in self.fields if f.words), None)

    def preset(self, key: str) -> Preset | None:
        return next((preset for preset in self.presets if preset.key == key), None)

    def recognise(self, columns: Sequence[str]) -> Preset | None:
        """The preset that knows such a file, if one does."""
        there = {column.casefold() for column in columns}
        fitting = [p for p in self.presets if p.telling and {name.casefold() for name in p.telling} <= there]
        return max(fitting, key=lambda p: len(p.telling), default=None)


@cache
def all_kinds() -> dict[str, ImportKind]:
    """The kinds of settings.IMPORT_KINDS, by key."""
    return {kind.key: kind for kind in (import_string(path)() for path in settings.IMPORT_KINDS)}


def kind_of(key: str) -> ImportKind:
    """Raises KeyError."""
    return all_kinds()[key]
