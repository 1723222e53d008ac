from smsadmin.accounts.models.account import Account
from smsadmin.accounts.models.audit_event import AuditEvent
from smsadmin.accounts.models.membership import Membership
from smsadmin.accounts.models.sms_user import SmsUser
from smsadmin.accounts.models.user import User

__all__ = ["Account", "AuditEvent", "Membership", "SmsUser", "User"]
