"""Asks for a list as a person of the benchmark's account does, and times it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from smsadmin.accounts.models import User
from tests.benchmarks.report import say
from tests.benchmarks.stopwatch import timed

PERSON = "bench@example.org"
REPEATS = 7


@dataclass(frozen=True, slots=True)
class Visit:
    """Medians in seconds: what its queries took, and all of it."""

    database: float
    whole: float


def visits(page: str, queries: Mapping[str, str]) -> dict[str, Visit]:
    """The list of that URL name under each of the queries by name; ``{day}`` in one is a day a hundred days ago."""
    client = Client()
    client.force_login(User.objects.get(email=PERSON), backend="smsadmin.accounts.authentication.EmailBackend")
    day = (timezone.now() - timedelta(days=100)).date().isoformat()
    return {
        name: visit(client, name, reverse(page, args=["big"]) + query.format(day=day))
        for name, query in queries.items()
    }


def visit(client: Client, name: str, address: str) -> Visit:
    seconds, whole = [], []
    for _turn in range(REPEATS):
        begun = time.perf_counter()
        with timed() as watch:
            response = client.get(address, headers={"host": "127.0.0.1"})
        whole.append(time.perf_counter() - begun)
        seconds.append(watch.seconds)
        if response.status_code != 200 or b"took too long" in response.content:
            say(f"  {name}: {response.status_code}, too slow or refused")
    return Visit(median(seconds), median(whole))
