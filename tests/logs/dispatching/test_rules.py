"""The pure rules: throughput, pauses, circuit, routing."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.dispatching import retrying, routing, throughput
from logs.dispatching.circuit import FAULTS, Circuit, Gate, Sign, pause
from logs.dispatching.routing import Mark, Way
from tests.factories.queue import NOON

SECOND = timedelta(seconds=1)


# ---- throughput


@pytest.mark.parametrize("rate", [1, 3, 10, 1000, 32767])
def test_a_seconds_worth_may_go_at_once_and_then_no_more(rate: int) -> None:
    assert throughput.allowed(None, rate, NOON) == rate
    free_at = throughput.spent(None, rate, NOON, rate)
    assert throughput.allowed(free_at, rate, NOON) == 0
    assert throughput.allowed(free_at, rate, NOON + SECOND) in (rate, rate - 1)


@given(
    rate=st.integers(1, 500),
    looks=st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 600)), min_size=1, max_size=30),
)
def test_whenever_one_looks_no_more_than_the_rate_and_a_second_goes(rate: int, looks: list[tuple[int, int]]) -> None:
    at, free_at, sent = NOON, None, 0
    for micros, wanted in looks:
        at += timedelta(microseconds=micros)
        taken = min(wanted, throughput.allowed(free_at, rate, at))
        free_at = throughput.spent(free_at, rate, at, taken)
        sent += taken
        assert sent <= rate * ((at - NOON) / SECOND + 1) + 1e-6


# ---- pauses


def test_pauses_grow_to_half_an_hour() -> None:
    drawn = [retrying.pause(attempt, 0.5).total_seconds() for attempt in range(1, 11)]
    assert drawn == [10, 30, 60, 120, 300, 600, 1200, 1800, 1800, 1800]


@given(attempt=st.integers(1, 200), roll=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_the_provider_asked_for(attempt: int, roll: float) -> None:
    assert retrying.pause(attempt, roll, timedelta(hours=2)) == timedelta(hours=2)
    usual = retrying.pause(attempt, 0.5)
    assert usual * 0.79 <= retrying.pause(attempt, roll) <= usual * 1.21


@given(
    attempt=st.integers(1, 20),
    roll=st.floats(0, 1, exclude_max=True),
    left=st.integers(1, 4000),
    after=st.none() | st.integers(1, 4000),
)
def test_a_try_is_repeated_until_hardly_any_time_is_left(
    attempt: int, roll: float, left: int, after: int | None
) -> None:
    asked, end = timedelta(seconds=after or 0), NOON + timedelta(seconds=left)
    due = retrying.next_try(attempt, roll, NOON, end, asked or None)
    if due is None:
        assert end - NOON < max(asked, retrying.PAUSES[0]) + retrying.BEFORE_THE_END
    else:
        assert NOON + asked <= due < end
        assert due >= NOON + retrying.PAUSES[0] * 0.8


def test_questions_become_rarer_and_the_last_is_at_the_end() -> None:
    end, at, asked = NOON + timedelta(hours=24), NOON, []
    while at < end:
        at = retrying.next_question(NOON, at, end)
        asked.append(at)
    gaps = [(b - a) for a, b in pairwise(asked[:-1])]
    assert gaps == sorted(gaps)
    assert asked[0] == NOON + timedelta(seconds=15)
    assert asked[-1] == end
    assert len(asked) < 80


# ---- circuit


def failed(circuit: Circuit, times: int, sign: Sign = Sign.FAULT) -> Circuit:
    for _ in range(times):
        circuit = circuit.after(sign, started_at=NOON, at=NOON)
    return circuit


def test_five_faults_in_a_row_open_it() -> None:
    assert failed(Circuit(), FAULTS - 1).gate(NOON) is Gate.CLOSED
    opened = failed(Circuit(), FAULTS)
    assert (opened.gate(NOON), opened.open_until) == (Gate.OPEN, NOON + timedelta(seconds=30))


def test_a_wrong_key_opens_it_at_once() -> None:
    assert failed(Circuit(), 1, Sign.BREAKDOWN).gate(NOON) is Gate.OPEN


def test_a_success_between_faults_begins_the_count_anew() -> None:
    circuit = failed(Circuit(), FAULTS - 1).after(Sign.WORKS, started_at=NOON, at=NOON)
    assert failed(circuit, FAULTS - 1).gate(NOON) is Gate.CLOSED


def test_being_asked_to_be_slower_is_neither_fault_nor_success() -> None:
    circuit = failed(Circuit(), FAULTS - 1).after(Sign.SILENT, started_at=NOON, at=NOON)
    assert failed(circuit, 1).gate(NOON) is Gate.OPEN


def test_when_the_pause_is_over_one_tries_and_its_success_closes_it() -> None:
    circuit, at = failed(Circuit(), FAULTS), NOON + timedelta(seconds=30)
    assert circuit.gate(at) is Gate.TRIAL
    circuit = circuit.tried(at)
    assert circuit.gate(at + SECOND) is Gate.OPEN
    assert circuit.after(Sign.WORKS, started_at=at, at=at + SECOND) == Circuit()


def test_each_trial_that_fails_doubles_the_pause_up_to_ten_minutes() -> None:
    circuit, at, pauses = failed(Circuit(), FAULTS), NOON, []
    for _ in range(7):
        assert circuit.open_until is not None
        pauses.append((circuit.open_until - at).total_seconds())
        at = circuit.open_until
        circuit = circuit.tried(at).after(Sign.FAULT, started_at=at, at=at)
    assert pauses == [30, 60, 120, 240, 480, 600, 600]
    assert pause(30_000) == timedelta(minutes=10)


def test_calls_that_left_before_it_opened_do_not_lengthen_the_pause() -> None:
    opened = failed(Circuit(), FAULTS)
    assert failed(opened, 30) == opened


# ---- routing

OPEN = Circuit(FAULTS, NOON, NOON + timedelta(minutes=1))
HALF = Circuit(FAULTS, NOON - timedelta(minutes=2), NOON)


def way(pk: int, circuit: Circuit | None = None) -> Way:
    return Way(pk, 10, circuit or Circuit())


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ([way(1), way(2), way(3)], [(1, (), False), (2, (1,), False), (3, (1, 2), False)]),
        ([way(1, OPEN), way(2)], [(2, (), False)]),
        ([way(1, HALF), way(2)], [(1, (), True), (2, (), False)]),
        ([way(1), way(2, HALF), way(3)], [(1, (), False), (2, (1,), True), (3, (1,), False)]),
        ([], []),
    ],
)
def test_legs_go_by_rank_round_what_is_open(ways: list[Way], expected: list[tuple[int, tuple[int, ...], bool]]) -> None:
    assert [(leg.way.id, leg.ahead, leg.trial) for leg in routing.legs(ways, NOON)] == expected


@pytest.mark.parametrize(
    ("ways", "refused_by", "expected"),
    [
        ([way(1), way(2)], {1}, 2),
        ([way(1), way(2)], {1, 2}, None),
        ([way(1), way(2, OPEN), way(3)], {1}, 3),
        ([way(1), way(2, HALF)], {1}, None),
        ([way(1), way(2)], {2}, 1),
    ],
)
def test_another_is_the_next_that_is_free(ways: list[Way], refused_by: set[int], expected: int | None) -> None:
    found = routing.another(ways, refused_by, NOON)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("ways", "refused_by", "expected"),
    [
        ([way(1), way(2, OPEN)], {1}, True),
        ([way(1), way(2)], {1, 2}, False),
        ([way(1, OPEN)], {1, -1}, False),
        ([], set(), False),
    ],
)
def test_one_that_is_only_down_is_left(ways: list[Way], refused_by: set[int], expected: bool) -> None:
    assert routing.left(ways, refused_by) is expected


@pytest.mark.parametrize(
    ("before", "mark", "waits", "after"),
    [
        ((), Mark.REFUSED, False, (1,)),
        ((), Mark.DOWN, False, (1, -1)),
        ((), Mark.DOWN, True, ()),
        ((), Mark.REFUSED, True, (1,)),
        ((2, -2), Mark.REFUSED, True, (1,)),
        ((2, -2), Mark.REFUSED, False, (2, -2, 1)),
        ((2,), Mark.DOWN, True, (2,)),
        ((2, 3, -3), Mark.NONE, True, (2,)),
    ],
)
def test_one_that_was_only_down_is_forgotten_when_the_message_has_waited(
    before: tuple[int, ...], mark: Mark, waits: bool, after: tuple[int, ...]
) -> None:
    assert routing.marked(before, 1, mark, waits=waits) == after
    assert routing.hope(before) == any(pk < 0 for pk in before)
