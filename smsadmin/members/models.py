from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace, Right
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account
from smsadmin.members import by_phone
from smsadmin.members.by_phone import SUFFIX
from smsadmin.phones import PhoneSearch

# What the words of a search are looked for in. "H-20418" is found by "20418" too, and "maya@post.example" by "post".
SEARCHED = ("name", Replace("external_id", Value("-"), Value(" ")), Replace("email", Value("@"), Value(" ")))
WORDS = SearchVector(*SEARCHED, config="simple")
# The same, but no expression that an index holds: where very many match, walking the list finds a page sooner.
WORDS_BY_WALKING = SearchVector(*SEARCHED, Value(""), config="simple")


class MemberQuerySet(models.QuerySet["Member"]):
    def of(self, account: Account) -> MemberQuerySet:
        return self.filter(account=account)

    def matching_phone(self, search: PhoneSearch) -> MemberQuerySet:
        return by_phone.matching(self, search)

    def with_words(self, tsquery: str) -> MemberQuerySet:
        """Name, external id or e-mail hold these words; ``tsquery`` is in PostgreSQL's own form."""
        return self.annotate(words=WORDS).filter(words=SearchQuery(tsquery, search_type="raw", config="simple"))

    def with_common_words(self, tsquery: str) -> MemberQuerySet:
        """The same rows, found by walking the list."""
        query = SearchQuery(tsquery, search_type="raw", config="simple")
        return self.annotate(words=WORDS_BY_WALKING).filter(words=query)


class Member(models.Model):
    """A person that an account texts. Consent and blocks belong to the phone number, not to the member."""

    class NumberValidity(models.IntegerChoices):
        """How far the number can be trusted; the values of logs.statuses.Validity."""

        VALID = 1, _("Valid")
        SUSPECT = 2, _("Suspect")
        INVALID = 3, _("Invalid")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    external_id = models.CharField(_("external id"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, db_collation="C")  # E.164, or ''
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)  # BCP 47
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))
    app_client_id = models.CharField(_("temporary identification code"), max_length=100, blank=True)
    number_validity = models.SmallIntegerField(
        _("number"), choices=NumberValidity.choices, default=NumberValidity.VALID
    )
    created_at = models.DateTimeField(_("member since"), default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"],
                condition=~Q(external_id=""),
                name="member_external_id_unique_in_account",
            ),
            models.CheckConstraint(condition=Q(phone__regex=r"^(\+[1-9][0-9]{6,14})?$"), name="member_phone_is_e164"),
            models.CheckConstraint(condition=Q(number_validity__in=[1, 2, 3]), name="member_number_validity_is_known"),
        ]
        indexes = [
            # Every look-up by number (imports, replies, the look-up box); the filter "phone": exact, prefix.
            models.Index(fields=["account", "phone", "id"], name="member_by_phone"),
            # The member list, newest first.
            models.Index(fields=["account", "id"], name="member_list"),
            models.Index(fields=["account", "name", "id"], name="member_by_name"),
            # The member list's filters: "phone" *4711; "number" (nearly everybody is valid, which the
            # list index serves);
            # "tag"; words.
            models.Index("account", Right("phone", SUFFIX), "id", name="member_by_suffix"),
            models.Index(
                fields=["account", "number_validity", "id"], condition=~Q(number_validity=1), name="member_by_validity"
            ),
            GinIndex(fields=["tags"], name="member_by_tag"),
            GinIndex(WORDS, name="member_by_words"),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.external_id or str(self.pk)
