"""Reminders by e-mail, one at a time: whatever happens, at most one is in doubt."""

from __future__ import annotations

import smtplib
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from consent import asking, flyer, ledger
from consent.models import Reminder, ReminderRun
from consent.wording import Wording
from logs.reminding.holding import Held, PutOff
from smsadmin.members.models import Member

SIZE = "a5"


def send_next(held: Held) -> bool:
    """One more; False where none is left. Raises PutOff where the mail server is away."""
    connection = connected(held)
    with transaction.atomic():
        held.renew()
        rows = held.claim(1)
        going = held.sort_out(rows)
    for row, member in going:
        send(held, connection, row, member)
    return bool(rows)


def connected(held: Held) -> BaseEmailBackend:
    """The connection to the mail server, open before anything is claimed."""
    known = held.connection
    if known is None:
        known = get_connection()
        try:
            known.open()
        except (OSError, smtplib.SMTPException) as error:
            raise PutOff(_("The mail server does not answer: %(why)s") % {"why": error}) from error
        held.kept.callback(known.close)
        held.connection = known
    return known


def send(held: Held, connection: BaseEmailBackend, row: Reminder, member: Member) -> None:
    language = held.wording.language_of(member.language)
    if language not in held.flyers:
        held.flyers[language] = flyer.draw(flyer_of(held.wording, language), SIZE)
    message = written(held.wording, member, language, held.flyers[language])
    message.connection = connection
    try:
        message.send()
    except smtplib.SMTPSenderRefused as error:  # it would refuse every one: nothing was sent
        Reminder.objects.filter(pk=row.pk).update(claimed_at=None)
        raise PutOff(_("The mail server refuses our address: %(why)s") % {"why": error}) from error
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
        failed(held, row, _("The connection broke: it may have been sent or not."))
        raise PutOff(_("The mail server does not answer: %(why)s") % {"why": error}) from error
    except (smtplib.SMTPException, BadHeaderError, ValueError) as error:
        failed(held, row, told(error))
    except OSError as error:
        failed(held, row, _("The connection broke: it may have been sent or not."))
        raise PutOff(_("The mail server does not answer: %(why)s") % {"why": error}) from error
    else:
        sent(held, row, message)


def told(error: Exception) -> str:
    """What the mail server said, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reason = next(iter(error.recipients.values()))
        return f"{code} {reason.decode(errors='replace') if isinstance(reason, bytes) else reason}"
    return " ".join(str(error).split())


@transaction.atomic
def sent(held: Held, row: Reminder, message: EmailMultiAlternatives) -> None:
    """Written whoever holds the run by now: it was sent."""
    row.sent_at = held.now()
    row.save(update_fields=["sent_at"])
    ReminderRun.objects.filter(pk=row.run_id).update(sent=F("sent") + 1, error="")
    text = f"{message.subject}\n\n{message.body}"
    ledger.record_many(account=held.run.account, items=[held.asked(row, text, _("E-mail with the flyer"))], by=held.by)


@transaction.atomic
def failed(held: Held, row: Reminder, why: str) -> None:
    row.error = why[:200]
    row.save(update_fields=["error"])
    ReminderRun.objects.filter(pk=row.run_id).update(failed=F("failed") + 1)


def written(wording: Wording, member: Member, language: str, pdf: bytes) -> EmailMultiAlternatives:
    """The e-mail in the member's language: text, the same as HTML, and the flyer."""
    subject = " ".join(wording.text(asking.SUBJECT, language).split())
    text = wording.text(asking.BODY, language)
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        subject=subject, body=text, from_email=formataddr((" ".join(wording.name.split()), address)), to=[member.email]
    )
    context = {
        "wording": wording,
        "paragraphs": [part for part in text.split("\n\n") if part.strip()],
        "language": language,
        "subject": subject,
        "keyword": wording.keyword(language),
    }
    message.attach_alternative(render_to_string("reminders/mail.html", context), "text/html")
    message.attach("flyer.pdf", pdf, "application/pdf")
    return message


def flyer_of(wording: Wording, language: str) -> flyer.Flyer:
    return flyer.Flyer(
        name=wording.name,
        title=wording.text(asking.TITLE, language),
        text=wording.text(asking.FLYER, language),
        keyword=wording.keyword(language),
        number=wording.number,
        language=language,
    )
