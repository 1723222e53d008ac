"""What every endpoint of the API begins with."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.views import APIView

from smsadmin.chunks import comes_in_chunks


class Endpoint(APIView):
    """Reads bodies that come in chunks too, as many HTTP libraries send them."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if comes_in_chunks(request):
            # Any length but none: the framework only asks whether there is a body, and the parser has its own bound.
            request.META["CONTENT_LENGTH"] = "1"
            request._stream = request.META["wsgi.input"]
        return super().initialize_request(request, *args, **kwargs)
