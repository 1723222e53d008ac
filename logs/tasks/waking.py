"""Waking the pipeline from pages, the API and callbacks: rarely, and never in the way. The timetable finds what a lost
wake-up missed."""

import logging
import threading
import time
from collections.abc import Callable

from logs.tasks import pipeline

logger = logging.getLogger(__name__)
WAKE_EVERY = 0.5  # seconds
EXPIRES = 10  # seconds: the timetable has found it long before


class Waker:
    """Rouses a worker at most twice a second, in a thread of its own: a broker that is away holds no request up."""

    def __init__(self, rouse: Callable[[], object], pause: float = WAKE_EVERY) -> None:
        self.rouse, self.pause = rouse, pause
        self.asked = threading.Event()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def wake(self) -> None:
        self.asked.set()
        if self.thread is None or not self.thread.is_alive():
            with self.lock:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=self.run, name="wake", daemon=True)
                    self.thread.start()

    def run(self) -> None:
        while True:
            self.asked.wait()
            self.asked.clear()
            try:
                self.rouse()
            except Exception as error:
                logger.warning("a worker could not be woken: %s", type(error).__name__)
            time.sleep(self.pause)


drain = Waker(lambda: pipeline.drain_inbox.apply_async(retry=False, expires=EXPIRES))
dispatch = Waker(lambda: pipeline.dispatch.apply_async(retry=False, expires=EXPIRES))
