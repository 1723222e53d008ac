"""What the pages of the block list say, in a word each; and the numbers that its tests speak of."""

import csv
import io

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from smsadmin.accounts.models import Account

MAYA, DAN, EVE = "+447700900142", "+447700900209", "+447700900301"
SECRET = "Rival Ltd asked"  # what only the account that caused an entry, and operators, may read


def url(name: str, account: Account, pk: int | None = None) -> str:
    return reverse(name, kwargs={"account": account.slug, **({"pk": pk} if pk else {})})


def text(response: HttpResponse) -> str:
    return response.content.decode()


def rows(client: Client, account: Account, **query: str) -> list[str]:
    """The numbers that the account's list shows."""
    page = client.get(url("blocks", account), query).context["page"]
    return [row.phone for row in page.rows]


def downloaded(client: Client, address: str) -> list[list[str]]:
    response = client.get(address)
    assert response["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
