"""Roles as data: who may do what in an account. An operator (superuser) may do everything everywhere."""

from smsadmin.accounts.models import Membership

Role = Membership.Role

PERMISSIONS: dict[str, frozenset[str]] = {
    "view_overview": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),
    "view_messages": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),
    "view_members": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),
    "view_help": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),
    "view_codes": frozenset({Role.SUPPORT, Role.ADMIN}),  # the text of one-time codes; others see dots
    "import_data": frozenset({Role.MARKETER, Role.ADMIN}),
    "change_settings": frozenset({Role.ADMIN}),
}


def permissions_of(role: str) -> frozenset[str]:
    return frozenset(name for name, roles in PERMISSIONS.items() if role in roles)
