"""Every page in Chromium: for everybody (axe), in both sizes and colours, on paper, without a word on the console."""

from collections.abc import Callable

import pytest

from logs.models import Message
from logs.statuses import Status
from smsadmin.members.models import Member
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "?from=2020-01-01&to=2020-01-02",
    "messages/",
    "messages/?status=nonsense&phone=12",
    "messages/?q=zebra",
    "messages/?filters=open",
    "members/",
    "members/?q=nobody-of-this-name",
    "look-up/",
    "look-up/?number=0000",
    "imports/",
    "imports/new/",
    "settings/",
    "settings/providers/",
    "settings/providers/new/",
    "settings/providers/new/?provider=twilio",
    "settings/sms-users/",
    "settings/sending-rules/",
    "failures/",
    "failures/?part=refused",
    "help/",
    "help/investigate/",
    "help/codes/?code=landline",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everybody(person_at: Callable[..., Person], path: str) -> None:
    person = person_at()
    person.enter("admin@demo.example")
    person.visit(f"/demo/{path}")
    person.check_everywhere()


def test_a_message_and_its_member_are_for_everybody(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("admin@demo.example")
    message = Message.objects.filter(account__slug="demo", status=int(Status.EXPIRED), member__isnull=False).latest(
        "pk"
    )
    for path in (f"messages/{message.pk}/", f"members/{message.member_id}/", f"members/{message.member_id}/send/"):
        person.visit(f"/demo/{path}")
        person.check_everywhere()


@pytest.mark.parametrize("path", ["/sign-in/", "/password/reset/", "/password/reset/sent/"])
def test_a_page_before_signing_in_is_for_everybody(person_at: Callable[..., Person], path: str) -> None:
    person = person_at()
    person.visit(path)
    person.check_everywhere()


@pytest.mark.parametrize("path", ["", "messages/", "members/{member}/", "help/investigate/"])
def test_a_page_can_be_printed(person_at: Callable[..., Person], path: str) -> None:
    person = person_at(scheme="dark")
    person.enter("admin@demo.example")
    member = Member.objects.filter(account__slug="demo").earliest("pk")
    page = person.visit("/demo/" + path.format(member=member.pk))
    page.emulate_media(media="print")

    assert not page.locator(".sa-side, .sa-bar").first.is_visible()
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    }
    assert page.pdf()[:4] == b"%PDF"
