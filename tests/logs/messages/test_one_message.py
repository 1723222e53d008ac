"""One message: a page of its own, and a part beside the list."""

import pytest
from django.test import Client

from logs.models import Message, Source, Template
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.accounts import signed_in
from tests.factories.messages import (
    DELIVERED,
    make_message,
    make_said,
)
from tests.logs.messages.looking import NOW, ids, named, page

pytestmark = pytest.mark.django_db


def test_a_message_is_a_page_of_its_own_and_a_part_beside_the_list(account: Account, client: Client) -> None:
    message = make_message(account)
    url = f"/harbour/messages/{message.pk}/"
    alone, beside = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert "<html" in alone.text
    assert "<html" not in beside.text
    assert "<h1>" not in beside.text
    assert alone.text.count("<h1") == 1
    for response in (alone, beside):
        assert message.body in response.text
        assert "HX-Request" in response.headers["Vary"]
    again = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in again.text


def test_a_message_leads_back_to_the_list_that_it_was_opened_from(account: Account, client: Client) -> None:
    message = make_message(account)
    response = page(client, "status=delivered&phone=%2B44*")
    url = f"/harbour/messages/{message.pk}/?status=delivered&phone=%2B44%2A"
    assert f'href="{url}"'.replace("&", "&amp;") in response.text
    assert client.get(url).context["back_url"] == "/harbour/messages/?status=delivered&phone=%2B44%2A"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_message_is_only_looked_at(account: Account, client: Client, method: str) -> None:
    message = make_message(account)
    assert getattr(client, method)(f"/harbour/messages/{message.pk}/").status_code == 405
    assert getattr(client, method)("/harbour/messages/").status_code == 405


BODY = "482913 is your Harbour code. Also G-771204, 55 66 77."


@pytest.mark.parametrize(
    ("role", "sees"), [("marketer", False), ("support", True), ("admin", True), ("operator", True)]
)
def test_one_time_codes_are_for_those_whose_role_needs_them(account: Account, role: str, sees: bool) -> None:
    template = named(Template, account, "Code", type=Template.Type.VERIFICATION)
    raw = '{"Body": "482913 is your Harbour code. Also G-771204, 55 66 77.", "form": "Body=55+66+77&x=55%2066%2077"}'
    said = (make_said(DELIVERED, NOW, raw=raw, raw_text="sent 482913"),)
    message = make_message(account, template_id=template, body=BODY, said=said)
    client = signed_in(role, account)
    texts = [
        page(client).text,
        client.get(f"/harbour/messages/{message.pk}/").text,
        client.get(f"/harbour/messages/{message.pk}/", headers={"HX-Request": "true"}).text,
    ]
    for text in texts:
        assert "is your Harbour code" in text
        for code in ("482913", "771204", "55 66 77", "55+66+77", "55%2066%2077"):
            assert (code in text) is (sees and (code in BODY or text is not texts[0]))


@pytest.mark.parametrize(("role", "sees"), [("marketer", False), ("support", True)])
def test_a_code_cannot_be_spelled_out_by_searching(account: Account, role: str, sees: bool) -> None:
    template = named(Template, account, "Code", type=Template.Type.VERIFICATION)
    code = [
        make_message(account, body="482913 is your code", source=Source.APP_LOGIN, template_id=None),
        make_message(account, body="482913 is your code", source=None, template_id=template),
    ]
    order = make_message(account, body="Order 482913 is on its way", source=None)
    client = signed_in(role, account)
    assert "482913 is your" not in page(signed_in("marketer", account)).text
    assert set(ids(page(client, "q=4829"))) == {order.pk, *(m.pk for m in code if sees)}
    assert set(ids(page(client, "q=your"))) == {m.pk for m in code}


def test_a_number_in_an_ordinary_text_is_no_code(account: Account, client: Client) -> None:
    template = named(Template, account, "News", type=Template.Type.NOTIFICATION)
    message = make_message(account, template_id=template, body="Order 482913 is on its way.")
    assert "482913" in page(client).text
    assert "482913" in client.get(f"/harbour/messages/{message.pk}/").text


def test_markup_in_what_people_wrote_is_shown_and_not_obeyed(account: Account, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    message = make_message(
        account,
        body=evil,
        sender="<b>x",
        reference=evil,
        template_id=named(Template, account, evil),
        member_id=Member.objects.create(account=account, name=evil).pk,
    )
    for response in (
        page(client),
        client.get(f"/harbour/messages/{message.pk}/"),
        page(client, {"q": evil, "phone": evil}),
    ):
        assert evil not in response.text
        assert "&lt;script&gt;" in response.text


def test_without_javascript_every_row_has_a_link(account: Account, client: Client) -> None:
    message = make_message(account)
    assert f'href="/harbour/messages/{message.pk}/"' in page(client).text
    assert Message.objects.of(account).count() == 1
