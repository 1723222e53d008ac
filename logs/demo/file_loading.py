"""Files that the demo's people brought: one that is in, with a few bad rows, and one that was tried and waits."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from logs.demo.catalogue import SignIn
from smsadmin.accounts.models import Account, User
from smsadmin.imports import jobs, running
from smsadmin.imports.kinds import kind_of
from smsadmin.imports.models import ImportJob
from smsadmin.members.models import Member

HEADER = ("Customer number", "Name", "Mobile", "E-mail")
KNOWN = 140  # members that the till knows as well
# As tills and clipboards hold them: what cannot be read is told with its line and its reason.
FROM_THE_TILL = (
    ("H-90211", "Marta Silva", "12", "marta.silva@example.org"),
    ("H-90212", "Owen Pryce", "ask him", ""),
    ("H-90214", "Ines Duarte", "+44 7200 900 417", "ines.duarte(at)example.org"),
    ("", "Walk-in", "", ""),
)
AT_THE_FAIR = (
    ("F-1", "Aled Bowen", "07700 900 611", "aled.bowen@example.org"),
    ("F-2", "Sunita Patel", "07700 900612", "sunita.patel@example.org"),
    ("F-3", "Jean Morel", "+33 6 39 98 41 07", "jean.morel@example.org"),
    ("F-4", "Rhys Carew", "to follow", "rhys.carew@example.org"),
    ("F-5", "Dorota Wilk", "07700 900 615", "dorota.wilk@example.org"),
    ("F-6", "Grace Okafor", "07700 900 616", ""),
)


def load(account: Account, people: Iterable[SignIn], at: datetime) -> None:
    """Once, after the members."""
    emails = {one.role: one.email for one in people if one.account == account.slug}
    marketer, admin = (User.objects.get(email=emails[role]) for role in ("marketer", "admin"))
    known = Member.objects.filter(account=account).exclude(external_id="").order_by("external_id")[:KNOWN]
    rows = [*(row_of(member) for member in known), *FROM_THE_TILL]
    done = bring(account, "till-customers.csv", rows, admin, at - timedelta(days=6, hours=3))
    began = done.created_at + timedelta(minutes=4)
    run(jobs.start_run(job=done, by=admin, at=began), began)
    waiting = bring(account, "autumn-fair-sign-ups.csv", AT_THE_FAIR, marketer, at - timedelta(hours=5))
    began = waiting.created_at + timedelta(minutes=2)
    run(jobs.start_check(job=waiting, by=marketer, at=began), began)


def row_of(member: Member) -> tuple[str, ...]:
    return member.external_id, member.name, member.phone, member.email


def bring(account: Account, name: str, rows: Sequence[Sequence[str]], by: User, at: datetime) -> ImportJob:
    with TemporaryDirectory() as folder:
        source = Path(folder) / name
        with source.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
        return jobs.accept(account=account, kind=kind_of("members"), source=source, name=name, by=by, at=at)


def run(job: ImportJob, began: datetime) -> None:
    running.advance(account_id=job.account_id, job_id=job.pk, now=lambda: began + timedelta(seconds=2))


def reset(accounts: Iterable[int]) -> None:
    """What was brought to these accounts; the files go once that holds."""
    brought = ImportJob.objects.filter(account__in=list(accounts))
    paths = [job.path for job in brought if job.file]
    brought.delete()
    transaction.on_commit(lambda: remove(paths))


def remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
