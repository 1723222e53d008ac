"""Members, in a line each."""

from itertools import count
from typing import Any

from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

numbers = count(1)


def make_member(account: Account, **fields: Any) -> Member:
    number = next(numbers)
    return Member.objects.create(
        **{
            "account": account,
            "name": f"Maya Okafor {number}",
            "phone": f"+44770090{number:04d}",
            "external_id": f"H-{20000 + number}",
            **fields,
        }
    )
