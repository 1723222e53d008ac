"""The SMS list as a person of the account asks for it, at noon of 10 March 2026."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Func
from django.test import Client

from logs.recording import record
from logs.statuses import State
from smsadmin.accounts.models import Account
from tests.factories.messages import (
    make_draft,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def page(client: Client, query: dict[str, Any] | str = "", status: int = 200) -> Any:
    """The list at this query; its context as ``.context``."""
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    response = client.get(f"/harbour/messages/?{text}".rstrip("?"))
    assert response.status_code == status
    return response


def ids(response: Any) -> list[Any]:
    return [row.pk for row in response.context["page"].rows]


def row_ids(response: Any) -> list[str]:
    """As they stand in the markup."""
    return re.findall(r'<tr[^>]* data-id="([0-9a-f-]+)"', response.text)


def named(model: Any, account: Account, name: str, **fields: Any) -> int:
    return model.objects.create(account=account, name=name, **fields).pk


def many(account: Account, n: int, *states: State, **fields: Any) -> list[Any]:
    """Ids of so many new messages, the newest first; two of each moment."""
    drafts = [make_draft(*states, requested_at=ago(minutes=k // 2), **fields) for k in range(n)]
    record(account=account, drafts=drafts, at=NOW)
    return sorted((draft.id for draft in drafts), reverse=True)


def walk(client: Client, response: Any, direction: str) -> Iterator[Any]:
    """This page and all behind it, by the links themselves."""
    while True:
        yield response
        url = response.context[direction]
        if not url:
            return
        assert f'href="{url}"'.replace("&", "&amp;") in response.text
        response = page(client, url.removeprefix("?"))


class Sleep(Func):
    function = "pg_sleep"
    template = "(%(function)s(0.5) IS NULL)"
