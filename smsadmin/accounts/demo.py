"""The four demo sign-ins, in one place: made by `make run`, shown on the sign-in page, refused with DEBUG off."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

PASSWORD = "demo"
SIGN_INS = (
    ("marketer@demo.example", _("Marketer")),
    ("support@demo.example", _("Support agent")),
    ("admin@demo.example", _("Admin")),
    ("operator@demo.example", _("Operator")),
)


def is_demo_address(email: Any) -> bool:
    return str(email or "").strip().lower().endswith("@" + settings.DEMO_EMAIL_DOMAIN)
