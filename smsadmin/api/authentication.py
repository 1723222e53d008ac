"""Who calls: ``Authorization: Bearer sms_…``, the key of an SMS_USER."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from smsadmin.accounts import sms_users
from smsadmin.accounts.models import Account, SmsUser

SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """What stands as ``request.user`` in the API: an SMS_USER, and through it one account."""

    sms_user: SmsUser
    is_authenticated: bool = True

    @property
    def account(self) -> Account:
        return self.sms_user.account


class SmsUserKey(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Caller, SmsUser] | None:
        """None where no key was given: the answer is 401 all the same. A wrong key, one that was taken away, and the
        key of an SMS_USER that may not submit are told alike."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        sms_user = sms_users.of_key(key.strip())
        if sms_user is None:
            raise AuthenticationFailed(_("This key opens nothing: it is wrong, or it was taken away."))
        return Caller(sms_user), sms_user

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="smsadmin"'
