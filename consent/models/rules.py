from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class ConsentRules(models.Model):
    """How an account treats consent. An account without a row has the defaults."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE)
    stop_is_for_all = models.BooleanField(_("STOP holds for operational messages too"), default=True)
    confirm_stop = models.BooleanField(_("confirm STOP by one SMS"), default=True)
    confirm_start = models.BooleanField(_("confirm START by one SMS"), default=True)
    desk_days = models.PositiveSmallIntegerField(
        _("business days to decide"), default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    holidays = models.CharField(_("public holidays of"), max_length=8, blank=True)  # GB, DE-BY; '': of the account
    reminder_days = models.PositiveSmallIntegerField(
        _("days between two reminders"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    request_by_sms = models.BooleanField(_("consent may be asked for by SMS"), default=False)
    sender_name = models.CharField(_("name that people know"), max_length=100, blank=True)  # '': the account's
    short_code = models.CharField(_("number to text to"), max_length=20, blank=True)
    language = models.CharField(_("language of people without one"), max_length=16, default="en")

    class Meta:
        verbose_name = _("consent rules")
        verbose_name_plural = _("consent rules")


class KeywordSet(models.Model):
    """The words of one family in one language, where an account has its own instead of the shipped ones."""

    class Family(models.TextChoices):
        STOP = "stop", _("Stop")
        START = "start", _("Start")
        HELP = "help", _("Help")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    language = models.CharField(_("language"), max_length=16)
    family = models.CharField(_("family"), max_length=8, choices=Family.choices)
    words = ArrayField(models.CharField(max_length=50), verbose_name=_("words"))

    class Meta:
        verbose_name = _("keywords")
        verbose_name_plural = _("keywords")
        constraints = [
            models.UniqueConstraint(fields=["account", "language", "family"], name="keywords_once_a_language"),
            models.CheckConstraint(
                condition=models.Q(family__in=["stop", "start", "help"]), name="keywords_family_is_known"
            ),
        ]


class ConsentText(models.Model):
    """A text that an account says in its own words, in one language, instead of the shipped one."""

    class Kind(models.TextChoices):
        STOPPED = "stopped", _("SMS that confirms STOP")
        STARTED = "started", _("SMS that confirms START")
        HELP = "help", _("SMS that answers HELP")
        REQUEST = "request", _("SMS that asks for consent")
        EMAIL_SUBJECT = "email_subject", _("subject of the reminder")
        EMAIL_BODY = "email_body", _("text of the reminder")
        FLYER_TITLE = "flyer_title", _("title of the flyer")
        FLYER_BODY = "flyer_body", _("text of the flyer")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    language = models.CharField(_("language"), max_length=16)
    kind = models.CharField(_("what"), max_length=16, choices=Kind.choices)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [
            models.UniqueConstraint(fields=["account", "language", "kind"], name="consent_text_once_a_language"),
        ]
