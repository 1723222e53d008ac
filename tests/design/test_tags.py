from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path

from smsadmin.accounts.roles import PERMISSIONS
from smsadmin.listing.templatetags import smsadmin as tags


def page(request, account):
    """Never called: the navigation only needs the addresses."""


urlpatterns = [
    path("<slug:account>/", page, name="overview"),
    path("<slug:account>/messages/", page, name="messages"),
    path("<slug:account>/settings/", page, name="settings"),
]
ACCOUNT = SimpleNamespace(slug="demo")


def links(*, at="/demo/", can=frozenset(PERMISSIONS), place="main"):
    return tags.nav(Context({"account": ACCOUNT, "can": can, "request": RequestFactory().get(at)}), place)


@pytest.mark.urls(__name__)
def test_the_navigation_leaves_out_pages_that_have_no_address():
    assert [link.page.url_name for link in links()] == ["overview", "messages"]


@pytest.mark.urls(__name__)
def test_the_navigation_leaves_out_what_one_may_not_open():
    assert links(place="foot", can={"view_overview"}) == []


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("at", "current"),
    [
        ("/demo/", ["overview"]),
        ("/demo/messages/", ["messages"]),
        ("/demo/messages/0195802f/", ["messages"]),
        ("/demo/x/", []),
    ],
)
def test_one_page_is_the_current_one(at, current):
    assert [link.page.url_name for link in links(at=at) if link.is_current] == current


def test_outside_an_account_there_is_no_navigation():
    assert tags.nav(Context({})) == []


def test_the_permissions_of_the_navigation_exist():
    assert {page.permission for page in (*tags.PAGES, *tags.FOOT_PAGES)} <= set(PERMISSIONS)


def test_an_icon_is_a_decoration_from_the_sprite():
    assert Template('{% icon "search" "sa-3rd" %}').render(Context()) == (
        '<svg class="sa-i sa-3rd" aria-hidden="true"><use href="/static/icons.svg#i-search"/></svg>'
    )


def test_an_icon_escapes_what_it_is_given():
    assert "<b>" not in Template("{% icon name %}").render(Context({"name": '"><b>'}))


@pytest.mark.parametrize(
    ("level", "tone"), [("success", "good"), ("warning", "late"), ("error", "bad"), ("info", "wait"), ("", "wait")]
)
def test_a_message_has_the_tone_of_its_level(level, tone):
    assert tags.message_tone(level) == tone


def test_an_operator_without_a_role_is_called_operator():
    assert str(tags.role_label("")) == "Operator"
