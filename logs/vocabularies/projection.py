"""A vocabulary: the words of one product for our states, as an ordered table of rules, and the way back for filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from django.utils.text import slugify

from logs.statuses import Outcome, Reason, Stage, State, Status, Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_stubs_ext import StrPromise

_Member = TypeVar("_Member", Stage, Outcome, Reason, Validity, Status)
_Key = tuple[Stage, Outcome, Reason, Validity]

EARLY = frozenset({Stage.QUEUED, Stage.SUBMITTING})
NEGATIVE = frozenset(outcome for outcome in Outcome if outcome.is_negative)
UNCONFIRMED = frozenset({Outcome.SENT_UNCONFIRMED, Outcome.UNKNOWN, Outcome.PARTIAL})


@dataclass(frozen=True, slots=True)
class Label:
    """One word of a vocabulary.

    `path` is the product's own text, from the group down to the word; `ours` marks a word that we added, since the
    product has none for that state. A label replaces the word of a status, never its shape or colour.
    """

    path: tuple[str, ...]
    meaning: StrPromise
    ours: bool = False
    word: StrPromise | None = None
    key: str = ""

    @property
    def slug(self) -> str:
        """Unique in its vocabulary; fit for an address."""
        return self.key or slugify(self.path[-1])

    @property
    def text(self) -> StrPromise | str:
        """The word itself, without its group. Other products' words stand as those products write them."""
        return self.path[-1] if self.word is None else self.word

    @property
    def group(self) -> str:
        """The words above it, or '' for a label that stands alone."""
        return " / ".join(self.path[:-1])

    @property
    def full(self) -> str:
        return "/".join(self.path)


def word(full: str, meaning: StrPromise, *, ours: bool = False) -> Label:
    """A label from the product's text, groups first: `word("Send failed/580 Power off", …)`."""
    return Label(tuple(full.split("/")), meaning, ours)


@dataclass(frozen=True, slots=True)
class Rule:
    """Says which states a label speaks of; what is None does not matter. The first rule that matches decides."""

    slug: str
    outcomes: frozenset[Outcome] | None = None
    stages: frozenset[Stage] | None = None
    reasons: frozenset[Reason] | None = None
    validities: frozenset[Validity] | None = None

    def matches(self, key: _Key) -> bool:
        stage, outcome, reason, validity = key
        return (
            (self.outcomes is None or outcome in self.outcomes)
            and (self.stages is None or stage in self.stages)
            and (self.reasons is None or reason in self.reasons)
            and (self.validities is None or validity in self.validities)
        )


def rule(
    slug: str,
    outcomes: Iterable[Outcome] | Outcome | None = None,
    *,
    stages: Iterable[Stage] | None = None,
    reasons: Iterable[Reason] | None = None,
    validities: Iterable[Validity] | None = None,
) -> Rule:
    return Rule(
        slug,
        frozenset({outcomes}) if isinstance(outcomes, Outcome) else _some(outcomes),
        _some(stages),
        _some(reasons),
        _some(validities),
    )


def _some(members: Iterable[_Member] | None) -> frozenset[_Member] | None:
    return None if members is None else frozenset(members)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a filter asks of stored columns: each set is any-of, None is anything; all four must hold."""

    statuses: frozenset[Status] | None
    stages: frozenset[Stage] | None
    reasons: frozenset[Reason] | None
    validities: frozenset[Validity] | None

    def matches(self, state: State) -> bool:
        return (
            (self.statuses is None or state.status in self.statuses)
            and (self.stages is None or state.stage in self.stages)
            and (self.reasons is None or state.reason in self.reasons)
            and (self.validities is None or state.number_valid in self.validities)
        )


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of one product. `rules` are read in order and cover every state; `retry` never matters."""

    key: str
    name: StrPromise
    sentence: StrPromise
    labels: tuple[Label, ...]
    rules: tuple[Rule, ...]
    _labels: dict[str, Label] = field(init=False, repr=False)
    _projected: dict[_Key, Label] = field(init=False, repr=False, default_factory=dict)
    _conditions: dict[str, tuple[Condition, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_labels", {label.slug: label for label in self.labels})

    def label(self, slug: str) -> Label:
        """The label of that slug. Raises ValueError for a word that this vocabulary does not have."""
        try:
            return self._labels[slug]
        except KeyError:
            raise ValueError(f"{slug!r} is not a word of {self.key}") from None

    def project(self, state: State) -> Label:
        """The product's word for a state."""
        key = (state.stage, state.outcome, state.reason, state.number_valid)
        label = self._projected.get(key)
        if label is None:
            label = self._projected[key] = self._decide(key)
        return label

    def _decide(self, key: _Key) -> Label:
        return self._labels[next(rule.slug for rule in self.rules if rule.matches(key))]

    def conditions(self, label: Label) -> tuple[Condition, ...]:
        """The way back: a state matches one of these exactly when it projects to the label. They do not overlap."""
        if not self._conditions:
            self._conditions.update(self._cover())
        return self._conditions[label.slug]

    def _cover(self) -> dict[str, tuple[Condition, ...]]:
        """Every state, sorted by label, then drawn together into as few boxes as share their sides."""
        keys: dict[str, list[_Key]] = {label.slug: [] for label in self.labels}
        for key in product(Stage, Outcome, Reason, Validity):
            keys[self._decide(key).slug].append(key)
        return {slug: _boxes(of_label) for slug, of_label in keys.items()}


_Box = tuple[frozenset[Stage] | None, frozenset[Validity] | None, frozenset[Reason] | None]
_STAGES_OF = {
    status: frozenset(stage for stage in Stage if Status.of(stage, status.outcome) is status) for status in Status
}


def _boxes(keys: Iterable[_Key]) -> tuple[Condition, ...]:
    statuses: dict[_Box, set[Status]] = {}
    for status, cells in _grouped((Status.of(key[0], key[1]), key) for key in keys).items():
        for box in _boxes_of_status(status, cells):
            statuses.setdefault(box, set()).add(status)
    return tuple(
        Condition(_unless_all(frozenset(of_box), frozenset(Status)), stages, reasons, validities)
        for (stages, validities, reasons), of_box in statuses.items()
    )


def _boxes_of_status(status: Status, cells: Iterable[_Key]) -> Iterable[_Box]:
    stages_of = _grouped(((reason, validity), stage) for stage, _outcome, reason, validity in cells)
    validities_of = _grouped(
        ((reason, frozenset(stages)), validity) for (reason, validity), stages in stages_of.items()
    )
    reasons_of = _grouped(((stages, frozenset(found)), reason) for (reason, stages), found in validities_of.items())
    for (stages, validities), reasons in reasons_of.items():
        yield (
            _unless_all(stages, _STAGES_OF[status]),
            _unless_all(validities, frozenset(Validity)),
            _unless_all(frozenset(reasons), frozenset(Reason)),
        )


_Group = TypeVar("_Group")
_Item = TypeVar("_Item")


def _grouped(pairs: Iterable[tuple[_Group, _Item]]) -> Mapping[_Group, list[_Item]]:
    groups: dict[_Group, list[_Item]] = {}
    for group, item in pairs:
        groups.setdefault(group, []).append(item)
    return groups


def _unless_all(members: frozenset[_Member], everything: frozenset[_Member]) -> frozenset[_Member] | None:
    return None if members == everything else members
