"""Message logs as files: what their rows become, and what is wrong with those that become nothing."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from logs.export_columns import COLUMNS
from logs.imports import words
from logs.models import Campaign, EventSource, Kind, Label, Message, ProviderAccount, Source, StatusEvent, Template
from logs.statuses import Outcome, Reason, Stage
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.imports.kinds import kind_of
from smsadmin.imports.mapping import BadMapping, Mapping
from smsadmin.imports.models import ImportProblem
from smsadmin.members.models import Member
from tests.factories.accounts import make_account
from tests.factories.files import NOW, check, counts, make_job, run
from tests.factories.messages import ACCEPTED, BLOCKED, make_message

TWILIO = "From,To,Body,Status,SentDate,ApiVersion,NumSegments,ErrorCode,AccountSid,Sid,Direction,Price,PriceUnit\n"


def twilio(sid: str = "SM1", **cells: str) -> str:
    row = {
        "From": "Shop",
        "To": "+447700900123",
        "Body": "Your code is 1234",
        "Status": "delivered",
        "SentDate": "Sun, 10 Mar 2026 14:20:02 +0000",
        "ApiVersion": "2010-04-01",
        "NumSegments": "1",
        "ErrorCode": "0",
        "AccountSid": "AC1",
        "Sid": sid,
        "Direction": "outbound-api",
        "Price": "-0.00750",
        "PriceUnit": "USD",
        **cells,
    }
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(row.values())
    return buffer.getvalue()


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def only(account: Account) -> Message:
    return Message.objects.of(account).get()


def events(message: Message) -> list[StatusEvent]:
    return list(StatusEvent.objects.of(message).order_by("stage"))


# ---- words


@pytest.mark.parametrize(("vocabulary", "slug"), sorted(words.label_states()))
def test_every_word_of_a_vocabulary_stands_for_a_state_that_is_called_so(vocabulary: str, slug: str) -> None:
    state = words.label_states()[vocabulary, slug]
    assert VOCABULARIES[vocabulary].project(state).slug == slug


def test_every_label_of_every_vocabulary_can_be_imported() -> None:
    assert set(words.label_states()) == {(v.key, label.slug) for v in VOCABULARIES.values() for label in v.labels}


@pytest.mark.parametrize(
    ("word", "provider", "vocabulary", "target"),
    [
        ("Delivered", "", "", "smsadmin:delivered"),
        ("sent", "twilio", "", "code:twilio:sent"),
        ("Send failed/580 Power off", "", "engagelab", "engagelab:580-power-off"),
        ("Send failed: 580 power off", "", "", "engagelab:580-power-off"),
        ("580", "", "engagelab", "engagelab:580-power-off"),
        ("580", "", "", ""),
        ("Process failed", "", "engagelab", "engagelab:other"),
        ("unknown state", "", "", "crm_sms_list:unknown-state"),
        ("Permanent portability error", "", "", "smsmode:permanent-portability-error"),
        ("REJECTD", "", "", "smsadmin:failed"),
        ("success", "", "", "smsadmin:delivered"),
        ("klaatu", "", "", ""),
    ],
)
def test_words_are_guessed(word: str, provider: str, vocabulary: str, target: str) -> None:
    assert words.guess(word, provider, vocabulary) == target


def test_every_target_that_is_offered_stands_for_a_state() -> None:
    offered = [key for _name, group in words.targets("twilio") for key, _label in group]
    assert len(offered) == len(set(offered)) > 200
    for key in offered:
        assert key == words.SKIP or words.state_for(key)


# ---- Twilio


def test_a_twilio_log_is_recognised_and_understood(account: Account) -> None:
    member = Member.objects.create(account=account, phone="+447700900123", name="Ann")
    job = run(make_job(account, TWILIO + twilio()))
    assert (job.mapping["preset"], counts(job)) == ("twilio", (1, 0, 0, 0))
    message = only(account)
    at = datetime(2026, 3, 10, 14, 20, 2, tzinfo=UTC)
    assert (message.requested_at, message.sent_at, message.receipt_at) == (at, at, None)
    assert (message.phone, message.sender, message.body, message.segments) == (
        "+447700900123",
        "Shop",
        "Your code is 1234",
        1,
    )
    assert (message.price, message.currency, message.provider_message_id) == (Decimal("0.00750"), "USD", "SM1")
    assert (message.state.outcome, message.state.stage, message.kind) == (
        Outcome.DELIVERED,
        Stage.HANDSET,
        Kind.OPERATIONAL,
    )
    assert (message.member, message.provider_account.provider) == (member, "twilio")


def test_a_row_proves_two_things_and_keeps_its_evidence(account: Account) -> None:
    run(make_job(account, TWILIO + twilio(Status="undelivered", ErrorCode="30005")))
    submitted, answered = events(only(account))
    assert (submitted.stage, submitted.outcome, submitted.source) == (
        Stage.PROVIDER_ACCEPTED,
        Outcome.PENDING,
        EventSource.IMPORT,
    )
    assert submitted.occurred_at == datetime(2026, 3, 10, 14, 20, 2, tzinfo=UTC)
    assert (answered.outcome, answered.reason) == (Outcome.UNDELIVERED, Reason.UNKNOWN_SUBSCRIBER)
    assert (answered.raw_status, answered.raw_error, answered.provider_message_id) == ("undelivered", "30005", "SM1")
    assert json.loads(answered.raw)["Body"] == "Your code is 1234"
    # When it was refused nobody wrote down, and the time of sending would be a lie.
    assert answered.occurred_at is None


def test_newer_spellings_tell_more_times(account: Account) -> None:
    header = "From,To,Body,Status,Date Created,Date Sent,DateUpdated,Sid,Direction\n"
    row = "Shop,+447700900123,Hi,delivered,2026-03-10T14:20:00Z,2026-03-10T14:20:02Z,2026-03-10T14:20:09Z,SM1,out\n"
    run(make_job(account, header + row))
    message = only(account)
    assert [at.second for at in (message.requested_at, message.sent_at, message.receipt_at) if at] == [0, 2, 9]


def test_inbound_rows_and_other_channels_are_left_out_and_no_mistakes(account: Account) -> None:
    rows = twilio("SM1", Direction="inbound") + twilio("SM2", To="whatsapp:+447700900123") + twilio("SM3")
    job = run(make_job(account, TWILIO + rows))
    assert (counts(job), job.skipped) == ((1, 0, 0, 0), 2)
    assert sum(job.skips.values()) == 2


# ---- an SMS status list


def test_a_status_list_is_recognised_and_speaks_its_own_words(account: Account) -> None:
    header = "Status,SMS_USER,Number of entries,Recipient,Template,"
    header += "Request time,Channel send time,Receipt time,Update time,Send log\n"
    times = "2026-03-10 09:00:00,2026-03-10 09:00:01,2026-03-10 09:00:05,2026-03-10 09:00:06"
    content = (
        header
        + f"Send failed/580 Power off,shop,2,07700 900123,Welcome,{times},log\n"
        + ("Process failed/Unsubscribe,Shop,1,07700 900124,welcome,2026-03-10 09:00:00,,,,log\n")
    )
    job = make_job(account, content)
    assert job.mapping["preset"] == "status_list"
    assert run(job).bad == 2  # no zone is said, and none is assumed
    job = run(make_job(account, content, mapping={"zone": "Europe/London"}))
    assert counts(job) == (2, 0, 0, 0)
    failed, stopped = Message.objects.of(account).order_by("phone")
    assert (failed.state.reason, failed.segments, failed.receipt_at.second) == (Reason.POWER_OFF, 2, 5)
    assert (stopped.state.reason, stopped.state.stage, stopped.sent_at) == (Reason.OPTED_OUT, Stage.QUEUED, None)
    assert failed.template == stopped.template == Template.objects.get(account=account)
    assert failed.sms_user == stopped.sms_user == SmsUser.objects.get(account=account)


# ---- our own export


def export(**cells: str) -> str:
    row = {
        "requested_at": "2026-03-10T14:20:00+00:00",
        "sent_at": "2026-03-10T14:20:02+00:00",
        "receipt_at": "2026-03-10T14:20:09+00:00",
        "updated_at": "2026-03-10T14:21:00+00:00",
        "phone": "'+447700900123",
        "member": "C-1",
        "source": "automation",
        "kind": "marketing",
        "template": "Spring",
        "template_type": "marketing",
        "labels": "spring; vip",
        "sms_user": "api",
        "campaign": "Sale",
        "provider": "Acme",
        "provider_message_id": "A1",
        "sender": "Shop",
        "text": "Hello",
        "segments": "1",
        "status": "undelivered",
        "stage": "carrier_accepted",
        "outcome": "undelivered",
        "reason": "absent",
        "number_valid": "yes",
        "retry": "yes",
        "price": "0.05",
        "currency": "EUR",
        "reference": "R1",
        **cells,
    }
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    writer.writerow(row)
    return buffer.getvalue()


def test_our_own_export_comes_back_whole(account: Account) -> None:
    member = Member.objects.create(account=account, external_id="C-1")
    job = run(make_job(account, export()))
    assert (job.mapping["preset"], counts(job)) == ("smsadmin", (1, 0, 0, 0))
    message = only(account)
    state = message.state
    assert [state.stage.slug, state.outcome.slug, state.reason.slug, state.retry] == [
        "carrier_accepted",
        "undelivered",
        "absent",
        True,
    ]
    assert (message.source, message.kind, message.member, message.reference) == (
        Source.AUTOMATION,
        Kind.MARKETING,
        member,
        "R1",
    )
    assert (message.template.type, message.campaign.name, message.sms_user.name) == ("marketing", "Sale", "api")
    assert {label.name for label in Label.objects.filter(pk__in=message.labels)} == {"spring", "vip"}
    assert (message.provider_account.name, ProviderAccount.objects.get().provider) == ("Acme", "acme")


def test_an_id_is_kept_only_where_it_is_this_accounts(account: Account) -> None:
    other = make_account()
    theirs = make_message(other, ACCEPTED, requested_at=datetime(2026, 3, 10, 14, 20, tzinfo=UTC))
    run(make_job(account, export(id=str(theirs.pk))))
    assert only(account).pk != theirs.pk
    assert only(other).state.outcome is Outcome.PENDING


def test_our_own_export_moves_its_messages_and_repeats_nothing(account: Account) -> None:
    mine = make_message(account, ACCEPTED, requested_at=datetime(2026, 3, 10, 14, 20, tzinfo=UTC))
    content = export(id=str(mine.pk))
    assert counts(check(make_job(account, content))) == (0, 1, 0, 0)
    assert counts(run(make_job(account, content))) == (0, 1, 0, 0)
    assert only(account).state.reason is Reason.ABSENT
    assert counts(run(make_job(account, content))) == (0, 0, 1, 0)


def test_an_export_that_says_what_the_log_says_adds_nothing(account: Account) -> None:
    mine = make_message(account, BLOCKED, requested_at=datetime(2026, 3, 10, 14, 20, tzinfo=UTC))
    content = export(
        id=str(mine.pk), stage="queued", outcome="blocked", reason="opted_out", number_valid="yes", retry="no"
    )
    assert counts(run(make_job(account, content))) == (0, 0, 1, 0)
    assert len(events(mine)) == 1


# ---- any file


def generic(*rows: str) -> str:
    return "date,to,status,text\n" + "".join(f"{row}\n" for row in rows)


def test_a_message_without_a_status_is_in_an_unknown_state(account: Account) -> None:
    run(make_job(account, generic("2020-03-10T14:20:00Z,07700900123,,Hello")))
    message = only(account)
    assert (message.state.outcome, message.state.reason, message.soft) == (Outcome.UNKNOWN, Reason.NO_REPORT, True)
    assert VOCABULARIES["crm_sms_list"].project(message.state).text == "unknown state"


def test_the_same_file_twice_changes_nothing(account: Account) -> None:
    content = generic("2026-03-10T14:20:00Z,07700900123,delivered,Hello", "2026-03-10T14:20:00Z,07700900124,sent,Hello")
    assert counts(run(make_job(account, content))) == (2, 0, 0, 0)
    before = list(Message.objects.of(account).order_by("pk").values())
    assert counts(run(make_job(account, content))) == (0, 0, 2, 0)
    assert list(Message.objects.of(account).order_by("pk").values()) == before
    assert StatusEvent.objects.filter(account=account).count() == 2


def test_a_row_that_stands_twice_in_a_file_is_one_message(account: Account) -> None:
    row = "2026-03-10T14:20:00Z,07700900123,delivered,Hello"
    assert counts(run(make_job(account, generic(row, row)))) == (1, 0, 1, 0)


def test_a_later_export_moves_the_state_forward_and_an_earlier_one_not_back(account: Account) -> None:
    early, late = (TWILIO + twilio(Status=status) for status in ("sent", "delivered"))
    run(make_job(account, early))
    assert only(account).state.outcome is Outcome.PENDING
    assert counts(check(make_job(account, late))) == (0, 1, 0, 0)
    assert counts(run(make_job(account, late))) == (0, 1, 0, 0)
    assert only(account).state.outcome is Outcome.DELIVERED
    assert counts(run(make_job(account, early))) == (0, 0, 1, 0)
    assert only(account).state.outcome is Outcome.DELIVERED


def test_two_accounts_may_import_the_same_file(account: Account) -> None:
    other = make_account()
    for who in (account, other):
        assert counts(run(make_job(who, TWILIO + twilio()))) == (1, 0, 0, 0)
    assert only(account).pk != only(other).pk
    assert Template.objects.count() == Campaign.objects.count() == 0
    assert ProviderAccount.objects.count() == 2


def test_a_named_member_is_never_mistaken_for_who_has_the_number_now(account: Account) -> None:
    now_has_it = Member.objects.create(account=account, external_id="C-2", phone="+447700900123")
    Member.objects.create(account=make_account(), external_id="C-1", phone="+447700900123")
    header = "date,to,status,external id\n"
    run(
        make_job(
            account,
            header + "2026-03-10T14:20:00Z,07700900123,delivered,C-1\n2026-03-10T14:20:01Z,07700900123,delivered,\n",
        )
    )
    assert list(Message.objects.of(account).order_by("pk").values_list("member_id", flat=True)) == [None, now_has_it.pk]


def test_a_number_that_two_members_share_links_to_none(account: Account) -> None:
    for name in ("Ann", "Bob"):
        Member.objects.create(account=account, name=name, phone="+447700900123")
    run(make_job(account, generic("2026-03-10T14:20:00Z,07700900123,delivered,Hello")))
    assert only(account).member_id is None


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (
            "2026-03-10T14:20:00Z,07700900123,klaatu,Hello",
            "status",
            "Nobody has said what the status “klaatu” stands for.",
        ),
        ("2026-03-10T14:20:00Z,12,delivered,Hello", "phone", "Not a phone number"),
        ("2026-03-10T14:20:00Z,,delivered,Hello", "phone", "Missing."),
        (",07700900123,delivered,Hello", "requested_at", "Missing."),
        ("2026-03-10 14:20:00,07700900123,delivered,Hello", "requested_at", "states no time zone"),
        ("2026-13-10T14:20:00Z,07700900123,delivered,Hello", "requested_at", "Not a date"),
        ("2027-03-10T14:20:00Z,07700900123,delivered,Hello", "requested_at", "future"),
        ("2026-03-10T14:20:00Z,07700900123,delivered", "", "Too few cells"),
        ("2026-03-10T14:20:00Z,07700900123,delivered,a,b", "", "Too many cells"),
        ('2026-03-10T14:20:00Z,07700900123,delivered,"open', "", "quotation mark"),
        ("2026-03-10T14:20:00Z,07700900123,delivered,\udce9", "", "wrong in the encoding"),
    ],
)
def test_a_bad_row_says_its_line_field_and_reason_and_the_good_ones_are_in(
    account: Account, row: str, field: str, why: str
) -> None:
    good = "2026-03-10T14:20:00Z,07700900999,delivered,Grüße"
    content = generic(good, row, good.replace("999", "998")).encode("utf-8", "surrogateescape")
    job = run(make_job(account, content))
    assert counts(job) == (2, 0, 0, 1)
    problem = ImportProblem.objects.of(job).get()
    assert (problem.line, problem.field) == (3, field)
    assert why in problem.reason


def test_a_status_mapped_by_hand_is_taken_and_one_that_is_skipped_is_left_out(account: Account) -> None:
    content = generic("2026-03-10T14:20:00Z,07700900123,klaatu,a", "2026-03-10T14:20:00Z,07700900124,barada,b")
    job = run(make_job(account, content, mapping={"words": {"klaatu": "smsadmin:expired", "barada": "skip"}}))
    assert (counts(job), job.skipped) == ((1, 0, 0, 0), 1)
    assert only(account).state.outcome is Outcome.EXPIRED


def test_a_word_mapped_to_nonsense_is_refused(account: Account) -> None:
    job = run(
        make_job(account, generic("2026-03-10T14:20:00Z,07700900123,klaatu,a"), mapping={"words": {"klaatu": "x:y"}})
    )
    assert job.state == "failed"
    assert "klaatu" in job.error


def test_costs_need_a_currency(account: Account) -> None:
    content = "date,to,cost\n2026-03-10T14:20:00Z,07700900123,0.05\n"
    assert "currency" in run(make_job(account, content)).error
    assert counts(run(make_job(account, content, mapping={"constants": {"currency": "EUR"}}))) == (1, 0, 0, 0)
    assert only(account).currency == "EUR"


def test_constants_hold_for_the_whole_file(account: Account) -> None:
    constants = {"source": "filter-members", "campaign": "Sale", "labels": "a, b"}
    run(make_job(account, generic("2026-03-10T14:20:00Z,07700900123,delivered,a"), mapping={"constants": constants}))
    message = only(account)
    assert (message.source, message.kind, message.campaign.name, len(message.labels)) == (
        Source.FILTER_MEMBERS,
        Kind.MARKETING,
        "Sale",
        2,
    )


def test_long_texts_are_measured(account: Account) -> None:
    run(
        make_job(
            account,
            generic(
                f"2026-03-10T14:20:00Z,07700900123,delivered,{'a' * 161}",
                f"2026-03-10T14:20:00Z,07700900124,delivered,{'ж' * 71}",
            ),
        )
    )
    assert set(Message.objects.of(account).values_list("segments", flat=True)) == {2}


def test_old_messages_get_their_month(account: Account) -> None:
    run(make_job(account, generic("1999-03-10T14:20:00Z,07700900123,delivered,a")))
    assert only(account).requested_at.year == 1999


def test_a_constant_that_cannot_be_is_refused(account: Account) -> None:
    with pytest.raises(BadMapping, match="sideways"):
        kind_of("messages").prepare(account, Mapping(columns=("a",), constants={"kind": "sideways"}), NOW)
