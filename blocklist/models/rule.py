from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from blocklist import policy
from blocklist.policy import Scope


class FailureRule(models.Model):
    """What follows from one failure code, for the whole installation (E4)."""

    code = models.PositiveSmallIntegerField(_("code"), primary_key=True)
    stop_seconds = models.PositiveIntegerField(_("stop for"), validators=[MaxValueValidator(policy.LONGEST)])
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices, blank=True)  # '' where nothing is stopped
    user_may_delete = models.BooleanField(_("users may delete"), default=True)
    step_up = models.BooleanField(_("twice as long for each repeat"), default=False)
    step_up_max_seconds = models.PositiveIntegerField(
        _("at most"), null=True, blank=True, validators=[MaxValueValidator(policy.LONGEST)]
    )

    class Meta:
        db_table = "failure_rule"
        verbose_name = _("failure rule")
        verbose_name_plural = _("failure rules")
        constraints = [
            models.CheckConstraint(condition=Q(code__in=sorted(policy.CODES)), name="failure_rule_code_is_known"),
            models.CheckConstraint(condition=Q(stop_seconds__lte=policy.LONGEST), name="failure_rule_stop_has_an_end"),
            models.CheckConstraint(condition=Q(scope__in=["", *Scope.values]), name="failure_rule_scope_is_known"),
            models.CheckConstraint(
                condition=Q(stop_seconds=0) | ~Q(scope=""), name="failure_rule_that_stops_has_a_scope"
            ),
            models.CheckConstraint(
                condition=Q(step_up_max_seconds=None)
                | Q(step_up_max_seconds__gte=F("stop_seconds"), step_up_max_seconds__lte=policy.LONGEST),
                name="failure_rule_maximum_is_no_less_than_the_stop",
            ),
        ]

    def as_rule(self) -> policy.Rule:
        return policy.Rule(
            code=self.code,
            reason=policy.REASONS[self.code],
            seconds=self.stop_seconds,
            scope=Scope(self.scope) if self.scope else None,
            user_may_delete=self.user_may_delete,
            step_up=self.step_up,
            longest=self.step_up_max_seconds,
        )
