"""Turns the account of an address into an object, asks whether the person may, and shows times in the account's
zone."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from smsadmin.accounts import access


class AccountMiddleware:
    """Views under ``/<account>/…`` receive the Account itself as ``account``, and the request carries ``account``
    and ``access``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: Any, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if "account" not in kwargs or not request.user.is_authenticated:
            return  # LoginRequiredMiddleware has already turned strangers away
        request.account, request.access = access.enter(request.user, kwargs["account"])
        kwargs["account"] = request.account
        timezone.activate(request.account.zone)
        if getattr(view, "permission", None) not in request.access:
            raise PermissionDenied
