"""The Celery application and its timetable. Task names are strings, so that this module imports no app."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsadmin.settings")

app = Celery("smsadmin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The row is the queue: what is due stands in the database, these sweeps find what a lost wake-up missed.
app.conf.beat_schedule = {
    "squash the roll-ups": {"task": "logs.tasks.upkeep.squash_rollups", "schedule": 10.0},
    "squash the totals of consent": {"task": "consent.tasks.squash_totals", "schedule": 30.0},
    "create the months ahead": {"task": "logs.tasks.upkeep.create_months", "schedule": 6 * 3600.0},
    # Nobody needs a wake-up of a second ago.
    "drain the inbox": {
        "task": "logs.tasks.pipeline.drain_inbox",
        "schedule": 1.0,
        "options": {"expires": 2.0},
    },
    "answer replies": {
        "task": "logs.tasks.pipeline.answer_replies",
        "schedule": 1.0,
        "options": {"expires": 2.0},
    },
    "dispatch": {"task": "logs.tasks.pipeline.dispatch", "schedule": 1.0, "options": {"expires": 2.0}},
    "poll statuses": {"task": "logs.tasks.pipeline.poll_statuses", "schedule": 15.0, "options": {"expires": 30.0}},
    "sweep the pipeline": {"task": "logs.tasks.pipeline.sweep", "schedule": 10.0, "options": {"expires": 20.0}},
    "continue acts on the block list": {"task": "blocklist.tasks.continue_jobs", "schedule": 30.0},
    "continue reminders": {"task": "logs.tasks.reminders.continue_reminders", "schedule": 30.0},
    "continue imports": {"task": "smsadmin.imports.tasks.continue_imports", "schedule": 30.0},
    "sweep imports": {"task": "smsadmin.imports.tasks.sweep_imports", "schedule": 600.0},
    "continue exports": {"task": "smsadmin.exports.tasks.continue_exports", "schedule": 30.0},
    "sweep exports": {"task": "smsadmin.exports.tasks.sweep_exports", "schedule": 600.0},
}
