"""Each product's words project and come back; every state has a word; filters find exactly what a word speaks of."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from logs.statuses import Outcome, Reason, Stage, State, Status, Validity
from logs.vocabularies import DEFAULT, VOCABULARIES, Label, Vocabulary

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "tests" / "spec" / "vocabularies.csv"
SHARED = ROOT.parent / "shared" / "spec" / "vocabularies.csv"


def rows() -> list[dict[str, str]]:
    with SPEC.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def state_of(row: dict[str, str]) -> State:
    return State(
        Stage.from_slug(row["canonical_stage"]),
        Outcome.from_slug(row["canonical_outcome"]),
        Reason.from_slug(row["canonical_reason"]),
        Validity.from_slug(row["number_valid"]),
        row["retry"] == "yes",
    )


ROWS = rows()
EVERY_STATE = [State(*key, False) for key in product(Stage, Outcome, Reason, Validity)]
each_vocabulary = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=lambda vocabulary: vocabulary.key)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['vocabulary']}: {row['label']}")
def test_a_products_word_projects_back_to_itself(row: dict[str, str]) -> None:
    vocabulary = VOCABULARIES[row["vocabulary"]]
    label = vocabulary.project(state_of(row))
    assert label.full == row["label"]
    assert label.text == row["label"].split("/")[-1]
    assert not label.ours
    assert any(condition.matches(state_of(row)) for condition in vocabulary.conditions(label))


def test_all_sixty_four_words_of_five_products_are_there() -> None:
    assert Counter(row["vocabulary"] for row in ROWS) == {
        "como": 5,
        "communicate": 13,
        "engagelab": 21,
        "smsmode": 19,
        "crm_sms_list": 6,
    }


@each_vocabulary
def test_a_vocabulary_has_the_products_words_and_says_which_ones_we_added(vocabulary: Vocabulary) -> None:
    if vocabulary is DEFAULT:
        assert [label.slug for label in vocabulary.labels] == [status.slug for status in Status]
        return
    theirs = [row["label"] for row in ROWS if row["vocabulary"] == vocabulary.key]
    assert sorted(label.full for label in vocabulary.labels if not label.ours) == sorted(theirs)


def test_only_where_a_product_has_no_word_did_we_add_one() -> None:
    added = {(key, label.text) for key, words in VOCABULARIES.items() for label in words.labels if label.ours}
    assert added == {("como", "Not sent yet"), ("communicate", "another reason")}


@each_vocabulary
def test_every_state_has_exactly_one_word_and_its_filter_finds_it(vocabulary: Vocabulary) -> None:
    conditions = [(label, condition) for label in vocabulary.labels for condition in vocabulary.conditions(label)]
    for state in EVERY_STATE:
        matching = [label for label, condition in conditions if condition.matches(state)]
        assert matching == [vocabulary.project(state)], state


@each_vocabulary
def test_every_word_can_be_reached(vocabulary: Vocabulary) -> None:
    assert {vocabulary.project(state) for state in EVERY_STATE} == set(vocabulary.labels)


@each_vocabulary
def test_a_filter_stays_short(vocabulary: Vocabulary) -> None:
    assert max(len(vocabulary.conditions(label)) for label in vocabulary.labels) <= 3


@each_vocabulary
def test_a_retry_never_changes_the_word(vocabulary: Vocabulary) -> None:
    for state in EVERY_STATE[::7]:
        again = State(state.stage, state.outcome, state.reason, state.number_valid, True)
        assert vocabulary.project(again) is vocabulary.project(state)


@each_vocabulary
def test_words_have_unique_slugs_and_a_meaning(vocabulary: Vocabulary) -> None:
    slugs = [label.slug for label in vocabulary.labels]
    assert len(set(slugs)) == len(slugs)
    assert [vocabulary.label(slug) for slug in slugs] == list(vocabulary.labels)
    assert all(str(label.meaning).endswith(".") and str(label.text) for label in vocabulary.labels)
    assert str(vocabulary.name)
    assert str(vocabulary.sentence).endswith(".")


def test_a_word_that_a_vocabulary_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="not a word of como"):
        VOCABULARIES["como"].label("global-block")


def test_a_word_knows_its_groups() -> None:
    label = VOCABULARIES["communicate"].label("on-block-list")
    assert label.path == ("Undelivered", "Ineligible to Send", "on block list")
    assert label.group == "Undelivered / Ineligible to Send"
    assert VOCABULARIES["communicate"].label("sent").group == ""


@pytest.mark.parametrize(("stage", "outcome"), list(product(Stage, Outcome)))
def test_our_own_words_are_the_statuses(stage: Stage, outcome: Outcome) -> None:
    state = State.of(stage, outcome)
    label = DEFAULT.project(state)
    assert label.slug == state.status.slug
    assert str(label.text) == str(state.status.label)


def text(vocabulary: str, *state: object) -> str:
    label: Label = VOCABULARIES[vocabulary].project(State.of(*state))  # type: ignore[arg-type]
    return label.full


WORDS = [
    ("como", "Not sent yet", Stage.QUEUED, Outcome.PENDING),
    ("como", "Not sent yet", Stage.SUBMITTING, Outcome.PENDING),
    ("como", "Pending delivery", Stage.SENDING, Outcome.PENDING),
    ("como", "Pending delivery", Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED),
    ("como", "Failed to be sent", Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT),
    ("como", "Delivery failure", Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.NO_ROUTE),
    ("communicate", "Sent", Stage.CARRIER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT),
    ("communicate", "Undelivered/Ineligible to Send/not opted in", Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT),
    # Not eligible is what was blocked; the same reason from a carrier is a failure.
    (
        "communicate",
        "Undelivered/Failed to Send/carrier issues",
        Stage.CARRIER_ACCEPTED,
        Outcome.UNDELIVERED,
        Reason.BLOCKLIST_CARRIER,
    ),
    (
        "communicate",
        "Undelivered/Failed to Send/another reason",
        Stage.CARRIER_ACCEPTED,
        Outcome.UNDELIVERED,
        Reason.POWER_OFF,
    ),
    ("engagelab", "Wait result", Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED),
    ("engagelab", "Process failed/Frequency overrun", Stage.SUBMITTING, Outcome.FAILED, Reason.RATE_LIMITED),
    ("engagelab", "Send failed/580 Power off", Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.ABSENT),
    ("engagelab", "Send failed/500 Empty", Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.NUMBER_INACTIVE),
    ("smsmode", "In progress", Stage.QUEUED, Outcome.PENDING, Reason.SCHEDULED),
    ("smsmode", "Delivered to operator", Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED, Reason.NO_REPORT),
    (
        "smsmode",
        "Reception error",
        Stage.CARRIER_ACCEPTED,
        Outcome.UNDELIVERED,
        Reason.UNKNOWN_SUBSCRIBER,
        Validity.SUSPECT,
    ),
    ("smsmode", "Permanent absence error", Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER),
    ("crm_sms_list", "not delivered", Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT),
    ("crm_sms_list", "unknown state", Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.UNKNOWN),
    ("crm_sms_list", "in the process of delivery", Stage.HANDSET, Outcome.PENDING),
]


@pytest.mark.parametrize("case", WORDS, ids=lambda case: f"{case[0]}: {case[1]}")
def test_the_state_models_projection_rules_hold(case: tuple[object, ...]) -> None:
    vocabulary, expected, *state = case
    assert text(str(vocabulary), *state) == expected


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.slug)
def test_permanent_means_that_the_number_was_proved_wrong(reason: Reason) -> None:
    vocabulary = VOCABULARIES["smsmode"]
    for validity in (Validity.YES, Validity.SUSPECT):
        state = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, reason, validity)
        assert not vocabulary.project(state).text.startswith("Permanent")
    proved = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, reason, Validity.NO)
    assert not vocabulary.project(proved).text.startswith("Temporary")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared specification is not beside this repository")
def test_our_copy_of_the_words_is_the_shared_one() -> None:
    assert SPEC.read_text(encoding="utf-8") == SHARED.read_text(encoding="utf-8")
