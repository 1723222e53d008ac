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
    "export_data": frozenset({Role.MARKETER, Role.ADMIN}),  # whole lists as files, of what the role may see
    "send_messages": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),  # one SMS, resend, cancel
    "view_failures": frozenset({Role.SUPPORT, Role.ADMIN}),  # receipts without a message, callbacks set aside
    "record_consent": frozenset({Role.SUPPORT, Role.ADMIN}),
    "add_blocks": frozenset({Role.MARKETER, Role.SUPPORT, Role.ADMIN}),  # stop numbers by hand, one or many
    "lift_blocks": frozenset({Role.SUPPORT, Role.ADMIN}),  # what the account caused and its code lets people lift
    "mark_numbers": frozenset({Role.SUPPORT, Role.ADMIN}),  # as invalid, on the evidence of failures; or keep them
    "change_settings": frozenset({Role.ADMIN}),
    "see_all_accounts": frozenset(),  # operators alone: what all accounts caused, side by side
}


def permissions_of(role: str) -> frozenset[str]:
    return frozenset(name for name, roles in PERMISSIONS.items() if role in roles)
