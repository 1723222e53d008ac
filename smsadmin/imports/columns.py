"""The cells of a row as values, column by column, each by the reader of its field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from typing import Any

from django.utils.translation import gettext as _

from smsadmin.imports.mapping import BadMapping, Field, Mapping
from smsadmin.imports.values import RowProblem, SkippedRow

Reader = Callable[[str, str], Any]
"""(text, field) → value. Raises RowProblem, SkippedRow. The text is not blank; it may have spaces around it."""


class Columns:
    """What a mapping makes of cells. Fields without a column take the file's constant, if there is one."""

    def __init__(self, mapping: Mapping, fields: Sequence[Field], readers: Map[str, Reader]) -> None:
        self._readers = readers
        self.constants = {name: self._constant(name, text) for name, text in mapping.constants.items() if text}
        places = ((f.name, mapping.index(f.name)) for f in fields)
        self._steps = [(name, place, readers[name]) for name, place in places if place is not None]
        self._required = tuple(f.name for f in fields if f.required)

    def _constant(self, name: str, text: str) -> Any:
        if name not in self._readers:
            raise BadMapping(_("No field is called “%(name)s”.") % {"name": name})
        try:
            return self._readers[name](text, name)
        except (RowProblem, SkippedRow) as problem:
            raise BadMapping(_("“%(text)s” for the whole file: %(why)s") % {"text": text, "why": problem}) from None

    def values(self, cells: Sequence[str]) -> dict[str, Any]:
        """Field → value, without the empty ones. Raises RowProblem for the first that cannot be understood, or
        is missing."""
        found = self.constants.copy()
        for name, place, read in self._steps:
            if (text := cells[place]) and not text.isspace():
                found[name] = read(text, name)
        for name in self._required:
            if name not in found:
                raise RowProblem(name, _("Missing."))
        return found

    def understood(self, cells: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """For showing: field → value as far as it can be understood, and field → what is wrong."""
        found: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, place, read in self._steps:
            text = cells[place]
            if not text or text.isspace():
                if name in self._required and name not in self.constants:
                    wrong[name] = _("Missing.")
                continue
            try:
                found[name] = read(text, name)
            except (RowProblem, SkippedRow) as problem:
                wrong[name] = str(problem)
        return found, wrong
