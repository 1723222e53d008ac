"""Every named address × role × tenant, in one table. An address that is not in the table fails the build.

The table says who may, in words of its own, not by reading the roles: a change of the roles must show here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from consent.models import ReminderRun
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.blocks import make_block_job, make_entry
from tests.factories.callbacks import make_provider_account
from tests.factories.consent import make_desk_item
from tests.factories.exports import make_file_of
from tests.factories.files import MEMBERS_CSV, make_job, make_preset
from tests.factories.members import make_member
from tests.factories.messages import make_message

ALL = "marketer support admin operator"
IMPORTERS = "marketer admin operator"
ADMINS = "admin operator"
CARERS = "support admin operator"
OPERATORS = "operator"
ROLES = ("marketer", "support", "admin", "operator")

# Tenant pages: name → (who may, what stands in the address besides the account).
TENANT: dict[str, tuple[str, str]] = {
    "overview": (ALL, ""),
    "messages": (ALL, ""),
    "message": (ALL, "message"),
    "message_resend": (ALL, "message"),
    "message_cancel": (ALL, "message"),
    "failures": (CARERS, ""),
    "members": (ALL, ""),
    "member": (ALL, "member"),
    "message_send": (ALL, "member"),
    "member_erase": (ADMINS, "member"),
    "replies": (ALL, ""),
    "consent_desk": (CARERS, ""),
    "consent_decide": (CARERS, "desk_item"),
    "lookup": (ALL, ""),
    "consent": (ALL, ""),
    "consent_lookup": (ALL, ""),
    "consent_number": (ALL, ""),
    "consent_evidence": (ALL, ""),
    "consent_record": (CARERS, ""),
    "removal_new": (CARERS, "block"),
    "removal_requests": (ALL, ""),
    "removal_queue": (OPERATORS, ""),
    "failure_rules": (ALL, ""),
    "wrong_numbers": (ALL, ""),
    "help": (ALL, ""),
    "help_investigate": (ALL, ""),
    "help_codes": (ALL, ""),
    "help_components": (ALL, ""),
    "settings": (ADMINS, ""),
    "providers": (ADMINS, ""),
    "provider_new": (ADMINS, ""),
    "provider": (ADMINS, "provider"),
    "provider_test": (ADMINS, "provider"),
    "provider_switch": (ADMINS, "provider"),
    "provider_rotate": (ADMINS, "provider"),
    "sms_users": (ADMINS, ""),
    "sending_rules": (ADMINS, ""),
    "consent_rules": (ADMINS, ""),
    "consent_words": (ADMINS, ""),
    "consent_texts": (ADMINS, ""),
    "reminders": (ALL, ""),
    "reminder_new": (CARERS, ""),
    "reminder": (ALL, "reminder"),
    "flyer": (ALL, ""),
    "blocks": (ALL, ""),
    "blocks_everywhere": (OPERATORS, ""),
    "blocks_lift_everywhere": (OPERATORS, ""),
    "block": (ALL, "block"),
    "block_new": (ALL, ""),
    "blocks_paste": (ALL, ""),
    "blocks_bulk": (ALL, ""),
    "block_lift": (CARERS, "block"),
    "blocks_lift": (CARERS, ""),
    "blocks_action": (ALL, "block_job"),
    "blocks_lines": (ALL, "block_job"),
    "blocks_undo": (CARERS, "block_job"),
    "imports": (IMPORTERS, ""),
    "import_new": (IMPORTERS, ""),
    "import_detail": (IMPORTERS, "import"),
    "import_mapping": (IMPORTERS, "import"),
    "import_check": (IMPORTERS, "import"),
    "import_run": (IMPORTERS, "import"),
    "import_cancel": (IMPORTERS, "import"),
    "import_problems_csv": (IMPORTERS, "import"),
    "import_preset_delete": (IMPORTERS, "preset"),
    "exports": (IMPORTERS, ""),
    "export_new": (IMPORTERS, ""),
    "export": (IMPORTERS, "export"),
    "export_download": (IMPORTERS, "export"),
    "export_cancel": (IMPORTERS, "export"),
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
# For programs, which show something else than a session: tests/logs/test_hooks.py.
CALLED = {"hook"}
# For whoever holds its link: tests/consent/test_unsubscribe.py.
LINKED = {"unsubscribe"}
# The API: for who shows an SMS_USER's key, and no session opens it. tests/api/ tells the rest.
KEYED: dict[str, dict[str, Any]] = {"api_messages": {}, "api_consent_events": {}, "api_message": {"pk": UUID(int=7)}}
# For whoever is signed in.
SIGNED_IN = {"home", "account_logout", "account_change_password", "account_set_password", "account_reauthenticate"}
NAMED = re.compile(r"""{%\s*url\s+['"]([\w:.-]+)['"]""")
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
            "block": make_entry(account).pk,
            "block_job": make_block_job(account).pk,
            "message": make_message(account).pk,
            "member": make_member(account).pk,
            "provider": make_provider_account(account).pk,
            "reminder": ReminderRun.objects.create(account=account, channel="email", made_at=timezone.now()).pk,
            "desk_item": make_desk_item(account).pk,
            "import": make_job(account, MEMBERS_CSV, kind="members").pk,
            "preset": make_preset(account).pk,
            "export": make_file_of(account).pk,
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
    known = TENANT.keys() | OPEN | SIGNED_IN | CALLED | LINKED | KEYED.keys()
    assert sorted(named()) == sorted(set(named())), "two addresses have the same name"
    assert set(named()) - known == set(), "an address nobody has decided about"
    assert known - set(named()) == set(), "the table speaks of an address that is gone"


def test_every_address_that_a_template_names_is_there() -> None:
    """A link that only some see, or only before something is set up, is else found broken by them."""
    texts = {path: path.read_text() for path in (Path(__file__).parents[1] / "templates").rglob("*.html")}
    asked = {(name, path.name) for path, text in texts.items() for name in NAMED.findall(text) if ":" not in name}
    assert asked
    assert {(name, path) for name, path in asked if name not in set(named())} == set()


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


@pytest.mark.parametrize("name", sorted(KEYED))
def test_the_api_asks_for_a_key_whoever_is_signed_in(world: World, name: str) -> None:
    url = reverse(name, kwargs=KEYED[name])
    for client in (Client(), signed_in("admin", world.mine), signed_in("operator")):
        for answer in (client.get(url), client.post(url)):
            assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")


@pytest.mark.parametrize(("role", "status"), [("marketer", 302), ("admin", 302), ("operator", 200)])
def test_the_operators_admin_is_for_operators(world: World, role: str, status: int) -> None:
    assert signed_in(role, world.mine).get(reverse("admin:index")).status_code == status


def status_of(client: Client, url: str) -> int:
    """What a GET answers; where only a POST is taken, what that answers."""
    response = client.get(url)
    if response.status_code == 405:
        response = client.post(url)
    if response.streaming:
        b"".join(response)  # a file that is not read to its end stays open
    return response.status_code
