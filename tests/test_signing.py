"""Keys and short signatures that follow from SECRET_KEY."""

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import LazySettings

from smsadmin import signing


def test_a_key_is_hkdf_of_the_secret_under_its_purpose(settings: LazySettings) -> None:
    settings.SECRET_KEY = "s" * 50
    expected = HKDF(SHA256(), 32, None, b"smsadmin hook").derive(b"s" * 50)
    assert signing.derived(b"hook") == expected
    assert signing.derived(b"link") != expected


def test_another_secret_is_another_key(settings: LazySettings) -> None:
    settings.SECRET_KEY = "s" * 50
    before = signing.derived(b"hook")
    settings.SECRET_KEY = "t" * 50
    assert signing.derived(b"hook") != before


@pytest.mark.parametrize("n", [6, 8, 32])
def test_a_signature_holds_for_its_message_and_purpose_only(n: int) -> None:
    made = signing.signature(b"link", b"7", n)
    assert len(made) == n
    assert signing.is_signature(b"link", b"7", made)
    assert not signing.is_signature(b"link", b"8", made)
    assert not signing.is_signature(b"other", b"7", made)
    assert not signing.is_signature(b"link", b"7", bytes([made[0] ^ 1]) + made[1:])
