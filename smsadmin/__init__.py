"""smsadmin: what became of every SMS, why, and to whom one may still send."""

from smsadmin.celery import app as celery_app

__all__ = ["celery_app"]
