"""Each rule by itself, and their order: pure, without the database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.eligibility import pipeline, rules
from logs.eligibility.verdict import BlockedBy, Case, Consent, Held, from_json, to_json
from logs.statuses import Reason
from logs.vocabularies import VOCABULARIES

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
THEN = datetime(2026, 1, 2, 9, tzinfo=UTC)
IN, OUT, PENDING, DENIED = (Consent(status, THEN) for status in ("opted_in", "opted_out", "pending", "denied"))
LATER_IN = Consent("opted_in", THEN + timedelta(days=1))
BLOCK = BlockedBy("7", "account", "empty number", THEN, NOON + timedelta(days=1), 500)

MARKETING = Case(at=NOON, marketing=True, source=1, marketing_consent=IN)
SERVICE = Case(at=NOON, marketing=False, source=2, without_opt_in=True)
CODE = Case(at=NOON, marketing=False, source=3, without_opt_in=True, asked_for=True, is_code=True)

REFUSALS: list[tuple[Any, Case, dict[str, Any], str, str]] = [
    (rules.no_active_number, SERVICE, {"has_number": False}, "no_number", "There was no phone number."),
    (rules.no_active_number, SERVICE, {"number_invalid": True}, "no_number", "marked as invalid"),
    (rules.on_block_list, SERVICE, {"block": BLOCK}, "blocklist_account", "(empty number), until 11 March 2026."),
    (
        rules.on_block_list,
        SERVICE,
        {"block": replace(BLOCK, scope="global", until=None)},
        "blocklist_global",
        "On the global block list (empty number), without an end.",
    ),
    (rules.opted_out_of_everything, SERVICE, {"operational_consent": OUT}, "opted_out", "on 2 January 2026"),
    (rules.opted_out_of_everything, SERVICE, {"operational_consent": DENIED}, "consent_denied", "Said no"),
    (rules.opted_out_of_everything, MARKETING, {"operational_consent": OUT}, "opted_out", "all messages"),
    (rules.no_opt_in, MARKETING, {"marketing_consent": None}, "not_opted_in", "Never opted in."),
    (rules.no_opt_in, MARKETING, {"marketing_consent": OUT}, "opted_out", "Opted out on 2 January 2026."),
    (rules.no_opt_in, MARKETING, {"marketing_consent": PENDING}, "consent_pending", "no answer yet"),
    (rules.no_opt_in, MARKETING, {"marketing_consent": DENIED}, "consent_denied", "said no"),
    (rules.no_opt_in, SERVICE, {"without_opt_in": False}, "not_opted_in", "Never"),
    (
        rules.no_opt_in,
        SERVICE,
        {"without_opt_in": False, "operational_consent": PENDING},
        "consent_pending",
        "Asked for consent",
    ),
    (rules.twice_in_campaign, MARKETING, {"twin": "018f"}, "duplicate_number", "same number"),
    (rules.blocked_words, SERVICE, {"words": ("casino", "loan")}, "content_filtered", "“casino”, “loan”"),
    (rules.variable_missing, SERVICE, {"missing": ("name",)}, "variable_error", "No value for {name}."),
    (rules.not_sendable, SERVICE, {"segments": 0}, "content_invalid", "empty"),
    (rules.not_sendable, SERVICE, {"segments": 4, "max_segments": 3}, "message_too_long", "4 segments"),
    (rules.too_often, MARKETING, {"cap": 2, "recent": 2}, "frequency_cap", "2 marketing messages"),
    (rules.too_often, MARKETING, {"cap": 0, "recent": 0}, "frequency_cap", "the limit is 0"),
    (rules.insufficient_credit, SERVICE, {"balance": 1, "segments": 2}, "insufficient_credit", "1 were left"),
]


@pytest.mark.parametrize(("rule", "case", "facts", "reason", "sentence"), REFUSALS)
def test_a_rule_refuses_with_a_reason_and_a_sentence(
    rule: Any, case: Case, facts: dict[str, Any], reason: str, sentence: str
) -> None:
    assert rule(case) is None
    found = rule(replace(case, **facts))
    assert found.reason.slug == reason
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        (rules.no_active_number, replace(CODE, number_invalid=True)),
        (rules.opted_out_of_everything, replace(CODE, operational_consent=OUT)),
        (rules.opted_out_of_everything, replace(SERVICE, operational_consent=PENDING)),
        (rules.opted_out_of_everything, replace(MARKETING, operational_consent=OUT, marketing_consent=LATER_IN)),
        (rules.no_opt_in, replace(SERVICE, operational_consent=PENDING)),
        (rules.no_opt_in, replace(SERVICE, without_opt_in=False, operational_consent=IN)),
        (rules.no_opt_in, replace(CODE, without_opt_in=False)),
        (rules.too_often, replace(SERVICE, cap=1, recent=9)),
        (rules.too_often, replace(MARKETING, cap=2, recent=1)),
        (rules.not_sendable, replace(SERVICE, segments=3, max_segments=3)),
        (rules.insufficient_credit, replace(SERVICE, balance=2, segments=2)),
        (rules.quiet_hours, replace(CODE, at=NOON.replace(hour=23), quiet_from="21:00", quiet_until="08:00")),
        (rules.quiet_hours, replace(SERVICE, quiet_from="21:00", quiet_until="08:00")),
        (rules.scheduled, replace(SERVICE, due_at=NOON)),
    ],
)
def test_a_rule_lets_through(rule: Any, case: Case) -> None:
    assert rule(case) is None


def test_quiet_hours_hold_until_they_end_where_the_member_lives() -> None:
    case = replace(SERVICE, at=NOON, zone="Asia/Tokyo", quiet_from="21:00", quiet_until="08:00")
    found = rules.quiet_hours(case)
    assert found == Held(
        datetime(2026, 3, 10, 23, tzinfo=UTC),
        "Held until 08:00: quiet hours from 21:00 to 08:00 in Asia/Tokyo.",
    )


def test_what_is_planned_into_quiet_hours_waits_for_their_end() -> None:
    night = replace(SERVICE, due_at=NOON.replace(hour=22), quiet_from="21:00", quiet_until="08:00")
    verdict = pipeline.decide(night)
    assert (verdict.rule, verdict.held_until) == ("quiet_hours", datetime(2026, 3, 11, 8, tzinfo=UTC))


def test_what_is_planned_waits() -> None:
    verdict = pipeline.decide(replace(SERVICE, due_at=NOON + timedelta(hours=1)))
    assert (verdict.rule, verdict.held_until, verdict.refused) == ("scheduled", NOON + timedelta(hours=1), False)
    assert verdict.sentence == "Planned for 10 March 2026 13:00."
    assert verdict.event_state.reason is Reason.SCHEDULED


def test_what_is_held_is_refused_all_the_same_without_credit() -> None:
    verdict = pipeline.decide(replace(SERVICE, due_at=NOON + timedelta(hours=1), balance=0))
    assert verdict.rule == "insufficient_credit"


def test_the_first_rule_of_the_list_decides() -> None:
    """With everything wrong, removing what the first rule objects to brings out the next one."""
    wrong = replace(
        MARKETING,
        has_number=False,
        block=BLOCK,
        operational_consent=OUT,
        marketing_consent=None,
        twin="018f",
        words=("casino",),
        missing=("name",),
        segments=11,
        cap=1,
        recent=1,
        balance=0,
    )
    cures: list[dict[str, Any]] = [
        {"has_number": True},
        {"block": None},
        {"operational_consent": None},
        {"marketing_consent": IN},
        {"twin": ""},
        {"words": ()},
        {"missing": ()},
        {"segments": 1},
        {"recent": 0},
        {"balance": 1},
    ]
    met = []
    for cure in cures:
        met.append(pipeline.decide(wrong).rule)
        wrong = replace(wrong, **cure)
    assert met == [rule.__name__ for rule in pipeline.RULES if rule.__name__ not in ("quiet_hours", "scheduled")]
    assert pipeline.decide(wrong).rule == "allowed"


@pytest.mark.parametrize(
    ("facts", "engagelab", "communicate"),
    [
        ({"block": BLOCK}, "Process failed/Partial block", "Undelivered/Ineligible to Send/on block list"),
        ({"block": replace(BLOCK, scope="global")}, "Process failed/Global block", "on block list"),
        ({"marketing_consent": None}, "Process failed/Unsubscribe", "Ineligible to Send/not opted in"),
        ({"marketing_consent": DENIED}, "Process failed/Unsubscribe", "Ineligible to Send/consent denied"),
        ({"marketing_consent": PENDING}, "Process failed/Unsubscribe", "Ineligible to Send/consent pending"),
        ({"has_number": False}, "Process failed/Other", "Ineligible to Send/no active number"),
        ({"twin": "018f"}, "Process failed/Other", "Ineligible to Send/duplicate number"),
        ({"words": ("casino",)}, "Process failed/Keyword block", "another reason"),
        ({"missing": ("name",)}, "Process failed/Variable error", "another reason"),
        ({"segments": 0}, "Process failed/Content error", "another reason"),
        ({"cap": 1, "recent": 1}, "Process failed/Frequency overrun", "another reason"),
        ({"balance": 0}, "Process failed/Other", "another reason"),
    ],
)
def test_refusals_read_right_in_other_vocabularies(facts: dict[str, Any], engagelab: str, communicate: str) -> None:
    state = pipeline.decide(replace(MARKETING, **facts)).state
    assert state is not None
    assert "/".join(VOCABULARIES["engagelab"].project(state).path) == engagelab
    assert "/".join(VOCABULARIES["communicate"].project(state).path).endswith(communicate)


CONSENTS = st.none() | st.builds(
    Consent,
    st.sampled_from(["pending", "opted_in", "opted_out", "denied"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 9),
)
CASES = st.builds(
    Case,
    at=st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    marketing=st.booleans(),
    asked_for=st.booleans(),
    is_code=st.booleans(),
    source=st.none() | st.integers(1, 9),
    has_number=st.booleans(),
    number_invalid=st.booleans(),
    block=st.none() | st.just(BLOCK),
    marketing_consent=CONSENTS,
    operational_consent=CONSENTS,
    without_opt_in=st.booleans(),
    twin=st.sampled_from(["", "018f"]),
    words=st.sampled_from([(), ("casino",)]),
    missing=st.sampled_from([(), ("name", "date")]),
    segments=st.integers(0, 12),
    max_segments=st.integers(1, 10),
    cap=st.none() | st.integers(0, 3),
    cap_hours=st.integers(1, 744),
    recent=st.integers(0, 4),
    due_at=st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    quiet_from=st.sampled_from(["", "21:00"]),
    quiet_until=st.sampled_from(["", "08:00"]),
    zone=st.sampled_from(["UTC", "Europe/London"]),
    balance=st.none() | st.integers(0, 12),
)


@given(CASES)
def test_a_decision_can_be_made_again_from_its_facts(case: Case) -> None:
    verdict = pipeline.decide(case)
    kept = json.loads(json.dumps(dict(verdict.facts)))
    assert from_json(to_json(case)) == case
    assert pipeline.replay(kept) == verdict
    assert pipeline.replay(kept).facts == verdict.facts
