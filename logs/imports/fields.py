"""What of a message can be imported, and the names that columns have for it. Pure."""

from django.utils.translation import gettext_lazy as _

from logs.export_columns import COLUMNS
from smsadmin.imports.kinds import Preset
from smsadmin.imports.mapping import Field

FIELDS = (
    Field(
        "requested_at",
        _("Requested"),
        required=True,
        help=_("When it was asked for."),
        synonyms=(
            "request time",
            "requested",
            "date created",
            "created at",
            "created",
            "submitted at",
            "submit time",
            "timestamp",
            "date",
            "time",
            "datetime",
            "date sent",
            "sent date",
            "send time",
        ),
    ),
    Field(
        "phone",
        _("Phone"),
        required=True,
        help=_("Numbers without a country code get the account's default country."),
        synonyms=(
            "to",
            "recipient",
            "phone number",
            "msisdn",
            "mobile",
            "mobile number",
            "destination",
            "destination number",
            "receiver",
            "number",
            "to number",
            "cell",
            "telephone",
        ),
    ),
    Field(
        "status",
        _("Status"),
        words=True,
        help=_("Rows without one become “unknown state”."),
        synonyms=(
            "delivery status",
            "message status",
            "state",
            "dlr status",
            "result",
            "dlr",
        ),
    ),
    Field(
        "error",
        _("Error code"),
        synonyms=("error code", "errorcode", "err", "failure code", "error", "dlr error", "status code"),
    ),
    Field(
        "text", _("Text"), synonyms=("body", "message", "content", "message body", "message text", "sms", "sms text")
    ),
    Field("template", _("Template"), synonyms=("template name", "template id")),
    Field(
        "template_type",
        _("Template type"),
        constant=True,
        synonyms=("template kind",),
        choices=(
            ("marketing", _("Marketing")),
            ("notification", _("Notification")),
            ("verification", _("Verification")),
        ),
    ),
    Field(
        "labels",
        _("Labels"),
        constant=True,
        help=_("Several are separated by semicolons or commas."),
        synonyms=("label", "tags", "tag"),
    ),
    Field("sms_user", _("SMS_USER"), constant=True, synonyms=("api user", "api key", "user", "username")),
    Field("campaign", _("Campaign"), constant=True, synonyms=("broadcast", "campaign name", "batch")),
    Field(
        "source",
        _("Source"),
        constant=True,
        help=_("What asked for it."),
        choices=(
            ("filter-members", _("Filter Members")),
            ("automation", _("Automation")),
            ("app-login", _("App login code")),
            ("phone-validation", _("Phone validation")),
            ("third-party-identity", _("Third-party identity")),
            ("pos-payment", _("POS payment code")),
            ("joining-code", _("Joining code")),
            ("consent-registration", _("Consent, registration")),
            ("consent-pos", _("Consent, POS")),
        ),
    ),
    Field(
        "kind",
        _("Kind"),
        constant=True,
        help=_("Else by template type and source; what neither says is operational."),
        synonyms=(
            "message type",
            "type",
            "category",
            "traffic type",
        ),
        choices=(("marketing", _("Marketing")), ("operational", _("Operational"))),
    ),
    Field(
        "sender",
        _("Sender ID"),
        constant=True,
        synonyms=("from", "sender id", "originator", "source address", "sender name"),
    ),
    Field(
        "provider",
        _("Provider"),
        constant=True,
        help=_("Its name makes the rows' ids, and its code table explains their statuses."),
        synonyms=("sms provider", "gateway", "vendor", "channel"),
    ),
    Field(
        "provider_message_id",
        _("Provider's id"),
        help=_("Recognises a message in a later file."),
        synonyms=(
            "sid",
            "message id",
            "message sid",
            "messageid",
            "msgid",
            "message uuid",
            "uuid",
            "msg id",
            "id",
        ),
    ),
    Field(
        "reference",
        _("Reference"),
        help=_("The asking system's own id."),
        synonyms=("client ref", "client reference", "external reference", "ref"),
    ),
    Field(
        "segments",
        _("Segments"),
        synonyms=(
            "num segments",
            "numsegments",
            "number of entries",
            "parts",
            "sms count",
            "message count",
            "segment count",
        ),
    ),
    Field(
        "sent_at",
        _("Sent"),
        synonyms=(
            "channel send time",
            "sent date",
            "date sent",
            "sentdate",
            "datesent",
            "sent",
            "sent time",
            "submitted",
        ),
    ),
    Field(
        "receipt_at",
        _("Receipt"),
        synonyms=("receipt time", "delivered at", "delivery time", "done date", "dlr time", "done", "delivered"),
    ),
    Field(
        "updated_at", _("Updated"), synonyms=("update time", "date updated", "last updated", "status time", "updated")
    ),
    Field("price", _("Cost"), synonyms=("cost", "amount", "charge")),
    Field("currency", _("Currency"), constant=True, synonyms=("price unit", "priceunit", "currency code")),
    Field(
        "member",
        _("Member"),
        help=_("The member's external id."),
        synonyms=(
            "member external id",
            "external id",
            "customer id",
            "member id",
            "contact id",
            "subscriber id",
        ),
    ),
    Field("direction", _("Direction"), help=_("Rows that say “inbound” are left out.")),
    Field("own_id", _("Our id"), help=_("Kept only where it is this account's."), guessed=False),
    Field("stage", _("Stage"), help=_("Of our own export."), guessed=False),
    Field("outcome", _("Outcome"), help=_("Of our own export."), guessed=False),
    Field("reason", _("Reason"), help=_("Of our own export."), guessed=False),
    Field("number_valid", _("Number valid"), help=_("Of our own export."), guessed=False),
    Field("retry", _("Retry"), help=_("Of our own export."), guessed=False),
)

# Columns of E1; "Send log" holds text for people and is kept as raw evidence only.
STATUS_LIST = {
    "status": ("Status",),
    "sms_user": ("SMS_USER",),
    "segments": ("Number of entries",),
    "phone": ("Recipient",),
    "template": ("Template",),
    "requested_at": ("Request time",),
    "sent_at": ("Channel send time",),
    "receipt_at": ("Receipt time",),
    "updated_at": ("Update time",),
}
# Spellings of the console, the API's property list and its older CSV; spaces and case do not matter.
TWILIO = {
    "sender": ("From",),
    "phone": ("To",),
    "text": ("Body",),
    "status": ("Status",),
    "requested_at": ("DateCreated", "SentDate", "DateSent"),
    "sent_at": ("SentDate", "DateSent"),
    "updated_at": ("DateUpdated",),
    "segments": ("NumSegments",),
    "error": ("ErrorCode",),
    "provider_message_id": ("Sid", "MessageSid"),
    "direction": ("Direction",),
    "price": ("Price",),
    "currency": ("PriceUnit",),
}

OWN_EXPORT = Preset(
    "smsadmin",
    _("Our own export"),
    _("A message export of smsadmin, of this account or another."),
    {"own_id" if name == "id" else name: (name,) for name in COLUMNS},
    telling=frozenset({"requested_at", "phone", "stage", "outcome", "number_valid"}),
)
TWILIO_LOG = Preset(
    "twilio",
    _("Twilio message log"),
    _("The message log as Twilio's console or API exports it. Inbound rows are left out."),
    TWILIO,
    telling=frozenset({"Sid", "Direction"}),
    constants={"provider": "twilio"},
)
SMS_STATUS_LIST = Preset(
    "status_list",
    _("SMS status list"),
    _("Status, SMS_USER, number of entries, recipient, template and four times, as messaging platforms list them."),
    STATUS_LIST,
    telling=frozenset({"Status", "Recipient", "Request time"}),
)
# The vocabulary that the statuses of such files speak.
VOCABULARY_OF = {"smsadmin": "smsadmin", "status_list": "engagelab"}
PRESETS = (OWN_EXPORT, TWILIO_LOG, SMS_STATUS_LIST)
