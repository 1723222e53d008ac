"""The doors of an account. Every view with an ``account`` in its address passes through `enter`; `permission` says
what it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import Http404, HttpRequest

from smsadmin.accounts.models import Account, Membership, User
from smsadmin.accounts.roles import PERMISSIONS, permissions_of

View = TypeVar("View", bound=Callable[..., Any])


class AccountRequest(HttpRequest):
    """A request of a signed-in person inside an account."""

    user: User
    account: Account
    access: "Access"
    htmx: Any


@dataclass(frozen=True, slots=True)
class Access:
    """What a person may do in one account."""

    role: str  # "" for an operator without a role of their own
    permissions: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.permissions

    def __getitem__(self, name: str) -> bool:
        """For templates: ``{% if can.import_data %}``. Raises KeyError for a permission that does not exist."""
        if name not in PERMISSIONS:
            raise KeyError(name)
        return name in self.permissions


def permission(name: str) -> Callable[[View], View]:
    """Declare what a tenant view asks for. A tenant view without this is refused (see the middleware)."""
    if name not in PERMISSIONS:
        raise LookupError(f"no permission is called {name!r}")

    def declare(view: View) -> View:
        view.permission = name  # type: ignore[attr-defined]
        return view

    return declare


def enter(user: User, slug: str) -> tuple[Account, Access]:
    """The account of this address and what the person may do there. Http404 where they hold no role: its
    existence is not told."""
    account = Account.objects.open_to(user).filter(slug=slug).first()
    if account is None:
        raise Http404("no such account")
    return account, access_to(account, user)


def access_to(account: Account, user: User) -> Access:
    role = Membership.objects.filter(account=account, user=user).values_list("role", flat=True).first() or ""
    if user.is_superuser:
        return Access(role, frozenset(PERMISSIONS))
    return Access(role, permissions_of(role))
