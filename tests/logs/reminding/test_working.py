"""Sending reminders: what arrives at a real SMTP server, what goes into the queue, what a dead worker leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pypdfium2
import pytest
from django.utils import timezone

from consent.models import ConsentEvent, ConsentText, Reminder, ReminderRun
from consent.vocabulary import Event, Source, Status
from logs.accepting import resend
from logs.eligibility import pipeline
from logs.eligibility.verdict import Candidate
from logs.models import Kind, Message, QueuedMessage
from logs.models import Source as From
from logs.reminding import starting, working
from logs.views.member import subject_of
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.reminders import allow_reminders, begin, make_pending, said, status_of
from tests.factories.sending import NOON, make_rules
from tests.fixtures.mail import Postbox

State = ReminderRun.State


@pytest.fixture
def account(db: None) -> Account:
    made = make_account("harbour", name="Harbour Coffee", time_zone="UTC")
    allow_reminders(made)
    make_rules(made, without_opt_in=[])
    return made


def clock(start: datetime = NOON) -> Callable[[], datetime]:
    return lambda: start


def work(run: ReminderRun, at: datetime = NOON) -> ReminderRun:
    working.advance(account_id=run.account_id, run_id=run.pk, now=clock(at))
    run.refresh_from_db()
    return run


def kinds(account: Account) -> list[tuple[int, int]]:
    return list(ConsentEvent.objects.filter(account=account, source=Source.HUB).values_list("event", "source"))


# ---- by e-mail


def test_a_reminder_arrives_with_text_html_and_flyer(account: Account, postbox: Postbox) -> None:
    member = make_pending(account, email="ada@post.example")
    run = work(begin(account, by=make_user("support", account)))
    (mail,) = postbox.mails
    assert mail["To"] == "ada@post.example"
    assert mail["From"] == "Harbour Coffee <club@harbour.example>"
    assert mail["Subject"] == "May Harbour Coffee send you text messages?"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "text START to 60777" in text.get_content()
    assert "text START to 60777" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "flyer.pdf")
    page = pypdfium2.PdfDocument(BytesIO(attached.get_content()))[0]
    assert "60777" in page.get_textpage().get_text_range()
    assert (run.state, run.sent, run.failed) == (State.DONE, 1, 0)
    event = ConsentEvent.objects.get(source=Source.HUB)
    assert (event.phone, event.event, event.purpose) == (member.phone, Event.REQUESTED, 1)
    assert "text START to 60777" in event.text
    assert status_of(account, member.phone) == Status.PENDING
    assert AuditEvent.objects.filter(verb="reminders.done", facts__sent=1).exists()


def test_each_gets_it_in_their_language_and_the_accounts_words(account: Account, postbox: Postbox) -> None:
    ConsentText.objects.create(account=account, language="fr", kind="email_subject", text="SMS de {name} ?")
    make_pending(account, language="fr-CA")
    make_pending(account, language="ru")
    make_pending(account, language="zz")
    work(begin(account))
    assert [str(mail["Subject"]).strip() for mail in postbox.mails] == [
        "SMS de Harbour Coffee ?",
        "Можно ли Harbour Coffee присылать вам SMS?",
        "May Harbour Coffee send you text messages?",
    ]


def test_who_answered_or_changed_meanwhile_is_left_out(account: Account, postbox: Postbox) -> None:
    stopped, agreed, moved, nowhere, kept = (make_pending(account) for _ in range(5))
    run = begin(account)
    said(account, stopped.phone, Event.OPTED_OUT, purpose=None)
    said(account, agreed.phone, Event.OPTED_IN)
    moved.phone = "+447700900777"
    moved.save()
    nowhere.email = ""
    nowhere.save()
    work(run)
    assert postbox.recipients == [kept.email]
    assert run.excluded == {"answered": 2, "changed": 1, "no_email": 1}
    assert (run.sent, run.failed, run.total) == (1, 0, 1)


def test_a_mailbox_that_is_refused_is_told_and_the_others_get_theirs(account: Account, postbox: Postbox) -> None:
    bad, good = make_pending(account), make_pending(account)
    postbox.refuse = {bad.email}
    run = work(begin(account))
    assert postbox.recipients == [good.email]
    assert (run.sent, run.failed, run.state) == (1, 1, State.DONE)
    assert "550" in Reminder.objects.get(phone=bad.phone).error


def test_a_name_with_a_line_end_cannot_add_headers(account: Account, postbox: Postbox) -> None:
    account.consentrules.sender_name = "Harbour\r\nBcc: spy@elsewhere.example"
    account.consentrules.save()
    make_pending(account)
    run = work(begin(account))
    (mail,) = postbox.mails
    assert "Bcc" not in mail
    assert str(mail["From"]).startswith('"Harbour Bcc: spy@elsewhere.example"')
    assert run.sent == 1


def test_a_mail_server_that_is_away_loses_nobody(account: Account, postbox: Postbox, settings: object) -> None:
    make_pending(account)
    port, settings.EMAIL_PORT = postbox.port, 1  # type: ignore[attr-defined]
    run = work(begin(account))
    assert run.state == State.RUNNING
    assert "does not answer" in run.error
    assert Reminder.objects.get().claimed_at is None
    settings.EMAIL_PORT = port  # type: ignore[attr-defined]
    assert work(run, NOON + timedelta(seconds=30)).state == State.RUNNING, "it waits a minute"
    assert (work(run, NOON + timedelta(minutes=2)).state, run.error) == (State.DONE, "")
    assert len(postbox.mails) == 1


# ---- a worker that dies


class Killed(BaseException):
    """As if the process ended here."""


def test_killed_in_the_middle_nobody_is_reminded_twice(
    account: Account, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_pending(account)
    run = begin(account)
    real, calls = working.mailing.sent, []

    def dies(*args: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise Killed
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("logs.reminding.mailing.sent", dies)
    with pytest.raises(Killed):
        work(run)
    monkeypatch.setattr("logs.reminding.mailing.sent", real)
    assert len(postbox.mails) == 3
    assert work(run, NOON + timedelta(minutes=1)).state == State.RUNNING, "the lease of the dead one still holds"
    work(run, NOON + timedelta(minutes=6))
    assert len(postbox.recipients) == len(set(postbox.recipients)) == 5
    assert (run.state, run.sent, run.failed) == (State.DONE, 4, 1)
    assert Reminder.objects.get(sent_at=None).error == "Interrupted: it may have been sent or not."


def test_a_worker_that_was_thought_dead_sends_nothing_more(account: Account, postbox: Postbox) -> None:
    for _ in range(3):
        make_pending(account)
    run = begin(account)
    held = working.claim(run.account_id, run.pk, clock())
    assert held is not None
    with held:
        assert working.mailing.send_next(held)
        work(run, NOON + timedelta(minutes=6))
        with pytest.raises(working.LostRun):
            working.mailing.send_next(held)
    assert len(postbox.recipients) == len(set(postbox.recipients)) == 3


def test_a_run_that_is_stopped_while_it_works_stops(account: Account, postbox: Postbox) -> None:
    for _ in range(3):
        make_pending(account)
    run = begin(account)
    held = working.claim(run.account_id, run.pk, clock())
    assert held is not None
    with held:
        working.mailing.send_next(held)
        starting.stop(run=run, by=None, at=NOON)
        with pytest.raises(working.LostRun):
            working.mailing.send_next(held)
    assert len(postbox.mails) == 1
    run.refresh_from_db()
    assert (run.state, run.sent) == (State.STOPPED, 1)
    assert work(run).state == State.STOPPED


def test_the_sweep_finds_runs_that_nobody_works_at(account: Account) -> None:
    make_pending(account)
    run = begin(account)
    assert working.waiting(NOON) == [(account.pk, run.pk)]
    assert working.claim(account.pk, run.pk, clock()) is not None
    assert working.waiting(NOON) == []
    assert working.waiting(NOON + timedelta(minutes=6)) == [(account.pk, run.pk)]
    assert working.claim(make_account("theirs").pk, run.pk, clock(NOON + timedelta(minutes=6))) is None


# ---- by SMS


def test_a_request_by_sms_goes_to_the_pending_and_says_so_on_the_timeline(account: Account) -> None:
    member = make_pending(account, name="Ada")
    run = work(begin(account, "sms"))
    message = Message.objects.get()
    assert (message.phone, message.source, message.kind) == (member.phone, From.FILTER_MEMBERS, Kind.OPERATIONAL)
    assert message.body.startswith("Harbour Coffee: may we send you news")
    assert "Reply START" in message.body
    assert not message.state.outcome.is_final
    reminder = Reminder.objects.get()
    assert (reminder.message_id, reminder.sent_at) == (message.pk, NOON)
    assert (run.state, run.sent) == (State.DONE, 1)
    event = ConsentEvent.objects.get(source=Source.HUB)
    assert (event.event, event.evidence, event.text) == (Event.REQUESTED, message.pk, message.body)
    assert subject_of(message, frozenset(), message.labels[0]).asks_consent == "Hub"


def test_it_still_passes_when_it_leaves_but_not_to_who_said_no_meanwhile(account: Account) -> None:
    stays, stops = make_pending(account), make_pending(account)
    work(begin(account, "sms"))
    said(account, stops.phone, Event.OPTED_OUT, at=NOON + timedelta(seconds=1))
    leaving = [candidate(message) for message in Message.objects.all()]
    verdicts = pipeline.judge(account=account, candidates=leaving, at=NOON + timedelta(seconds=5), again=True)
    assert {one.phone: verdicts[one.id].refused for one in leaving} == {stays.phone: False, stops.phone: True}


def test_the_same_text_sent_by_somebody_else_does_not_pass(account: Account) -> None:
    make_pending(account)
    work(begin(account, "sms"))
    message = Message.objects.get()
    QueuedMessage.objects.all().delete()
    again = resend(message=message, by=None, at=NOON)
    assert again.state.outcome.is_final
    Reminder.objects.update(message_id=None)
    assert pipeline.judge(account=account, candidates=[candidate(message)], at=NOON, again=True)[message.pk].refused


def candidate(message: Message) -> Candidate:
    return Candidate(message.pk, message.phone, message.kind, message.source, message.body, message.segments)


def test_a_batch_is_written_whole_or_not_at_all(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_pending(account)
    run = begin(account, "sms")

    def dies(**_: object) -> None:
        raise Killed

    monkeypatch.setattr("logs.reminding.texting.ledger.record_many", dies)
    with pytest.raises(Killed):
        work(run)
    monkeypatch.undo()
    assert not Message.objects.exists()
    work(run, NOON + timedelta(minutes=6))
    assert Message.objects.count() == QueuedMessage.objects.count() == 3
    assert run.sent == 3


def test_what_our_own_rules_stop_is_left_out_and_told(account: Account) -> None:
    ConsentText.objects.create(account=account, language="en", kind="request", text="{keyword} " * 300)
    make_pending(account)
    run = work(begin(account, "sms"))
    assert (run.sent, run.total, run.excluded) == (0, 0, {"refused": 1})
    assert Message.objects.get().state.outcome.is_final
    assert timezone.is_aware(run.done_at)
    assert kinds(account) == []
