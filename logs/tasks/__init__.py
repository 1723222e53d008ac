"""What the timetable, the pages and the callbacks leave to a worker. Each task loads and calls one verb.

Celery finds the modules by the names that it looks for: ``logs.tasks`` imports them all.
"""

from logs.tasks import pipeline, reminders, upkeep

__all__ = ["pipeline", "reminders", "upkeep"]
