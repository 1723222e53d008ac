"""Every error of the API has one shape, ``{"error": {"field": "to", "reason": "…"}}``; '' is the whole request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

SENTENCES = {
    exceptions.NotAuthenticated: _("Send the key of an SMS_USER: Authorization: Bearer sms_…"),
    exceptions.UnsupportedMediaType: _("Send JSON: Content-Type: application/json."),
}


def error(field: str, reason: str) -> dict[str, Any]:
    return {"error": {"field": writable(field), "reason": writable(reason)}}


def writable(text: str) -> str:
    """With "?" for halves of characters, which JSON can spell in a name and an answer in UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def answer(raised: Exception, context: Mapping[str, Any]) -> Response | None:
    """What the framework answers to this exception, in our shape; None for what is a fault of ours."""
    response = exception_handler(raised, dict(context))
    if response is None:
        return None
    if isinstance(raised, Http404):
        raised = exceptions.NotFound(_("There is no such message."))
    reason = SENTENCES.get(type(raised)) or first_of(getattr(raised, "detail", ""))[1]
    response.data = error("", str(reason))
    return response


def first_of(detail: Any, path: str = "") -> tuple[str, str]:
    """The first field that the framework complains of, dotted where it is nested, and its sentence."""
    if isinstance(detail, Mapping):
        name, inner = next(iter(detail.items()))
        own = "" if name == "non_field_errors" else str(name)
        return first_of(inner, f"{path}.{own}" if path and own else own or path)
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        return first_of(next(iter(detail), ""), path)
    return path, str(detail)
