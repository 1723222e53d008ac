"""The doors of an account: who comes in, as what, and that nothing is open by omission."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from smsadmin.accounts import access
from smsadmin.accounts.access import Access, permission
from smsadmin.accounts.middleware import AccountMiddleware
from smsadmin.accounts.models import Account, Membership, User
from smsadmin.accounts.roles import PERMISSIONS, permissions_of
from tests.factories.accounts import make_account, make_user, signed_in

pytestmark = pytest.mark.django_db

# Who may do what, in words of its own: a change of the roles must show here.
TABLE = {
    "view_overview": "marketer support admin",
    "view_messages": "marketer support admin",
    "view_members": "marketer support admin",
    "view_help": "marketer support admin",
    "view_codes": "support admin",
    "import_data": "marketer admin",
    "export_data": "marketer admin",
    "send_messages": "marketer support admin",
    "view_failures": "support admin",
    "record_consent": "support admin",
    "add_blocks": "marketer support admin",
    "lift_blocks": "support admin",
    "mark_numbers": "support admin",
    "change_settings": "admin",
    "see_all_accounts": "",
}


@permission("view_messages")
def declared(request: Any, account: Account) -> HttpResponse:
    return HttpResponse(f"{account.name} {timezone.get_current_timezone_name()}")


def undeclared(request: Any, account: Account) -> HttpResponse:
    return HttpResponse("open by omission")


def visit(view: Any, user: User, slug: str) -> HttpResponse:
    """The view as the middleware lets it be reached."""
    request = RequestFactory().get(f"/{slug}/")
    request.user = user

    def respond(request: HttpRequest) -> HttpResponse:
        kwargs: dict[str, Any] = {"account": slug}
        middleware.process_view(request, view, (), kwargs)
        return view(request, **kwargs)

    middleware = AccountMiddleware(respond)
    return middleware(request)


def test_the_table_of_roles() -> None:
    assert set(TABLE) == set(PERMISSIONS)
    for role in Membership.Role.values:
        assert permissions_of(role) == {name for name, roles in TABLE.items() if role in roles.split()}


@pytest.mark.parametrize("role", ["", "owner", "operator"])
def test_a_word_that_is_no_role_may_nothing(role: str) -> None:
    assert permissions_of(role) == frozenset()


@pytest.mark.parametrize("role", Membership.Role.values)
def test_a_member_of_the_account_comes_in_and_the_view_gets_the_account_itself(role: str) -> None:
    account = make_account(name="Harbour", time_zone="Asia/Tokyo")
    assert visit(declared, make_user(role, account), account.slug).content == b"Harbour Asia/Tokyo"


def test_the_zone_of_an_account_ends_with_its_request() -> None:
    account = make_account(time_zone="Asia/Tokyo")
    visit(declared, make_user("admin", account), account.slug)
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("role", ["", "marketer", "support", "admin"])
def test_a_stranger_cannot_tell_an_account_from_none(role: str) -> None:
    theirs, mine = make_account(), make_account()
    user = make_user(role, mine)
    told = []
    for slug in (theirs.slug, "no-such-account"):
        with pytest.raises(Http404) as refusal:
            visit(declared, user, slug)
        told.append(str(refusal.value))
    assert told == ["no such account"] * 2


def test_a_role_in_one_account_is_none_in_another() -> None:
    first, second = make_account(), make_account()
    user = make_user("admin", first)
    Membership.objects.create(account=second, user=user, role="marketer")
    assert "change_settings" in access.access_to(first, user)
    assert "change_settings" not in access.access_to(second, user)


def test_a_view_that_declares_nothing_is_refused_to_everybody() -> None:
    account = make_account()
    for role in ("marketer", "support", "admin", "operator"):
        with pytest.raises(PermissionDenied):
            visit(undeclared, make_user(role, account), account.slug)


def test_a_view_that_asks_for_more_than_the_role_gives_is_refused() -> None:
    account = make_account()
    for_admins = permission("change_settings")(lambda request, account: HttpResponse("in"))
    with pytest.raises(PermissionDenied):
        visit(for_admins, make_user("support", account), account.slug)
    assert visit(for_admins, make_user("admin", account), account.slug).content == b"in"


def test_an_operator_may_everything_everywhere_without_a_role() -> None:
    account, operator = make_account(), make_user("operator")
    found = access.access_to(account, operator)
    assert (found.role, found.permissions) == ("", frozenset(PERMISSIONS))
    assert visit(declared, operator, account.slug).status_code == 200


def test_a_permission_that_does_not_exist_cannot_be_asked_for() -> None:
    with pytest.raises(LookupError, match="view_mesages"):
        permission("view_mesages")
    with pytest.raises(KeyError, match="view_mesages"):
        Access("admin", frozenset(PERMISSIONS))["view_mesages"]
    assert Access("marketer", permissions_of("marketer"))["view_codes"] is False


def test_a_stranger_is_led_to_the_sign_in_whether_the_account_exists_or_not(client: Any) -> None:
    account = make_account()
    for slug in (account.slug, "no-such-account"):
        response = client.get(f"/{slug}/messages/")
        assert response.headers["location"] == f"/sign-in/?next=/{slug}/messages/"


def test_a_person_who_was_switched_off_is_out_at_once() -> None:
    account = make_account()
    client = signed_in("admin", account)
    assert client.get(f"/{account.slug}/messages/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get(f"/{account.slug}/messages/").status_code == 302


def test_a_role_that_was_taken_away_is_gone_at_once() -> None:
    account = make_account()
    client = signed_in("admin", account)
    Membership.objects.all().delete()
    assert client.get(f"/{account.slug}/messages/").status_code == 404
