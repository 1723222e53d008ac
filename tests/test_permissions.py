"""Every named address × role × tenant, in one table. An address that is not in the table fails the build.

The table says who may, in words of its own, not by reading the roles: a change of the roles must show here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.files import MEMBERS_CSV, make_job, make_preset
from tests.factories.members import make_member
from tests.factories.messages import make_message

ALL = "marketer support admin operator"
IMPORTERS = "marketer admin operator"
ADMINS = "admin operator"
ROLES = ("marketer", "support", "admin", "operator")

# Tenant pages: name → (who may, what stands in the address besides the account).
TENANT: dict[str, tuple[str, str]] = {
    "overview": (ALL, ""),
    "messages": (ALL, ""),
    "message": (ALL, "message"),
    "members": (ALL, ""),
    "member": (ALL, "member"),
    "lookup": (ALL, ""),
    "help": (ALL, ""),
    "help_investigate": (ALL, ""),
    "help_codes": (ALL, ""),
    "help_components": (ALL, ""),
    "settings": (ADMINS, ""),
    "imports": (IMPORTERS, ""),
    "import_new": (IMPORTERS, ""),
    "import_detail": (IMPORTERS, "import"),
    "import_mapping": (IMPORTERS, "import"),
    "import_check": (IMPORTERS, "import"),
    "import_run": (IMPORTERS, "import"),
    "import_cancel": (IMPORTERS, "import"),
    "import_problems_csv": (IMPORTERS, "import"),
    "import_preset_delete": (IMPORTERS, "preset"),
}
# Open to everybody, signed in or not.
OPEN = {
    "healthz",
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_inactive",
}
# For whoever is signed in.
SIGNED_IN = {"home", "account_logout", "account_change_password", "account_set_password", "account_reauthenticate"}
KEYS = {"account_reset_password_from_key": {"uidb36": "1", "key": "abc-def"}}


@dataclass
class World:
    """Two accounts with one of everything."""

    mine: Account
    theirs: Account
    keys: dict[str, dict[str, Any]]

    def url(self, name: str, account: Account) -> str:
        needs = TENANT[name][1]
        return reverse(
            name, kwargs={"account": account.slug, **({"pk": self.keys[account.slug][needs]} if needs else {})}
        )


@pytest.fixture
def world(db: None) -> World:
    accounts = [make_account("mine"), make_account("theirs")]
    keys = {
        account.slug: {
            "message": make_message(account).pk,
            "member": make_member(account).pk,
            "import": make_job(account, MEMBERS_CSV, kind="members").pk,
            "preset": make_preset(account).pk,
        }
        for account in accounts
    }
    return World(*accounts, keys=keys)


def named(resolver: URLResolver | None = None) -> Iterator[str]:
    """The names of all addresses outside of the operator's admin, which is looked at as a whole."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name
        elif pattern.namespace != "admin":
            yield from named(pattern)


def test_every_address_is_in_the_table() -> None:
    known = TENANT.keys() | OPEN | SIGNED_IN
    assert sorted(named()) == sorted(set(named())), "two addresses have the same name"
    assert set(named()) - known == set(), "an address nobody has decided about"
    assert known - set(named()) == set(), "the table speaks of an address that is gone"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_table_says(world: World, role: str) -> None:
    client = signed_in(role, world.mine)
    answers = {name: status_of(client, world.url(name, world.mine)) for name in TENANT}
    refused = {name for name, status in answers.items() if status == 403}
    assert refused == {name for name, (who, _needs) in TENANT.items() if role not in who.split()}
    assert {status for name, status in answers.items() if name not in refused} <= {200, 302}, answers


def test_a_stranger_is_asked_to_sign_in(world: World) -> None:
    for name in TENANT:
        response = Client().get(world.url(name, world.mine))
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, reverse("account_login")), name


@pytest.mark.parametrize("role", ["", "marketer", "support", "admin"])
def test_another_account_does_not_exist(world: World, role: str) -> None:
    client = signed_in(role, world.mine)
    assert {name: status_of(client, world.url(name, world.theirs)) for name in TENANT} == dict.fromkeys(TENANT, 404)


@pytest.mark.parametrize("role", ["admin", "operator"])
def test_another_accounts_object_is_not_found_under_ones_own_account(world: World, role: str) -> None:
    client = signed_in(role, world.mine)
    smuggled = {
        name: reverse(name, kwargs={"account": world.mine.slug, "pk": world.keys["theirs"][needs]})
        for name, (_who, needs) in TENANT.items()
        if needs
    }
    assert {name: status_of(client, url) for name, url in smuggled.items()} == dict.fromkeys(smuggled, 404)


def test_a_person_without_any_role_sees_no_account(world: World) -> None:
    client = signed_in("")
    assert {name: status_of(client, world.url(name, world.mine)) for name in TENANT} == dict.fromkeys(TENANT, 404)


@pytest.mark.parametrize("name", sorted(OPEN))
def test_open_pages_answer_anybody(db: None, name: str) -> None:
    assert Client().get(reverse(name, kwargs=KEYS.get(name))).status_code in (200, 302)


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_personal_pages_ask_to_sign_in(db: None, name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]


@pytest.mark.parametrize(("role", "status"), [("marketer", 302), ("admin", 302), ("operator", 200)])
def test_the_operators_admin_is_for_operators(world: World, role: str, status: int) -> None:
    assert signed_in(role, world.mine).get(reverse("admin:index")).status_code == status


def status_of(client: Client, url: str) -> int:
    """What a GET answers; where only a POST is taken, what that answers."""
    response = client.get(url)
    return client.post(url).status_code if response.status_code == 405 else response.status_code
