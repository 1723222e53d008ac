"""The Celery application and its timetable. Task names are strings, so that this module imports no app."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsadmin.settings")

app = Celery("smsadmin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The row is the queue: what is due stands in the database, these sweeps find what a lost wake-up missed.
app.conf.beat_schedule = {
    "squash the roll-ups": {"task": "logs.tasks.squash_rollups", "schedule": 10.0},
    "create the months ahead": {"task": "logs.tasks.create_months", "schedule": 6 * 3600.0},
    "continue imports": {"task": "smsadmin.imports.tasks.continue_imports", "schedule": 30.0},
}
