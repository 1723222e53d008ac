"""How the columns of a file become the fields of a kind: data that is kept with the job, guessed from names,
corrected by people. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from smsadmin.imports.reading import Layout
from smsadmin.imports.sniffing import canonical
from smsadmin.imports.values import DATE_FORMATS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

PLAIN = re.compile(r"[^0-9a-z]+")


class BadMapping(ValueError):
    """A mapping that cannot be used; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a kind can read. `synonyms`: names that columns have for it; `constant`: it may be one
    value for the whole file; `choices`: the values that a constant may have; `words`: its cells are words
    that are translated one by one (a status); `guessed`: a column of that name may be taken for it."""

    name: str
    label: StrPromise | str
    required: bool = False
    help: StrPromise | str = ""
    synonyms: tuple[str, ...] = ()
    constant: bool = False
    choices: tuple[tuple[str, StrPromise | str], ...] = ()
    words: bool = False
    guessed: bool = True


@dataclass(frozen=True)
class Mapping:
    """The whole of what a person may correct. `fields`: field → column; `constants`: field → value of the whole
    file; `words`: word of the file, in lower case → what the kind takes it for; `zone`: of times that state
    none; `preset`: what it began as."""

    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    has_header: bool = True
    columns: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    date_format: str = "auto"
    zone: str = ""
    preset: str = ""

    @classmethod
    def from_json(cls, data: Map[str, Any]) -> Self:
        """Raises BadMapping for what is not one."""
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown:
            raise BadMapping(_("A mapping has no “%(name)s”.") % {"name": sorted(unknown)[0]})
        for name in ("fields", "constants", "words"):
            if not isinstance(data.get(name, {}), dict):
                raise BadMapping(_("“%(name)s” of a mapping is an object.") % {"name": name})
        made = cls(**{**data, "columns": tuple(data.get("columns", ()))})
        made.check()
        return made

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": list(self.columns)}

    def check(self) -> None:
        """Raises BadMapping."""
        if not canonical(self.encoding):
            raise BadMapping(_("No encoding is called “%(name)s”.") % {"name": self.encoding})
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0':
            raise BadMapping(_("The delimiter is one character, and not a quotation mark."))
        if self.date_format not in DATE_FORMATS:
            raise BadMapping(_("No date format is called “%(name)s”.") % {"name": self.date_format})
        if self.zone and self.zone not in available_timezones():
            raise BadMapping(_("No time zone is called “%(name)s”.") % {"name": self.zone})

    @property
    def layout(self) -> Layout:
        return Layout(self.encoding, self.delimiter, self.has_header, self.newline.encode(self.encoding))

    @property
    def zone_info(self) -> ZoneInfo | None:
        return ZoneInfo(self.zone) if self.zone else None

    def with_layout(self, layout: Layout, columns: Sequence[str]) -> Self:
        newline = layout.newline.decode(layout.encoding)
        return replace(
            self,
            encoding=layout.encoding,
            delimiter=layout.delimiter,
            newline=newline,
            has_header=layout.has_header,
            columns=tuple(columns),
        )

    def index(self, field: str) -> int | None:
        """The place of the column that feeds a field; None for none."""
        column = self.fields.get(field)
        return self.columns.index(column) if column in self.columns else None

    def missing(self, fields: Iterable[Field]) -> list[Field]:
        """Required fields that neither a column nor a constant feeds."""
        return [f for f in fields if f.required and self.index(f.name) is None and not self.constants.get(f.name)]


def plain(name: str) -> str:
    """A name as names are compared: "Provider message-ID" is "providermessageid"."""
    return PLAIN.sub("", name.lower()) or name.strip().casefold()


def guess(columns: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Field → column, by the fields' names and synonyms. A column feeds one field; what is named earlier in
    `synonyms` wins."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for rank in range(max((len(f.synonyms) for f in fields), default=0) + 1):
        for f in fields:
            names = (f.name, *f.synonyms)
            if f.name in found or rank >= len(names) or not f.guessed:
                continue
            fitting = by_name.get(plain(names[rank]))
            if fitting is not None and fitting not in taken:
                found[f.name] = fitting
                taken.add(fitting)
    return found


def fit(preset: Map[str, Sequence[str]], columns: Sequence[str]) -> dict[str, str]:
    """Field → column of this file, by the names that a preset knows for each; what the file lacks is left out."""
    by_name = {plain(column): column for column in reversed(columns)}
    found = {
        field: [by_name[plain(name)] for name in names if plain(name) in by_name] for field, names in preset.items()
    }
    return {field: there[0] for field, there in found.items() if there}
