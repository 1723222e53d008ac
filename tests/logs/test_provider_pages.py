"""Provider accounts in the settings: how they fare, adding, changing, switching, testing, and that no secret is ever
shown again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from logs import provider_accounts, provider_states
from logs.credentials import seal, unseal
from logs.models import Message, ProviderAccount, ProviderHealth, QueuedMessage
from logs.provider_states import Fares
from logs.providers import registry
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import make_message

pytestmark = pytest.mark.django_db

SECRET = "s3cr3t-token-that-nobody-sees"
URL = "/harbour/settings/providers/"


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour", time_zone="UTC")


@pytest.fixture
def admin(account: Account) -> Client:
    return signed_in("admin", account)


def make_kannel(account: Account, name: str = "Main", **fields: Any) -> ProviderAccount:
    return ProviderAccount.objects.create(
        **{
            "account": account,
            "provider": "kannel",
            "name": name,
            "enabled": True,
            "options": {"url": "http://10.0.0.2:13013/cgi-bin/sendsms", "username": "harbour"},
            "secrets": seal({"password": SECRET}),
            **fields,
        }
    )


def make_health(by: ProviderAccount, **fields: Any) -> ProviderHealth:
    return ProviderHealth.objects.create(
        provider_account=by, account=by.account, **{"free_at": timezone.now(), **fields}
    )


def values(**changes: Any) -> dict[str, Any]:
    """What a person enters for Kannel."""
    return {
        "name": "Main",
        "sender": "HARBOUR",
        "rate": "20",
        "rank": "5",
        "provider_url": "http://10.0.0.2:13013/cgi-bin/sendsms",
        "provider_username": "harbour",
        "provider_password": SECRET,
        "provider_smsc": "",
        **changes,
    }


def text(response: Any) -> str:
    return str(response.content.decode())


# ---- who may


@pytest.mark.parametrize("role", ["marketer", "support"])
def test_those_who_may_not_change_settings_see_no_provider_account(account: Account, role: str) -> None:
    found, client = make_kannel(account), signed_in(role, account)
    for name in ("provider", "provider_test", "provider_switch", "provider_rotate"):
        url = reverse(name, args=["harbour", found.pk])
        assert {client.get(url).status_code, client.post(url).status_code} <= {403, 405}, name
    assert client.get(URL).status_code == 403
    found.refresh_from_db()
    assert found.enabled


def test_another_accounts_provider_account_is_not_found(account: Account, admin: Client) -> None:
    theirs = make_kannel(make_account("theirs"), name="Theirs only")
    for name in ("provider", "provider_test", "provider_rotate"):
        assert admin.get(reverse(name, args=["harbour", theirs.pk])).status_code == 404
    assert admin.post(reverse("provider_switch", args=["harbour", theirs.pk])).status_code == 404
    assert "Theirs only" not in text(admin.get(URL))


# ---- adding


def test_every_provider_can_be_chosen_and_shows_its_fields(admin: Client, account: Account) -> None:
    choice = text(admin.get(f"{URL}new/"))
    for name, adapter in registry.adapters().items():
        assert f"?provider={name}" in choice
        page = text(admin.get(f"{URL}new/", {"provider": name}))
        assert all(f'name="provider_{field.name}"' in page for field in adapter.fields)


def test_what_is_added_is_switched_off_and_its_secret_is_sealed(admin: Client, account: Account) -> None:
    response = admin.post(f"{URL}new/?provider=kannel", values(), follow=True)

    made = ProviderAccount.objects.get(account=account)
    line = AuditEvent.objects.get(verb="provider.created")
    assert (made.name, made.sender, made.rate, made.rank, made.enabled) == ("Main", "HARBOUR", 20, 5, False)
    assert made.options["username"] == "harbour"
    assert (unseal(made.secrets), SECRET in made.secrets) == ({"password": SECRET}, False)
    assert (line.facts["name"], line.facts["secrets"]) == ("Main", ["password"])
    assert "is added, switched off" in text(response)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"sender": "s" * 33}, "at most 32 characters"),
        ({"rate": "0"}, "greater than or equal to 1"),
        ({"rate": "1001"}, "less than or equal to 1000"),
        ({"rate": "many"}, "Enter a whole number."),
        ({"rank": ""}, "This field is required."),
        ({"rank": "1000"}, "less than or equal to 999"),
        ({"provider_username": ""}, "This field is required."),
        ({"provider_password": ""}, "This field is required."),
        ({"provider_url": "u" * 4001}, "at most 4000 characters"),
        ({"name": "TAKEN"}, "Another provider account is called that."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_added(
    admin: Client, account: Account, wrong: dict[str, str], sentence: str
) -> None:
    make_kannel(account, name="Taken")
    response = admin.post(f"{URL}new/?provider=kannel", values(**wrong))
    assert response.status_code == 200
    assert sentence in text(response)
    assert "Nothing is saved yet." in text(response)
    assert SECRET not in text(response)
    assert ProviderAccount.objects.count() == 1
    assert not AuditEvent.objects.exists()


def test_a_choice_must_be_one_that_the_provider_offers(admin: Client) -> None:
    twilio = {"name": "T", "rate": "1", "rank": "1", "provider_account_sid": "AC1", "provider_auth_token": SECRET}
    page = text(admin.post(f"{URL}new/?provider=twilio", {**twilio, "provider_signature": "md5"}))
    assert "Select a valid choice." in page


def test_two_accounts_may_use_the_same_name(admin: Client, account: Account) -> None:
    make_kannel(make_account("theirs"), name="Main")
    admin.post(f"{URL}new/?provider=kannel", values())
    assert ProviderAccount.objects.filter(name="Main").count() == 2


# ---- changing


def test_an_empty_secret_keeps_the_stored_one(admin: Client, account: Account) -> None:
    found = make_kannel(account)
    admin.post(f"{URL}{found.pk}/", values(rate="7", provider_password=""))

    found.refresh_from_db()
    assert (found.rate, unseal(found.secrets)) == (7, {"password": SECRET})
    changes = AuditEvent.objects.get(verb="provider.changed").facts["changes"]
    assert changes["rate"] == [10, 7]
    assert "secrets" not in changes


def test_a_new_secret_replaces_the_stored_one_and_closes_the_circuit(admin: Client, account: Account) -> None:
    found, at = make_kannel(account), timezone.now()
    make_health(found, faults=5, open_since=at, open_until=at + timedelta(minutes=5), last_error="401")
    admin.post(f"{URL}{found.pk}/", values(provider_password="another-" + SECRET))

    found.refresh_from_db()
    health = ProviderHealth.objects.get(provider_account=found)
    assert unseal(found.secrets) == {"password": "another-" + SECRET}
    assert (health.faults, health.open_until, health.last_error) == (0, None, "401")
    assert AuditEvent.objects.get(verb="provider.changed").facts["changes"]["secrets"] == ["password"]


def test_saving_what_is_there_changes_nothing(admin: Client, account: Account) -> None:
    found = make_kannel(account, sender="HARBOUR", rate=20, rank=5)
    response = admin.post(f"{URL}{found.pk}/", values(provider_password=""), follow=True)
    assert "Nothing was changed." in text(response)
    assert not AuditEvent.objects.exists()


def test_secrets_under_a_key_that_is_gone_are_asked_for_again(admin: Client, account: Account) -> None:
    found = make_kannel(account)
    with override_settings(SECRET_KEY="another key altogether"):
        assert "cannot be read" in text(signed_in("admin", account).get(f"{URL}{found.pk}/"))
        assert provider_states.show(found, at=timezone.now()).fares is Fares.NOT_SET_UP
        client = signed_in("admin", account)
        assert "This field is required." in text(client.post(f"{URL}{found.pk}/", values(provider_password="")))
        client.post(f"{URL}{found.pk}/", values())
        found.refresh_from_db()
        assert unseal(found.secrets) == {"password": SECRET}


# ---- switching, and the address


def test_switching_is_audited_and_what_lacks_a_secret_stays_off(admin: Client, account: Account) -> None:
    ready, bare = make_kannel(account, enabled=False), make_kannel(account, "Bare", enabled=False, secrets="")
    admin.post(f"{URL}{ready.pk}/switch/", {"enabled": "1"})
    response = admin.post(f"{URL}{bare.pk}/switch/", {"enabled": "1"}, follow=True)

    assert "Still missing: Password." in text(response)
    assert list(ProviderAccount.objects.filter(enabled=True)) == [ready]
    admin.post(f"{URL}{ready.pk}/switch/", {"enabled": "0"})
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == [
        "provider.enabled",
        "provider.disabled",
    ]


def test_switching_to_what_it_is_leaves_no_line(admin: Client, account: Account) -> None:
    found = make_kannel(account)
    admin.post(f"{URL}{found.pk}/switch/", {"enabled": "1"})
    assert not AuditEvent.objects.exists()


def test_a_new_address_is_asked_for_first_and_kills_the_old_one(admin: Client, account: Account) -> None:
    found = make_kannel(account)
    assert "dead at once" in text(admin.get(f"{URL}{found.pk}/address/"))
    found.refresh_from_db()
    before = found.hook_token
    response = admin.post(f"{URL}{found.pk}/address/", follow=True)

    found.refresh_from_db()
    assert (found.hook_token != before, len(found.hook_token)) == (True, 48)
    assert f"/hooks/kannel/{found.hook_token}/reply" in text(response)
    assert before not in text(response)
    line = AuditEvent.objects.get(verb="provider.address_rotated")
    assert found.hook_token not in str(line.facts)


# ---- secrets


def test_no_secret_is_in_any_page_or_audit_line(account: Account, admin: Client) -> None:
    admin.post(f"{URL}new/?provider=kannel", values())
    found = ProviderAccount.objects.get()
    admin.post(f"{URL}{found.pk}/", values(provider_password=SECRET + "2", rate="9"))
    admin.post(f"{URL}{found.pk}/switch/", {"enabled": "1"})
    bad = admin.post(f"{URL}{found.pk}/", values(provider_password=SECRET + "3", rate="0"))
    found.refresh_from_db()

    pages = [
        admin.get(URL),
        admin.get(f"{URL}{found.pk}/"),
        admin.get(f"{URL}{found.pk}/test/"),
        admin.get(f"{URL}{found.pk}/address/"),
        admin.get("/harbour/"),
        admin.get("/harbour/failures/"),
        bad,
    ]
    told = [*map(text, pages), str(list(AuditEvent.objects.values_list("facts", flat=True)))]
    assert [n for n, one in enumerate(told) if SECRET in one or found.secrets in one] == []
    assert "Kept as it is" in told[1]


# ---- how they fare


def test_the_state_is_said_in_words(account: Account) -> None:
    at = timezone.now()
    opened = {"open_since": at, "open_until": at + timedelta(minutes=5), "faults": 5, "last_error": "503 from afar"}
    cases: list[tuple[dict[str, Any], dict[str, Any] | None, Fares, str]] = [
        ({}, None, Fares.READY, "Nothing was sent"),
        ({}, {"last_sent_at": at}, Fares.WORKING, ""),
        ({}, {"last_sent_at": at, "faults": 2}, Fares.FALTERING, "Faults in a row: 2."),
        ({}, opened, Fares.WAITING, "because: 503 from afar"),
        ({}, {**opened, "last_error": ""}, Fares.WAITING, "Circuit open until"),
        ({}, {**opened, "open_until": at - timedelta(seconds=1)}, Fares.WAITING, "The next message tries it"),
        ({"enabled": False}, None, Fares.OFF, "Receipts are still taken"),
        ({"secrets": ""}, None, Fares.NOT_SET_UP, "Still missing: Password."),
        ({"secrets": "gAAAA-not-ours"}, None, Fares.NOT_SET_UP, "Enter them again"),
        ({"provider": "messagebird", "enabled": False}, None, Fares.LOG_ONLY, "import"),
        ({"enabled": False, "options": {}, "secrets": ""}, None, Fares.LOG_ONLY, "import"),
    ]
    for n, (fields, health, fares, why) in enumerate(cases):
        found = make_kannel(account, f"number {n}", **fields)
        if health:
            make_health(found, **health)
        shown = provider_states.show(ProviderAccount.objects.select_related("health").get(pk=found.pk), at=at)
        assert (n, shown.fares) == (n, fares)
        assert why in shown.why


def test_the_list_tells_figures_and_what_waits(admin: Client, account: Account) -> None:
    at = timezone.now()
    found = make_kannel(account, rate=42)
    make_health(found, last_sent_at=at, refused=1234, last_error="Timeout after 10 s", last_error_at=at)
    put_in_queue(account, 2)
    put_in_queue(account, 1, step=QueuedMessage.Step.SUBMITTING, provider_account_id=found.pk)
    page = text(admin.get(URL))
    assert "3 messages wait to be sent." in page
    assert all(word in page for word in ("42/s", "1,234", "Timeout after 10 s", "Working"))


def test_messages_without_a_way_out_are_called_out(admin: Client, account: Account) -> None:
    make_kannel(account, enabled=False)
    assert "no provider account sends" not in text(admin.get(URL))
    put_in_queue(account, 1)
    assert "1 message waits, and no provider account sends." in text(admin.get(URL))


def put_in_queue(account: Account, n: int, **fields: Any) -> None:
    at = timezone.now()
    QueuedMessage.objects.bulk_create(
        QueuedMessage(message_id=uuid4(), account=account, due_at=at, expires_at=at + timedelta(days=1), **fields)
        for _ in range(n)
    )


@pytest.mark.parametrize("url", [URL, "/harbour/"])
def test_it_costs_as_many_queries_with_3_and_with_30(admin: Client, account: Account, url: str) -> None:
    def cost() -> int:
        admin.get(url)
        with CaptureQueriesContext(connection) as queries:
            admin.get(url)
        return len(queries)

    for n in range(3):
        make_health(make_kannel(account, f"a{n}"))
    few = cost()
    for n in range(27):
        make_health(make_kannel(account, f"b{n}"))
    assert cost() == few


def test_the_overview_tells_how_providers_fare(account: Account, admin: Client) -> None:
    make_message(account)
    found, at = make_kannel(account, name="Main road"), timezone.now()
    make_health(found, faults=5, open_since=at, open_until=at + timedelta(minutes=5), last_error="503")
    page = text(admin.get("/harbour/"))
    assert reverse("provider", args=["harbour", found.pk]) in page
    assert "Circuit open until" in page
    seen = text(signed_in("marketer", account).get("/harbour/"))
    assert "Main road" in seen
    assert reverse("provider", args=["harbour", found.pk]) not in seen


# ---- the test SMS


def test_a_test_goes_through_this_provider_account_alone(admin: Client, account: Account) -> None:
    found = make_kannel(account, enabled=False)
    response = admin.post(f"{URL}{found.pk}/test/", {"phone": "+44 7700 900123", "text": "A test"})

    message = Message.objects.get(account=account)
    assert response["Location"] == reverse("message", args=["harbour", message.pk])
    assert (message.phone, message.body) == ("+447700900123", "A test")
    assert QueuedMessage.objects.get().pinned_provider_account_id == found.pk
    page = text(admin.get(response["Location"]))
    assert "In the queue" in page
    assert "data-live" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"phone": ""}, "This field is required."),
        ({"phone": "12"}, "This cannot be a phone number"),
        ({"phone": "Maya"}, "This cannot be a phone number"),
        ({"text": ""}, "This field is required."),
    ],
)
def test_a_test_says_what_is_wrong(admin: Client, account: Account, wrong: dict[str, str], sentence: str) -> None:
    found = make_kannel(account)
    page = text(admin.post(f"{URL}{found.pk}/test/", {"phone": "+447700900123", "text": "A test", **wrong}))
    assert sentence in page
    assert not Message.objects.filter(account=account).exists()


def test_what_cannot_send_cannot_be_tested(admin: Client, account: Account) -> None:
    found = make_kannel(account, secrets="")
    page = text(admin.post(f"{URL}{found.pk}/test/", {"phone": "+447700900123", "text": "A test"}))
    assert "Still missing: Password." in page
    assert not Message.objects.filter(account=account).exists()


def test_the_verbs_take_what_is_of_the_account_only(account: Account) -> None:
    found = make_kannel(account)
    found.account_id = make_account("theirs").pk
    provider_accounts.switch(provider_account=found, enabled=False, by=None, at=timezone.now())
    assert ProviderAccount.objects.get(pk=found.pk).enabled


def test_the_member_page_offers_to_send_only_to_who_has_a_number(account: Account) -> None:
    client = signed_in("support", account)
    with_number, without = make_member(account), make_member(account, phone="")
    assert "Send SMS" in text(client.get(f"/harbour/members/{with_number.pk}/"))
    assert "Send SMS" not in text(client.get(f"/harbour/members/{without.pk}/"))
