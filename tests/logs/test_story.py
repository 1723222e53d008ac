"""One message told from its events: the track, the log, the contradiction, the evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logs.drafts import Said
from logs.models import EventSource, ProviderAccount, Source, StatusEvent, Template
from logs.statuses import Leg, Outcome, Reason, Stage, State, Status
from logs.story import Story, happened, pretty
from logs.views.messages import RELATED, attach
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account
from smsadmin.accounts.roles import permissions_of
from smsadmin.members.models import Member
from tests.factories.accounts import make_account
from tests.factories.messages import (
    ACCEPTED,
    BLOCKED,
    DELIVERED,
    QUEUED,
    SENDING,
    UNDELIVERED,
    make_message,
    make_said,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return make_account(time_zone="Europe/Paris", vocabulary="smsadmin")


def second(n: float) -> datetime:
    return NOON + timedelta(seconds=n)


def said(state: State, n: float, **fields: Any) -> Said:
    return make_said(state, second(n), **fields)


def story(account: Account, *told: Said, role: str = "admin", **fields: Any) -> Story:
    message = make_message(account, said=told, requested_at=NOON, **fields)
    attach(account, [message], *RELATED)
    return Story(
        message, list(StatusEvent.objects.of(message)), account=account, access=Access(role, permissions_of(role))
    )


def track(found: Story) -> list[tuple[str, str, str]]:
    """(tone, symbol, words) of the three stages."""
    return [(node.tone, node.symbol, str(node.text)) for node in found.track]


PASSED, ACCEPTED_THERE = ("good", "delivered", "passed our checks"), ("good", "delivered", "accepted")
AHEAD, NOT_ASKED = ("wait", "queued", "not yet"), ("wait", "queued", "not asked")
EXPIRED = State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED)
SILENT = State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT)

TRACKS = [
    (QUEUED, [("wait", "queued", "waiting here"), AHEAD, AHEAD]),
    (State.of(Stage.SUBMITTING, Outcome.PENDING), [("wait", "queued", "waiting here"), AHEAD, AHEAD]),
    (BLOCKED, [("stop", "blocked", "stopped by our rules"), NOT_ASKED, NOT_ASKED]),
    (
        State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED),
        [("wait", "canceled", "canceled here"), NOT_ASKED, NOT_ASKED],
    ),
    (
        State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.AUTH_ERROR),
        [("bad", "failed", "stopped here"), NOT_ASKED, NOT_ASKED],
    ),
    (ACCEPTED, [PASSED, ("move", "sending", "waiting here"), AHEAD]),
    (
        State.of(Stage.PROVIDER_ACCEPTED, Outcome.BLOCKED, Reason.CONTENT_FILTERED),
        [PASSED, ("stop", "blocked", "stopped here"), NOT_ASKED],
    ),
    (SILENT, [PASSED, ("wait", "unknown", "no answer since"), AHEAD]),
    (SENDING, [PASSED, ACCEPTED_THERE, ("move", "sending", "waiting here")]),
    (
        State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED),
        [PASSED, ACCEPTED_THERE, ("move", "sent", "taken, no receipt will come")],
    ),
    (UNDELIVERED, [PASSED, ACCEPTED_THERE, ("bad", "undelivered", "stopped here")]),
    (EXPIRED, [PASSED, ACCEPTED_THERE, ("late", "expired", "stopped here")]),
    (
        State.of(Stage.CARRIER_ACCEPTED, Outcome.PARTIAL),
        [PASSED, ACCEPTED_THERE, ("late", "partial", "arrived in part")],
    ),
    (DELIVERED, [PASSED, ACCEPTED_THERE, ("good", "delivered", "delivered to the phone")]),
    (
        State.of(Stage.READ, Outcome.DELIVERED),
        [PASSED, ACCEPTED_THERE, ("good", "delivered", "read on the phone")],
    ),
]


@pytest.mark.parametrize(("state", "nodes"), TRACKS, ids=lambda value: str(getattr(value, "status", "")))
def test_the_track_shows_how_far_it_got(account: Account, state: State, nodes: list[tuple[str, str, str]]) -> None:
    assert track(story(account, said(state, 5))) == nodes


def test_what_the_provider_refused_is_not_told_as_our_own_rule(account: Account) -> None:
    refused = State.of(Stage.SUBMITTING, Outcome.BLOCKED, Reason.OPTED_OUT)
    answer = said(refused, 5, provider="telnyx", source=EventSource.SUBMIT)
    assert track(story(account, said(QUEUED, 1), answer)) == [
        ("stop", "blocked", "stopped here"),
        ("wait", "queued", "did not take it"),
        NOT_ASKED,
    ]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_state_has_a_track_that_stops_where_it_stopped(account: Account, stage: Stage, outcome: Outcome) -> None:
    found = story(account, said(State.of(stage, outcome), 5)).track
    assert [node.leg for node in found] == list(Leg)
    assert [node.leg for node in found if node.stopped] == ([stage.leg] if outcome.is_negative else [])
    assert [node.leg for node in found if node.ahead] == [leg for leg in Leg if leg > stage.leg]
    assert all(str(node.text) for node in found)


def test_a_stage_has_the_time_when_it_was_reached(account: Account) -> None:
    found = story(
        account, said(QUEUED, 0), said(ACCEPTED, 2), said(SENDING, 7), said(DELIVERED, 9), said(UNDELIVERED, 8)
    )
    assert [node.at for node in found.track] == [second(0), second(2), second(7)]


def test_a_stage_that_nobody_spoke_of_has_no_time(account: Account) -> None:
    assert [node.at for node in story(account, said(DELIVERED, 9)).track] == [None, None, second(9)]


def test_the_track_names_who_accepted_it(account: Account) -> None:
    contract = ProviderAccount.objects.create(account=account, provider="twilio", name="Twilio France")
    assert track(story(account, said(DELIVERED, 9), provider_account_id=contract.pk))[1][2] == "Twilio France accepted"
    assert track(story(account, said(DELIVERED, 9, provider="vonage_sms_dlr")))[1][2] == "Vonage accepted"
    assert track(story(account, said(DELIVERED, 9, provider="acme_sms")))[1][2] == "Acme sms accepted"


# ---- the status log


def test_the_log_tells_the_newest_first_whatever_came_first(account: Account) -> None:
    told = [said(DELIVERED, 9), said(QUEUED, 0), said(SENDING, 5), said(ACCEPTED, 2)]
    entries = story(account, *told, source=Source.AUTOMATION).entries
    assert [entry.at for entry in entries] == [second(n) for n in (9, 5, 2, 0)]
    assert [str(entry.what) for entry in entries] == [
        "Delivered",
        "Accepted by the carrier, waiting for the phone",
        "SMS sent to member (from Automation)",
        "Checked and queued",
    ]


def test_events_of_one_moment_stand_in_the_order_of_their_stages(account: Account) -> None:
    entries = story(account, said(QUEUED, 0), said(SENDING, 0), said(ACCEPTED, 0)).entries
    assert [entry.status for entry in entries] == [Status.SENDING, Status.SENDING, Status.QUEUED]
    assert "carrier" in str(entries[0].what)


def test_a_time_that_nobody_stated_is_the_one_of_its_arrival_and_says_so(account: Account) -> None:
    told = said(DELIVERED, 0, occurred_at=None, received_at=second(33))
    [entry] = story(account, told).entries
    assert (entry.at, entry.precise) == (second(33), False)
    [entry] = story(account, said(DELIVERED, 4)).entries
    assert (entry.at, entry.precise) == (second(4), True)


def test_an_entry_says_who_said_what_in_which_words(account: Account) -> None:
    told = said(
        UNDELIVERED, 9, provider="twilio", raw_status="undelivered", raw_error="30003", raw_text="Unreachable",
        part=2, parts=3, signed=1, source=EventSource.POLL, raw='{"ErrorCode":"30003"}',
    )  # fmt: skip
    [entry] = story(account, told).entries
    assert entry.why.startswith("Twilio undelivered 30003 “")
    assert entry.why.endswith("Unreachable · part 2 of 3")
    assert (entry.signed, str(entry.source)) == (True, "status query")
    assert entry.raw == '{\n "ErrorCode": "30003"\n}'
    assert str(entry.what).startswith("Undelivered: ")


def test_attempts_are_counted_where_there_were_several(account: Account) -> None:
    once = story(account, said(UNDELIVERED, 3))
    twice = story(account, said(UNDELIVERED, 3), said(DELIVERED, 60, attempt=2))
    assert (once.attempts, twice.attempts) == (1, 2)
    assert [one.number for one in once.tries] == [1]
    assert [(one.number, len(one.entries)) for one in twice.tries] == [(2, 1), (1, 1)]


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("stage", Stage)
def test_every_event_has_words(stage: Stage, outcome: Outcome) -> None:
    for reason in (Reason.NONE, Reason.SCHEDULED, Reason.POWER_OFF):
        assert str(happened(State.of(stage, outcome, reason)))
        assert str(happened(State.of(stage, outcome, reason), "Automation"))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("", ""),
        ("MessageStatus=sent&x=1", "MessageStatus=sent&x=1"),
        ('{"a":[1,"é"]}', '{\n "a": [\n  1,\n  "é"\n ]\n}'),
        ("[1]", "[\n 1\n]"),
        ('{"a": broken', '{"a": broken'),
        ("{" * 100_000, "{" * 100_000),
        ("[" * 100_000, "[" * 100_000),
        ("[" * 900 + "]" * 900, None),
        ('{"a":' + "1" * 10_000 + "}", '{"a":' + "1" * 10_000 + "}"),
        ('{"a":"half \\ud83d"}', '{"a":"half \\ud83d"}'),
        ('{"a":"\\ud83d\\ude00"}', '{\n "a": "😀"\n}'),
    ],
    ids=range(11),
)
def test_evidence_is_indented_where_it_is_json(raw: str, shown: str | None) -> None:
    text = pretty(raw)
    assert text.encode().decode() == text
    assert text == shown or (shown is None and "".join(text.split()) == raw)


# ---- the contradiction


def test_final_answers_that_contradict_each_other_are_named(account: Account) -> None:
    found = story(account, said(ACCEPTED, 2), said(UNDELIVERED, 5), said(DELIVERED, 9))
    assert found.message.conflict
    assert [str(label) for label in found.finals] == ["Delivered", "Undelivered"]
    assert found.status is Status.DELIVERED


@pytest.mark.parametrize(
    "told",
    [
        [said(SILENT, 60, soft=True), said(DELIVERED, 90)],
        [said(ACCEPTED, 2), said(DELIVERED, 9)],
        [said(DELIVERED, 9), said(State.of(Stage.READ, Outcome.DELIVERED), 90)],
    ],
)
def test_a_better_answer_is_no_contradiction(account: Account, told: list[Said]) -> None:
    found = story(account, *told)
    assert not found.message.conflict
    assert [str(label) for label in found.finals] == ["Delivered"]


def test_our_own_time_limit_contradicts_nobody(account: Account) -> None:
    ours = State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.NO_REPORT)
    found = story(account, said(ours, 60, soft=True), said(UNDELIVERED, 90))
    assert not found.message.conflict
    assert [str(label) for label in found.finals] == ["Undelivered"]


# ---- the rest of the page


def test_what_is_known_is_told_and_what_is_not_is_empty(account: Account) -> None:
    bare = story(account, said(DELIVERED, 9), phone="", source=None, body="")
    assert (bare.recipient, bare.phone, bare.source, bare.text, bare.measure, bare.reason) == ("", "", "", "", None, "")
    assert (bare.provider, bare.word, str(bare.kind)) == ("", "", "Operational")
    member = Member.objects.create(account=account, name="Ann Archer")
    full = story(account, said(UNDELIVERED, 9), phone="+447700900123", member_id=member.pk, source=Source.APP_LOGIN)
    assert (full.recipient, full.phone, str(full.source)) == ("Ann Archer", "+44 7700 900123", "App login code")
    assert str(full.reason)
    assert str(full.explanation.sentence)


def test_the_word_is_the_accounts(account: Account) -> None:
    account.vocabulary = "como"
    assert story(account, said(DELIVERED, 9)).word == "Delivery success"


@pytest.mark.parametrize(("role", "hidden"), [("marketer", True), ("support", False), ("admin", False)])
def test_a_code_is_hidden_in_the_text_and_in_what_was_said(account: Account, role: str, hidden: bool) -> None:
    template = Template.objects.create(account=account, name="Code", type=Template.Type.VERIFICATION)
    told = said(DELIVERED, 9, raw='{"text": "482913 is it"}', raw_text="sent 482913")
    found = story(account, told, role=role, template_id=template.pk, body="482913 is it")
    assert found.code_is_hidden is hidden
    for text in (found.text, found.entries[0].raw, found.entries[0].why):
        assert ("482913" in text) is not hidden
    assert found.measure is not None
    assert found.measure.segments == 1  # of the text as it was sent
