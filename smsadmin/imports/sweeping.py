"""Files that nobody needs any more: all that they hold is kept as rows, what was good in its tables and what was bad
in the report. A file that was not read to its end stays."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from smsadmin.imports.models import ImportJob
from smsadmin.imports.running import KEPT_PROBLEMS

BATCH = 100


def forget_files(*, at: datetime) -> int:
    """Remove the files of imports that were done long ago; returns how many.

    Under the row's lock, the file first: nobody starts the import meanwhile, and after a crash between the two the
    row still tells which file to remove.
    """
    over = at - timedelta(days=settings.IMPORT_FILES_KEPT_DAYS)
    with transaction.atomic():
        done = ImportJob.objects.filter(state=ImportJob.State.DONE, finished_at__lte=over, bad__lte=KEPT_PROBLEMS)
        held = list(done.exclude(file="").order_by("pk").select_for_update(skip_locked=True)[:BATCH])
        for job in held:
            job.path.unlink(missing_ok=True)
        ImportJob.objects.filter(pk__in=[job.pk for job in held]).update(file="")
    return len(held)
