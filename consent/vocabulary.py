"""What can happen to consent, through what, and where it then stands. The numbers are stored: never renumber."""

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Purpose(IntegerChoices):
    """What a text is for; the numbers of logs.models.Kind. An event without a purpose is for all of them."""

    MARKETING = 1, _("Marketing")
    OPERATIONAL = 2, _("Operational")


class Event(IntegerChoices):
    REQUESTED = 1, _("Consent requested")
    CONFIRMED = 2, _("Confirmed")
    OPTED_IN = 3, _("Opted in")
    OPTED_OUT = 4, _("Opted out")
    DENIED = 5, _("Denied")
    REVOKED = 6, _("Revoked by the carrier")
    EXPIRED = 7, _("Expired")


class Source(IntegerChoices):
    HUB = 1, _("Hub")
    API = 2, _("API")
    IMPORT = 3, _("Import")
    APP = 4, _("App")
    POS = 5, _("POS")
    LINK = 6, _("Unsubscribe link")
    REPLY = 7, _("Reply")
    CARRIER = 8, _("Carrier")
    SUPPORT = 9, _("Support")


class Status(IntegerChoices):
    PENDING = 1, _("Pending opt-in")
    OPTED_IN = 2, _("Opted in")
    OPTED_OUT = 3, _("Opted out")
    DENIED = 4, _("Denied")
