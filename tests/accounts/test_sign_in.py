"""Signing in and out, and the page after it."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.test import Client

from smsadmin.accounts.demo import PASSWORD, SIGN_INS
from smsadmin.accounts.models import Membership
from tests.factories.accounts import make_account, make_user, signed_in

pytestmark = pytest.mark.django_db

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def no_earlier_tries(settings: Any) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the others are slow on purpose


@pytest.fixture
def ann() -> Any:
    return make_user("marketer", make_account("harbour"), email="ann@example.org", password=SECRET)


def sign_in(client: Client, login: str, password: str, path: str = "/sign-in/") -> Any:
    return client.post(path, {"login": login, "password": password})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["ann@example.org", "Ann@Example.ORG", " ANN@EXAMPLE.ORG "])
def test_sign_in_by_e_mail_in_any_case(client: Client, ann: Any, login: str) -> None:
    response = sign_in(client, login, SECRET)
    assert (response.status_code, response.headers["location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(ann.pk)


def test_after_signing_in_people_get_where_they_wanted_to_go(client: Client, ann: Any) -> None:
    response = sign_in(client, "ann@example.org", SECRET, "/sign-in/?next=/harbour/messages/")
    assert response.headers["location"] == "/harbour/messages/"


def test_no_address_of_somebody_else_is_gone_to(client: Client, ann: Any) -> None:
    response = sign_in(client, "ann@example.org", SECRET, "/sign-in/?next=https://elsewhere.example/")
    assert response.headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_sound_the_same(client: Client, ann: Any) -> None:
    told = []
    for login in ("ann@example.org", "nobody@example.org"):
        response = sign_in(client, login, "wrong password")
        assert response.status_code == 200
        assert not is_in(client)
        told.append(response.context["form"].non_field_errors())
    assert told[0]
    assert told[0] == told[1]


@pytest.mark.parametrize("login", ["", "ann", "ann@example.org\x00", "a" * 10_000 + "@example.org", "'; --"])
def test_a_login_that_is_no_address_is_explained(client: Client, ann: Any, login: str) -> None:
    response = sign_in(client, login, SECRET)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not is_in(client)


def test_after_some_wrong_tries_even_the_right_password_has_to_wait(client: Client, ann: Any) -> None:
    for _ in range(5):
        sign_in(client, "ann@example.org", "wrong password")
    response = sign_in(client, "ann@example.org", SECRET)
    assert not is_in(client)
    assert "Too many failed" in str(response.context["form"].errors)


def test_tries_are_counted_for_an_address_in_any_case_and_from_anywhere(ann: Any) -> None:
    for n in range(5):
        browser = Client(REMOTE_ADDR=f"192.0.2.{n}")
        sign_in(browser, "ann@example.org" if n % 2 else "ANN@example.org", "wrong password")
    other = Client(REMOTE_ADDR="192.0.2.99")
    sign_in(other, "ann@example.org", SECRET)
    assert not is_in(other)


def test_an_address_that_others_invent_does_not_flush_the_count(client: Client, ann: Any) -> None:
    """The counts stand in the cache's table, which throws entries away when it is full."""
    for _ in range(5):
        sign_in(client, "ann@example.org", "wrong password")
    for n in range(400):
        cache.set(f"invented-{n}", n)
    sign_in(client, "ann@example.org", SECRET)
    assert not is_in(client)


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    for path in ("/sign-up/", "/signup/", "/accounts/signup/", "/sign-in/signup/"):
        assert client.get(path).status_code in (302, 404)  # 302: to the sign-in, where an account could be meant
        assert client.post(path, {"email": "x@example.org", "password1": SECRET, "password2": SECRET}).status_code in (
            302,
            404,
        )
    assert b"ign up" not in client.get("/sign-in/").content


def test_signing_out_is_a_post(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    client.get("/sign-out/")
    assert is_in(client)
    assert client.post("/sign-out/").headers["location"] == "/sign-in/"
    assert not is_in(client)


def test_signing_out_needs_the_token_of_our_page(ann: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert client.post("/sign-out/").status_code == 403
    assert is_in(client)


# ---- demo sign-ins


@pytest.mark.parametrize("email", [email for email, _role in SIGN_INS])
def test_demo_sign_ins_work_in_the_demo(client: Client, settings: Any, email: str) -> None:
    settings.DEBUG = True
    make_user("marketer", make_account(), email=email, password=PASSWORD)
    sign_in(client, email, PASSWORD)
    assert is_in(client)


@pytest.mark.parametrize("email", [email for email, _role in SIGN_INS])
def test_demo_sign_ins_end_with_debug_off(client: Client, settings: Any, email: str) -> None:
    settings.DEBUG = False
    make_user("marketer", make_account(), email=email, password=PASSWORD)
    sign_in(client, email, PASSWORD)
    sign_in(client, email.upper(), PASSWORD)
    assert not is_in(client)


def test_with_debug_off_neither_the_demo_password_nor_a_demo_address_is_any_good(settings: Any) -> None:
    settings.DEBUG = False
    make_user("marketer", email="real@example.org", password=PASSWORD)
    make_user("marketer", email="other@demo.example", password=SECRET)
    assert authenticate(None, email="real@example.org", password=PASSWORD) is None
    assert authenticate(None, email="other@demo.example", password=SECRET) is None
    assert authenticate(None, username="other@demo.example", password=SECRET) is None


def test_the_demo_addresses_are_shown_in_the_demo_only(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    assert b"demo.example" not in client.get("/sign-in/").content
    settings.DEBUG = True
    assert client.get("/sign-in/").content.count(b"@demo.example") >= len(SIGN_INS)


# ---- the page after it


def test_who_has_one_account_is_straight_in() -> None:
    account = make_account()
    make_account()
    response = signed_in("marketer", account).get("/")
    assert (response.status_code, response.headers["location"]) == (302, f"/{account.slug}/")


def test_who_has_several_accounts_chooses() -> None:
    mine, also_mine, not_mine = make_account(name="Beta"), make_account(name="Alpha"), make_account(name="Gamma")
    client = signed_in("marketer", mine)
    Membership.objects.create(account=also_mine, user_id=client.session["_auth_user_id"], role="support")
    page = client.get("/")
    assert page.context["choices"] == [also_mine, mine]
    assert f'href="/{mine.slug}/"' in page.text
    assert not_mine.name not in page.text


def test_who_has_none_is_told_whom_to_ask() -> None:
    make_account(name="Gamma")
    page = signed_in("").get("/")
    assert page.status_code == 200
    assert "No account yet" in page.text
    assert "Ask the admin of your account" in page.text
    assert "Gamma" not in page.text


def test_an_operator_chooses_among_all() -> None:
    accounts = {make_account(), make_account()}
    assert set(signed_in("operator").get("/").context["choices"]) == accounts


def test_the_operators_pages_ask_for_the_same_sign_in(client: Client, ann: Any) -> None:
    assert client.get("/operator/login/").headers["location"].startswith("/sign-in/")
    client.force_login(ann)
    assert client.get("/operator/").status_code in (302, 403)
