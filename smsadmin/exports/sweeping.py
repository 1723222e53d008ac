"""Files whose time is over, and what workers that died have left."""

import time
from datetime import datetime

from django.db import transaction

from smsadmin.exports import files
from smsadmin.exports.jobs import note
from smsadmin.exports.models import Export

UNKNOWN_FOR = 3600  # seconds that a file of no export is left alone


def expire(*, at: datetime) -> int:
    """Delete the files that were kept long enough: first the row, so that nobody is shown a file that is gone."""
    over = Export.objects.filter(state=Export.State.DONE, expires_at__lte=at).select_related("account").order_by("pk")
    names = []
    for export in over[:1000]:
        with transaction.atomic():
            mine = Export.objects.filter(account_id=export.account_id, pk=export.pk, state=Export.State.DONE)
            if mine.update(state=Export.State.EXPIRED, file=""):
                note(export, None, at, "export.expired")
                names.append(export.file)
    for name in names:
        files.remove(name)
    return len(names)


def tidy() -> int:
    """Remove what no export knows: folders of workers that are gone, files of exports that are. Returns how many."""
    there = files.found()  # before the rows: whoever begins after this is not looked at
    running = {
        str(worker) for worker in Export.objects.filter(state=Export.State.RUNNING).values_list("worker", flat=True)
    }
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    left = [
        path
        for path in there
        if files.worker_of(path) not in running
        and f"{files.FOLDER}/{path.parent.name}/{path.name}" not in known
        and (path.suffix == files.PART or is_old(path.stat().st_mtime))
    ]
    for path in left:
        files.discard(path)
    return len(left)


def is_old(modified: float) -> bool:
    return time.time() - modified > UNKNOWN_FOR
