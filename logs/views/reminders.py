"""Reminders to those whose opt-in is pending: the runs, a new one with its dry run, one at work, and the flyer."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consent import flyer
from consent.models import Reminder, ReminderRun
from consent.wording import NAMES, rules_of, wording_of
from logs.member_filters import MemberFilter, tsquery
from logs.reminder_badges import badge
from logs.reminder_form import ChannelForm
from logs.reminding import starting
from logs.reminding.choosing import REASONS, Choice, Chooser
from logs.reminding.mailing import flyer_of
from logs.tasks.reminders import wake
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips
from smsadmin.members.models import Member, MemberQuerySet

PAGE, SHOWN_FAILURES = 50, 20
MOST = 10**9  # a count that somebody confirms


@require_safe
@permission("view_members")
def reminders(request: AccountRequest, account: Account) -> HttpResponse:
    runs = ReminderRun.objects.filter(account=account).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        runs = runs.filter(pk__lt=int(before))
    page = list(runs[: PAGE + 1])
    return render(
        request,
        "reminders/list.html",
        {
            "runs": [(run, badge(run)) for run in page[:PAGE]],
            "older": page[PAGE - 1].pk if len(page) > PAGE else None,
            "languages": NAMES.items(),
            "usual": rules_of(account).language,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission("record_consent")
def reminder_new(request: AccountRequest, account: Account) -> HttpResponse:
    """GET with filters counts whom it would reach; POST to the same address, with the number that was seen, sends."""
    asked = request.GET if "channel" in request.GET else None
    filterset = MemberFilter(chips.filled(request.GET), queryset=Member.objects.of(account), request=request)
    form = ChannelForm(asked, account=account)
    context: dict[str, Any] = {"form": form, "filter_form": filterset.form, "choice": None, "changed_from": None}
    if asked is not None and form.is_valid() and filterset.form.is_valid():
        channel, members = form.cleaned_data["channel"], chosen(filterset)
        if request.method == "POST":
            if begun := begin(request, account, channel, members, context):
                return begun
        else:
            context["choice"] = Chooser(account, members, channel, timezone.now()).count()
    context["excluded"] = told(context["choice"])
    return render(request, "reminders/new.html", context)


def chosen(filterset: MemberFilter) -> MemberQuerySet:
    members = cast("MemberQuerySet", filterset.qs)
    return members.with_words(tsquery(filterset.words)) if filterset.words else members


def begin(
    request: AccountRequest, account: Account, channel: str, members: MemberQuerySet, context: dict[str, Any]
) -> HttpResponse | None:
    """To the run's page; None where they are no longer as many as were seen, with the new count in the context."""
    expected = confirmed(request)
    try:
        run = starting.begin(
            account=account,
            channel=channel,
            members=members,
            filters=dict(request.GET.lists()),
            expected=expected,
            by=request.user,
            at=timezone.now(),
        )
    except starting.OtherNumber as error:
        context.update(choice=error.choice, changed_from=expected)
        return None
    except starting.NotNow as error:
        messages.error(request, str(error))
        return redirect("reminder_new", account=account.slug)
    wake(run)
    return redirect("reminder", account=account.slug, pk=run.pk)


def confirmed(request: AccountRequest) -> int:
    given = request.POST.get("expected", "")
    return min(int(given), MOST) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def told(choice: Choice | None) -> list[tuple[Any, int]]:
    return [(REASONS[reason], n) for reason, n in choice.excluded.items()] if choice else []


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_members")
def reminder(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """A run: how far it is, who was left out and why. POST stops it."""
    run = ReminderRun.objects.filter(account=account, pk=pk).first()
    if run is None:
        raise Http404("no such run")
    run.account = account
    if request.method == "POST":
        return stop(request, run)
    context = {"run": run, "done": run.sent + run.failed, "is_running": run.state == ReminderRun.State.RUNNING}
    if request.htmx and not request.htmx.boosted:
        response = render(request, "reminders/_progress.html", context)
        if not context["is_running"]:
            response["HX-Refresh"] = "true"
        return response
    failures = Reminder.objects.filter(account=account, run=run).exclude(error="").exclude(error__in=REASONS)
    rows = list(failures.order_by("pk")[: SHOWN_FAILURES + 1])
    members = Member.objects.of(account).in_bulk([row.member_id for row in rows])
    return render(
        request,
        "reminders/run.html",
        {
            **context,
            "badge": badge(run),
            "excluded": [(REASONS.get(reason, reason), n) for reason, n in run.excluded.items()],
            "failures": [(row, members.get(row.member_id)) for row in rows[:SHOWN_FAILURES]],
            "more_failures": len(rows) > SHOWN_FAILURES,
        },
    )


def stop(request: AccountRequest, run: ReminderRun) -> HttpResponse:
    if "record_consent" not in request.access:
        raise PermissionDenied
    if starting.stop(run=run, by=request.user, at=timezone.now()):
        messages.success(request, _("Stopped. Those who were not reminded yet can be reminded by another run."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect("reminder", account=run.account.slug, pk=run.pk)


@require_safe
@permission("view_members")
def flyer_pdf(request: AccountRequest, account: Account) -> HttpResponse:
    """The flyer as a PDF; ``?size=a4``, ``?language=fr``."""
    wording = wording_of(account)
    if not wording.number:
        messages.error(request, starting.hindrance(account, ReminderRun.Channel.EMAIL))
        return redirect("reminders", account=account.slug)
    size = request.GET.get("size", "a5").lower()
    language = request.GET.get("language") or wording.language_of("")
    if size not in flyer.SIZES or language not in NAMES:
        raise Http404("no such flyer")
    response = HttpResponse(flyer.draw(flyer_of(wording, language), size), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="flyer-{language}-{size}.pdf"'
    return response
