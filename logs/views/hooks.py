"""Where providers call us back: judge, store, answer, within milliseconds. What is said is read afterwards."""

import logging
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from logs import hook_doors, inbox, refusals
from logs.hook_doors import Door
from logs.providers.base import Forged, Garbled, Incoming, Reply
from logs.tasks import waking
from smsadmin.chunks import comes_in_chunks

logger = logging.getLogger(__name__)
METHODS = ("GET", "POST")
PATH_SAFE = "/-._~!$&'()*+,;=:@"  # RFC 3986: what a path's segments may hold as it is


@csrf_exempt
@login_not_required
def hook(request: HttpRequest, provider: str, token: str, path: str = "") -> HttpResponse:
    """One callback. 404: no such address; 405, 413, 400: not what a provider sends; 403: forged or stale; 503: ours."""
    visit = Visit(request, provider, path or "")
    try:
        visit.door = hook_doors.find(provider, token)
        return visit.answer()
    except DatabaseError:
        logger.exception("a callback could not be stored")
        return HttpResponse(status=503)  # every provider tries again


class Visit:
    """A callback on its way through the door."""

    def __init__(self, request: HttpRequest, provider: str, path: str) -> None:
        self.request, self.provider, self.path = request, provider, path
        self.at = timezone.now()
        self.door: Door | None = None
        self.body = b""

    def answer(self) -> HttpResponse:
        door = self.door
        if door is None:
            return self.refused(404, "no provider account has this address")
        if self.request.method not in METHODS:
            return self.refused(405, "a callback is GET or POST")
        if (body := read_body(self.request, settings.HOOK_MAX_BYTES)) is None:
            return self.refused(413, f"longer than {settings.HOOK_MAX_BYTES} bytes")
        self.body = body
        if len(self.path) > inbox.LONGEST_PATH or not self.path.isprintable():
            return self.refused(400, "the address is none of ours")
        if door.contract is None:
            return self.refused(503, "the secrets of this provider account must be entered again")
        return self.judged(door, incoming_of(self.request, self.path, body, door))

    def judged(self, door: Door, incoming: Incoming) -> HttpResponse:
        assert door.contract is not None
        try:
            verdict = door.adapter.verify(incoming, door.contract, self.at)
        except Garbled as garbled:
            return self.refused(400, str(garbled))
        except Exception as error:
            logger.exception("the adapter of %s could not judge a callback", door.adapter.name)
            return self.refused(400, f"it could not be judged: {type(error).__name__}")
        if isinstance(verdict, Forged):
            return self.refused(403, verdict.why)
        content_type = self.request.META.get("CONTENT_TYPE") or ""
        inbox.accept(door=door, incoming=incoming, content_type=content_type, signed=verdict.signed, at=self.at)
        waker.wake()
        return replied(door, incoming)

    def refused(self, status: int, why: str) -> HttpResponse:
        meta = self.request.META
        query = meta.get("QUERY_STRING", "")
        # Without the token, which opens the door.
        line = f"{self.request.method} …/{self.path}{'?' + query if query else ''}"
        content_type = meta.get("CONTENT_TYPE") or ""
        refusals.refuse(
            status=status,
            why=why,
            provider=self.provider,
            account_id=self.door.account_id if self.door else None,
            provider_account_id=self.door.provider_account_id if self.door else None,
            request=f"{line}\n{content_type}\n\n".encode("utf-8", "replace") + self.body[: refusals.CUT],
            remote_address=remote_address(self.request),
            at=self.at,
        )
        headers = {"Allow": ", ".join(METHODS)} if status == 405 else {}
        return HttpResponse(status=status, headers=headers)


def replied(door: Door, incoming: Incoming) -> HttpResponse:
    """What this provider wants to hear. It is stored already: nothing that goes wrong here may make it come again."""
    try:
        reply = door.adapter.reply(incoming)
    except Exception:
        logger.exception("the adapter of %s has no answer", door.adapter.name)
        reply = Reply()
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def incoming_of(request: HttpRequest, path: str, body: bytes, door: Door) -> Incoming:
    meta = request.META
    # WSGI hands bytes over as Latin-1 (PEP 3333).
    query = meta.get("QUERY_STRING", "")
    url = settings.PUBLIC_URL + raw_path(meta) + (f"?{query}" if query else "")
    named = {name: header(meta, name) for name in door.adapter.headers}
    return Incoming(
        method=request.method or "",
        url=url,
        path=path,
        query=query.encode("latin-1", "replace"),
        headers={name: value for name, value in named.items() if value is not None},
        body=body,
    )


def raw_path(meta: dict[str, Any]) -> str:
    """The path as it was called. Where the server does not tell, it is encoded anew, which for the addresses that we
    give out is the same."""
    for name in ("RAW_URI", "REQUEST_URI"):
        if str(meta.get(name) or "").startswith("/"):
            return str(meta[name]).partition("?")[0]
    return quote(f"{meta.get('SCRIPT_NAME', '')}{meta.get('PATH_INFO', '')}".encode("latin-1", "replace"), PATH_SAFE)


def header(meta: dict[str, Any], name: str) -> str | None:
    key = name.upper().replace("-", "_")
    value = meta.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
    return value if isinstance(value, str) else None


def read_body(request: HttpRequest, most: int) -> bytes | None:
    """None where it is longer, without reading all of it."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > most:
        return None
    body: bytes = (request.META["wsgi.input"] if comes_in_chunks(request) else request).read(most + 1)
    return body if len(body) <= most else None


def remote_address(request: HttpRequest) -> str:
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return str(forwarded[-proxies])
    return str(request.META.get("REMOTE_ADDR") or "")


waker = waking.drain
