"""Removal requests: an account's people state that a number works which they may not let be texted themselves; an
operator decides (E5).

Nothing here tells an account whose message caused an entry, or who else asked about it.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from blocklist import rules
from blocklist.entries import lift, may_lift
from blocklist.models import BlockEntry, RemovalRequest
from blocklist.models.request import RemovalRequestQuerySet
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

State = RemovalRequest.State


class CannotRequest(ValueError):
    """Nothing to ask for: the entry is over, is theirs to lift, or was asked about already. Says which."""


class NotOpen(ValueError):
    """The request has been answered or withdrawn."""


class NotOperator(PermissionError):
    """Only operators decide."""


@transaction.atomic
def file(*, account: Account, entry: BlockEntry, statement: str, by: User, at: datetime) -> RemovalRequest:
    """Ask the operators to lift an entry that this account can see. Raises CannotRequest."""
    if not BlockEntry.objects.visible_to(account).filter(pk=entry.pk).exists():
        raise CannotRequest(_("There is no such entry."))
    if entry.state(at) is not BlockEntry.State.ACTIVE:
        raise CannotRequest(_("The entry is over: the number can be texted."))
    if may_lift(entry, account, rules.in_force()):
        raise CannotRequest(_("This account may lift the entry itself."))
    try:
        with transaction.atomic():
            made = RemovalRequest.objects.create(
                account=account, entry=entry, statement=statement, by_id=by.pk, by_name=by.email, filed_at=at
            )
    except IntegrityError:
        raise CannotRequest(_("The operators have been asked already, and have not answered yet.")) from None
    tell(made, "removal_request.filed", by, at, statement=statement)
    return made


@transaction.atomic
def withdraw(*, account: Account, pk: int, by: User, at: datetime) -> RemovalRequest:
    """Raises NotOpen, RemovalRequest.DoesNotExist."""
    found = held(RemovalRequest.objects.of(account), pk)
    found.state = State.WITHDRAWN
    found.save(update_fields=["state"])
    tell(found, "removal_request.withdrawn", by, at)
    return found


@transaction.atomic
def decide(*, pk: int, accept: bool, note: str, by: User, at: datetime) -> RemovalRequest:
    """Answer a request of any account; accepting it lifts the entry, whoever caused it. Raises NotOperator, NotOpen,
    RemovalRequest.DoesNotExist."""
    if not by.is_superuser:
        raise NotOperator
    found = held(RemovalRequest.objects.all(), pk)
    found.state = State.ACCEPTED if accept else State.REFUSED
    found.note, found.decided_by_id, found.decided_by_name, found.decided_at = note, by.pk, by.email, at
    found.save(update_fields=["state", "note", "decided_by_id", "decided_by_name", "decided_at"])
    if accept:
        # Not the note: it is for the account that asked, and the entry may be another's.
        lift(account=None, ids=[found.entry_id], reason=_("A removal request was accepted."), by=by, at=at)
    tell(found, f"removal_request.{found.state}", by, at, note=note)
    return found


@transaction.atomic
def tried(*, pk: int, message_id: UUID, by: User, at: datetime) -> RemovalRequest:
    """Let this message, which is about to be made, pass the entry: a test of whether the number works. Raises
    NotOperator, NotOpen, RemovalRequest.DoesNotExist."""
    if not by.is_superuser:
        raise NotOperator
    found = held(RemovalRequest.objects.all(), pk)
    found.test_message, found.tested_at = message_id, at
    found.save(update_fields=["test_message", "tested_at"])
    tell(found, "removal_request.tested", by, at, message=str(message_id))
    return found


def passed_by(*, account: Account, messages: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
    """Of these messages the tests of open requests, each with the number and the one entry that do not stop it."""
    found = RemovalRequest.objects.of(account).waiting().filter(test_message__in=list(messages))
    rows = found.values_list("test_message", "entry__phone", "entry_id")
    return {message: (phone, entry) for message, phone, entry in rows if message}


def read(*, account: Account, by: User, at: datetime) -> int:
    """The answers to what this person asked have been seen."""
    return RemovalRequest.objects.of(account).unread_by(by.pk).update(read_at=at)


def forget(*, account: Account, phone: str) -> None:
    """For an erasure: what was stated about this number is gone."""
    RemovalRequest.objects.of(account).filter(entry__phone=phone).delete()


def held(requests: RemovalRequestQuerySet, pk: int) -> RemovalRequest:
    found = requests.select_for_update(of=("self",)).select_related("account", "entry").get(pk=pk)
    if not found.is_open:
        raise NotOpen(_("It has been answered or withdrawn meanwhile."))
    return found


def tell(request: RemovalRequest, verb: str, by: User, at: datetime, **facts: object) -> None:
    audit.record(
        account=request.account,
        by=by,
        at=at,
        verb=verb,
        object_type="removal_request",
        object_id=request.pk,
        entry=request.entry_id,
        **facts,
    )
