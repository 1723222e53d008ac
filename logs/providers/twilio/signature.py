"""Twilio's signature: over the whole address and the sorted fields of a form, or the address that holds a body's hash.

Source: package twilio 9.13.0, request_validator.py; tests/spec/signature_vectors.json.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlsplit

from logs.providers.base import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logs.providers.base import Incoming

HEADER = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def holds(incoming: Incoming, secret: str, algorithm: str) -> bool:
    """``algorithm``: sha1 or sha256, as the account is set up and not as the request says."""
    given = incoming.headers.get(HEADER, "")
    if is_json(incoming) and not _body_hash_holds(incoming):
        return False
    fields = _form(incoming)
    # All are compared, so that the time does not tell which of the addresses it was.
    matches = [same(_sign(secret, url + fields, algorithm), given) for url in _spellings(incoming.url)]
    return any(matches)


def is_json(incoming: Incoming) -> bool:
    return "json" in incoming.headers.get("content-type", "").casefold()


def _sign(secret: str, message: str, algorithm: str) -> str:
    digest = hmac.new(secret.encode(), message.encode("utf-8", "replace"), algorithm).digest()
    return base64.b64encode(digest).decode()


def _form(incoming: Incoming) -> str:
    """Name and value of every field, sorted, without anything between; the same pair counts once."""
    if incoming.method != "POST" or is_json(incoming):
        return ""
    pairs = parse_qsl(incoming.body.decode("utf-8", "replace"), keep_blank_values=True)
    return "".join(name + value for name, value in sorted(set(pairs)))


def _body_hash_holds(incoming: Incoming) -> bool:
    told = parse_qs(incoming.query.decode("utf-8", "replace")).get("bodySHA256", [""])
    return same(hashlib.sha256(incoming.body).hexdigest(), told[0].casefold())


def _spellings(url: str) -> Iterator[str]:
    """The address with and without the port that goes without saying: Twilio has signed both."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    port = _DEFAULT_PORTS.get(parts.scheme)
    start, colon, end = parts.netloc.rpartition(":")
    if colon and end == str(port):
        yield parts._replace(netloc=start).geturl()
    elif port and not (colon and end.isdigit()):
        yield parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
