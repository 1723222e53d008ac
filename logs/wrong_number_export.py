"""The numbers that permanent errors proved wrong as a file: all of them, not the page's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logs import wrong_numbers
from logs.statuses import Reason
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account
from smsadmin.exports.kinds import BadParams, Column, ExportKind, Form, Params

PLACES = re.compile(r"%\((\w+)\)s")
LONGEST = 3650
NAMES = (
    "(SELECT string_agg(m.name, ', ' ORDER BY m.id) FROM members_member m "
    "WHERE m.account_id = %(account)s AND m.phone = found.phone)"
)
REASONS = " ".join(f"WHEN {int(reason)} THEN '{reason.slug}'" for reason in Reason)


class WrongNumberExport(ExportKind):
    name = "wrong_numbers"
    label = gettext_lazy("Wrong numbers")
    permission = "view_messages"

    def columns(self, account: Account, access: Access) -> tuple[Column, ...]:
        return (
            Column("phone", Form.PHONE),
            Column("name", Form.TEXT),
            Column("refusals", Form.NUMBER),
            Column("days_in_doubt", Form.NUMBER),
            Column("last_reason", Form.PLAIN),
            Column("last_at", Form.MOMENT),
            Column("last_message", Form.PLAIN),
        )

    def query(self, account: Account, access: Access, params: Params) -> tuple[str, Sequence[Any]]:
        """The reader takes parameters by their order alone."""
        sql = (
            f"SELECT found.phone, {NAMES}, found.refusals, found.days, CASE found.reason {REASONS} END, found.last_at, "
            f"(found.evidence)[1]::text FROM ({wrong_numbers.FOUND}) AS found ORDER BY found.last_at DESC, found.phone"
        )
        values = wrong_numbers.params(account, timezone.now() - timedelta(days=days(params)))
        return PLACES.sub("%s", sql), [values[name] for name in PLACES.findall(sql)]

    def title(self, account: Account, access: Access, params: Params) -> str:
        return _("Wrong numbers of %(n)d days") % {"n": days(params)}

    def freeze(self, account: Account, params: Params, today: date) -> Params:
        return {"days": [str(days(params))]}


def days(params: Params) -> int:
    """Raises BadParams."""
    given = next(iter(params.get("days", ())), "90")
    if not given.isdecimal() or len(given) > 4 or not 0 < int(given) <= LONGEST:
        raise BadParams(_("That is no period."))
    return int(given)
