"""A program: somebody brings a file to the page and has it imported. Says how each page answered.

    python -m tests.journeys.bringing ACCOUNT EMAIL FILE

A process of its own, so that it has the broker that its environment names, as the web process has.
"""

import sys
from pathlib import Path

import django


def main(slug: str, email: str, file: Path) -> None:
    django.setup()
    from django.test import Client

    from smsadmin.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(email=email), backend="smsadmin.accounts.authentication.EmailBackend")
    with file.open("rb") as upload:
        brought = client.post(f"/{slug}/imports/new/", {"what": "messages:", "file": upload})
    run = client.post(brought.headers["Location"].replace("/mapping/", "/run/"))
    print(brought.status_code, run.status_code, client.get(run.headers["Location"]).status_code)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
