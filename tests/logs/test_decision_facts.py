"""What our own rules decided on, told as facts."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from logs.decision_facts import RULES, facts_of
from logs.eligibility.pipeline import RULES as PIPELINE
from logs.eligibility.verdict import BlockedBy, Case, Consent, to_json

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def told(rule: str = "allowed", **facts: Any) -> dict[str, str]:
    case = Case(**{"at": NOON, "marketing": True, **facts})
    return {str(label): value for label, value in facts_of(json.dumps({"rule": rule, **to_json(case)}))}


def test_every_rule_has_a_name() -> None:
    assert {rule.__name__ for rule in PIPELINE} | {"allowed"} == set(RULES)


def test_an_opt_out_tells_the_consent_of_that_moment() -> None:
    facts = told("no_opt_in", source=1, marketing_consent=Consent("opted_out", NOON))
    assert facts["Rule"] == "Opt-in"
    assert facts["Message"] == "Marketing · Filter Members"
    assert facts["Marketing consent"].startswith("opted out since 10 Mar")
    assert facts["Block list"] == "no entry"


def test_each_fact_is_told_where_it_is_there() -> None:
    facts = told(
        block=BlockedBy("1", "global", "empty number", NOON, NOON),
        operational_consent=Consent("denied", NOON),
        twin="01",
        words=("casino",),
        missing=("name", "code"),
        cap=3,
        recent=3,
        due_at=NOON,
        quiet_from="21:00",
        quiet_until="08:00",
        zone="Europe/London",
        balance=0,
        number_invalid=True,
    )
    assert facts["Block list"].startswith("global, empty number, since 10 Mar")
    assert facts["Operational consent"].startswith("said no since")
    assert facts["Blocked words"] == "“casino”"
    assert facts["Without a value"] == "{name}, {code}"
    assert facts["Frequency cap"] == "3 of 3 in 24 hours"
    assert facts["Quiet hours"] == "21:00 – 08:00, Europe/London"
    assert facts["Credit"] == "0 segments left"
    assert facts["Number"] == "marked as invalid"
    assert facts["Same campaign"] == "01"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"without_opt_in": True}, "not needed for this source"),
        ({"is_code": True}, "not needed for this source"),
        ({}, "none recorded"),
        ({"operational_consent": Consent("pending", NOON)}, "asked, no answer yet since"),
    ],
)
def test_operational_messages_tell_their_consent(facts: dict[str, Any], sentence: str) -> None:
    assert sentence in told(marketing=False, **facts)["Operational consent"]


NONE_OF_OURS = (
    "",
    "plain",
    "{",
    "[1]",
    "{}",
    "{" * 5000,
    '{"rule": "of another time"}',
    '{"rule": 7}',
    '{"rule": []}',
    '{"rule": "allowed"}',
    '{"rule": "allowed", "at": "yesterday", "marketing": true}',
    '{"rule": "allowed", "at": "2026-03-10T12:00:00+00:00", "marketing": true, "block": 1}',
)


@pytest.mark.parametrize("raw", NONE_OF_OURS)
def test_other_evidence_has_no_facts(raw: str) -> None:
    assert facts_of(raw) == []
