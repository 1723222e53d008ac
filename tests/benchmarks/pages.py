"""The product's own page, asked for in this process by a signed-in person, with the time of its queries."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client

from smsadmin.accounts.models import Membership, User
from tests.benchmarks.byhand import Place
from tests.benchmarks.cases import Case
from tests.benchmarks.stopwatch import timed

ROW = re.compile(rb'data-id="([0-9a-f-]{36})"')
EMAIL = "bench@bench.example"
DEEP_ROW = 49_951
"""The first row of the thousandth page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One look at a page: seconds of all its queries, the list's, the count's; how many there were; the ids shown."""

    total: float
    rows: float
    count: float
    queries: int
    ids: list[UUID]


def address(account: int, case: Case, place: Place) -> str:
    query = dict(case.query)
    if place.since is None:
        query["from"] = "all"
    if place.before:
        query |= {"before": str(place.before), "row": str(DEEP_ROW)}
    if place.last:
        query["after"] = "end"
    return f"/bench-{account}/messages/?{urlencode(query, doseq=True)}"


def session() -> str:
    """A session of a person who may see every account; the cookie's value."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, None)
    for account in (1, 14):
        Membership.objects.get_or_create(account_id=account, user=user, defaults={"role": "admin"})
    client = Client()
    client.force_login(user, "smsadmin.accounts.authentication.EmailBackend")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert SessionStore(key).exists(key)
    return key


def show(cookie: str, path: str) -> Shown:
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    connection.ensure_connection()
    with timed() as watch:
        response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answers {response.status_code}")
    rows = watch.of('ORDER BY "message"."id"', 'ORDER BY GREATEST("message"')
    count = watch.of("AS counted", "sum(n)", 'SUM("message_daily')
    return Shown(
        watch.seconds,
        rows,
        count,
        len(watch.statements),
        [UUID(found.decode()) for found in ROW.findall(response.content)],
    )
