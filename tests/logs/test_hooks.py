"""Where providers call us back: what is genuine is stored before it is answered, anything else is turned away and
noted, and nothing that anybody sends makes us fail."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from logs import hook_doors, inbox, refusals
from logs.models import Callback, ProviderAccount, ProviderHealth, RefusedCallback, Reply
from logs.tasks.waking import Waker
from logs.views import hooks
from logs.views.hooks import header, raw_path
from tests.factories.accounts import make_account
from tests.factories.callbacks import KEY, LATER, address, call, make_provider_account, post
from tests.logs.providers.captured import captured

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain", "quiet")]


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has its own memory of whom it refused, and wakes nobody."""
    monkeypatch.setattr(refusals, "_pace", refusals.Pace())
    monkeypatch.setattr(hooks, "waker", Waker(lambda: None))
    return


@pytest.fixture
def by(plain: None) -> ProviderAccount:
    return make_provider_account(make_account())


# ---- genuine


@override_settings(PUBLIC_URL="https://sms.example.org")
def test_a_genuine_callback_is_stored_as_it_came_and_answered_as_its_provider_expects(by: ProviderAccount) -> None:
    response = post(address(by, "dlr") + "?a=%FF&b=c+d", b"\x00\xffbytes")
    assert (response.status_code, response.content, response["Content-Type"]) == (202, b"<ok/>", "application/xml")
    row = Callback.objects.get()
    assert (row.account_id, row.provider_account_id, row.signed) == (by.account_id, by.pk, 1)
    assert (row.method, row.path, bytes(row.query)) == ("POST", "dlr", b"a=%FF&b=c+d")
    assert (bytes(row.body), row.content_type, row.headers) == (b"\x00\xffbytes", "application/json", {"x-key": KEY})


def test_a_password_that_comes_with_a_callback_is_never_stored(by: ProviderAccount) -> None:
    infobip = make_provider_account(
        by.account, "infobip", options={"callback_user": "them"}, secrets={"callback_password": "theirs"}
    )
    password = "Basic " + b64encode(b"them:theirs").decode()
    reply = captured("infobip", "reply").body
    for body in (reply, b"no JSON"):
        assert post(address(infobip, "inbound"), body, authorization=password).status_code == 200
    stored = {"authorization": "(given)", "content-type": "application/json"}
    assert [row.headers for row in Callback.objects.all()] == [stored, stored]
    for _ in range(inbox.TRIES):
        inbox.drain(at=LATER)
    assert Reply.objects.get().body == "QUIZ Correct answer is Paris 🙂"
    row = Callback.objects.get(set_aside_at__isnull=False)
    assert (bytes(row.body), row.headers) == (b"no JSON", stored)


def test_the_address_works_with_and_without_a_slash_and_by_get(by: ProviderAccount) -> None:
    url = address(by)
    for form in (url, f"{url}/", f"{url}/a/b", f"{url}?x=1"):
        assert Client().get(form, headers={"x-key": KEY}).status_code == 202
    assert sorted(Callback.objects.values_list("path", flat=True)) == ["", "", "", "a/b"]


def test_storing_costs_one_query_once_the_door_is_known(by: ProviderAccount) -> None:
    call(by)
    with CaptureQueriesContext(connection) as captured:
        assert call(by).status_code == 202
    assert [query["sql"].split(" (")[0] for query in captured.captured_queries] == ["INSERT INTO inbox"]


def test_a_callback_needs_no_session_and_starts_none(by: ProviderAccount) -> None:
    response = Client(enforce_csrf_checks=True).post(
        address(by), b"[]", content_type="application/json", headers={"x-key": KEY}
    )
    assert response.status_code == 202
    assert not response.cookies


def test_an_adapter_without_an_answer_still_confirms_what_is_stored(by: ProviderAccount) -> None:
    assert call(by, path="speechless").status_code == 200
    assert Callback.objects.count() == 1


def test_a_provider_account_that_sends_no_more_is_still_listened_to() -> None:
    assert call(make_provider_account(make_account(), enabled=False)).status_code == 202


# ---- turned away


def refused() -> RefusedCallback:
    return RefusedCallback.objects.get()


def test_a_forged_callback_is_turned_away_counted_and_kept(by: ProviderAccount) -> None:
    response = call(by, {"status": "delivered"}, path="dlr", key="wrong")
    assert (response.status_code, response.content, Callback.objects.count()) == (403, b"", 0)
    row = refused()
    assert (row.account_id, row.provider_account_id, row.provider) == (by.account_id, by.pk, "plain")
    assert (row.status, row.why, row.remote_address) == (403, "the key does not fit", "127.0.0.1")
    assert "delivered" in row.request
    assert "POST …/dlr" in row.request
    assert by.hook_token not in row.request
    assert ProviderHealth.objects.get(pk=by.pk).refused == 1


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("garbled", "post", 400),
        ("broken", "post", 400),
        ("", "put", 405),
        ("", "delete", 405),
        ("x" * 201, "post", 400),
    ],
)
def test_what_no_provider_sends_is_turned_away(by: ProviderAccount, path: str, method: str, status: int) -> None:
    response = getattr(Client(), method)(address(by, path), headers={"x-key": KEY})
    assert (response.status_code, refused().status, Callback.objects.count()) == (status, status, 0)


@pytest.mark.parametrize("size", [settings.HOOK_MAX_BYTES + 1, 10 * 1024**2])
def test_what_is_too_long_is_turned_away(by: ProviderAccount, size: int) -> None:
    assert post(address(by), b"x" * size).status_code == 413
    assert (refused().status, Callback.objects.count()) == (413, 0)
    assert post(address(by), b"x" * settings.HOOK_MAX_BYTES).status_code == 202


def test_a_body_that_lies_about_its_length_is_cut_off(by: ProviderAccount) -> None:
    for length in ("-5", "abc", "99999999999999999999"):
        response = Client().generic("POST", address(by), b"[]", CONTENT_LENGTH=length, headers={"x-key": KEY})
        assert response.status_code < 500


@pytest.mark.parametrize("wrong", ["token", "zero", "provider", "imported"])
def test_an_address_of_nobody_is_not_there(by: ProviderAccount, wrong: str) -> None:
    if wrong == "imported":
        make_provider_account(by.account, "Some name of an import", hook_token="imported")
    kwargs = {
        "token": {"provider": "plain", "token": "0" * 48},
        "zero": {"provider": "plain", "token": "\0"},
        "provider": {"provider": "twilio", "token": by.hook_token},
        "imported": {"provider": "plain", "token": "imported"},
    }[wrong]
    assert post(reverse("hook", kwargs=kwargs), b"[]").status_code == 404
    assert (refused().status, refused().account_id) == (404, None)


def test_the_first_of_a_minute_are_kept_and_all_are_counted(by: ProviderAccount) -> None:
    for _ in range(refusals.KEPT + 30):
        assert call(by, key="wrong").status_code == 403
    assert RefusedCallback.objects.count() == refusals.KEPT
    refusals.count(refused_at())
    assert ProviderHealth.objects.get(pk=by.pk).refused == refusals.KEPT + 30


def refused_at() -> Any:
    return RefusedCallback.objects.latest("pk").at


def test_a_refused_request_is_cut_short(by: ProviderAccount) -> None:
    post(address(by), b"\x00\xff" * 100_000, key="wrong")
    assert len(refused().request) <= refusals.CUT


def test_old_refusals_are_forgotten(by: ProviderAccount) -> None:
    call(by, key="wrong")
    refusals.forget(before=refused().at)
    assert RefusedCallback.objects.count() == 1
    refusals.forget(before=refused().at.replace(year=2999))
    assert RefusedCallback.objects.count() == 0


def test_secrets_that_cannot_be_read_ask_the_provider_to_come_again(by: ProviderAccount) -> None:
    ProviderAccount.objects.filter(pk=by.pk).update(secrets="sealed with a key that is gone")
    assert call(by).status_code == 503
    assert refused().status == 503


def test_a_new_secret_holds_within_seconds(by: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(by).status_code == 202
    ProviderAccount.objects.filter(pk=by.pk).update(secrets="")
    later = time.monotonic() + hook_doors.SECONDS + 1
    monkeypatch.setattr("logs.hook_doors.time.monotonic", lambda: later)
    assert call(by).status_code == 403


# ---- anything at all


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.binary(max_size=30),
    query=st.binary(max_size=30),
    body=st.binary(max_size=60),
    method=st.sampled_from(["GET", "POST", "POST", "HEAD", "OPTIONS", "PATCH", "BREW"]),
    key=st.sampled_from([KEY, "", "wrong"]),
)
@example(path=b"\x00", query=b"\x00\xff", body=b"", method="POST", key=KEY)
@example(path=b"/\n", query=b"", body=b"", method="GET", key=KEY)
def test_junk_is_never_our_fault(
    by: ProviderAccount, path: bytes, query: bytes, body: bytes, method: str, key: str
) -> None:
    raw = {"PATH_INFO": f"{address(by)}/{path.decode('latin-1')}", "QUERY_STRING": query.decode("latin-1")}
    response = Client().generic(method, "/", body, headers={"x-key": key}, **raw)
    assert response.status_code < 500


@pytest.mark.parametrize("provider", ["simulator", "kannel", "twilio", "vonage", "infobip", "smsmode", "engagelab"])
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["", "dlr", "status", "reply", "receipt", "inbound"]),
    query=st.binary(max_size=40),
    body=st.binary(max_size=60) | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)  # fmt: skip
def test_junk_for_a_real_provider_is_never_our_fault(
    provider: str, path: str, query: bytes, body: bytes, db: None
) -> None:
    by = make_provider_account(make_account(), provider)
    response = Client().generic(
        "POST", address(by, path), body, content_type="application/json", QUERY_STRING=query.decode("latin-1")
    )
    assert response.status_code < 500


# ---- the address as it was called


@pytest.mark.parametrize(
    ("meta", "path"),
    [
        ({"RAW_URI": "/hooks/x/t%6Fk?a=%FF", "PATH_INFO": "/hooks/x/tok"}, "/hooks/x/t%6Fk"),
        ({"REQUEST_URI": "/hooks/x/tok/a%2Fb", "PATH_INFO": "/hooks/x/tok/a/b"}, "/hooks/x/tok/a%2Fb"),
        ({"RAW_URI": "http://elsewhere/hooks", "PATH_INFO": "/hooks/x/tok"}, "/hooks/x/tok"),
        ({"PATH_INFO": "/hooks/x/tok/dlr"}, "/hooks/x/tok/dlr"),
        ({"PATH_INFO": "/hooks/x/tok/a b\xe4"}, "/hooks/x/tok/a%20b%E4"),
        ({"SCRIPT_NAME": "/sms", "PATH_INFO": "/hooks/x/tok"}, "/sms/hooks/x/tok"),
    ],
)
def test_the_path_is_told_as_it_was_called(meta: dict[str, Any], path: str) -> None:
    assert raw_path(meta) == path


def test_headers_are_found_by_their_names() -> None:
    meta = {"CONTENT_TYPE": "text/xml", "HTTP_X_TWILIO_SIGNATURE": "abc"}
    assert header(meta, "content-type") == "text/xml"
    assert header(meta, "x-twilio-signature") == "abc"
    assert header(meta, "x-other") is None


# ---- waking the drain


def test_many_callbacks_wake_the_drain_once_and_a_last_time() -> None:
    woken: list[float] = []
    waker = Waker(lambda: woken.append(time.monotonic()), pause=0.05)
    for _ in range(100):
        waker.wake()
    until = time.monotonic() + 5
    while not woken and time.monotonic() < until:
        time.sleep(0.01)
    assert 1 <= len(woken) <= 2


def test_a_broker_that_is_away_holds_no_callback_up(by: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may_go_on = threading.Event(), threading.Event()

    def hangs_and_fails() -> None:
        asked.set()
        may_go_on.wait(10)
        raise ConnectionError("no broker")

    monkeypatch.setattr(hooks, "waker", Waker(hangs_and_fails, pause=0.01))
    assert call(by).status_code == 202
    assert asked.wait(5)
    assert call(by).status_code == 202, "while the first wake-up still hangs"
    may_go_on.set()
    assert Callback.objects.count() == 2
