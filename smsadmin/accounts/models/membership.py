from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models.account import Account
from smsadmin.accounts.models.user import User


class Membership(models.Model):
    """A person's role in one account."""

    class Role(models.TextChoices):
        MARKETER = "marketer", _("Marketer")
        SUPPORT = "support", _("Support agent")
        ADMIN = "admin", _("Admin")

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_one_role_per_account"),
            models.CheckConstraint(
                condition=models.Q(role__in=["marketer", "support", "admin"]), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.account} · {self.get_role_display()}"
