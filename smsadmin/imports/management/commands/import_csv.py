"""Import a file from the command line, by the same steps as the page: accept, check or run, report."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from smsadmin.accounts.models import Account
from smsadmin.imports import jobs, proposing, running
from smsadmin.imports.downloading import problems_csv
from smsadmin.imports.kinds import ImportKind, all_kinds
from smsadmin.imports.mapping import BadMapping, Mapping
from smsadmin.imports.models import ImportJob, ImportPreset
from smsadmin.imports.sniffing import UnreadableFile

State = ImportJob.State


class Command(BaseCommand):
    help = "Import a CSV file of messages or members. Ends with 1 where rows were bad, with 2 where nothing was done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--account", required=True, help="the account's address, like demo")
        parser.add_argument("--kind", default="messages", help="what the rows are: messages, members")
        parser.add_argument(
            "--preset",
            default="",
            help="a built-in preset (smsadmin, twilio, status_list) or one that the account saved",
        )
        parser.add_argument(
            "--mapping", type=Path, help="a JSON file with what is to differ from the mapping that we would choose"
        )
        parser.add_argument("--dry-run", action="store_true", help="read everything, write nothing")
        parser.add_argument(
            "--problems", type=Path, help="where to write the bad rows, to be corrected and imported again"
        )

    def handle(self, *args: Any, file: Path, account: str, kind: str, preset: str, **options: Any) -> None:
        job = self._accept(file, self._account(account), self._kind(kind), preset, options["mapping"])
        started = monotonic()
        self._work(job, options["dry_run"])
        job.refresh_from_db()
        self._report(job, monotonic() - started)
        if options["problems"]:
            with options["problems"].open("wb") as target:
                target.writelines(problems_csv(job))
        if job.state == State.FAILED:
            raise CommandError(job.error, returncode=2)
        if job.bad:
            raise SystemExit(1)

    def _account(self, slug: str) -> Account:
        account = Account.objects.filter(slug=slug).first()
        if account is None:
            raise CommandError(f"No account is called {slug!r}.", returncode=2)
        return account

    def _kind(self, key: str) -> ImportKind:
        if key not in all_kinds():
            raise CommandError(f"--kind is one of {', '.join(all_kinds())}.", returncode=2)
        return all_kinds()[key]

    def _accept(
        self, file: Path, account: Account, kind: ImportKind, preset: str, correction: Path | None
    ) -> ImportJob:
        kept = ImportPreset.objects.of(account).filter(kind=kind.key, name__iexact=preset).first() if preset else None
        if preset and not (kept or kind.preset(preset)):
            raise CommandError(f"No preset for {kind.key} is called {preset!r}.", returncode=2)
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        try:
            job = jobs.accept(
                account=account,
                kind=kind,
                source=file,
                name=file.name,
                by=None,
                at=timezone.now(),
                preset=None if kept else kind.preset(preset),
                kept=Mapping.from_json(kept.mapping) if kept else None,
                copy=True,
            )
            if correction:
                jobs.set_mapping(job=job, mapping=self._corrected(job, kind, correction), by=None, at=timezone.now())
        except (BadMapping, UnreadableFile, jobs.FileTooLarge) as error:
            raise CommandError(str(error), returncode=2) from None
        return job

    def _corrected(self, job: ImportJob, kind: ImportKind, correction: Path) -> Mapping:
        try:
            given = json.loads(correction.read_text())
        except (OSError, ValueError) as error:
            raise CommandError(f"{correction}: {error}", returncode=2) from None
        if not isinstance(given, dict):
            raise CommandError(f"{correction}: a mapping is a JSON object.", returncode=2)
        mapping = Mapping.from_json({**job.mapping, **given})
        return proposing.with_words(
            replace(proposing.relaid(job.path, mapping), words=given.get("words", {})), kind, job.path
        )

    def _work(self, job: ImportJob, dry_run: bool) -> None:
        begin = jobs.start_check if dry_run else jobs.start_run
        try:
            begin(job=job, by=None, at=timezone.now())
        except BadMapping as error:
            raise CommandError(str(error), returncode=2) from None
        running.advance(account_id=job.account_id, job_id=job.pk, heard=self._progress)

    def _progress(self, job: ImportJob) -> None:
        self.stderr.write(f"\r{job.per_cent:3} %  {job.read:,} rows, {job.bad:,} bad", ending="")
        self.stderr.flush()

    def _report(self, job: ImportJob, seconds: float) -> None:
        self.stderr.write("")
        verb = "Checked" if job.state == State.CHECKED else "Imported"
        self.stdout.write(
            f"{verb} {job.name}: {job.read:,} rows in {seconds:.1f} s ({job.read / max(seconds, 0.001):,.0f} rows/s)"
        )
        for name, label in (
            ("new", "new"),
            ("changed", "changed"),
            ("same", "already there"),
            ("skipped", "skipped"),
            ("bad", "bad"),
        ):
            self.stdout.write(f"  {getattr(job, name):>12,}  {label}")
        for field, reason, n, line in job.reasons:
            self.stdout.write(f"  {n:>12,}  × {field + ': ' if field else ''}{reason} (first: line {line})")
        for reason, n in job.skips.items():
            self.stdout.write(f"  {n:>12,}  – {reason}")
