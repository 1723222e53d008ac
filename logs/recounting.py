"""Counting an account's messages anew after its time zone, and so its days, have changed: now, or by a worker."""

import logging

from kombu.exceptions import OperationalError

from logs import rollups
from logs.counting import total
from logs.models import MessageDaily
from logs.tasks import upkeep
from smsadmin.accounts.models import Account

log = logging.getLogger(__name__)

SOON = 200_000  # messages that are counted in about a second


def recount(account: Account) -> bool:
    """Small accounts at once, large ones by a worker; without a broker at once too. Returns whether it is done."""
    if total(MessageDaily.objects.filter(account=account)) <= SOON:
        rollups.rebuild(account)
        return True
    try:
        upkeep.rebuild_rollups.delay(account.pk)
    except OperationalError:
        log.warning("the broker does not answer: the roll-ups of account %s are counted in the request", account.pk)
        rollups.rebuild(account)
        return True
    return False
