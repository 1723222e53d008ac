"""A worker for a bulk act, in a process of its own: its test kills it."""

import django


def run(account_id: int, job_id: int) -> None:
    django.setup()
    from blocklist import tasks

    tasks.run_job(account_id=account_id, job_id=job_id)
