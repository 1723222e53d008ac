"""Which member a message went to: the one with the external id, else the only one with the phone."""

from collections.abc import Iterable

from django.db.models import Count, Min

from smsadmin.accounts.models import Account
from smsadmin.members.models import Member


class Members:
    """The members of one batch of rows."""

    def __init__(self, account: Account, external_ids: Iterable[str], phones: Iterable[str]) -> None:
        ids, numbers = set(external_ids), set(phones)
        of = Member.objects.of(account)
        self._by_id = dict(of.filter(external_id__in=ids).values_list("external_id", "pk")) if ids else {}
        alone = of.filter(phone__in=numbers).values("phone").annotate(n=Count("pk"), only=Min("pk"), known_as=Min("external_id")).filter(n=1)
        self._by_phone = {row["phone"]: (row["only"], row["known_as"]) for row in alone}

    def find(self, external_id: str, phone: str) -> int | None:
        """A row that names a member is never given to another one who has the number now."""
        if external_id in self._by_id:
            return self._by_id[external_id]
        only, known_as = self._by_phone.get(phone, (None, ""))
        return None if external_id and known_as else only
