"""Every state is explained in full sentences, and what is said about a number follows its evidence."""

from __future__ import annotations

from itertools import product

import pytest

from logs.advice import NumberAdvice, explain, family_label, reason_label
from logs.statuses import Leg, Outcome, Reason, ReasonFamily, Stage, State, Validity
from logs.vocabularies import VOCABULARIES

BLAME = ("you should have", "your fault", "stupid", "guilty")


@pytest.mark.parametrize(("stage", "outcome"), list(product(Stage, Outcome)))
def test_every_state_has_short_and_full_words(stage: Stage, outcome: Outcome) -> None:
    for reason, validity in product(Reason, Validity):
        told = explain(State.of(stage, outcome, reason, validity))
        assert len(str(told.short)) <= 20, told.short
        for text in map(str, (told.sentence, told.next_step, told.number_reason)):
            assert text[0].isupper(), text
            assert text[-1] == ".", text
            assert "  " not in text
            assert not any(word in text.casefold() for word in BLAME)
        assert str(told.number_sentence) == f"{told.number_verdict} {told.number_reason}"


def test_success_is_quiet() -> None:
    assert explain(State.of(Stage.HANDSET, Outcome.DELIVERED)).short == ""
    assert explain(State.of(Stage.QUEUED, Outcome.PENDING)).short == ""


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in (Reason.NONE, Reason.CANCELED)])
def test_a_refusal_shows_its_reason_in_the_list(reason: Reason) -> None:
    told = explain(State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, reason))
    assert str(told.short)
    assert str(told.sentence).startswith("It did not reach the phone. ")


SHORT = [
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT), "phone off or away"),
    (State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT), "opted out"),
    (State.of(Stage.SENDING, Outcome.PENDING), "asking carrier"),
    (State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.REGISTRATION_REQUIRED), "sender unregistered"),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.NUMBER_INACTIVE), "number not in use"),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED, Reason.NO_REPORT), "no carrier receipt"),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT), "no report"),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED), "no answer in time"),
    (State.of(Stage.READ, Outcome.DELIVERED), "read"),
    (State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED), ""),
]


@pytest.mark.parametrize(("state", "short"), SHORT)
def test_the_line_under_the_status_is_the_one_of_the_design(state: State, short: str) -> None:
    assert str(explain(state).short) == short


LEGS = [
    (State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT), Leg.PLATFORM),
    (State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.AUTH_ERROR), Leg.PLATFORM),
    (State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.NO_ROUTE), Leg.PROVIDER),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT), Leg.CARRIER),
    (State.of(Stage.SENDING, Outcome.UNDELIVERED, Reason.UNKNOWN), Leg.CARRIER),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED), Leg.CARRIER),
    (State.of(Stage.HANDSET, Outcome.DELIVERED), None),
    (State.of(Stage.SENDING, Outcome.PENDING), None),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT), None),
    (State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED), None),
]


@pytest.mark.parametrize(("state", "leg"), LEGS)
def test_it_says_at_which_leg_a_message_failed(state: State, leg: Leg | None) -> None:
    assert explain(state).failed_leg is leg


@pytest.mark.parametrize(("outcome", "reason"), list(product(Outcome, Reason)))
def test_only_a_refusal_speaks_against_a_number(outcome: Outcome, reason: Reason) -> None:
    verdicts = {validity: explain(State.of(Stage.CARRIER_ACCEPTED, outcome, reason, validity)) for validity in Validity}
    if outcome.is_negative:
        expected = [NumberAdvice.KEEP, NumberAdvice.WATCH, NumberAdvice.REMOVE]
    else:
        expected = [NumberAdvice.KEEP] * 3
    assert [verdicts[validity].number for validity in Validity] == expected
    assert [verdicts[validity].tone for validity in Validity] == [advice.tone for advice in expected]


def test_the_tones_are_those_of_the_advice_box() -> None:
    assert {advice.value: advice.tone for advice in NumberAdvice} == {"keep": "wait", "watch": "late", "remove": "bad"}


def test_a_suspicion_counts_only_over_three_days() -> None:
    told = explain(State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.DEVICE_ERROR))
    assert "three different days" in str(told.number_sentence)


def test_a_phone_that_is_off_keeps_its_number_in_the_words_of_the_design() -> None:
    told = explain(State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF))
    assert str(told.number_sentence) == "Keep the number. A phone that is off says nothing against it."


@pytest.mark.parametrize("kind", ["Temporary", "Permanent"])
def test_temporary_errors_keep_the_number_and_permanent_ones_propose_to_remove_it(kind: str) -> None:
    vocabulary = VOCABULARIES["smsmode"]
    states = [State(*key, False) for key in product(Stage, Outcome, Reason, Validity)]
    advices = {explain(state).number for state in states if vocabulary.project(state).text.startswith(kind)}
    if kind == "Permanent":
        assert advices == {NumberAdvice.REMOVE}
    else:
        assert advices == {NumberAdvice.KEEP, NumberAdvice.WATCH}


def test_an_ambiguous_submit_is_not_sent_again_blindly() -> None:
    told = explain(State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.AMBIGUOUS_SUBMIT))
    assert "Do not send again yet" in str(told.next_step)
    assert "may have been sent" in str(told.sentence)


def test_reasons_and_families_have_labels_of_their_own() -> None:
    labels = [str(reason_label(reason)) for reason in Reason]
    assert len(set(labels)) == len(labels)
    assert all(label and label[0].isupper() and not label.endswith(".") for label in labels)
    families = [str(family_label(family)) for family in ReasonFamily]
    assert len(set(families)) == len(families)
    assert str(reason_label(Reason.ABSENT)) == "Phone off or out of reach"
