"""What the database refuses, and what it takes: each constraint both ways."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from logs.models import Campaign, Label, ProviderAccount, Template
from smsadmin.accounts.models import Account, Membership, SmsUser, User
from smsadmin.accounts.models.account import RESERVED_SLUGS
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, make_user

pytestmark = pytest.mark.django_db


def refused(name: str, verb: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        verb()


NAMED: list[tuple[type[models.Model], str, dict[str, str]]] = [
    (SmsUser, "sms_user_name_unique_in_account", {}),
    (Template, "template_name_unique_in_account", {}),
    (Label, "label_name_unique_in_account", {}),
    (Campaign, "campaign_name_unique_in_account", {}),
    (ProviderAccount, "provider_account_name_unique_in_account", {"provider": "twilio"}),
]


@pytest.mark.parametrize(("model", "constraint", "fields"), NAMED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_name_is_unique_in_its_account_in_any_case(model: Any, constraint: str, fields: dict[str, str]) -> None:
    account, other = make_account(), make_account()
    model.objects.create(account=account, name="Étoile One", **fields)
    model.objects.create(account=account, name="Étoile Two", **fields)
    model.objects.create(account=other, name="ÉTOILE one", **fields)
    for name in ("Étoile One", "ÉTOILE ONE", "étoile one"):
        refused(constraint, lambda name=name: model.objects.create(account=account, name=name, **fields))


def test_an_e_mail_address_is_one_person_in_any_case() -> None:
    make_user("", email="ann@example.org")
    make_user("", email="ann@example.com")
    refused("user_email_unique_in_any_case", lambda: User.objects.create(email="Ann@Example.org"))


def test_a_person_is_found_by_address_in_any_case_and_kept_in_lower_case() -> None:
    ann = User.objects.create_user(" Ann@Example.ORG ")
    assert ann.email == "ann@example.org"
    assert User.objects.get_by_natural_key("ANN@example.org") == ann


def test_a_person_holds_one_role_in_an_account() -> None:
    account, other = make_account(), make_account()
    ann = make_user("marketer", account, other)
    refused(
        "membership_one_role_per_account",
        lambda: Membership.objects.create(account=account, user=ann, role="admin"),
    )


def test_a_role_is_one_of_three() -> None:
    account = make_account()
    for role in Membership.Role.values:
        make_user(role, account)
    for role in ("owner", "", "Admin"):
        refused("membership_role_is_known", lambda role=role: make_membership(account, role))


def make_membership(account: Account, role: str) -> Membership:
    return Membership.objects.create(account=account, user=make_user(""), role=role)


@pytest.mark.parametrize("slug", ["harbour", "h", "2-rooms", "a" * 40])
def test_an_account_has_an_address(slug: str) -> None:
    assert make_account(slug).slug == slug


@pytest.mark.parametrize("slug", ["", "-harbour", "Harbour", "har_bour", "har bour", "häfen", "harbour\n", "a/b"])
def test_an_account_without_a_clean_address_is_refused(slug: str) -> None:
    refused("account_slug_is_an_address", lambda: Account.objects.create(slug=slug, name="Harbour", time_zone="UTC"))


def test_two_accounts_cannot_share_an_address() -> None:
    make_account("harbour")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_account("harbour")


@pytest.mark.parametrize("country", ["", "GB", "FR"])
def test_a_country_is_two_capital_letters_or_nothing(country: str) -> None:
    assert make_account(country=country).country == country


@pytest.mark.parametrize("country", ["gb", "G", "G1", "UK\n"[:1]])
def test_a_country_that_is_none_is_refused(country: str) -> None:
    refused("account_country_is_iso_3166", lambda: make_account(country=country))


def test_a_template_has_one_of_three_types() -> None:
    account = make_account()
    for kind in Template.Type.values:
        Template.objects.create(account=account, name=kind, type=kind)
    refused("template_type_is_known", lambda: Template.objects.create(account=account, name="x", type="promo"))


def test_a_members_phone_is_e164_or_nothing() -> None:
    account = make_account()
    for phone in ("", "+447700900123"):
        Member.objects.create(account=account, phone=phone)
    for phone in ("447700900123", "+44 7700", "+0447700900123", "+123456"):
        refused("member_phone_is_e164", lambda phone=phone: Member.objects.create(account=account, phone=phone))


def test_an_external_id_is_one_member_of_an_account() -> None:
    account, other = make_account(), make_account()
    for owner, external_id in ((account, "H-1"), (other, "H-1"), (account, ""), (account, "")):
        Member.objects.create(account=owner, external_id=external_id)
    refused("member_external_id_unique_in_account", lambda: Member.objects.create(account=account, external_id="H-1"))


# What forms refuse before the database has to.


def clean(**fields: Any) -> None:
    Account(**{"slug": "harbour", "name": "Harbour", "time_zone": "Europe/London", **fields}).full_clean()


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_words_of_our_own_addresses_are_no_account(slug: str) -> None:
    with pytest.raises(ValidationError, match="installation's own addresses"):
        clean(slug=slug)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "CEST"])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        clean(time_zone=zone)


def test_an_account_as_it_should_be_passes() -> None:
    clean(country="GB")
