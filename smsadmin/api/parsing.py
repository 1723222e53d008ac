"""JSON of a bounded size. What cannot be read is 400, what is too much 413; nothing makes the server fall over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 8 * 1024**2  # of a thousand messages


class TooLarge(APIException):
    """Here and not with the other errors: those need the framework's views, which need this module's parser."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class BoundedJSONParser(BaseParser):
    """Not the framework's own: that one takes the whole body into memory before it asks anybody."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        is_too_large = said_length(parser_context) > MOST_BYTES
        body = b"" if is_too_large else stream.read(MOST_BYTES + 1)
        if is_too_large or len(body) > MOST_BYTES:
            raise TooLarge(_("The request is larger than %(n)d MB.") % {"n": MOST_BYTES // 1024**2})
        try:
            return json.loads(body.decode("utf-8-sig"), parse_constant=refuse)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("This is not JSON: %(why)s") % {"why": error}) from None


def said_length(context: Mapping[str, Any] | None) -> int:
    """What the request says of its length: too much is not even read. 0 where it says nothing."""
    length = context["request"].META.get("CONTENT_LENGTH") if context else None
    return int(length) if length and str(length).isdecimal() else 0


def refuse(constant: str) -> None:
    """NaN and Infinity, which JSON does not have."""
    raise ValueError(constant)
