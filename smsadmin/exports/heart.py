"""A worker's heartbeat: how far it is, told while its connection is busy with the COPY, and whether the file is still
wanted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection

from smsadmin.exports.models import Export
from smsadmin.exports.progress import Progress

BEAT = 1.0  # seconds

logger = logging.getLogger(__name__)


class Heart:
    """Beats in a thread with a connection of its own. Where the export is no longer this worker's, it stops the
    worker's query, however long that would still take."""

    def __init__(
        self, export: Export, progress: Progress, now: Callable[[], datetime], *, beat: float | None = BEAT
    ) -> None:
        self.progress, self.now, self.beat = progress, now, beat
        self.mine = Export.objects.filter(
            account_id=export.account_id, pk=export.pk, worker=export.worker, state=Export.State.RUNNING
        )
        self.busy: Any = connection.connection
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.live, name=f"export {export.pk}", daemon=True)

    def __enter__(self) -> Heart:
        if self.beat:
            self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        if self.beat:
            self.thread.join()

    def live(self) -> None:
        try:
            while not self.over.wait(self.beat):
                if not self.is_wanted():
                    self.progress.is_lost = True
                    self.busy.cancel_safe(timeout=5)
                    return
        except Exception:
            logger.exception("an export's heart failed")
        finally:
            connection.close()

    def is_wanted(self) -> bool:
        progress = self.progress
        try:
            return bool(self.mine.update(heartbeat=self.now(), rows=progress.rows, bytes=progress.bytes))
        except DatabaseError:
            connection.close()  # this beat is missed: the lease outlives several
            return True
