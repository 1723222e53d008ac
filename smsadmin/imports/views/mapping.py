"""How the columns of a file are read: shown on its first rows, corrected by hand, kept as a preset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.imports import jobs, proposing
from smsadmin.imports.forms import MappingForm
from smsadmin.imports.kinds import ImportKind
from smsadmin.imports.mapping import BadMapping, Mapping, guess
from smsadmin.imports.models import ImportJob, ImportPreset
from smsadmin.imports.reading import Row
from smsadmin.imports.sniffing import UnreadableFile
from smsadmin.imports.tasks import wake
from smsadmin.imports.values import NO_ZONE
from smsadmin.imports.views.door import find, steps

SHOWN_ROWS = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the first rows: as written, as understood, what is wrong."""

    text: str
    understood: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    cells: list[Cell]
    problem: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: its name, an example, and the fields that it feeds."""

    name: str
    example: Cell
    fields: list[BoundField]
    is_used: bool


@require_http_methods(["GET", "HEAD", "POST"])
@permission("import_data")
def import_mapping(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    job, kind = find(account, pk)
    if not job.is_startable:
        return redirect("import_detail", account=account.slug, pk=job.pk)
    mapping = job.plan
    words = proposing.words(job.path, mapping, kind)
    form = MappingForm(request.POST or None, account=account, kind=kind, mapping=mapping, words=words)
    if request.method == "POST" and form.is_valid():
        try:
            return act(request, job, kind, form)
        except (BadMapping, UnreadableFile, jobs.NotNow) as error:
            form.add_error(None, str(error))
    return render(request, "imports/mapping.html", context(job, kind, form))


def act(request: AccountRequest, job: ImportJob, kind: ImportKind, form: MappingForm) -> HttpResponse:
    """Keep what was filled in, then do what the button said. Raises BadMapping, UnreadableFile, NotNow."""
    now = timezone.now()
    given = form.result()
    mapping = settled(job, kind, given)
    kind.prepare(job.account, mapping, now)  # says what cannot be used
    jobs.set_mapping(job=job, mapping=mapping, by=request.user, at=now)
    if mapping.columns != given.columns:
        messages.info(request, _("The columns were read anew: see whether they are right now."))
    elif "preset" in request.POST and form.cleaned_data["preset_name"].strip():
        name = form.cleaned_data["preset_name"].strip()
        jobs.save_preset(account=job.account, kind=kind, name=name, mapping=mapping, by=request.user, at=now)
        messages.success(request, _("“%(name)s” is kept for the next file.") % {"name": name})
    elif "check" in request.POST:
        wake(jobs.start_check(job=job, by=request.user, at=now))
        return redirect("import_check", account=job.account.slug, pk=job.pk)
    return redirect("import_mapping", account=job.account.slug, pk=job.pk)


def settled(job: ImportJob, kind: ImportKind, given: Mapping) -> Mapping:
    """What was filled in, with the columns that the file has in its layout; where those are others, they are
    guessed anew."""
    mapping = proposing.relaid(job.path, given)
    if mapping.columns != given.columns:
        mapping = replace(mapping, fields=guess(mapping.columns, kind.fields))
    return proposing.with_words(mapping, kind, job.path) if mapping.fields != job.plan.fields else mapping


def context(job: ImportJob, kind: ImportKind, form: MappingForm) -> dict[str, Any]:
    mapping = form.mapping
    lines = first_lines(job, kind, mapping)
    return {
        "job": job,
        "kind": kind,
        "form": form,
        "lines": lines,
        "columns": columns(mapping, form, lines),
        "missing": mapping.missing(kind.fields),
        "lacks_zone": any(cell.wrong == str(NO_ZONE) for line in lines for cell in line.cells),
        "used": [(column, used_for(kind, mapping, column)) for column in mapping.columns],
        "twin": twin(job),
        "steps": steps(),
        "current": 2,
    }


def first_lines(job: ImportJob, kind: ImportKind, mapping: Mapping) -> list[Line]:
    rows = proposing.sample(job.path, mapping.layout, SHOWN_ROWS)
    try:
        session = kind.prepare(job.account, mapping, timezone.now())
    except BadMapping:
        return [Line(row.line, [Cell(text) for text in row.cells], row.problem) for row in rows]
    return [line(row, mapping, session) for row in rows]


def line(row: Row, mapping: Mapping, session: Any) -> Line:
    if row.problem:
        return Line(row.line, [Cell(text) for text in row.cells], row.problem)
    understood, wrong = session.show(row.cells)
    cells = []
    for column, text in zip(mapping.columns, row.cells, strict=False):
        fed = [field for field, source in mapping.fields.items() if source == column]
        first = next((understood[field] for field in fed if field in understood), "")
        cells.append(
            Cell(text, first if first != text else "", next((wrong[field] for field in fed if field in wrong), ""))
        )
    elsewhere = [reason for field, reason in wrong.items() if field not in mapping.fields]
    return Line(row.line, cells, " ".join(elsewhere))


def columns(mapping: Mapping, form: MappingForm, lines: list[Line]) -> list[Column]:
    used = set(mapping.fields.values())
    return [
        Column(name, example(lines, n), form.bound_columns(n), name in used) for n, name in enumerate(mapping.columns)
    ]


def example(lines: list[Line], n: int) -> Cell:
    """The first wrong cell of a column, else the first that is not empty."""
    cells = [line.cells[n] for line in lines if n < len(line.cells)]
    return next((c for c in cells if c.wrong), None) or next((c for c in cells if c.text), Cell(""))


def used_for(kind: ImportKind, mapping: Mapping, column: str) -> str:
    return ", ".join(str(f.label) for f in kind.fields if mapping.fields.get(f.name) == column)


def twin(job: ImportJob) -> ImportJob | None:
    """The same file, imported before."""
    same = ImportJob.objects.of(job.account).filter(sha256=job.sha256, state=ImportJob.State.DONE)
    return same.exclude(pk=job.pk).order_by("-pk").first()


@require_POST
@permission("import_data")
def import_preset_delete(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    preset = get_object_or_404(ImportPreset.objects.of(account), pk=pk)
    jobs.delete_preset(preset=preset, by=request.user, at=timezone.now())
    messages.success(
        request, _("The preset “%(name)s” is gone. What was imported with it stays.") % {"name": preset.name}
    )
    return redirect("imports", account=account.slug)
