"""What a person may do with an entry, and why: the one button that they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from blocklist.entries import may_lift
from blocklist.models import BlockEntry
from blocklist.policy import Rule
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Button:
    """``act``: lift it, request its removal, or '' for nothing; ``why`` in a sentence."""

    act: Literal["lift", "request", ""]
    why: str


def button(
    entry: BlockEntry, *, account: Account, access: Access, is_operator: bool, policy: Mapping[int, Rule], at: datetime
) -> Button:
    match entry.state(at):
        case BlockEntry.State.LIFTED:
            return Button("", _("It was lifted: the number can be texted."))
        case BlockEntry.State.EXPIRED:
            return Button("", _("It has expired: the number can be texted."))
    if is_operator:
        return Button("lift", _("You are an operator: you may lift every entry."))
    own = entry.source_account_id == account.pk
    if "lift_blocks" not in access:
        return Button("", _("Your role may not lift entries. Ask somebody in support, or an admin."))
    if may_lift(entry, account, policy):
        return Button("lift", _("This account caused it, so you may lift it."))
    if own:
        return Button("request", _("Entries for this reason are lifted by operators. If the number works, tell them."))
    return Button("request", _("It was not caused by this account. If the number works, ask the operators to lift it."))
