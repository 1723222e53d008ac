"""The state that a row of a file tells: by its own columns, by the words of the mapping, by the provider's
table, or unknown (R3). Pure."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from logs.imports import words
from logs.providers import codes
from logs.statuses import Outcome, Reason, Stage, State, Validity
from smsadmin.imports.mapping import BadMapping
from smsadmin.imports.values import RowProblem, SkippedRow

# What decides the state of a row.
KEYS = ("status", "error", "provider", "outcome", "stage", "reason", "number_valid", "retry")


@dataclass(frozen=True, slots=True)
class Told:
    """A state, and whether it only stands in for an answer that nobody gave."""

    state: State
    soft: bool = False


class States:
    """Translates rows of one file; the same words give the same answer without thinking twice."""

    def __init__(self, targets: Map[str, str]) -> None:
        self._targets = targets
        self._known: dict[tuple[Any, ...], Told] = {}
        for word, target in targets.items():
            self._check(word, target)

    def _check(self, word: str, target: str) -> None:
        if target == words.SKIP:
            return
        try:
            words.state_for(target)
        except ValueError as error:
            raise BadMapping(f"{word}: {error}") from None

    def of(self, values: Map[str, Any]) -> Told:
        """Raises RowProblem for a status that nobody has mapped, SkippedRow for one whose rows are left out."""
        key = tuple(map(values.get, KEYS))
        told = self._known.get(key)
        if told is None:
            told = self._find(*((part or "") for part in key))
            if len(self._known) < 10_000:
                self._known[key] = told
        return told

    def _find(
        self, status: str, error: str, provider: str, outcome: Any, stage: Any, reason: Any, valid: Any, retry: Any
    ) -> Told:
        if outcome:
            state = State.of(
                stage or Stage.PROVIDER_ACCEPTED,
                outcome,
                reason or Reason.NONE,
                valid or None,
                None if retry == "" else retry,
            )
            return Told(state, state.outcome is Outcome.UNKNOWN)
        if status:
            return self._by_word(status, error, provider.casefold())
        if error and (found := codes.lookup(provider.casefold(), "error", error)):
            return Told(found.state)
        return Told(State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT), soft=True)

    def _by_word(self, status: str, error: str, provider: str) -> Told:
        target = self._targets.get(status.casefold())
        if target == words.SKIP:
            raise SkippedRow(_("Rows with the status “%(word)s” are left out.") % {"word": status})
        if target:
            state = words.state_for(target, error)
        elif codes.lookup(provider, "status", status):
            state = codes.resolve(provider, status, error or None)
        else:
            raise RowProblem("status", _("Nobody has said what the status “%(word)s” stands for.") % {"word": status})
        return Told(state, state.outcome is Outcome.UNKNOWN)


def slug_reader(enum: type[Stage] | type[Outcome] | type[Reason] | type[Validity], why: str) -> Any:
    def read(text: str, field: str) -> Any:
        try:
            return enum.from_slug(text.strip().lower())
        except ValueError:
            raise RowProblem(field, why) from None

    return read
