"""Lift one entry or many, and the page of an act: what it will do, how far it is, what it has done, how to take it
back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from blocklist import bulk, bulk_running, lines, rights, rules, seeing, tasks, telling
from blocklist.filters import BlockFilter, EverywhereFilter
from blocklist.forms import ReasonForm
from blocklist.models import BlockEntry, BlockJob, BlockJobRow
from blocklist.models.entry import BlockEntryQuerySet
from blocklist.views.everywhere import sources
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account, User
from smsadmin.exports.lists import Asking
from smsadmin.listing import chips
from smsadmin.listing.period import Period, PeriodForm

SHOWN_ROWS = 200
ASKS = {BlockJob.Act.LIFT: "lift_blocks", BlockJob.Act.UNDO: "lift_blocks", BlockJob.Act.BLOCK: "add_blocks"}


def find(account: Account, pk: int) -> BlockEntry:
    found = BlockEntry.objects.visible_to(account).filter(pk=pk).first()
    if found is None:
        raise Http404("no such entry")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@permission("lift_blocks")
def block_lift(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """The question why, then the lift of this one."""
    entry, at, is_operator = find(account, pk), timezone.now(), request.user.is_superuser
    facts = telling.facts(entry, account, at)
    button = rights.button(
        entry, account=account, access=request.access, is_operator=is_operator, policy=rules.in_force(), at=at
    )
    if button.act != "lift":
        messages.error(request, button.why)
        return redirect("block", account=account.slug, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            job = bulk.draft_lift(
                account=account, entries=[BlockEntry.objects.visible_to(account).filter(pk=pk)],
                as_operator=is_operator, source=phones.show(entry.phone), by=request.user, at=at,
            )  # fmt: skip
            job = bulk.start(job=job, note=form.cleaned_data["reason"], by=request.user, at=at)
        bulk_running.advance(account_id=account.pk, job_id=job.pk)
        return redirect("blocks_action", account=account.slug, pk=job.pk)
    context = {"form": form, "entry": entry, "phone": phones.show(entry.phone), "facts": facts}
    return render(request, "blocklist/lift.html", context)


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the two lists that entries are chosen from."""

    address: str  # its name
    filters: type[BlockFilter]
    rows: Callable[[Account], BlockEntryQuerySet]  # all that it may show
    parts: Callable[[Any, Period], Sequence[BlockEntryQuerySet]]  # what it shows, by its filters and period
    of_all: bool = False


OURS = Listed("blocks", BlockFilter, BlockEntry.objects.visible_to, seeing.parts)
OF_ALL = Listed(
    "blocks_everywhere", EverywhereFilter, lambda _account: BlockEntry.objects.all(), seeing.parts_of_all, of_all=True
)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("lift_blocks")
def blocks_lift(request: AccountRequest, account: Account) -> HttpResponse:
    """Of the account's list: freeze the chosen entries, or all that its filters find; the next page asks why."""
    return freeze(request, account, OURS)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("see_all_accounts")
def blocks_lift_everywhere(request: AccountRequest, account: Account) -> HttpResponse:
    """The same of the operators' list."""
    return freeze(request, account, OF_ALL)


def freeze(request: AccountRequest, account: Account, listed: Listed) -> HttpResponse:
    if request.method != "POST":
        return redirect(listed.address, account=account.slug)
    chosen = [int(pk) for pk in request.POST.getlist("entry") if pk.isdecimal() and len(pk) < 19]
    if "all" not in request.POST and not chosen:
        messages.error(request, _("Choose entries first."))
        return redirect(listed.address, account=account.slug)
    if "all" in request.POST:
        wanted, source = everything(request, account, listed)
    else:
        wanted, source = [listed.rows(account).filter(pk__in=chosen)], _("chosen in the list")
    try:
        job = bulk.draft_lift(
            account=account, entries=wanted, as_operator=request.user.is_superuser, source=source, by=request.user,
            at=timezone.now(), of_all=listed.of_all,
        )  # fmt: skip
    except bulk.TooMany as error:
        messages.error(request, str(error))
        return redirect(listed.address, account=account.slug)
    return redirect("blocks_action", account=account.slug, pk=job.pk)


def everything(request: AccountRequest, account: Account, listed: Listed) -> tuple[Sequence[BlockEntryQuerySet], str]:
    """What the filters find that stood above the list, as the list finds it. Http404 for filters that it refuses."""
    asking = Asking(account, request.access, QueryDict(request.POST.get("query", "")))
    form = PeriodForm(asking.GET, zone=account.zone, today=timezone.localdate(), days=None)
    filterset = listed.filters(chips.filled(asking.GET), queryset=BlockEntry.objects.none(), request=asking)
    if not form.is_valid() or not filterset.is_valid():
        raise Http404("filters that are not understood")
    words = ", ".join(f"{chip.label}: {chip.value}" for chip in chips.chips(filterset.form, asking.GET))
    return listed.parts(asking, form.period), words or _("the whole list")


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_members")
def blocks_action(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """An act before, while and after it is done; POST confirms it."""
    job = find_act(request, account, pk)
    asks_why = job.act == BlockJob.Act.LIFT
    form = ReasonForm(request.POST or None) if asks_why else None
    if request.method == "POST":
        if ASKS[BlockJob.Act(job.act)] not in request.access or (job.as_operator and not request.user.is_superuser):
            raise PermissionDenied
        if form is None or form.is_valid():
            confirm(request, job, form.cleaned_data["reason"] if form else job.note)
            return redirect("blocks_action", account=account.slug, pk=pk)
    context = {"job": job, "form": form, **about(request, job)}
    return render(request, "blocklist/_progress.html" if request.htmx else "blocklist/action.html", context)


def find_act(request: AccountRequest, account: Account, pk: int) -> BlockJob:
    """Http404 for another account's act, and for an operator's on all accounts where the person is none."""
    job = BlockJob.objects.of(account).seen_by(request.access).filter(pk=pk).first()
    if job is None:
        raise Http404("no such act")
    job.account = account
    return job


def confirm(request: AccountRequest, job: BlockJob, note: str) -> None:
    try:
        run(bulk.start(job=job, note=note, by=request.user, at=timezone.now()))
    except bulk.NotNow as error:
        messages.error(request, str(error))


def run(job: BlockJob) -> None:
    """What is soon done, at once; the rest in the background."""
    if job.total <= bulk.AT_ONCE:
        bulk_running.advance(account_id=job.account_id, job_id=job.pk)
    else:
        tasks.wake(job)


def about(request: AccountRequest, job: BlockJob) -> dict[str, Any]:
    rows = BlockJobRow.objects.filter(account_id=job.account_id, job_id=job.pk)
    show = request.GET.get("show", "")
    if show not in lines.KINDS:
        show = "bad" if job.bad else "new"
    listed: list[Any] = list(rows.filter(verdict=lines.KINDS[show]).order_by("pk")[:SHOWN_ROWS])
    for row in listed:
        row.shown = phones.show(row.phone) if row.phone else row.text
    show_entries(job, listed)
    at = timezone.now()
    access = request.access
    undo = bulk.may_undo(job, as_operator=request.user.is_superuser, at=at) and "lift_blocks" in access
    undone = BlockJob.objects.of(job.account).filter(undoes=job.pk).first()
    by = User.objects.filter(pk=job.by_id).first() if job.by_id else None
    return {
        "rows": listed,
        "show": show,
        "all": {"new": job.total, "there": job.there, "bad": job.bad}[show],
        "may_download": may_download(request, job),
        "can_confirm": job.is_draft and bool(job.total) and ASKS[BlockJob.Act(job.act)] in access,
        "undo_until": job.undo_until() if undo and undone is None else None,
        "undone": undone,
        "by": by or job.by_name,
    }


def show_entries(job: BlockJob, rows: list[Any]) -> None:
    """The entry of each row in words, with its page and, in an act on all accounts, who caused it: by two queries at
    most, whatever the number of rows."""
    entries = BlockEntry.objects.in_bulk([row.entry_id for row in rows if row.entry_id])
    whose = sources(entries.values()) if job.of_all else {}
    for row in rows:
        if entry := entries.get(row.entry_id):
            row.source = whose.get(entry.source_account_id) if job.of_all else job.account
            row.url = reverse("block", args=[row.source.slug, entry.pk]) if row.source else ""
            row.reason, row.detail = telling.reason(entry), telling.reason_detail(entry)
            row.since = telling.stamp(entry.intercepted_at)
            row.until = telling.stamp(entry.expires_at) if entry.expires_at else _("no end")


def may_download(request: AccountRequest, job: BlockJob) -> bool:
    """Lists that people brought are theirs; what the product found is an export as any other."""
    return "export_data" in request.access or ("add_blocks" in request.access and lines.brought(job))


@require_safe
@permission("view_members")
def blocks_lines(request: AccountRequest, account: Account, pk: int) -> StreamingHttpResponse:
    """All rows of one kind (``show``: new, there, bad) as CSV."""
    job, show = find_act(request, account, pk), request.GET.get("show", "new")
    if show not in lines.KINDS:
        raise Http404("no such lines")
    if not may_download(request, job):
        raise PermissionDenied
    bulk.tell(job, "blocks.lines_downloaded", request.user, timezone.now(), kind=show)
    response = StreamingHttpResponse(lines.csv_of(job, show), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="blocks-{job.pk}-{show}.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@permission("lift_blocks")
def blocks_undo(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """Take a lift back; then the page of that."""
    job = find_act(request, account, pk)
    if request.method != "POST":
        return redirect("blocks_action", account=account.slug, pk=pk)
    try:
        new = bulk.undo(job=job, by=request.user, as_operator=request.user.is_superuser, at=timezone.now())
    except bulk.NotNow as error:
        messages.error(request, str(error))
        return redirect("blocks_action", account=account.slug, pk=pk)
    run(new)
    return redirect("blocks_action", account=account.slug, pk=new.pk)
