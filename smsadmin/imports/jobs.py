"""What people do with an import: bring a file, correct its mapping, try it, run it, stop it, keep the mapping
for the next one."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User
from smsadmin.imports import files, proposing
from smsadmin.imports.kinds import ImportKind, Preset, kind_of
from smsadmin.imports.mapping import BadMapping, Mapping
from smsadmin.imports.models import ImportJob, ImportPreset, ImportProblem

COUNTS = ("read", "new", "changed", "same", "skipped", "bad")
State = ImportJob.State


class NotNow(ValueError):
    """The import's state does not allow this; the message says why, for people."""


class FileTooLarge(ValueError):
    """More than IMPORT_MAX_BYTES; the message says how much that is."""


def accept(
    *,
    account: Account,
    kind: ImportKind,
    source: Path,
    name: str,
    by: User | None,
    at: datetime,
    preset: Preset | None = None,
    kept: Mapping | None = None,
    copy: bool = False,
) -> ImportJob:
    """Take a file over, with the mapping that it most likely needs. Raises UnreadableFile, FileTooLarge.

    First the file, durably, then its row: a crash between leaves a file that nobody was told of, never a row
    without its file.
    """
    if source.stat().st_size > settings.IMPORT_MAX_BYTES:
        raise FileTooLarge(_("A file has at most %(size)s.") % {"size": filesizeformat(settings.IMPORT_MAX_BYTES)})
    mapping = proposing.propose(source, kind, preset, kept)
    stored = files.take(source, account=account.pk, copy=copy)
    with transaction.atomic():
        job = ImportJob.objects.create(
            account=account,
            kind=kind.key,
            name=name[-255:],
            file=stored.name,
            size=stored.size,
            sha256=stored.sha256,
            mapping=mapping.to_json(),
            by=by,
            created_at=at,
        )
        note(job, by, at, "import.accepted", name=job.name, size=job.size, sha256=job.sha256)
    return job


@transaction.atomic
def set_mapping(*, job: ImportJob, mapping: Mapping, by: User | None, at: datetime) -> ImportJob:
    """Replace the mapping; what an earlier check found is void. Raises NotNow, BadMapping."""
    mapping.check()
    held = hold(job)
    if not held.is_startable:
        raise NotNow(_("The mapping of an import that is running or done cannot change: bring the file again."))
    if held.mapping == mapping.to_json() and held.state == State.CHECKED:
        return held
    held.mapping, held.checked = mapping.to_json(), {}
    restart(held, State.UPLOADED)
    note(held, by, at, "import.mapped")
    return held


def start_check(*, job: ImportJob, by: User | None, at: datetime) -> ImportJob:
    """Read the whole file without writing. Raises NotNow, BadMapping."""
    return start(job, State.CHECKING, by, at, "import.check_started")


def start_run(*, job: ImportJob, by: User | None, at: datetime) -> ImportJob:
    """Import the file from its beginning; what is there already stays as it is. Raises NotNow, BadMapping."""
    return start(job, State.RUNNING, by, at, "import.started")


@transaction.atomic
def start(job: ImportJob, state: str, by: User | None, at: datetime, verb: str) -> ImportJob:
    held = hold(job)
    if not held.is_startable:
        raise NotNow(_("This import is already running or done."))
    missing = held.plan.missing(kind_of(held.kind).fields)
    if missing:
        raise BadMapping(_("Which column holds “%(field)s”? It is needed.") % {"field": missing[0].label})
    held.started_at, held.finished_at, held.by = at, None, by
    restart(held, state)
    note(held, by, at, verb)
    return held


@transaction.atomic
def cancel(*, job: ImportJob, by: User | None, at: datetime) -> ImportJob:
    """Stop reading. What was imported stays. Raises NotNow."""
    held = hold(job)
    if not held.is_working:
        raise NotNow(_("This import is not running."))
    held.state, held.finished_at, held.worker, held.heartbeat = State.CANCELED, at, None, None
    held.save(update_fields=["state", "finished_at", "worker", "heartbeat"])
    note(held, by, at, "import.canceled", **{name: getattr(held, name) for name in COUNTS})
    return held


@transaction.atomic
def save_preset(
    *, account: Account, kind: ImportKind, name: str, mapping: Mapping, by: User | None, at: datetime
) -> ImportPreset:
    """Keep a mapping under a name; the same name (in any case) is replaced."""
    preset = ImportPreset.objects.of(account).filter(kind=kind.key, name__iexact=name).select_for_update().first()
    preset = preset or ImportPreset(account=account, kind=kind.key, created_at=at)
    preset.name, preset.mapping = name, mapping.to_json()
    preset.save()
    audit.record(
        account=account,
        by=by,
        at=at,
        verb="import_preset.saved",
        object_type="import_preset",
        object_id=preset.pk,
        name=name,
    )
    return preset


@transaction.atomic
def delete_preset(*, preset: ImportPreset, by: User | None, at: datetime) -> None:
    audit.record(
        account=preset.account,
        by=by,
        at=at,
        verb="import_preset.deleted",
        object_type="import_preset",
        object_id=preset.pk,
        name=preset.name,
    )
    ImportPreset.objects.filter(account_id=preset.account_id, pk=preset.pk).delete()


def hold(job: ImportJob) -> ImportJob:
    """The row as it is now, locked to the end of the transaction."""
    return (
        ImportJob.objects.select_for_update(of=("self",))
        .select_related("account")
        .get(account_id=job.account_id, pk=job.pk)
    )


def restart(job: ImportJob, state: str) -> None:
    """Back to the first row, with nothing counted."""
    ImportProblem.objects.filter(account_id=job.account_id, job_id=job.pk).delete()
    job.state, job.error = state, ""
    job.offset, job.line, job.attempts = 0, 1, 0
    job.worker = job.heartbeat = None
    for name in COUNTS:
        setattr(job, name, 0)
    job.reasons, job.skips = [], {}
    job.save()


def note(job: ImportJob, by: User | None, at: datetime, verb: str, **facts: Any) -> None:
    audit.record(account=job.account, by=by, at=at, verb=verb, object_type="import", object_id=job.pk, **facts)
