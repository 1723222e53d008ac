"""The rule by which events add up to a status, and that the table always agrees with the ledger."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consent import ledger
from consent.models import ConsentEvent, ConsentStatus
from consent.replay import REFUSED, Standing, in_order, status_after
from consent.vocabulary import Event, Purpose, Source, Status
from tests.factories.accounts import make_account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GIVING = (Event.OPTED_IN, Event.CONFIRMED)


@dataclass(frozen=True)
class Told:
    event: Event
    source: Source = Source.REPLY
    at: datetime = NOON
    id: UUID = field(default_factory=uuid4, compare=False)


told = st.builds(
    Told,
    event=st.sampled_from(Event),
    source=st.sampled_from(Source),
    at=st.integers(0, 4).map(lambda n: NOON + n * MINUTE),
)


def after(*events: Event, source: Source = Source.REPLY) -> Status | None:
    standing = status_after(Told(event, source, NOON + n * MINUTE) for n, event in enumerate(events))
    return standing and standing.status


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], None),
        ([Event.REQUESTED], Status.PENDING),
        ([Event.REQUESTED, Event.CONFIRMED], Status.OPTED_IN),
        ([Event.REQUESTED, Event.DENIED], Status.DENIED),
        ([Event.REQUESTED, Event.EXPIRED], Status.PENDING),
        ([Event.EXPIRED], None),
        ([Event.OPTED_IN], Status.OPTED_IN),
        ([Event.OPTED_IN, Event.REQUESTED], Status.OPTED_IN),
        ([Event.OPTED_IN, Event.EXPIRED], Status.PENDING),
        ([Event.OPTED_IN, Event.DENIED], Status.DENIED),
        ([Event.OPTED_OUT], Status.OPTED_OUT),
        ([Event.REVOKED], Status.OPTED_OUT),
        ([Event.OPTED_OUT, Event.REQUESTED], Status.OPTED_OUT),
        ([Event.OPTED_OUT, Event.EXPIRED], Status.OPTED_OUT),
        ([Event.OPTED_OUT, Event.DENIED], Status.OPTED_OUT),
        ([Event.OPTED_OUT, Event.OPTED_IN], Status.OPTED_IN),
        ([Event.DENIED, Event.REQUESTED], Status.DENIED),
        ([Event.DENIED, Event.EXPIRED], Status.DENIED),
        ([Event.DENIED, Event.OPTED_OUT], Status.OPTED_OUT),
        ([Event.DENIED, Event.CONFIRMED], Status.OPTED_IN),
    ],
)
def test_each_event_moves_the_status_or_leaves_it(events: list[Event], status: Status | None) -> None:
    assert after(*events) is status


@pytest.mark.parametrize("refusal", [Event.OPTED_OUT, Event.REVOKED, Event.DENIED])
@pytest.mark.parametrize("giving", GIVING)
def test_of_one_moment_what_forbids_more_counts_last(refusal: Event, giving: Event) -> None:
    for order in permutations([Told(refusal), Told(giving), Told(Event.EXPIRED), Told(Event.REQUESTED)]):
        assert status_after(order).status in REFUSED


def test_what_changes_nothing_leaves_since_when_and_by_what() -> None:
    first = Told(Event.OPTED_OUT, Source.LINK)
    standing = status_after([first, Told(Event.REVOKED, Source.CARRIER, NOON + MINUTE)])
    assert standing == Standing(Status.OPTED_OUT, NOON, Source.LINK)
    assert standing.event_id == first.id


@given(st.lists(told, max_size=8).flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_the_order_of_arrival_changes_nothing(orders: tuple[list[Told], list[Told]]) -> None:
    assert status_after(orders[0]) == status_after(orders[1])


@given(st.lists(told, max_size=8), st.integers(0, 4))
def test_going_on_from_where_it_stood_comes_to_the_same(events: list[Told], minutes: int) -> None:
    cut = NOON + minutes * MINUTE
    before = status_after(event for event in events if event.at <= cut)
    assert status_after((event for event in events if event.at > cut), before) == status_after(events)


@given(st.lists(told, max_size=8))
def test_an_opt_out_ends_only_by_the_persons_own_later_word(events: list[Told]) -> None:
    ordered, before = in_order(events), None
    for n, event in enumerate(ordered, 1):
        standing = status_after(ordered[:n])
        if before is Status.OPTED_OUT and standing.status is not Status.OPTED_OUT:
            assert event.event in GIVING
            assert event.source is not Source.IMPORT
        before = standing and standing.status


@given(st.lists(told, min_size=1, max_size=8))
def test_an_import_never_gives_consent_back(events: list[Told]) -> None:
    without = [event for event in events if not (event.source is Source.IMPORT and event.event in GIVING)]
    old = status_after(without)
    if old and old.status in REFUSED:
        assert status_after(events).status in REFUSED


class TheTableIsTheReplayOfTheLedger(TestCase):
    """In any order of arrival, in batches of any size."""

    def setUp(self) -> None:
        self.account = make_account()

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(told, st.sampled_from([None, *Purpose]), st.sampled_from(["1", "2"])), max_size=10),
        st.integers(1, 4),
    )
    def test_status_and_history_agree(self, events: list[tuple[Told, Purpose | None, str]], size: int) -> None:
        items = [
            ledger.Happening(f"+44770090010{last}", purpose, one.event, one.source, one.at)
            for one, purpose, last in events
        ]
        for start in range(0, len(items), size):
            ledger.record_many(account=self.account, items=items[start : start + size], by=None)
        assert self.table() == self.replayed()
        assert list(ledger.verify(self.account)) == []

    def table(self) -> dict[tuple[str, int], tuple[object, ...]]:
        rows = ConsentStatus.objects.filter(account=self.account)
        return {(row.phone, row.purpose): (row.status, row.since, row.source, row.event_id) for row in rows}

    def replayed(self) -> dict[tuple[str, int], tuple[object, ...]]:
        found = {}
        rows = list(ConsentEvent.objects.filter(account=self.account).order_by("sequence"))
        for phone in {row.phone for row in rows}:
            for purpose in Purpose:
                counting = [row for row in rows if row.phone == phone and row.purpose in (None, purpose)]
                if standing := status_after(counting):
                    found[phone, int(purpose)] = (
                        standing.status, standing.since, standing.source, standing.event_id
                    )  # fmt: skip
        return found
