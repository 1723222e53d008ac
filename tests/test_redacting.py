"""What stays out of the log: the secrets in the addresses that Django writes down."""

import logging

import pytest
from django.conf import settings
from django.test import Client

from smsadmin.redacting import WithoutSecrets

TOKEN = "5ec2e7" * 8


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (("Not Found: %s", f"/hooks/kannel/{TOKEN}/reply"), "Not Found: /hooks/kannel/…/reply"),
        (("Forbidden: %s", f"/hooks/vonage/{TOKEN}"), "Forbidden: /hooks/vonage/…"),
        ((f"asked for https://sms.example.org/hooks/infobip/{TOKEN}?a=1, twice",),
         "asked for https://sms.example.org/hooks/infobip/…?a=1, twice"),
        (("%s of %s callbacks", 1, 2), "1 of 2 callbacks"),
        (("100 %",), "100 %"),
    ],
)  # fmt: skip
def test_tokens_of_callback_addresses_are_taken_out(said: tuple[object, ...], kept: str) -> None:
    record = logging.LogRecord("any", logging.WARNING, __file__, 1, said[0], said[1:], None)
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == kept


@pytest.mark.django_db
def test_a_refused_callback_leaves_no_token_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler()
    for name in settings.LOGGING["handlers"]["stderr"]["filters"]:
        assert settings.LOGGING["filters"][name]["()"] == "smsadmin.redacting.WithoutSecrets"
        handler.addFilter(WithoutSecrets())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert Client().get(f"/hooks/kannel/{TOKEN}").status_code == 404
    finally:
        logger.removeHandler(handler)
    told = capfd.readouterr().err
    assert "/hooks/kannel/…" in told
    assert TOKEN not in told
