"""Accounts and people, in a line each."""

from itertools import count
from typing import Any

from django.test import Client

from smsadmin.accounts.models import Account, Membership, User

numbers = count(1)


def make_account(slug: str = "", **fields: Any) -> Account:
    slug = slug or f"account-{next(numbers)}"
    return Account.objects.create(
        **{"slug": slug, "name": slug.title(), "time_zone": "Europe/London", "country": "GB", **fields}
    )


def make_user(role: str = "marketer", *accounts: Account, **fields: Any) -> User:
    """A person with this role in these accounts; ``operator`` makes a superuser, '' somebody without any role."""
    email = fields.pop("email", f"{role or 'nobody'}-{next(numbers)}@example.org")
    if role == "operator":
        return User.objects.create_superuser(email, **fields)
    user = User.objects.create_user(email, **fields)
    for account in accounts:
        if role:
            Membership.objects.create(account=account, user=user, role=role)
    return user


def signed_in(role: str, *accounts: Account) -> Client:
    """A browser of somebody with this role."""
    client = Client()
    client.force_login(make_user(role, *accounts), backend="smsadmin.accounts.authentication.EmailBackend")
    return client
