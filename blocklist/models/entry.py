from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Right
from django.utils.translation import gettext_lazy as _

from blocklist import policy
from blocklist.policy import Scope
from smsadmin.accounts.models import Account
from smsadmin.members import by_phone
from smsadmin.members.by_phone import SUFFIX
from smsadmin.members.models import Member
from smsadmin.phones import PhoneSearch

MARKETING = 1  # logs.models.Kind, consent.vocabulary.Purpose
E164 = r"^\+[1-9][0-9]{6,14}$"
STOPS = Q(expires_at=None) | Q(expires_at__gt=F("intercepted_at"))  # what is not only counted (0 s)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
HOLDS_UNTIL = Coalesce("expires_at", Value(NEVER, models.DateTimeField()))  # one range, whether it ends or not


class BlockEntryQuerySet(models.QuerySet["BlockEntry"]):
    def own(self, account: Account) -> BlockEntryQuerySet:
        """What this account's messages and people caused, for itself or for all."""
        return self.filter(source_account_id=account.pk)

    def of_others(self, account: Account) -> BlockEntryQuerySet:
        """Global entries that others caused, on numbers of this account's members."""
        touched = Member.objects.filter(account=account, phone=models.OuterRef("phone"))
        others = Q(source_account_id=None) | ~Q(source_account_id=account.pk)
        return self.filter(others, models.Exists(touched), account=None)

    def visible_to(self, account: Account) -> BlockEntryQuerySet:
        """All that an account's people may know of (E5). For few rows: the list asks for each part by itself."""
        touched = Member.objects.filter(account=account, phone=models.OuterRef("phone"))
        return self.filter(Q(source_account_id=account.pk) | Q(models.Exists(touched), account=None))

    def stopping(self) -> BlockEntryQuerySet:
        """Without those that only count."""
        return self.filter(STOPS)

    def holding(self, at: datetime) -> BlockEntryQuerySet:
        return self.alias(holds_until=HOLDS_UNTIL).filter(ended_at=None, holds_until__gt=at)

    def over(self, at: datetime) -> BlockEntryQuerySet:
        """Expired, or replaced by another; not lifted."""
        return self.filter(Q(expires_at__lte=at) | Q(ended_at__isnull=False), lifted_at=None)

    def lifted(self) -> BlockEntryQuerySet:
        return self.filter(lifted_at__isnull=False)

    def to_phone(self, search: PhoneSearch) -> BlockEntryQuerySet:
        return by_phone.matching(self, search)


class BlockEntry(models.Model):
    """One number that rests for a while, or is only counted (0 s): from ``intercepted_at`` on, no longer from
    ``expires_at`` on.

    An entry is open until a person lifts it or another takes its place; an open one holds or has expired by the clock
    alone. Nothing is deleted: what is no longer open is the number's history. Written by blocklist.entries alone.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Stopped")
        EXPIRED = "expired", _("Expired")
        LIFTED = "lifted", _("Lifted")

    class Origin(models.IntegerChoices):
        POLICY = 1, _("Policy")
        PERSON = 2, _("By hand")
        IMPORT = 3, _("Import")

    phone = models.CharField(_("phone"), max_length=16, db_collation="C")  # E.164
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    account = models.ForeignKey(  # whom it holds for; none for a global one
        Account, on_delete=models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    source_account_id = models.BigIntegerField(null=True)  # whose message or person caused it; no other account sees it
    kind = models.SmallIntegerField(_("stops"), choices=[(MARKETING, _("Marketing"))], null=True)  # null: everything
    code = models.PositiveSmallIntegerField(_("code"), null=True)  # null: no failure, but a person's word
    origin = models.SmallIntegerField(_("origin"), choices=Origin.choices)
    note = models.TextField(_("note"), blank=True)
    evidence = models.UUIDField(null=True)  # the message that failed last
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    intercepted_at = models.DateTimeField(_("stopped since"))
    expires_at = models.DateTimeField(_("expires"), null=True)  # null: never
    seen_at = models.DateTimeField(_("last seen"))
    times = models.PositiveIntegerField(_("times seen"), default=1)  # in a row, with the rests before
    step = models.PositiveSmallIntegerField(default=0)  # rests in a row before this one (policy.decide, `earlier`)
    delivered_at = models.DateTimeField(null=True)  # a delivery since: the next rest is a first one again
    ended_at = models.DateTimeField(null=True)  # lifted, or another took its place
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by_id = models.BigIntegerField(null=True)
    lifted_by_name = models.CharField(max_length=254, blank=True)
    lift_reason = models.TextField(_("lifted because"), blank=True)

    objects = BlockEntryQuerySet.as_manager()

    class Meta:
        db_table = "block_entry"
        verbose_name = _("block list entry")
        verbose_name_plural = _("block list entries")
        constraints = [
            # Eligibility: which of these numbers rest? And one open entry a number, account and kind.
            models.UniqueConstraint(
                fields=["phone", "account", "kind"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="block_entry_one_open_a_number",
            ),
            models.CheckConstraint(condition=Q(phone__regex=E164), name="block_entry_phone_is_e164"),
            models.CheckConstraint(
                condition=Q(scope=Scope.GLOBAL, account=None) | Q(scope=Scope.ACCOUNT, account__isnull=False),
                name="block_entry_holds_for_its_scope",
            ),
            models.CheckConstraint(condition=Q(kind=MARKETING) | Q(kind=None), name="block_entry_kind_is_known"),
            models.CheckConstraint(
                condition=Q(code__in=sorted(policy.CODES)) | Q(code=None), name="block_entry_code_is_known"
            ),
            models.CheckConstraint(condition=Q(origin__in=[1, 2, 3]), name="block_entry_origin_is_known"),
            models.CheckConstraint(
                condition=~Q(origin=1) | Q(code__isnull=False, expires_at__isnull=False),
                name="block_entry_of_policy_has_code_and_end",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gte=F("intercepted_at")),
                name="block_entry_expires_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(ended_at=F("lifted_at")), name="block_entry_lifted_is_ended"
            ),
        ]
        indexes = [
            # Eligibility's look-up, without a number's history and without what has expired.
            models.Index(F("phone"), HOLDS_UNTIL, condition=Q(ended_at=None), name="block_entry_check"),
            # A number's history; what was lifted since it failed.
            models.Index(fields=["phone", "-intercepted_at"], name="block_entry_by_phone"),
            # The block list's page: an account's entries, newest first; of one reason; that hold now; lifted.
            models.Index(fields=["source_account_id", "-id"], condition=STOPS, name="block_entry_list"),
            models.Index(
                fields=["source_account_id", "code", "-id"], condition=STOPS, name="block_entry_list_by_reason"
            ),
            models.Index(  # counted without a look at the rows
                F("source_account_id"),
                HOLDS_UNTIL,
                condition=Q(ended_at=None) & STOPS,
                include=["expires_at", "id"],
                name="block_entry_list_holding",
            ),
            models.Index(  # the few that people and files made, among very many of the policy
                fields=["source_account_id", "origin", "-id"],
                condition=Q(origin__gt=1) & STOPS,
                name="block_entry_list_by_origin",
            ),
            models.Index(  # of a period
                fields=["source_account_id", "intercepted_at"],
                condition=STOPS,
                include=["id"],
                name="block_entry_list_period",
            ),
            models.Index(
                fields=["source_account_id", "-lifted_at"],
                condition=Q(lifted_at__isnull=False),
                name="block_entry_list_lifted",
            ),
            models.Index(Right("phone", SUFFIX), name="block_entry_by_ending"),  # its filter "ends with"
            # What others caused, newest first: looked through for an account with very many members.
            models.Index(fields=["-id"], condition=Q(account=None) & STOPS, name="block_entry_list_global"),
            models.Index(
                HOLDS_UNTIL, condition=Q(account=None, ended_at=None) & STOPS, name="block_entry_global_holding"
            ),
            # The same, and the operators' list over all accounts: of a period; lifted.
            models.Index(fields=["intercepted_at"], condition=STOPS, name="block_entry_all_period"),
            models.Index(fields=["-lifted_at"], condition=Q(lifted_at__isnull=False), name="block_entry_all_lifted"),
        ]

    def __str__(self) -> str:
        return self.phone

    @property
    def is_only_counted(self) -> bool:
        return self.expires_at == self.intercepted_at

    def state(self, at: datetime) -> State:
        """By the clock alone."""
        if self.lifted_at is not None:
            return self.State.LIFTED
        ended = self.ended_at is not None or (self.expires_at is not None and self.expires_at <= at)
        return self.State.EXPIRED if ended else self.State.ACTIVE
