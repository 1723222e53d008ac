"""Sending rules, blocked words, credit and SMS_USERs in the settings."""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from logs import credit
from logs.accepting import Accepted, accept
from logs.models import BlockedWord, SendingRules, Source
from logs.statuses import Outcome
from smsadmin.accounts import sms_users
from smsadmin.accounts.models import Account, AuditEvent, SmsUser
from tests.factories.accounts import make_account, signed_in
from tests.factories.sending import NOON, make_ask, make_key, make_sms_user

pytestmark = pytest.mark.django_db

RULES, USERS = "/harbour/settings/sending-rules/", "/harbour/settings/sms-users/"


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour", time_zone="UTC")


@pytest.fixture
def admin(account: Account) -> Client:
    return signed_in("admin", account)


@pytest.fixture
def operator(account: Account) -> Client:
    return signed_in("operator")


def rules(**changes: Any) -> dict[str, Any]:
    return {
        "act": "rules",
        "cap_messages": "3",
        "cap_hours": "48",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "without_opt_in": ["8", "2"],
        "max_segments": "4",
        "validity_hours": "12",
        **changes,
    }


def text(response: Any) -> str:
    return str(response.content.decode())


# ---- rules


def test_rules_are_saved_and_audited(admin: Client, account: Account) -> None:
    response = admin.post(RULES, rules(), follow=True)
    saved = SendingRules.objects.get(account=account)
    assert (saved.cap_messages, saved.cap_hours, saved.max_segments, saved.validity_hours) == (3, 48, 4, 12)
    assert (saved.quiet_from, saved.quiet_until, saved.without_opt_in) == (time(21), time(8), [2, 8])
    changes = AuditEvent.objects.get(verb="sending_rules.changed").facts["changes"]
    assert (changes["quiet_from"], changes["cap_messages"]) == ([None, "21:00"], [None, 3])
    assert 'value="21:00"' in text(response)
    assert "Nothing was changed." in text(admin.post(RULES, rules(), follow=True))
    assert AuditEvent.objects.count() == 1


def test_every_source_that_is_offered_makes_a_difference(admin: Client, account: Account) -> None:
    offered = [int(value) for value, _label in admin.get(RULES).context["rules_form"].fields["without_opt_in"].choices]
    assert offered == SendingRules(account=account).without_opt_in
    for ticked, outcome in ((offered, Outcome.PENDING), ([], Outcome.BLOCKED)):
        admin.post(RULES, rules(without_opt_in=ticked, cap_messages="", quiet_from="", quiet_until=""))
        asks = [make_ask(source=Source(value)) for value in offered]
        answers = accept(account=account, asks=asks, sms_user=None, by=None, at=NOON)
        assert {answer.state.outcome for answer in answers if isinstance(answer, Accepted)} == {outcome}


def test_no_source_needs_to_be_ticked_and_no_cap_be_set(admin: Client, account: Account) -> None:
    admin.post(RULES, rules(without_opt_in=[], cap_messages="", quiet_from="", quiet_until=""))
    saved = SendingRules.objects.get(account=account)
    assert (saved.without_opt_in, saved.cap_messages, saved.quiet_from) == ([], None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cap_messages": "-1"}, "greater than or equal to 0"),
        ({"cap_hours": "0"}, "greater than or equal to 1"),
        ({"cap_hours": "745"}, "less than or equal to 744"),
        ({"quiet_from": ""}, "Give both times, or none."),
        ({"quiet_until": ""}, "Give both times, or none."),
        ({"quiet_until": "21:00"}, "all day would be quiet"),
        ({"quiet_from": "25:00"}, "Enter a valid time."),
        ({"without_opt_in": ["77"]}, "Select a valid choice."),
        ({"without_opt_in": ["3"]}, "Select a valid choice."),
        ({"max_segments": "11"}, "less than or equal to 10"),
        ({"validity_hours": "73"}, "less than or equal to 72"),
        ({"validity_hours": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(admin: Client, wrong: dict[str, Any], sentence: str) -> None:
    page = text(admin.post(RULES, rules(**wrong)))
    assert sentence in page
    assert "Nothing is saved yet." in page
    assert not SendingRules.objects.exists()


# ---- words


def test_a_word_is_blocked_and_taken_off(admin: Client, account: Account) -> None:
    admin.post(RULES, {"act": "block", "word": "  free   money "})
    word = BlockedWord.objects.get(account=account)
    assert word.word == "free money"
    assert "free money" in text(admin.get(RULES))
    admin.post(RULES, {"act": "unblock", "word": word.pk})
    assert not BlockedWord.objects.exists()
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == [
        "blocked_word.added",
        "blocked_word.removed",
    ]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("", "This field is required."),
        ("w" * 101, "at most 100 characters"),
        ("CASINO", "is on the list already"),
    ],
)
def test_a_word_that_is_wrong_is_told_so(admin: Client, account: Account, word: str, sentence: str) -> None:
    BlockedWord.objects.create(account=account, word="casino")
    assert sentence in text(admin.post(RULES, {"act": "block", "word": word}))
    assert BlockedWord.objects.count() == 1


def test_words_of_the_installation_are_for_operators(admin: Client, operator: Client, account: Account) -> None:
    operator.post(RULES, {"act": "block", "word": "viagra", "everywhere": "on"})
    word = BlockedWord.objects.get(account=None)
    assert "viagra" in text(operator.get(RULES))
    assert "viagra" not in text(admin.get(RULES))
    admin.post(RULES, {"act": "unblock", "word": word.pk})
    admin.post(RULES, {"act": "block", "word": "poker", "everywhere": "on"})
    assert BlockedWord.objects.get(word="poker").account == account
    assert BlockedWord.objects.filter(pk=word.pk).exists()


def test_another_accounts_words_are_neither_seen_nor_taken_off(admin: Client) -> None:
    theirs = BlockedWord.objects.create(account=make_account("theirs"), word="their-word")
    admin.post(RULES, {"act": "unblock", "word": theirs.pk})
    assert "their-word" not in text(admin.get(RULES))
    assert BlockedWord.objects.filter(pk=theirs.pk).exists()


# ---- credit


def test_operators_top_up_and_everybody_with_the_page_sees_the_balance(
    admin: Client, operator: Client, account: Account
) -> None:
    assert "There is no limit" in text(admin.get(RULES))
    page = text(operator.post(RULES, {"act": "top_up", "segments": "50000", "note": "Invoice 7"}, follow=True))
    assert credit.balance(account) == 50_000
    assert "50,000 segments now" in page
    seen = text(admin.get(RULES))
    assert ("50,000" in seen, "Invoice 7" in seen, "Top up" in seen) == (True, True, False)


def test_an_admin_cannot_top_up(admin: Client, account: Account) -> None:
    assert admin.post(RULES, {"act": "top_up", "segments": "5"}).status_code == 403
    assert credit.balance(account) is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"segments": "0"}, "greater than or equal to 1"),
        ({"segments": "lots"}, "Enter a whole number."),
        ({"segments": "2000000000"}, "less than or equal to 1000000000"),
        ({"note": "n" * 201}, "at most 200 characters"),
    ],
)
def test_a_wrong_top_up_is_told_so(operator: Client, account: Account, wrong: dict[str, str], sentence: str) -> None:
    assert sentence in text(operator.post(RULES, {"act": "top_up", "segments": "5", **wrong}))
    assert credit.balance(account) is None


def test_an_empty_balance_is_called_out(admin: Client, account: Account) -> None:
    at = timezone.now()
    credit.top_up(account=account, segments=1, by=None, at=at)
    credit.reserve(account=account, needs=[1], by=None, at=at)
    assert "Nothing can be sent." in text(admin.get(RULES))


@pytest.mark.parametrize("act", ["", "drop"])
def test_an_act_that_does_not_exist_does_nothing(admin: Client, act: str) -> None:
    assert admin.post(RULES, {"act": act}).status_code == 200
    assert admin.post(USERS, {"act": act}).status_code == 302
    assert not AuditEvent.objects.exists()


# ---- SMS_USERs


def test_an_sms_user_is_added_without_a_key(admin: Client, account: Account) -> None:
    page = text(admin.post(USERS, {"act": "add", "name": "till"}, follow=True))
    assert "Make its key next." in page
    assert "not without a key" in page
    assert SmsUser.objects.get(account=account).key_digest == ""
    assert AuditEvent.objects.get().verb == "sms_user.created"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "This field is required."),
        ("n" * 65, "at most 64 characters"),
        ("TILL", "Another SMS_USER is called that."),
    ],
)
def test_a_wrong_name_is_told_so(admin: Client, account: Account, name: str, sentence: str) -> None:
    make_sms_user(account, "till")
    assert sentence in text(admin.post(USERS, {"act": "add", "name": name}))
    assert SmsUser.objects.count() == 1


def test_a_key_is_shown_once_and_kept_by_no_cache(admin: Client, account: Account) -> None:
    user = make_sms_user(account, "till")
    response = admin.post(USERS, {"act": "key", "user": user.pk})
    key = response.context["key"]
    assert key in text(response)
    assert "no-store" in response["Cache-Control"]
    assert sms_users.of_key(key) == user
    again = text(admin.get(USERS))
    assert (key in again, f"…{key[-4:]}" in again) == (False, True)
    assert key not in str(list(AuditEvent.objects.values_list("facts", flat=True)))


def test_a_replaced_key_opens_nothing(admin: Client, account: Account) -> None:
    user = make_sms_user(account, "till")
    old = make_key(user)
    new = admin.post(USERS, {"act": "key", "user": user.pk}).context["key"]
    assert (sms_users.of_key(old), sms_users.of_key(new)) == (None, user)


def test_a_revoked_key_opens_nothing(admin: Client, account: Account) -> None:
    user = make_sms_user(account, "till")
    key = make_key(user)
    admin.post(USERS, {"act": "revoke", "user": user.pk})
    user.refresh_from_db()
    assert (sms_users.of_key(key), user.key_hint, user.key_made_at) == (None, "", None)
    admin.post(USERS, {"act": "revoke", "user": user.pk})
    assert AuditEvent.objects.filter(verb="sms_user.key_revoked").count() == 1


def test_one_that_is_switched_off_keeps_its_key_and_cannot_submit(admin: Client, account: Account) -> None:
    user = make_sms_user(account, "till")
    key = make_key(user)
    admin.post(USERS, {"act": "disable", "user": user.pk})
    assert sms_users.of_key(key) is None
    admin.post(USERS, {"act": "enable", "user": user.pk})
    assert sms_users.of_key(key) == user
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["sms_user.disabled", "sms_user.enabled"]


@pytest.mark.parametrize("act", ["key", "revoke", "enable", "disable"])
def test_another_accounts_sms_user_is_not_found(admin: Client, act: str) -> None:
    theirs = make_sms_user(make_account("theirs"), "theirs")
    key = make_key(theirs)
    assert admin.post(USERS, {"act": act, "user": theirs.pk}).status_code == 404
    assert sms_users.of_key(key) == theirs


@pytest.mark.parametrize("url", [RULES, USERS])
def test_it_costs_as_many_queries_with_3_and_with_30(admin: Client, account: Account, url: str) -> None:
    def cost(n: int) -> int:
        for i in range(n):
            make_sms_user(account, f"user-{n}-{i}")
            BlockedWord.objects.create(account=account, word=f"word-{n}-{i}")
        admin.get(url)
        with CaptureQueriesContext(connection) as queries:
            admin.get(url)
        return len(queries)

    assert cost(3) == cost(27)
