"""Numbers beside pages of the navigation: how much waits there. The app that has the page says how to count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsadmin.accounts.models import Account

Tally = Callable[["Account"], int]
TALLIES: dict[str, Tally] = {}


def show(url_name: str, tally: Tally) -> None:
    """Have the number shown beside this page; call it in ``AppConfig.ready``. 0 shows nothing. It is counted on every
    page of who may open that page: one query of an index, at most."""
    TALLIES[url_name] = tally


def of(url_name: str, account: Account) -> int:
    tally = TALLIES.get(url_name)
    if tally is None:
        return 0
    known = account.__dict__.setdefault("_tallies", {})  # an account of one request: a page shows its links twice
    if url_name not in known:
        known[url_name] = tally(account)
    return int(known[url_name])
