"""Consent in the settings: rules, keywords, texts; each with its audit line, and what is wrong at its field."""

from typing import Any

import pytest
from django.test import Client

from consent.keywords import Kind, classify, words_of
from consent.models import ConsentRules, ConsentText, KeywordSet
from consent.wording import own_words, wording_of
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, signed_in

pytestmark = pytest.mark.django_db

RULES, WORDS, TEXTS = (f"/harbour/settings/consent/{part}" for part in ("", "words/", "texts/"))


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour Coffee")


@pytest.fixture
def admin(account: Account) -> Client:
    return signed_in("admin", account)


def text(response: Any) -> str:
    return str(response.content.decode())


def rules(**changes: Any) -> dict[str, Any]:
    return {
        "sender_name": "Harbour",
        "short_code": "60777",
        "language": "fr",
        "confirm_stop": "on",
        "desk_days": "5",
        "holidays": "de-by",
        "request_by_sms": "on",
        "reminder_days": "60",
        **changes,
    }


# ---- rules


def test_rules_are_saved_and_audited(admin: Client, account: Account) -> None:
    admin.post(RULES, rules())
    saved = ConsentRules.objects.get(account=account)
    assert (saved.sender_name, saved.short_code, saved.language, saved.holidays) == ("Harbour", "60777", "fr", "DE-BY")
    assert (saved.stop_is_for_all, saved.confirm_stop, saved.confirm_start) == (False, True, False)
    assert (saved.desk_days, saved.reminder_days, saved.request_by_sms) == (5, 60, True)
    changes = AuditEvent.objects.get(verb="consent_rules.changed").facts["changes"]
    assert changes["reminder_days"] == [30, 60]
    assert "Nothing was changed." in text(admin.post(RULES, rules(), follow=True))
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"short_code": "call us"}, "Digits only"),
        ({"short_code": "1"}, "Digits only"),
        ({"language": "xx"}, "Select a valid choice"),
        ({"desk_days": "0"}, "greater than or equal to 1"),
        ({"desk_days": "31"}, "less than or equal to 30"),
        ({"reminder_days": "0"}, "greater than or equal to 1"),
        ({"reminder_days": "366"}, "less than or equal to 365"),
        ({"holidays": "XX"}, "No holidays are known of “XX”"),
        ({"holidays": "DE-ZZ"}, "No holidays are known of “DE-ZZ”"),
    ],
)
def test_wrong_rules_are_told_and_not_saved(admin: Client, wrong: dict[str, Any], sentence: str) -> None:
    page = text(admin.post(RULES, rules(**wrong)))
    assert sentence in page
    assert "Nothing is saved yet." in page
    assert not ConsentRules.objects.exists()


# ---- keywords


def words(**changes: str) -> dict[str, str]:
    return {"language": "fr", "stop": "STOP, arrêt,\nfini", "start": "OUI", "help": "", **changes}


def test_shipped_words_are_shown_and_own_ones_take_their_place(admin: Client, account: Account) -> None:
    assert "DÉSABONNEMENT" in text(admin.get(WORDS, {"language": "fr"}))
    admin.post(WORDS, words())
    own = own_words(account)
    assert own == {("fr", "stop"): ["STOP", "ARRÊT", "FINI"], ("fr", "start"): ["OUI"]}
    assert classify("Fini !", words_of(own)).kind is Kind.STOP
    line = AuditEvent.objects.get(verb="consent_words.changed")
    assert line.facts["language"] == "fr"
    assert line.facts["changes"]["start"] == [None, ["OUI"]]
    assert "FINI" in text(admin.get(WORDS, {"language": "fr"}))


def test_nothing_or_the_shipped_words_take_the_own_ones_away(admin: Client, account: Account) -> None:
    admin.post(WORDS, words())
    admin.post(WORDS, words(stop="", start="", help=""))
    assert not KeywordSet.objects.exists()
    assert "Nothing was changed." in text(admin.post(WORDS, words(stop="", start="", help=""), follow=True))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"start": "OUI, arret"}, "start", "“ARRÊT” would mean two things"),
        ({"help": "stop"}, "help", "would mean two things"),
        ({"start": "HILFE"}, "start", "would mean two things"),
        ({"stop": "x" * 51}, "stop", "too long"),
        ({"stop": "!!!"}, "stop", "no letters or digits"),
    ],
)
def test_a_word_that_cannot_be_is_an_error_at_its_field(
    admin: Client, changes: dict[str, str], field: str, sentence: str
) -> None:
    response = admin.post(WORDS, words(**changes))
    errors = " ".join(response.context["form"].errors[field])
    assert sentence.split(" ", 1)[1] in errors
    assert "Nothing is saved yet." in text(response)
    assert not KeywordSet.objects.exists()


@pytest.mark.parametrize("page", [WORDS, TEXTS])
@pytest.mark.parametrize("language", ["xx", "", "fr-FR", "<b>"])
def test_an_unknown_language_is_an_error_at_its_field(admin: Client, page: str, language: str) -> None:
    for response in (admin.get(page, {"language": language}), admin.post(page, words(language=language))):
        assert response.status_code == 400
        assert "sa-error" in text(response)
        assert "<b>”" not in text(response)
    assert not KeywordSet.objects.exists()
    assert not ConsentText.objects.exists()


# ---- texts


def test_texts_are_counted_as_sent_and_saved_where_they_differ(admin: Client, account: Account) -> None:
    page = text(admin.get(TEXTS, {"language": "ru"}))
    assert "1 segment as sent" in page
    assert "UCS-2" in page
    admin.post(TEXTS, {"language": "ru", "stopped": "{name}: " + "ё" * 80, "help": ""})
    assert ConsentText.objects.get().kind == "stopped"
    assert "2 segments as sent" in text(admin.get(TEXTS, {"language": "ru"}))
    assert wording_of(account).text("stopped", "ru").startswith("Harbour Coffee: ё")
    assert AuditEvent.objects.get(verb="consent_texts.changed").facts["changes"].keys() == {"stopped"}
    admin.post(TEXTS, {"language": "ru", "stopped": ""})
    assert not ConsentText.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"request": "May we?"}, "It must say what to reply"),
        ({"help": "Hello {nmae}"}, "{nmae} is not known here"),
        ({"flyer_title": "t" * 81}, "at most 80 characters"),
        ({"help": "h" * 601}, "at most 600 characters"),
    ],
)
def test_a_wrong_text_is_told_and_not_saved(admin: Client, changes: dict[str, str], sentence: str) -> None:
    page = text(admin.post(TEXTS, {"language": "en", **changes}))
    assert sentence in page
    assert not ConsentText.objects.exists()


def test_another_accounts_texts_and_words_are_not_touched(admin: Client) -> None:
    theirs = make_account("theirs")
    KeywordSet.objects.create(account=theirs, language="fr", family="stop", words=["THEIRS"])
    ConsentText.objects.create(account=theirs, language="fr", kind="help", text="their text")
    admin.post(WORDS, words())
    admin.post(TEXTS, {"language": "fr", "help": "ours"})
    assert own_words(theirs) == {("fr", "stop"): ["THEIRS"]}
    assert ConsentText.objects.get(account=theirs).text == "their text"
    assert "their text" not in text(admin.get(TEXTS, {"language": "fr"}))
