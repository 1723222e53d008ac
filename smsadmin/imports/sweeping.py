"""Files that nobody needs any more. The report of their import and its bad rows stay."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from smsadmin.imports.models import ImportJob

BATCH = 100


def forget_files(*, at: datetime) -> int:
    """Remove the files of imports that ended long ago; returns how many.

    Under the row's lock, the file first: nobody starts the import meanwhile, and after a crash between the two the
    row still tells which file to remove.
    """
    over = at - timedelta(days=settings.IMPORT_FILES_KEPT_DAYS)
    with transaction.atomic():
        jobs = ImportJob.objects.ended(over).exclude(file="").order_by("pk").select_for_update(skip_locked=True)
        held = list(jobs[:BATCH])
        for job in held:
            job.path.unlink(missing_ok=True)
        ImportJob.objects.filter(pk__in=[job.pk for job in held]).update(file="")
    return len(held)
