"""What the shell of every page shows: the account, the accounts one may switch to, what one may do."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from smsadmin.accounts.demo import SIGN_INS
from smsadmin.accounts.models import Account


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    accounts = SimpleLazyObject(lambda: list(Account.objects.open_to(user).order_by("name")[:50]) if user else [])
    return {
        "account": getattr(request, "account", None),
        "can": getattr(request, "access", {}),
        "accounts": accounts,
        "demo_sign_ins": SIGN_INS if settings.DEBUG else (),
    }
