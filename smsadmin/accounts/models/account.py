from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Words that stand at the first place of an address and so can never be an account.
RESERVED_SLUGS = frozenset(
    {"admin", "api", "healthz", "help", "hooks", "operator", "sign-in", "sign-out", "password", "static", "me"}
)


def validate_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is a word of the installation's own addresses."), params={"slug": slug})


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("No time zone is called “%(name)s”: write one like Europe/Paris."), params={"name": name}
        )


class AccountQuerySet(models.QuerySet["Account"]):
    def open_to(self, user: Any) -> AccountQuerySet:
        """The accounts that this person may open: all for an operator, else where they hold a role."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(membership__user=user)


class Account(models.Model):
    """A tenant: one business whose people, members and messages are seen by nobody else."""

    slug = models.SlugField(
        _("address"), unique=True, max_length=40, validators=[validate_slug, RegexValidator(r"^[a-z0-9][a-z0-9-]*$")]
    )
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    country = models.CharField(
        _("default country"),
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, like GB."))],
        help_text=_("The country of phone numbers that are written without a calling code."),
    )
    # A key of logs.vocabularies; the settings form, which lives above, offers the choices.
    vocabulary = models.CharField(_("vocabulary"), max_length=32, default="smsadmin")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9][a-z0-9-]*$"), name="account_slug_is_an_address"
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^([A-Z]{2})?$"), name="account_country_is_iso_3166"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)
