"""What the person who asked for a file may see now: asked when it is written and when it is taken."""

from django.utils.translation import gettext as _

from smsadmin.accounts.access import Access, access_to
from smsadmin.accounts.models import Account, User
from smsadmin.exports.kinds import ExportKind, all_kinds
from smsadmin.exports.models import Export
from smsadmin.exports.models.export import ExportQuerySet


class NoLongerAllowed(Exception):
    """The person who asked may not see this any more; the message says so, for people."""


def access_of(account: Account, by: User | None, kind: ExportKind) -> Access:
    """What this person may; what the product asks for by itself reveals nothing."""
    return access_to(account, by) if by else Access("", frozenset({kind.permission}))


def access_for(export: Export, kind: ExportKind) -> Access:
    """With what the rows are read: what the person held when asking, and still holds. Raises NoLongerAllowed."""
    access = access_of(export.account, export.by, kind)
    if export.by and not (export.by.is_active and may_ask(access, kind)):
        raise NoLongerAllowed(_("Whoever asked for this file may not see its rows any more."))
    hidden = frozenset(kind.reveals) - frozenset(export.reveals)
    return Access(access.role, access.permissions - hidden)


def may_ask(access: Access, kind: ExportKind) -> bool:
    return "export_data" in access and kind.permission in access


def seen_by(access: Access, account: Account) -> ExportQuerySet:
    """The account's exports, without those of kinds that this person may not see: even their titles and filters tell
    something."""
    hidden = [kind.name for kind in all_kinds().values() if kind.permission not in access]
    return Export.objects.of(account).exclude(kind__in=hidden)


def may_take(access: Access, export: Export, kind: ExportKind) -> bool:
    """Whether somebody may download this file: never more than they would see in the list."""
    return may_ask(access, kind) and all(name in access for name in export.reveals)
