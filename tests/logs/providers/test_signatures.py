"""The known signatures of Twilio and Vonage hold, and none does with one byte changed anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.providers.base import Contract, Forged, Genuine, Incoming
from logs.providers.twilio.adapter import ADAPTER as TWILIO
from logs.providers.vonage import signature
from logs.providers.vonage.adapter import ADAPTER as VONAGE

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "spec" / "signature_vectors.json").read_bytes())
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
GENUINE = Genuine(signed=True)
TWILIO_FORMS = ("twilio_form_sha1", "twilio_form_sha256")
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")


def contract(**secrets: str) -> Contract:
    options = {
        name: secrets.pop(name) for name in ("signature", "signature_method", "signature_age") if name in secrets
    }
    return Contract(options, secrets, "https://sms.example.test", b"ours")


def changes(text: str) -> Iterator[str]:
    """The text with each of its characters changed."""
    for at, character in enumerate(text):
        yield text[:at] + ("x" if character != "x" else "y") + text[at + 1 :]


# ---- Twilio


def twilio_contract(name: str, secret: str) -> Contract:
    if name.endswith("sha256"):
        return contract(signature="sha256", auth_token="another", webhook_key=secret)
    return contract(auth_token=secret)


def twilio_incoming(vector: dict[str, Any], **changed: Any) -> Incoming:
    vector = vector | changed
    headers = {"x-twilio-signature": vector["signature"]}
    if "raw_body" in vector:
        headers["content-type"], body = "application/json", vector["raw_body"].encode()
    else:
        headers["content-type"], body = FORM["content-type"], urlencode(vector["params"]).encode()
    return Incoming("POST", vector["url"], "status", urlsplit(vector["url"]).query.encode(), headers, body)


@pytest.mark.parametrize("name", [*TWILIO_FORMS, "twilio_json_sha1"])
def test_twilios_vectors_hold(name: str) -> None:
    vector = VECTORS[name]
    assert TWILIO.verify(twilio_incoming(vector), twilio_contract(name, vector["secret"]), NOW) == GENUINE


@pytest.mark.parametrize("name", [*TWILIO_FORMS, "twilio_json_sha1"])
def test_twilios_vectors_fail_with_one_character_changed(name: str) -> None:
    vector = VECTORS[name]
    right = twilio_contract(name, vector["secret"])
    forged = [
        TWILIO.verify(twilio_incoming(vector), twilio_contract(name, one), NOW) for one in changes(vector["secret"])
    ]
    for part in ("url", "signature", "raw_body"):
        forged += [
            TWILIO.verify(twilio_incoming(vector, **{part: one}), right, NOW) for one in changes(vector.get(part, ""))
        ]
    for changed in changed_params(vector.get("params", {})):
        forged.append(TWILIO.verify(twilio_incoming(vector, params=changed), right, NOW))
    assert len(forged) > 100
    assert all(isinstance(one, Forged) for one in forged)


def changed_params(params: dict[str, str]) -> Iterator[dict[str, str]]:
    for name, value in params.items():
        yield from (params | {name: changed} for changed in changes(value))
        yield {other: params[other] for other in params if other != name}
        yield {(name + "x" if other == name else other): params[other] for other in params}
    if params:
        yield params | {"ErrorCode": "30003"}


def test_twilios_order_of_fields_does_not_matter_and_a_repeated_field_counts_once() -> None:
    vector = VECTORS["twilio_form_sha1"]
    genuine = twilio_incoming(vector)
    turned = b"&".join(reversed(genuine.body.split(b"&")))
    for body in (turned, genuine.body + b"&MessageStatus=delivered"):
        assert TWILIO.verify(replace(genuine, body=body), contract(auth_token=vector["secret"]), NOW) == GENUINE


@pytest.mark.parametrize("port", [":443", ""])
def test_the_port_that_goes_without_saying_does_not_matter(port: str) -> None:
    vector = VECTORS["twilio_form_sha1"]
    url = vector["url"].replace("sms.example.test", f"sms.example.test{port}")
    right = contract(auth_token=vector["secret"])
    assert TWILIO.verify(replace(twilio_incoming(vector), url=url), right, NOW) == GENUINE
    other = vector["url"].replace("sms.example.test", "sms.example.test:444")
    assert isinstance(TWILIO.verify(replace(twilio_incoming(vector), url=other), right, NOW), Forged)


def test_an_account_set_up_for_sha_256_is_not_talked_down_to_sha_1() -> None:
    vector = VECTORS["twilio_form_sha1"]
    both = contract(signature="sha256", auth_token=vector["secret"], webhook_key=vector["secret"])
    genuine = twilio_incoming(vector)
    for algorithm in ("", "key=k,algorithm=HMAC_SHA1"):
        headers = {**genuine.headers, "x-twilio-webhooks-signature-settings": algorithm}
        assert isinstance(TWILIO.verify(replace(genuine, headers=headers), both, NOW), Forged)


def test_a_json_body_must_be_the_one_that_the_address_has_the_hash_of() -> None:
    vector = VECTORS["twilio_json_sha1"]
    genuine, right = twilio_incoming(vector), contract(auth_token=vector["secret"])
    assert isinstance(TWILIO.verify(replace(genuine, body=b'{"a":2}'), right, NOW), Forged)
    assert isinstance(TWILIO.verify(replace(genuine, query=b""), right, NOW), Forged)


@pytest.mark.parametrize("secrets", [{}, {"signature": "sha256", "auth_token": "12345"}])
def test_without_a_key_nothing_of_twilio_is_genuine(secrets: dict[str, str]) -> None:
    assert isinstance(TWILIO.verify(twilio_incoming(VECTORS["twilio_form_sha1"]), contract(**secrets), NOW), Forged)


def test_what_twilio_has_not_signed_is_forged() -> None:
    genuine = twilio_incoming(VECTORS["twilio_form_sha1"])
    assert TWILIO.verify(replace(genuine, headers=FORM), contract(auth_token="12345"), NOW) == Forged("not signed")


# ---- Vonage

PARAMS = VECTORS["vonage_sms"]["params"]
SIGNED_AT = datetime.fromtimestamp(int(PARAMS["timestamp"]), UTC)
NOW = SIGNED_AT + timedelta(minutes=1)
SECRET = VECTORS["vonage_sms"]["secret"]


def known(method: str) -> str:
    vector = VECTORS["vonage_sms"]
    return vector["md5hash"] if method == "md5hash" else vector["hmac"][method]


def by_get(fields: dict[str, str]) -> Incoming:
    return Incoming("GET", "https://sms.example.test/", "status", urlencode(fields).encode())


def by_form(fields: dict[str, str]) -> Incoming:
    return Incoming("POST", "https://sms.example.test/", "status", b"", FORM, urlencode(fields).encode())


def by_json(fields: dict[str, str]) -> Incoming:
    headers = {"content-type": "application/json"}
    return Incoming("POST", "https://sms.example.test/", "status", b"", headers, json.dumps(fields).encode())


WAYS = (by_get, by_form, by_json)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("way", WAYS)
def test_vonages_vectors_hold_however_they_come(method: str, way: Any) -> None:
    right = contract(signature_secret=SECRET, signature_method=method)
    for sig in (known(method), known(method).upper()):
        assert VONAGE.verify(way(PARAMS | {"sig": sig}), right, NOW) == GENUINE


@pytest.mark.parametrize("method", METHODS)
def test_vonages_vectors_fail_with_one_character_changed(method: str) -> None:
    fields = PARAMS | {"sig": known(method)}
    right = contract(signature_secret=SECRET, signature_method=method)
    forged = [
        VONAGE.verify(by_get(fields), contract(signature_secret=one, signature_method=method), NOW)
        for one in changes(SECRET)
    ]
    # & and = in a value count as _.
    wrong = [one for one in changed_params(fields) if harmless(one) != harmless(fields)]
    forged += [VONAGE.verify(by_get(one), right, NOW) for one in wrong]
    assert len(forged) > 100
    assert all(isinstance(one, Forged) for one in forged)


def harmless(fields: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("&", "_").replace("=", "_") for name, value in fields.items()}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("other", METHODS)
def test_the_method_is_the_accounts_and_not_the_requests(method: str, other: str) -> None:
    verdict = VONAGE.verify(
        by_get(PARAMS | {"sig": known(other), "sig-method": other, "algorithm": other}),
        contract(signature_secret=SECRET, signature_method=method),
        NOW,
    )
    assert isinstance(verdict, Forged)
    verdict = VONAGE.verify(
        by_get(PARAMS | {"sig": known(other)}), contract(signature_secret=SECRET, signature_method=method), NOW
    )
    assert (verdict == GENUINE) is (method == other)


def test_a_method_that_vonage_does_not_have_is_none() -> None:
    fields = by_get(PARAMS | {"sig": known("md5")})
    assert isinstance(VONAGE.verify(fields, contract(signature_secret=SECRET, signature_method="md4"), NOW), Forged)
    with pytest.raises(ValueError, match="none of"):
        signature.sign(PARAMS, SECRET, "none")


@pytest.mark.parametrize(
    ("after", "age", "genuine"),
    [
        (timedelta(minutes=15), "", True),
        (timedelta(minutes=15, seconds=1), "", False),
        (timedelta(minutes=-15), "", True),
        (timedelta(minutes=-15, seconds=-1), "", False),
        (timedelta(hours=24), "1440", True),
        (timedelta(hours=24), "a day", False),
    ],
)
def test_a_signature_of_vonage_gets_old(after: timedelta, age: str, genuine: bool) -> None:
    right = contract(signature_secret=SECRET, signature_method="sha256", signature_age=age)
    verdict = VONAGE.verify(by_get(PARAMS | {"sig": known("sha256")}), right, SIGNED_AT + after)
    assert (verdict == GENUINE) is genuine


@pytest.mark.parametrize("timestamp", [None, "", "soon", "-1", "1e999"])
def test_a_signature_of_vonage_without_a_time_is_none(timestamp: str | None) -> None:
    fields = {name: value for name, value in PARAMS.items() if name != "timestamp"}
    if timestamp is not None:
        fields["timestamp"] = timestamp
    fields["sig"] = signature.sign(fields, SECRET, "sha256")
    right = contract(signature_secret=SECRET, signature_method="sha256")
    assert VONAGE.verify(by_get(fields), right, NOW) == Forged("signed too long ago, or the clocks differ")


def test_once_a_secret_is_stored_nothing_unsigned_of_vonage_is_genuine() -> None:
    right = contract(signature_secret=SECRET)
    for way in WAYS:
        assert VONAGE.verify(way(PARAMS), right, NOW) == Forged("not signed")
        assert VONAGE.verify(way(PARAMS), contract(), NOW) == Genuine(signed=False)


def test_vonage_trying_out_an_address_says_nothing_and_is_let_in() -> None:
    for incoming in (Incoming("GET", "https://sms.example.test/"), Incoming("POST", "https://sms.example.test/")):
        assert VONAGE.verify(incoming, contract(signature_secret=SECRET), NOW) == Genuine(signed=False)
        assert VONAGE.read(incoming, contract(signature_secret=SECRET)) == ()


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5), st.text(), st.sampled_from(METHODS))
def test_any_fields_can_be_signed(fields: dict[str, str], secret: str, method: str) -> None:
    told = signature.sign(fields, secret, method)
    assert told == signature.sign(fields | {"sig": "whatever"}, secret, method)
    assert signature.holds(fields | {"sig": told}, secret, method)


def test_the_vector_says_what_is_signed() -> None:
    message = "".join(f"&{name}={value}" for name, value in sorted(harmless(PARAMS).items()))
    assert message == VECTORS["vonage_sms"]["string_to_sign"]
    assert dict(parse_qsl(urlencode(PARAMS))) == PARAMS
