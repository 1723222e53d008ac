"""What an answer means: the table."""

from datetime import timedelta

import pytest

from logs.dispatching.circuit import Sign
from logs.dispatching.deciding import ENDS, PERHAPS, SLOWER, Next, Try, decide
from logs.dispatching.routing import Mark
from logs.providers.base import Refused, Taken, Unsure
from logs.providers.events import Heard
from logs.providers.http import Lost, NotSent
from logs.statuses import Outcome, Reason, ReasonFamily, Stage, State
from tests.factories.queue import NOON

END = NOON + timedelta(hours=24)


def refusal(reason: Reason, after: timedelta | None = None, outcome: Outcome = Outcome.FAILED) -> Refused:
    return Refused(Heard("peer", State.of(Stage.SUBMITTING, outcome, reason)), after)


def this(**circumstances: object) -> Try:
    return Try(**{"attempt": 1, "at": NOON, "expires_at": END, **circumstances})  # type: ignore[arg-type]


def of_family(*families: ReasonFamily) -> list[Reason]:
    return [reason for family in families for reason in family.reasons]


F = ReasonFamily


@pytest.mark.parametrize("another", [True, False])
@pytest.mark.parametrize("reason", of_family(*ENDS))
def test_what_no_provider_could_change_is_the_end(reason: Reason, another: bool) -> None:
    decision = decide(refusal(reason), this(another=another))
    assert (decision.next, decision.sign) == (Next.END, Sign.WORKS)
    assert decision.state is not None
    assert decision.state.outcome.is_negative


@pytest.mark.parametrize("reason", of_family(F.SENDER, F.ROUTE, F.SYSTEM, F.ACCOUNT, F.OTHER, F.TIME))
def test_what_another_may_take_goes_there_at_once(reason: Reason) -> None:
    decision = decide(refusal(reason), this(another=True))
    assert (decision.next, decision.due_at) == (Next.AGAIN, NOON)
    assert decision.mark is (Mark.DOWN if reason.default_retry or reason.family is F.ACCOUNT else Mark.REFUSED)
    assert decision.state is not None
    assert (decision.state.stage, decision.state.outcome) == (Stage.SUBMITTING, Outcome.PENDING)


@pytest.mark.parametrize("reason", of_family(F.SENDER, F.ROUTE, F.SYSTEM, F.OTHER))
def test_without_another_it_is_tried_later_where_that_may_help(reason: Reason) -> None:
    decision = decide(refusal(reason), this())
    assert decision.next is (Next.AGAIN if reason.default_retry else Next.END)


@pytest.mark.parametrize("reason", of_family(F.ACCOUNT))
def test_a_broken_account_is_no_fault_of_the_message(reason: Reason) -> None:
    assert decide(refusal(reason), this()).next is Next.AGAIN
    assert decide(refusal(reason), this()).sign is Sign.BREAKDOWN
    assert decide(refusal(reason), this(pinned=True)).next is Next.END


@pytest.mark.parametrize("reason", of_family(F.LIMIT))
@pytest.mark.parametrize(("another", "seconds"), [(False, 420), (False, 30), (True, 30)])
def test_a_limit_waits_for_the_same_provider_account(reason: Reason, another: bool, seconds: int) -> None:
    if another and reason is Reason.QUOTA_EXCEEDED:
        return
    decision = decide(refusal(reason, after=timedelta(seconds=seconds)), this(another=another))
    assert (decision.next, decision.mark, decision.sign) == (Next.AGAIN, Mark.NONE, Sign.SILENT)
    assert decision.due_at == NOON + timedelta(seconds=seconds)
    assert decision.slower == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("reason", "after"), [(Reason.QUOTA_EXCEEDED, None), (Reason.RATE_LIMITED, timedelta(minutes=7))]
)
def test_a_limit_that_is_no_matter_of_pace_sends_it_elsewhere(reason: Reason, after: timedelta | None) -> None:
    decision = decide(refusal(reason, after=after), this(another=True))
    assert (decision.next, decision.due_at, decision.mark) == (Next.AGAIN, NOON, Mark.DOWN)
    assert (decision.sign, decision.slower) == (Sign.SILENT, after or SLOWER)


def test_a_cap_on_the_number_is_not_gone_around() -> None:
    capped = refusal(Reason.FREQUENCY_CAP, after=timedelta(minutes=7))
    assert decide(capped, this(another=True)).due_at == NOON + timedelta(minutes=7)


def test_one_that_was_down_before_is_hoped_for() -> None:
    assert decide(refusal(Reason.SENDER_REJECTED), this(hope=True)).next is Next.AGAIN
    assert decide(refusal(Reason.SENDER_REJECTED), this(hope=True)).mark is Mark.REFUSED


def test_what_did_not_leave_is_tried_elsewhere_or_later() -> None:
    assert decide(NotSent("no connection"), this(another=True)).due_at == NOON
    later = decide(NotSent("no connection"), this(attempt=3))
    assert (later.next, later.due_at, later.sign) == (Next.AGAIN, NOON + timedelta(minutes=1), Sign.FAULT)


@pytest.mark.parametrize("answer", [Lost("no answer"), Unsure("answered 500")])
def test_what_perhaps_left_is_asked_for_and_never_tried_elsewhere(answer: Lost | Unsure) -> None:
    decision = decide(answer, this(another=True))
    assert (decision.next, decision.state, decision.sign) == (Next.ASK, PERHAPS, Sign.FAULT)


def test_what_was_taken_is_done() -> None:
    assert decide(Taken(()), this()).next is Next.DONE


@pytest.mark.parametrize("answer", [NotSent("down"), refusal(Reason.CONGESTION), refusal(Reason.RATE_LIMITED)])
def test_a_try_whose_repeat_would_come_too_late_has_expired(answer: NotSent | Refused) -> None:
    decision = decide(answer, this(expires_at=NOON + timedelta(seconds=5)))
    assert decision.next is Next.END
    assert decision.state is not None
    assert decision.state.outcome is Outcome.EXPIRED


@pytest.mark.parametrize("answer", [NotSent("down"), refusal(Reason.CONGESTION), refusal(Reason.RATE_LIMITED)])
def test_where_the_next_pause_would_outlast_the_validity_it_is_tried_once_more_before(
    answer: NotSent | Refused,
) -> None:
    end = NOON + timedelta(minutes=20)
    decision = decide(answer, this(attempt=9, expires_at=end))
    assert (decision.next, decision.due_at) == (Next.AGAIN, end - timedelta(seconds=10))
    last = decide(answer, this(attempt=10, at=end - timedelta(seconds=10), expires_at=end))
    assert last.next is Next.END


def test_the_last_try_too_is_not_before_the_provider_wants_it() -> None:
    limited = refusal(Reason.RATE_LIMITED, after=timedelta(minutes=19, seconds=55))
    assert decide(limited, this(expires_at=NOON + timedelta(minutes=20))).due_at == NOON + timedelta(
        minutes=19, seconds=55
    )
    assert decide(limited, this(expires_at=NOON + timedelta(minutes=19))).next is Next.END
    assert decide(limited, this(attempt=9, expires_at=NOON + timedelta(minutes=20))).next is Next.END


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.UNKNOWN, Outcome.DELIVERED])
def test_a_refusal_is_a_failure_whatever_the_adapters_table_says(outcome: Outcome) -> None:
    state = decide(refusal(Reason.INVALID_NUMBER, outcome=outcome), this()).state
    assert state is not None
    assert state.outcome is Outcome.FAILED


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("another", [True, False])
def test_every_reason_has_an_answer(reason: Reason, another: bool) -> None:
    decision = decide(refusal(reason), this(another=another))
    assert decision.state is not None
    assert (decision.due_at is not None) == (decision.next is Next.AGAIN)
