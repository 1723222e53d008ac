"""What the shell tells a person until they have seen it: answers to their removal requests."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blocklist.models import RemovalRequest
from smsadmin import phones
from smsadmin.accounts.models import Account, User

MOST = 20


def shell(request: HttpRequest) -> dict[str, Any]:
    """A context processor. ``notices``: each .text .url .link; asked for only where a page shows them."""
    account, user = getattr(request, "account", None), getattr(request, "user", None)
    if account is None or user is None or "lift_blocks" not in getattr(request, "access", ()):
        return {"notices": ()}
    return {"notices": SimpleLazyObject(lambda: notices(account, user))}


def notices(account: Account, user: User) -> list[dict[str, Any]]:
    unread = RemovalRequest.objects.of(account).unread_by(user.pk).select_related("entry").order_by("pk")[:MOST]
    found = list(unread)
    if not found:
        return []
    return [{"text": said(found), "url": reverse("removal_requests", args=[account.slug]), "link": _("See the answer")}]


def said(found: list[RemovalRequest]) -> str:
    if len(found) > 1:
        text = ngettext(
            "%(n)d of your removal requests has an answer.", "%(n)d of your removal requests have answers.", len(found)
        )
        return text % {"n": len(found)}
    number = {"number": phones.show(found[0].entry.phone)}
    if found[0].state == RemovalRequest.State.ACCEPTED:
        return _("Your removal request for %(number)s was accepted: it can be texted again.") % number
    return _("Your removal request for %(number)s was refused.") % number
