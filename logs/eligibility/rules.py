"""The rules, each a pure function of the facts: a refusal, a hold, or None where it has nothing against the message.

Their order is in `logs.eligibility.pipeline`. Sentences are for people and stay with the message for ever.
"""

from __future__ import annotations

from datetime import datetime, time

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from logs.eligibility.quiet import quiet_until, zone_of
from logs.eligibility.verdict import Case, Consent, Held, Refused
from logs.statuses import Outcome, Reason

BLOCKED, FAILED = Outcome.BLOCKED, Outcome.FAILED


def no_active_number(case: Case) -> Refused | None:
    """Nothing to send to. A code goes to a number that was marked as invalid: who asked for it gave that number; so
    does the answer to who has just written from it."""
    if not case.has_number:
        return Refused(BLOCKED, Reason.NO_NUMBER, _("There was no phone number."))
    if case.number_invalid and not (case.is_code or case.is_answer):
        return Refused(BLOCKED, Reason.NO_NUMBER, _("The member's number is marked as invalid."))
    return None


def on_block_list(case: Case) -> Refused | None:
    block = case.block
    if block is None:
        return None
    everywhere = block.scope == "global"
    reason = Reason.BLOCKLIST_GLOBAL if everywhere else Reason.BLOCKLIST_ACCOUNT
    where = _("On the global block list") if everywhere else _("On the account's block list")
    until = _("until %(moment)s") % {"moment": said(block.until, case.zone)} if block.until else _("without an end")
    why = f" ({block.reason})" if block.reason else ""
    return Refused(BLOCKED, reason, f"{where}{why}, {until}.")


def opted_out_of_everything(case: Case) -> Refused | None:
    """An opt-out for everything holds whatever the message is, but for a code.

    Whoever asks for a code has just asked for this one message, which is the strongest permission there is; without it
    they could not sign in or pay. Providers that keep a list of their own (Twilio after STOP) may still refuse it.
    The answer to a keyword goes too: the law lets one message confirm a STOP (47 CFR 64.1200(a)(12)). Nobody can ask
    for one; logs.answering makes it and counts.
    """
    consent = case.operational_consent
    if consent is None or case.is_code or case.is_answer or consent.status not in ("opted_out", "denied"):
        return None
    if case.marketing and is_later_opt_in(case.marketing_consent, consent.since):
        return None
    on = said(consent.since, case.zone)
    if consent.status == "denied":
        return Refused(BLOCKED, Reason.CONSENT_DENIED, _("Said no to all messages on %(date)s.") % {"date": on})
    return Refused(BLOCKED, Reason.OPTED_OUT, _("Opted out of all messages on %(date)s.") % {"date": on})


def is_later_opt_in(consent: object, than: datetime) -> bool:
    return getattr(consent, "status", "") == "opted_in" and getattr(consent, "since", than) > than


def no_opt_in(case: Case) -> Refused | None:
    """Marketing needs an opt-in to marketing; the rest needs one too, where the account does not let its source text
    without. A request for consent goes to whom marketing is pending for, and to nobody who has answered with no."""
    if case.asks_consent:
        asked = case.marketing_consent
        return None if asked and asked.status == "pending" else without(asked, case)
    if not case.marketing and (case.without_opt_in or case.is_code or case.is_answer):
        return None
    return without(case.marketing_consent if case.marketing else case.operational_consent, case)


def without(consent: Consent | None, case: Case) -> Refused | None:
    """What this standing forbids."""
    if consent is None:
        return Refused(BLOCKED, Reason.NOT_OPTED_IN, _("Never opted in."))
    if consent.status == "opted_in":
        return None
    on = {"date": said(consent.since, case.zone)}
    match consent.status:
        case "pending":
            return Refused(BLOCKED, Reason.CONSENT_PENDING, _("Asked for consent on %(date)s, no answer yet.") % on)
        case "denied":
            return Refused(BLOCKED, Reason.CONSENT_DENIED, _("Asked for consent on %(date)s, said no.") % on)
        case _:
            return Refused(BLOCKED, Reason.OPTED_OUT, _("Opted out on %(date)s.") % on)


def twice_in_campaign(case: Case) -> Refused | None:
    if not case.twin:
        return None
    return Refused(BLOCKED, Reason.DUPLICATE_NUMBER, _("The same number already gets a message of this campaign."))


def variable_missing(case: Case) -> Refused | None:
    if not case.missing:
        return None
    names = ", ".join(f"{{{name}}}" for name in case.missing)
    return Refused(FAILED, Reason.VARIABLE_ERROR, _("No value for %(names)s.") % {"names": names})


def blocked_words(case: Case) -> Refused | None:
    if not case.words:
        return None
    words = ", ".join(f"“{word}”" for word in case.words)
    return Refused(
        BLOCKED, Reason.CONTENT_FILTERED, _("The text holds %(words)s, which is not allowed.") % {"words": words}
    )


def not_sendable(case: Case) -> Refused | None:
    if case.segments < 1:
        return Refused(FAILED, Reason.CONTENT_INVALID, _("The text is empty."))
    if case.segments > case.max_segments:
        return Refused(
            FAILED,
            Reason.MESSAGE_TOO_LONG,
            _("The text takes %(n)d segments; the longest allowed is %(most)d.")
            % {"n": case.segments, "most": case.max_segments},
        )
    return None


def too_often(case: Case) -> Refused | None:
    """Only marketing is counted, and only marketing is stopped."""
    if not case.marketing or case.cap is None or case.recent < case.cap:
        return None
    return Refused(
        BLOCKED,
        Reason.FREQUENCY_CAP,
        ngettext(
            "%(n)d marketing message to this number in the last %(hours)d hours; the limit is %(cap)d.",
            "%(n)d marketing messages to this number in the last %(hours)d hours; the limit is %(cap)d.",
            case.recent,
        )
        % {"n": case.recent, "hours": case.cap_hours, "cap": case.cap},
    )


def quiet_hours(case: Case) -> Held | None:
    """Nobody is woken; only what the person is waiting for goes at any hour."""
    if case.asked_for or not case.quiet_from or not case.quiet_until:
        return None
    start, end = time.fromisoformat(case.quiet_from), time.fromisoformat(case.quiet_until)
    until = quiet_until(case.moment, zone_of(case.zone), start, end)
    if until is None:
        return None
    sentence = _("Held until %(moment)s: quiet hours from %(start)s to %(end)s in %(zone)s.") % {
        "moment": clock(until, case.zone),
        "start": case.quiet_from,
        "end": case.quiet_until,
        "zone": case.zone.replace("_", " "),
    }
    return Held(until, sentence)


def scheduled(case: Case) -> Held | None:
    if case.due_at is None or case.due_at <= case.at:
        return None
    return Held(case.due_at, _("Planned for %(moment)s.") % {"moment": said(case.due_at, case.zone, clock=True)})


def insufficient_credit(case: Case) -> Refused | None:
    if case.balance is None or case.segments <= case.balance:
        return None
    return Refused(
        FAILED,
        Reason.INSUFFICIENT_CREDIT,
        _("It needs %(needed)d credits (one a segment), and %(left)d were left.")
        % {"needed": case.segments, "left": case.balance},
    )


# ---- moments in sentences


def said(moment: datetime, zone: str, clock: bool = False) -> str:
    local = moment.astimezone(zone_of(zone))
    return f"{date_format(local, 'j F Y')} {local:%H:%M}" if clock else date_format(local, "j F Y")


def clock(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(zone_of(zone)):%H:%M}"
