"""The state model and its fold: a table for the words, properties for the fold, one test for each trap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.statuses import (
    Event,
    Folded,
    Leg,
    Outcome,
    Reason,
    ReasonFamily,
    Stage,
    State,
    Status,
    Validity,
    event_id,
    fold,
    fold_parts,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def event(
    number: int,
    state: State,
    *,
    occurred: int | None = 0,
    received: int | None = None,
    soft: bool = False,
) -> Event:
    occurred_at = None if occurred is None else minutes(occurred)
    return Event(UUID(int=number), state, occurred_at, minutes(number if received is None else received), soft)


QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)
ACCEPTED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
SENT = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING)
DELIVERED = State.of(Stage.HANDSET, Outcome.DELIVERED)
PHONE_OFF = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)
UNDELIVERED = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN)
FAILED = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.CONFIG_ERROR)
BLOCKED = State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT)
EXPIRED = State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED)
CANCELED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.CANCELED, Reason.CANCELED)
UNCONFIRMED = State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED)
NO_REPORT = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT)
PARTIAL = State.of(Stage.CARRIER_ACCEPTED, Outcome.PARTIAL, Reason.UNKNOWN)


# The stored numbers are a contract with the database.


def test_the_stored_numbers_never_change() -> None:
    assert [int(stage) for stage in Stage] == [10, 20, 30, 40, 50, 60, 70]
    assert [outcome.slug for outcome in Outcome] == (
        [
            "pending",
            "delivered",
            "sent_unconfirmed",
            "undelivered",
            "failed",
            "blocked",
            "expired",
            "canceled",
            "unknown",
            "partial",
        ]
    )
    assert [int(outcome) for outcome in Outcome] == list(range(1, 11))
    assert [status.slug for status in Status] == (
        [
            "queued",
            "sending",
            "sent",
            "delivered",
            "undelivered",
            "failed",
            "blocked",
            "expired",
            "canceled",
            "unknown",
            "partly-delivered",
        ]
    )
    assert [int(status) for status in Status] == list(range(1, 12))
    assert [(int(validity), validity.slug) for validity in Validity] == [(1, "yes"), (2, "suspect"), (3, "no")]


FAMILIES = {
    "progress": (0, "none scheduled awaiting_handset"),
    "consent": (10, "opted_out not_opted_in consent_pending consent_denied"),
    "blocklist": (20, "blocklist_global blocklist_account blocklist_provider blocklist_carrier"),
    "contact": (30, "no_number duplicate_number"),
    "number": (40, "invalid_number unknown_subscriber number_inactive not_sms_capable porting"),
    "handset": (50, "absent power_off out_of_coverage busy no_answer memory_full roaming device_error"),
    "subscriber": (60, "subscriber_suspended subscriber_no_credit age_restricted"),
    "content": (70, "content_filtered content_invalid message_too_long variable_error"),
    "sender": (80, "sender_rejected registration_required"),
    "route": (90, "no_route carrier_rejected region_blocked carrier_error congestion"),
    "limit": (100, "rate_limited frequency_cap quota_exceeded"),
    "account": (110, "insufficient_credit account_suspended auth_error config_error"),
    "system": (120, "platform_error provider_error transport_error ambiguous_submit duplicate_message"),
    "time": (130, "expired no_report canceled"),
    "other": (140, "other unknown"),
}


@pytest.mark.parametrize("family", ReasonFamily, ids=lambda family: family.slug)
def test_each_family_has_its_reasons_with_their_stored_numbers(family: ReasonFamily) -> None:
    first, slugs = FAMILIES[family.slug]
    assert [(reason.slug, int(reason)) for reason in family.reasons] == [
        (slug, first + place) for place, slug in enumerate(slugs.split())
    ]


RETRIED = [
    "porting",
    "absent",
    "power_off",
    "out_of_coverage",
    "busy",
    "no_answer",
    "memory_full",
    "roaming",
    "subscriber_no_credit",
    "carrier_error",
    "congestion",
    "rate_limited",
    "frequency_cap",
    "quota_exceeded",
    "platform_error",
    "provider_error",
    "transport_error",
    "expired",
]
SUSPECT = ["porting", "device_error", "subscriber_suspended", "no_route", "carrier_rejected", "other", "unknown"]
WRONG = ["no_number", "invalid_number", "unknown_subscriber", "number_inactive", "not_sms_capable"]


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.slug)
def test_a_reason_says_what_follows_for_the_number_and_for_a_retry(reason: Reason) -> None:
    expected = "no" if reason.slug in WRONG else "suspect" if reason.slug in SUSPECT else "yes"
    assert reason.default_validity.slug == expected
    assert reason.default_retry is (reason.slug in RETRIED)


def test_every_member_is_found_by_its_slug_and_no_other_word_is() -> None:
    for enum in (Stage, Outcome, Reason, ReasonFamily, Validity, Status, Leg):
        assert [enum.from_slug(member.slug) for member in enum] == list(enum)
        with pytest.raises(ValueError, match="'nonsense' is not"):
            enum.from_slug("nonsense")


def test_the_stages_stand_on_three_legs() -> None:
    legs = [stage.leg for stage in Stage]
    assert legs == [Leg.PLATFORM] * 2 + [Leg.PROVIDER] * 2 + [Leg.CARRIER] * 3
    assert [str(leg.label) for leg in Leg] == ["Platform", "SMS provider", "Device carrier"]


LOOKS = [
    (Status.QUEUED, "Queued", "wait", "queued"),
    (Status.SENDING, "Sending", "move", "sending"),
    (Status.SENT, "Sent", "move", "sent"),
    (Status.DELIVERED, "Delivered", "good", "delivered"),
    (Status.UNDELIVERED, "Undelivered", "bad", "undelivered"),
    (Status.FAILED, "Failed", "bad", "failed"),
    (Status.BLOCKED, "Blocked", "stop", "blocked"),
    (Status.EXPIRED, "Expired", "late", "expired"),
    (Status.CANCELED, "Canceled", "wait", "canceled"),
    (Status.UNKNOWN, "Unknown", "wait", "unknown"),
    (Status.PARTLY_DELIVERED, "Partly delivered", "late", "partial"),
]


def test_each_status_has_the_word_tone_and_symbol_of_the_design() -> None:
    assert [(status, str(status.label), status.tone, status.symbol) for status in Status] == LOOKS


@pytest.mark.parametrize(("stage", "outcome"), list(product(Stage, Outcome)))
def test_stage_and_outcome_decide_the_status(stage: Stage, outcome: Outcome) -> None:
    status = State.of(stage, outcome).status
    assert status.outcome is outcome
    if outcome is Outcome.PENDING:
        assert status is (Status.QUEUED if stage <= Stage.SUBMITTING else Status.SENDING)


def test_a_state_takes_what_is_not_said_from_its_reason() -> None:
    told = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.PORTING)
    assert (told.number_valid, told.retry) == (Validity.SUSPECT, True)
    told = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.PORTING, Validity.NO, retry=False)
    assert (told.number_valid, told.retry) == (Validity.NO, False)


# The fold, by properties.

states = st.builds(
    State,
    st.sampled_from(Stage),
    st.sampled_from(Outcome),
    st.sampled_from([Reason.NONE, Reason.SCHEDULED, Reason.UNKNOWN, Reason.POWER_OFF, Reason.NUMBER_INACTIVE]),
    st.sampled_from(Validity),
    st.booleans(),
)


@st.composite
def event_sets(draw: st.DrawFn, min_size: int = 1) -> list[Event]:
    """Events with few distinct times, so that ties are common; ids are unique, as the dedupe key makes them."""
    count = draw(st.integers(min_size, 7))
    few = st.integers(0, 2)
    return [
        event(number, draw(states), occurred=draw(st.none() | few), received=draw(few), soft=draw(st.booleans()))
        for number in range(1, count + 1)
    ]


@given(event_sets(), st.data())
def test_the_order_of_events_and_duplicates_change_nothing(events: list[Event], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(events)))
    shuffled = data.draw(st.permutations(events + again))
    assert fold(shuffled) == fold(events)


@given(event_sets(), st.data())
def test_folding_on_gives_what_folding_all_at_once_gives(events: list[Event], data: st.DataObject) -> None:
    whole = fold(events)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)))))
    folded: Folded | None = None
    for begin, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        if end > begin:
            folded = fold(events[begin:end], start=folded)
    assert folded == whole
    assert fold(events, start=whole) == whole
    assert fold([], start=whole) == whole


def reference(events: list[Event]) -> tuple[object, ...]:
    """The rules of the state model, written as they are read, slowly."""
    precedence = {
        Outcome.DELIVERED: 100,
        Outcome.PARTIAL: 80,
        Outcome.BLOCKED: 60,
        Outcome.UNDELIVERED: 50,
        Outcome.FAILED: 40,
        Outcome.EXPIRED: 30,
        Outcome.CANCELED: 20,
        Outcome.SENT_UNCONFIRMED: 10,
        Outcome.UNKNOWN: 5,
        Outcome.PENDING: 0,
    }

    def finality(event: Event) -> int:
        if event.state.outcome is Outcome.PENDING:
            return 0
        soft = event.soft or event.state.outcome in (Outcome.UNKNOWN, Outcome.SENT_UNCONFIRMED)
        return 1 if soft else 2

    def key(event: Event) -> tuple[object, ...]:
        state = event.state
        return (
            finality(event),
            precedence[state.outcome],
            state.stage if state.outcome is Outcome.PENDING else 0,
            state.reason not in (Reason.NONE, Reason.UNKNOWN, Reason.OTHER),
            event.occurred_at is not None,
            event.occurred_at or NOON,
            event.received_at,
            event.id,
        )

    winner = max(events, key=key)
    stage = max(event.state.stage for event in events)
    finals = {event.state.outcome for event in events if finality(event) == 2}
    state = State(stage, winner.state.outcome, winner.state.reason, winner.state.number_valid, winner.state.retry)
    return state, finality(winner) == 1, winner.occurred_at, winner.received_at, winner.id, len(finals) > 1


@given(event_sets())
def test_the_fold_is_the_maximum_that_the_state_model_describes(events: list[Event]) -> None:
    folded = fold(events)
    assert reference(events) == (
        folded.state,
        folded.soft,
        folded.occurred_at,
        folded.received_at,
        folded.event_id,
        folded.conflict,
    )


def test_a_message_without_events_has_no_state() -> None:
    with pytest.raises(ValueError, match="without events"):
        fold([])


# The traps.


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_a_late_sent_does_not_undo_delivered(order: tuple[int, ...]) -> None:
    story = {1: event(1, ACCEPTED), 2: event(2, DELIVERED, occurred=2), 3: event(3, SENT, occurred=9)}
    assert fold([story[place] for place in order]).state == DELIVERED


def test_the_same_receipt_twice_counts_once() -> None:
    receipt = event(2, PHONE_OFF)
    assert fold([event(1, ACCEPTED), receipt, receipt]) == fold([event(1, ACCEPTED), receipt])


def test_a_wrong_clock_does_not_decide_between_a_final_answer_and_an_earlier_step() -> None:
    assert fold([event(1, DELIVERED, occurred=0), event(2, SENT, occurred=600)]).state.outcome is Outcome.DELIVERED


def test_an_event_without_a_time_yields_to_one_with_a_time() -> None:
    dated = event(1, PHONE_OFF, occurred=0, received=1)
    undated = event(2, State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT), occurred=None, received=9)
    assert fold([undated, dated]).state.reason is Reason.POWER_OFF


@pytest.mark.parametrize("soft", [NO_REPORT, UNCONFIRMED])
@pytest.mark.parametrize("hard", [DELIVERED, BLOCKED, UNDELIVERED, FAILED, EXPIRED, CANCELED])
def test_a_real_receipt_replaces_a_soft_answer_without_a_conflict(soft: State, hard: State) -> None:
    folded = fold([event(1, ACCEPTED), event(2, soft), event(3, hard)])
    assert (folded.state.outcome, folded.soft, folded.conflict) == (hard.outcome, False, False)


def test_our_own_time_out_yields_to_any_real_final_answer() -> None:
    ours = event(5, EXPIRED, occurred=90, soft=True)
    assert fold([event(1, SENT), ours]).soft is True
    folded = fold([event(1, SENT), ours, event(6, CANCELED)])
    assert (folded.state.outcome, folded.soft, folded.conflict) == (Outcome.CANCELED, False, False)


def test_a_pending_report_after_our_time_out_does_not_reopen_the_message() -> None:
    assert fold([event(1, NO_REPORT, soft=True), event(2, SENT, occurred=5)]).state.outcome is Outcome.UNKNOWN


def test_two_different_final_answers_are_a_conflict_and_delivered_still_wins() -> None:
    folded = fold([event(1, DELIVERED), event(2, PHONE_OFF, occurred=8)])
    assert folded.conflict is True
    assert folded.state.outcome is Outcome.DELIVERED


def test_two_equal_final_answers_are_no_conflict() -> None:
    assert fold([event(1, UNDELIVERED), event(2, PHONE_OFF)]).conflict is False


def test_a_specific_reason_wins_over_a_later_unknown_one() -> None:
    assert fold([event(1, PHONE_OFF, occurred=1), event(2, UNDELIVERED, occurred=9)]).state.reason is Reason.POWER_OFF


def test_the_stage_never_goes_back() -> None:
    folded = fold([event(1, SENT), event(2, FAILED)])
    assert folded.state == State(
        Stage.CARRIER_ACCEPTED, Outcome.FAILED, Reason.CONFIG_ERROR, FAILED.number_valid, FAILED.retry
    )


def test_while_pending_what_held_it_back_holds_no_more_once_it_got_further() -> None:
    scheduled = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING, Reason.SCHEDULED)
    folded = fold([event(2, SENT), event(1, scheduled)])
    assert (folded.state.stage, folded.state.reason) == (Stage.CARRIER_ACCEPTED, Reason.NONE)
    awaiting = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.AWAITING_HANDSET)
    assert fold([event(3, awaiting)], start=folded).state.reason is Reason.AWAITING_HANDSET
    late = State.of(Stage.SENDING, Outcome.PENDING, Reason.CONGESTION)
    assert fold([event(4, late)], start=folded).state == folded.state


# Parts of a message, messages of a bulk send.

PARTS = [
    ([DELIVERED, DELIVERED], Outcome.DELIVERED),
    ([PHONE_OFF, PHONE_OFF], Outcome.UNDELIVERED),
    ([DELIVERED, SENT], Outcome.PENDING),
    ([PHONE_OFF, QUEUED], Outcome.PENDING),
    ([DELIVERED, PHONE_OFF], Outcome.PARTIAL),
    ([DELIVERED, NO_REPORT, PHONE_OFF], Outcome.PARTIAL),
    ([DELIVERED, PARTIAL], Outcome.PARTIAL),
    ([PARTIAL, NO_REPORT], Outcome.PARTIAL),
    ([DELIVERED, NO_REPORT], Outcome.UNKNOWN),
    ([DELIVERED, UNCONFIRMED], Outcome.SENT_UNCONFIRMED),
    ([UNCONFIRMED, NO_REPORT], Outcome.UNKNOWN),
    ([FAILED, PHONE_OFF], Outcome.UNDELIVERED),
    ([PHONE_OFF, NO_REPORT], Outcome.UNDELIVERED),
]


@pytest.mark.parametrize(("parts", "outcome"), PARTS)
def test_parts_make_one_outcome_in_any_order(parts: list[State], outcome: Outcome) -> None:
    whole = {fold_parts(order) for order in permutations(parts)}
    assert len(whole) == 1
    state = whole.pop()
    assert state.outcome is outcome
    assert state.stage == max(part.stage for part in parts)


@given(st.lists(states, min_size=1, max_size=5))
def test_parts_are_never_better_than_what_is_known_of_each(parts: list[State]) -> None:
    outcome = fold_parts(parts).outcome
    outcomes = {part.outcome for part in parts}
    assert (outcome is Outcome.PENDING) == (Outcome.PENDING in outcomes)
    assert (outcome is Outcome.DELIVERED) == (outcomes == {Outcome.DELIVERED})
    assert outcome in outcomes or outcome is Outcome.PARTIAL


def test_a_partly_delivered_message_tells_the_reason_of_the_refused_part_and_trusts_the_number() -> None:
    gone = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.NUMBER_INACTIVE)
    whole = fold_parts([DELIVERED, gone])
    assert (whole.reason, whole.number_valid, whole.retry) == (Reason.NUMBER_INACTIVE, Validity.YES, False)


def test_no_parts_make_no_message() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        fold_parts([])


# The dedupe key.


def test_the_providers_own_event_id_decides_alone() -> None:
    first = event_id(provider="telnyx", provider_event_id="e-1", raw_status="sent", occurred_at=minutes(1))
    assert first == event_id(provider="telnyx", provider_event_id="e-1", raw_status="delivered")
    assert first != event_id(provider="infobip", provider_event_id="e-1")
    assert first != event_id(provider="telnyx", provider_event_id="e-2")
    assert first.version == 8


IDENTITY = {
    "provider": "twilio",
    "provider_message_id": "SM1",
    "recipient": "+447700900142",
    "part": 1,
    "raw_status": "undelivered",
    "raw_error": "30003",
    "occurred_at": NOON,
}
OTHERS = {
    "provider": "plivo",
    "provider_message_id": "SM2",
    "recipient": "+447700900143",
    "part": 2,
    "raw_status": "failed",
    "raw_error": "30005",
    "occurred_at": None,
}


@pytest.mark.parametrize("field", IDENTITY)
def test_without_an_event_id_each_part_of_the_answer_makes_a_difference(field: str) -> None:
    assert event_id(**IDENTITY) == event_id(**IDENTITY)  # type: ignore[arg-type]
    assert event_id(**IDENTITY) != event_id(**{**IDENTITY, field: OTHERS[field]})  # type: ignore[arg-type]


def test_the_same_instant_in_another_zone_is_the_same_answer() -> None:
    paris = NOON.astimezone(datetime.strptime("+0200", "%z").tzinfo)
    assert event_id(**{**IDENTITY, "occurred_at": paris}) == event_id(**IDENTITY)  # type: ignore[arg-type]


def test_values_that_run_together_stay_apart() -> None:
    assert event_id(provider="a", provider_message_id="b", raw_status="c") != event_id(
        provider="a", provider_message_id="bc"
    )
