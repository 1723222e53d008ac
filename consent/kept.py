"""What stays known of numbers whose people were forgotten: that they must not be texted."""

from collections.abc import Collection

from consent import pseudonyms
from consent.models import ConsentChain, KeptRefusal
from consent.replay import Standing
from consent.vocabulary import Status
from smsadmin.accounts.models import Account


def refusals(*, account: Account, phones: Collection[str]) -> dict[str, list[KeptRefusal]]:
    """The refusals of those among these numbers that were once forgotten: one query."""
    keys = pseudonyms.keys_of(account.pk, phones)
    rows = KeptRefusal.objects.filter(account=account).extra(where=["number_key = ANY(%s)"], params=[list(keys)])
    found: dict[str, list[KeptRefusal]] = {}
    for row in rows.order_by("since", "purpose"):
        found.setdefault(keys[bytes(row.number_key)], []).append(row)
    return found


def standings(*, account: Account, phones: Collection[str], purpose: int) -> dict[str, Standing]:
    """How those among these numbers stand that were forgotten and did not come back since."""
    found = refusals(account=account, phones=phones)
    if not found:
        return {}
    back = set(ConsentChain.objects.filter(account=account, phone__in=list(found)).values_list("phone", flat=True))
    return {
        phone: Standing(Status(row.status), row.since, row.source)
        for phone, rows in found.items()
        for row in rows
        if row.purpose == purpose and phone not in back
    }
