"""Which member a message went to: the one with the external id, else the only one with the phone."""

from collections.abc import Iterable

from django.db import connection

from smsadmin.accounts.models import Account

# Arrays, not IN lists: thousands of values would take the database longer to parse than to look up.
BY_ID = (
    "SELECT external_id, id FROM members_member WHERE account_id = %s AND external_id = ANY(%s) AND external_id <> ''"
)
BY_PHONE = """
    SELECT phone, min(id), min(external_id) FROM members_member WHERE account_id = %s AND phone = ANY(%s)
    GROUP BY phone HAVING count(*) = 1
"""


class Members:
    """The members of one batch of rows."""

    def __init__(self, account: Account, external_ids: Iterable[str], phones: Iterable[str]) -> None:
        ids, numbers = sorted(set(external_ids)), sorted(set(phones))
        with connection.cursor() as cursor:
            cursor.execute(BY_PHONE, [account.pk, numbers])
            self._by_phone = {phone: (key, known_as) for phone, key, known_as in cursor.fetchall()}
            self._by_id: dict[str, int] = {}
            if ids:
                cursor.execute(BY_ID, [account.pk, ids])
                self._by_id = dict(cursor.fetchall())

    def find(self, external_id: str, phone: str) -> int | None:
        """A row that names a member is never given to another one who has the number now."""
        if external_id in self._by_id:
            return self._by_id[external_id]
        only, known_as = self._by_phone.get(phone, (None, ""))
        return None if external_id and known_as else only
