"""Every code of every provider stands for a state with a sentence; a code that nobody knows breaks nothing."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.advice import explain
from logs.providers.codes import Code, codes, lookup, providers, resolve
from logs.statuses import Outcome, Reason, Stage, State, Validity
from logs.vocabularies import VOCABULARIES

SHARED = Path(__file__).resolve().parents[3] / "shared" / "spec" / "status_codes.csv"
COUNTS = {
    "aws_eum": 15,
    "aws_eum_api": 16,
    "aws_sns": 16,
    "bird": 11,
    "engagelab": 21,
    "engagelab_api": 10,
    "engagelab_event": 7,
    "engagelab_otp_api": 8,
    "gsm_map": 24,
    "infobip": 227,
    "kannel": 8,
    "kannel_http": 5,
    "messagebird": 22,
    "messagebird_api": 7,
    "plivo": 25,
    "sinch": 29,
    "smpp34_command": 45,
    "smpp34_stat": 8,
    "smpp34_state": 10,
    "smsmode_legacy": 33,
    "smsmode_rest": 6,
    "telnyx": 65,
    "twilio": 86,
    "vonage_messages": 41,
    "vonage_sms_dlr": 30,
    "vonage_sms_submit": 20,
}
OURS = {"simulator": 28}  # not of the specification: the simulator's own codes
ALL = [code for provider in providers() for code in codes(provider)]


def test_all_codes_of_all_providers_are_there() -> None:
    assert {provider: len(codes(provider)) for provider in providers()} == COUNTS | OURS
    assert len(ALL) - sum(OURS.values()) == sum(COUNTS.values()) == 795


@pytest.mark.parametrize("code", ALL, ids=lambda code: f"{code.provider}-{code.kind}-{code.code}")
def test_a_code_stands_for_a_state_with_a_sentence_and_a_word_in_every_vocabulary(code: Code) -> None:
    assert lookup(code.provider, code.kind, code.code) is code
    explanation = explain(code.state)
    assert str(explanation.sentence).endswith(".")
    assert str(explanation.next_step).endswith(".")
    assert all(vocabulary.project(code.state).text for vocabulary in VOCABULARIES.values())
    assert code.source


@pytest.mark.skipif(not SHARED.exists(), reason="the shared specification is not beside this repository")
def test_no_row_of_the_shared_specification_was_lost_or_changed() -> None:
    with SHARED.open(encoding="utf-8", newline="") as file:
        theirs = {(row["provider"], row["kind"], row["code"]): row for row in csv.DictReader(file)}
    specified = [code for code in ALL if code.provider not in OURS]
    assert {(code.provider, code.kind, code.code) for code in specified} == set(theirs)
    for code in specified:
        row, state = theirs[code.provider, code.kind, code.code], code.state
        assert (code.name, code.meaning, code.source) == (row["name"], row["meaning"], row["source"])
        assert code.verified is (row["verified"] == "VERIFIED")
        assert (state.stage.slug, state.outcome.slug, state.reason.slug, state.number_valid.slug, state.retry) == (
            row["canonical_stage"],
            row["canonical_outcome"],
            row["canonical_reason"],
            row["number_valid"],
            row["retry"] == "yes",
        )


@pytest.mark.parametrize(
    ("provider", "kind", "written", "code"),
    [
        ("sinch", "status", "DELIVERED", "Delivered"),
        ("twilio", "status", " Undelivered ", "undelivered"),
        ("gsm_map", "error", "006", "6"),
        ("plivo", "error", "000", "000"),
        ("smpp34_command", "error", "0x58", "0x00000058"),
        ("smpp34_command", "error", "ESME_RTHROTTLED", "0x00000058"),
        ("infobip", "status", "DELIVERED_TO_HANDSET", "5"),
        ("bird", "error", "11042", "11xxx"),
        ("bird", "error", "15005", "15005"),
        ("kannel_http", "error", "404", "4xx"),
        ("kannel_http", "error", "403", "403"),
    ],
)
def test_a_code_is_found_however_it_is_written(provider: str, kind: str, written: str, code: str) -> None:
    found = lookup(provider, kind, written)  # type: ignore[arg-type]
    assert found is not None
    assert found.code == code


def test_the_same_number_in_two_tables_means_two_things() -> None:
    submit, receipt = lookup("vonage_sms_submit", "error", "9"), lookup("vonage_sms_dlr", "error", "9")
    assert submit is not None
    assert receipt is not None
    assert (submit.state.reason, receipt.state.reason) == (Reason.INSUFFICIENT_CREDIT, Reason.OPTED_OUT)
    parameters, carrier = lookup("smsmode_legacy", "error", "35"), lookup("smsmode_legacy", "error", "3501")
    assert parameters is not None
    assert carrier is not None
    assert (parameters.state.reason, carrier.state.reason) == (Reason.CONFIG_ERROR, Reason.CARRIER_ERROR)
    assert lookup("infobip", "status", "5") is not lookup("messagebird", "error", "5")


RECEIPTS = [
    ("twilio", "delivered", None, (Stage.HANDSET, Outcome.DELIVERED, Reason.NONE)),
    ("twilio", "undelivered", "30003", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT)),
    ("twilio", "undelivered", "30005", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER)),
    # The error names the kind of refusal; how far it got stays with the status.
    ("twilio", "failed", "21610", (Stage.PROVIDER_ACCEPTED, Outcome.BLOCKED, Reason.OPTED_OUT)),
    ("twilio", "failed", "30036", (Stage.PROVIDER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED)),
    ("twilio", "failed", "30003", (Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.ABSENT)),
    ("plivo", "undelivered", "200", (Stage.CARRIER_ACCEPTED, Outcome.BLOCKED, Reason.OPTED_OUT)),
    ("vonage_messages", "rejected", "1360", (Stage.SENDING, Outcome.EXPIRED, Reason.EXPIRED)),
    # An error without a reason does not hide the one that the status gave.
    ("vonage_sms_dlr", "rejected", "1", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.CARRIER_REJECTED)),
    ("infobip", "2", "0", (Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.AWAITING_HANDSET)),
    ("infobip", "9", "0", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN)),
    # One field for statuses and errors.
    ("smsmode_legacy", "3502", None, (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT)),
    ("engagelab", "Send failed/Power off", None, (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)),
    # The error stands in another table of the same provider.
    ("engagelab_event", "delivered_failed", "580", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)),
    ("smpp34_stat", "UNDELIV", "006", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT)),
    ("smpp34_state", "UNDELIV", "1", (Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER)),
    ("twilio", None, "21211", (Stage.SUBMITTING, Outcome.FAILED, Reason.INVALID_NUMBER)),
    # Not proof of delivery.
    ("aws_eum", "TEXT_SUCCESSFUL", None, (Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED, Reason.NO_REPORT)),
    ("kannel", "8", None, (Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.NONE)),
    ("smsmode_legacy", "13", None, (Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.AWAITING_HANDSET)),
    ("twilio", "sent", None, (Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.NONE)),
]


@pytest.mark.parametrize(("provider", "status", "error", "expected"), RECEIPTS)
def test_a_receipt_is_its_status_with_the_reason_of_its_error(
    provider: str, status: str | None, error: str | None, expected: tuple[Stage, Outcome, Reason]
) -> None:
    state = resolve(provider, status, error)
    assert (state.stage, state.outcome, state.reason) == expected


def test_the_error_brings_what_follows_for_the_number_and_for_a_retry() -> None:
    gone, away = resolve("twilio", "undelivered", "30005"), resolve("twilio", "undelivered", "30003")
    assert (gone.number_valid, gone.retry) == (Validity.NO, False)
    assert (away.number_valid, away.retry) == (Validity.YES, True)


@pytest.mark.parametrize("provider", providers())
def test_no_error_makes_a_failure_of_an_open_or_good_status_nor_a_success_of_a_refusal(provider: str) -> None:
    statuses = [code for code in codes(provider) if code.kind == "status"]
    errors = [code for code in codes(provider) if code.kind == "error"]
    for status, error in product(statuses, errors):
        state = resolve.__wrapped__(provider, status.code, error.code)
        assert state.stage is status.state.stage
        if status.state.outcome.is_negative:
            assert state.outcome.is_negative
        else:
            assert state.outcome is status.state.outcome
        if status.state.outcome in (Outcome.PENDING, Outcome.DELIVERED):
            assert state == status.state


UNKNOWN = State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.UNKNOWN)


@pytest.mark.parametrize(
    ("provider", "status", "error", "expected"),
    [
        ("twilio", "teleported", None, UNKNOWN),
        ("nobody", "delivered", None, UNKNOWN),
        ("../secrets", "delivered", "1", UNKNOWN),
        ("twilio", "teleported", "30025", UNKNOWN),
        ("twilio", "", "", State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)),
        ("twilio", None, "99999", State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)),
        (
            "twilio",
            "undelivered",
            "99999",
            State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN),
        ),
    ],
)
def test_a_code_that_nobody_knows_means_unknown(
    provider: str, status: str | None, error: str | None, expected: State
) -> None:
    assert resolve(provider, status, error) == expected


def test_an_unknown_status_with_a_known_error_is_what_the_error_says() -> None:
    assert resolve("twilio", "teleported", "30003").reason is Reason.ABSENT


@given(st.sampled_from(providers()), st.none() | st.text(max_size=12), st.none() | st.text(max_size=12))
def test_nothing_that_a_provider_sends_breaks_the_lookup(provider: str, status: str | None, error: str | None) -> None:
    assert isinstance(resolve(provider, status, error), State)
