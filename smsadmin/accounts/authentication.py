"""Sign-in by e-mail, over django-allauth: nobody signs up by themselves, and demo sign-ins end where the trial ends."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from smsadmin.accounts.demo import PASSWORD, is_demo_address


class EmailBackend(AuthenticationBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        names = (credentials.get("email"), credentials.get("username"))
        if not settings.DEBUG and (credentials.get("password") == PASSWORD or any(map(is_demo_address, names))):
            return None
        return super().authenticate(request, **credentials)


class ClosedSignUp(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
