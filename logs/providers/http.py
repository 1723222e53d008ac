"""Makes an adapter's HTTP call and tells what became of it: an answer, surely not sent, or perhaps sent.

That last difference decides whether a message may be tried again, so everything that is not surely `NotSent` is
`Lost`. ``call`` may be used by many threads; the connections are pooled for the process. Nothing secret is in what is
told or logged: of the address only the host. Pure of settings and database.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import time
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import TYPE_CHECKING

import httpx

from logs.providers.base import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logs.providers.base import Call

LONGEST_BODY = 1_000_000  # bytes of an answer that are read; the rest is left
_LONGEST_CONNECT = 5.0  # seconds
_CONNECTIONS = 100
# Many servers close a connection after five idle seconds. A request that goes into a connection just being closed is
# lost, and nobody knows whether it arrived: so we close first.
_KEEP_ALIVE = 4.0  # seconds

# Surely before a byte of the request was written: no connection, no place in the pool, no such scheme, an illegal
# header. A proxy's refusal is of the tunnel, before the request.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing reached the provider, for sure. ``why`` in English, for the operator."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived; its answer did not. ``why`` in English, for the operator."""

    why: str


def call(call: Call, *, client: httpx.Client | None = None) -> Answer | NotSent | Lost:
    """Make the call. Redirects are not followed: a 3xx is an answer. An answer longer than LONGEST_BODY is cut."""
    client = client or shared_client()
    try:
        request = client.build_request(
            call.method, call.url, headers=dict(call.headers), content=call.body or None, timeout=_times(call.timeout)
        )
    except (httpx.InvalidURL, ValueError, TypeError):  # UnicodeError is a ValueError
        return NotSent("the address or a header cannot be written as HTTP")
    try:
        return _exchange(client, request, call.timeout)
    except _BEFORE_SENDING as error:
        return NotSent(_why(error, request.url.host))
    except httpx.HTTPError as error:
        return Lost(_why(error, request.url.host))


def _exchange(client: httpx.Client, request: httpx.Request, timeout: float) -> Answer:
    response = client.send(request, stream=True, follow_redirects=False)
    try:
        body = _read(response.iter_bytes(), until=time.monotonic() + timeout)
    finally:
        response.close()
    return Answer(response.status_code, body, dict(response.headers))


def _read(chunks: Iterator[bytes], *, until: float) -> bytes:
    """The first LONGEST_BODY bytes. Raises httpx.ReadTimeout for an answer that drips on for ever."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) >= LONGEST_BODY:
            break
        if time.monotonic() > until:
            raise httpx.ReadTimeout("")
    return bytes(body[:LONGEST_BODY])


def _times(timeout: float) -> httpx.Timeout:
    short = min(timeout, _LONGEST_CONNECT)
    return httpx.Timeout(timeout, connect=short, pool=short)


class _Shared:
    """The process's client and the lock that keeps two threads from making one each."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = Lock()
        self.client: httpx.Client | None = None


_shared = _Shared()
# A forked worker must not speak into its parent's connections, nor wait for a lock that one of its threads held.
os.register_at_fork(after_in_child=_shared.forget)


def shared_client() -> httpx.Client:
    """The process's pool of connections."""
    with _shared.lock:
        if _shared.client is None:
            _shared.client = new_client()
            # Both log addresses or headers, which hold the keys of some providers.
            for name in ("httpx", "httpcore"):
                logging.getLogger(name).setLevel(logging.WARNING)
        return _shared.client


def close_shared_client() -> None:
    """Close its connections; the next call opens new ones."""
    with _shared.lock:
        client, _shared.client = _shared.client, None
    if client is not None:
        client.close()


def new_client(*, verify: ssl.SSLContext | bool = True) -> httpx.Client:
    """A pool that keeps no cookies (accounts share it) and asks for answers that are not packed (so that they have
    the size that they seem to have). A proxy is taken from the environment."""
    return httpx.Client(
        headers={"User-Agent": "smsadmin", "Accept-Encoding": "identity"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        limits=httpx.Limits(
            max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=_KEEP_ALIVE
        ),
        verify=verify,
    )


def _why(error: httpx.HTTPError, host: str) -> str:
    """In our words, since those of the error may quote the request."""
    match error:
        case httpx.PoolTimeout():
            return "too many calls were under way"
        case httpx.ConnectTimeout():
            return f"no connection to {host} in time"
        case httpx.ProxyError():
            return f"the proxy made no connection to {host}"
        case httpx.ConnectError():
            return _why_no_connection(error, host)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return "the address or a header cannot be written as HTTP"
        case httpx.TimeoutException():
            return f"{host} did not answer in time"
        case httpx.RemoteProtocolError():
            return f"{host} closed the connection or did not answer in HTTP"
        case _:
            return f"the connection to {host} broke"


def _why_no_connection(error: BaseException, host: str) -> str:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return f"the name {host} was not found"
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} does not hold: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS connection to {host}"
    return f"no connection to {host}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
