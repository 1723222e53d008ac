"""The help pages: every word of every vocabulary, every reason, every code; and links that work."""

import re
from html import unescape

import pytest
from django.test import Client

from logs import code_search, glossary
from logs.providers import codes
from logs.statuses import Reason, ReasonFamily, Status
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_account("harbour", vocabulary="como")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_every_status_word_and_reason_has_its_place(account: Account, support: Client) -> None:
    text = page(support, "/harbour/help/")

    for status in Status:
        assert f'id="status-{status.slug}"' in text
    for vocabulary in VOCABULARIES.values():
        assert f'id="vocabulary-{vocabulary.key}"' in text
        for label in vocabulary.labels:
            assert str(label.meaning).replace("'", "&#x27;") in text
    for reason in Reason:
        if reason.family is not ReasonFamily.PROGRESS:
            assert f'id="reason-{reason.slug}"' in text


def test_links_within_the_page_lead_somewhere(account: Account, support: Client) -> None:
    text = page(support, "/harbour/help/")
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids


def test_the_vocabulary_of_the_account_comes_first(account: Account) -> None:
    assert glossary.ordered("como")[0].key == "como"
    assert len(glossary.ordered("como")) == len(VOCABULARIES)


@pytest.mark.parametrize("key", list(VOCABULARIES))
def test_every_word_stands_for_a_status_and_every_status_has_a_word(key: str) -> None:
    words = glossary.words(key)
    assert [word.label for word in words if not word.statuses] == []
    assert {status for word in words for status in word.statuses} == set(Status)


def test_words_stand_for_what_they_are_believed_to() -> None:
    como = {word.label.slug: [status.slug for status in word.statuses] for word in glossary.words("como")}

    assert como["delivery-success"] == ["delivered"]
    assert como["not-sent-yet"] == ["queued"]
    assert como["sent"] == ["sending"]
    assert "blocked" in como["failed-to-be-sent"]
    assert "delivered" not in como["delivery-failure"]


def test_the_guide_leads_into_lists_that_understand_its_filters(account: Account, support: Client) -> None:
    text = page(support, "/harbour/help/investigate/")
    links = {unescape(url) for url in re.findall(r'href="(/harbour/[^"]*\?[^"]+)"', text)}

    assert len(links) >= 8
    for url in links:
        response = support.get(url)
        assert response.status_code == 200
        assert response.context["invalid"] is False, url


def test_every_code_can_be_found_by_its_code(account: Account) -> None:
    assert code_search.how_many() == 795 + 28  # the specification's, and the simulator's own
    for provider in codes.providers():
        for code in codes.codes(provider):
            found = code_search.search(provider, code.code)
            assert code in [row.code for row in found[:3]], (provider, code.code)


def test_a_code_is_found_across_providers_and_by_words(account: Account, support: Client) -> None:
    assert "phone was off" in page(support, "/harbour/help/codes/?code=30003")
    assert "Twilio" in page(support, "/harbour/help/codes/?code=landline")
    assert "No table has this code" in page(support, "/harbour/help/codes/?code=zzzz-not-a-code")


@pytest.mark.parametrize(
    "query", ["", "provider=infobip", "provider=zz&code=1", "code=%00", "code=" + "9" * 200, "code=%25"]
)
def test_nonsense_is_answered_with_a_page(account: Account, support: Client, query: str) -> None:
    page(support, f"/harbour/help/codes/?{query}")


def test_the_gallery_shows_every_status_and_a_wrong_field(support: Client) -> None:
    text = page(support, "/harbour/help/components/")
    assert all(str(status.label) in text for status in Status)
    assert 'aria-invalid="true"' in text
