"""The pages outside any account, through the client: sign-in, password, the choice of an account, errors."""

import pytest
from django.urls import reverse

from smsadmin.accounts.demo import SIGN_INS
from smsadmin.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key_done"],
)
def test_a_stranger_can_open_the_doors(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "smsadmin</title>" in response.text
    assert 'class="sa-door"' in response.text


def test_a_wrong_password_is_said_beside_the_form_and_keeps_the_address(client):
    response = client.post(reverse("account_login"), {"login": "priya@harbour.example", "password": "wrong horse"})

    assert response.status_code == 200
    assert 'role="alert"' in response.text
    assert 'value="priya@harbour.example"' in response.text


def test_a_missing_password_is_said_at_its_field(client):
    response = client.post(reverse("account_login"), {"login": "priya@harbour.example", "password": ""})

    assert 'id="id_password_error"' in response.text


def test_demo_sign_ins_stand_on_the_page_only_in_a_trial(client, settings):
    settings.DEBUG = False
    plain = client.get(reverse("account_login")).text
    settings.DEBUG = True
    trial = client.get(reverse("account_login")).text

    for address, _role in SIGN_INS:
        assert address not in plain
        assert address in trial


def test_a_person_without_an_account_is_told_so_and_can_sign_out(client):
    client.force_login(User.objects.create_user("new@harbour.example"))

    response = client.get(reverse("home"))

    assert "No account yet" in response.text
    assert f'action="{reverse("account_logout")}"' in response.text


@pytest.mark.parametrize("name", ["account_logout", "account_change_password"])
def test_pages_of_the_signed_in_person_open(client, name):
    user = User.objects.create_user("new@harbour.example", "a few words in a row")
    client.force_login(user, backend="smsadmin.accounts.authentication.EmailBackend")

    response = client.get(reverse(name))

    assert response.status_code == 200
    assert 'class="sa-door"' in response.text
