"""Adding SMS_USERs, letting them submit or not, and taking their keys away. Keys are made in
smsadmin.accounts.sms_users."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, SmsUser, User


class NameTaken(ValueError):
    """Another SMS_USER of the account has the name."""


@transaction.atomic
def add(*, account: Account, name: str, by: User | None, at: datetime) -> SmsUser:
    """Without a key: it cannot submit yet. Raises NameTaken."""
    try:
        with transaction.atomic():
            made = SmsUser.objects.create(account=account, name=name, created_at=at)
    except IntegrityError:
        raise NameTaken(_("Another SMS_USER is called that.")) from None
    write_line(made, "created", by, at)
    return made


@transaction.atomic
def switch(*, sms_user: SmsUser, enabled: bool, by: User | None, at: datetime) -> None:
    """Whether it may submit. Its key stays."""
    if of(sms_user).filter(enabled=not enabled).update(enabled=enabled):
        write_line(sms_user, "enabled" if enabled else "disabled", by, at)


@transaction.atomic
def revoke_key(*, sms_user: SmsUser, by: User | None, at: datetime) -> None:
    """Whoever has the key cannot use it any more."""
    if of(sms_user).exclude(key_digest="").update(key_digest="", key_hint="", key_made_at=None):
        write_line(sms_user, "key_revoked", by, at, hint=sms_user.key_hint)


def of(sms_user: SmsUser) -> Any:
    return SmsUser.objects.filter(account_id=sms_user.account_id, pk=sms_user.pk)


def write_line(sms_user: SmsUser, what: str, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(
        account=sms_user.account,
        by=by,
        at=at,
        verb=f"sms_user.{what}",
        object_type="sms_user",
        object_id=sms_user.pk,
        **{"name": sms_user.name, **facts},
    )
