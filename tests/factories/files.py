"""Files that somebody brings."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings

from smsadmin.accounts.models import Account
from smsadmin.imports import jobs, running
from smsadmin.imports.kinds import kind_of
from smsadmin.imports.mapping import Mapping
from smsadmin.imports.models import ImportJob, ImportPreset

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def make_file(content: str | bytes, name: str = "log.csv") -> Path:
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    path = Path(mkdtemp(prefix="brought-", dir=settings.VAR_DIR)) / name  # goes with the run's folder
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_job(account: Account, content: str | bytes, kind: str = "messages", **options: Any) -> ImportJob:
    """A file that was accepted. ``preset`` is a key of the kind's presets; ``mapping`` are corrections by name."""
    wanted, changes = kind_of(kind), options.pop("mapping", {})
    preset = wanted.preset(options.pop("preset", ""))
    job = jobs.accept(
        account=account,
        kind=wanted,
        source=make_file(content),
        name="log.csv",
        by=None,
        at=NOW,
        preset=preset,
        **options,
    )
    if changes:
        job.mapping = {**job.mapping, **changes}
        job.save(update_fields=["mapping"])
    return job


def run(job: ImportJob, **options: Any) -> ImportJob:
    """The job after its run."""
    return work(job, jobs.start_run, **options)


def check(job: ImportJob, **options: Any) -> ImportJob:
    """The job after its dry run."""
    return work(job, jobs.start_check, **options)


def work(job: ImportJob, start: Any, **options: Any) -> ImportJob:
    start(job=job, by=None, at=NOW)
    running.advance(account_id=job.account_id, job_id=job.pk, now=clock, **options)
    job.refresh_from_db()
    return job


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """(new, changed, already there, bad)"""
    return job.new, job.changed, job.same, job.bad


MEMBERS_CSV = "external id,name,phone\nH-1,Maya Okafor,+447700900142\nH-2,Daniel Brandt,+447700900209\n"


def make_preset(account: Account, name: str = "Ours") -> ImportPreset:
    """A kept mapping for members."""
    mapping = Mapping.from_json(make_job(account, MEMBERS_CSV, kind="members").mapping)
    return jobs.save_preset(account=account, kind=kind_of("members"), name=name, mapping=mapping, by=None, at=NOW)
