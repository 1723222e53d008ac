"""The columns of a message export: what an export writes and what an import takes back, in this order, by these
names.

Times are ISO 8601 in the account's zone with their offset from UTC; phones are E.164, and like texts that begin like a
formula they stand behind an apostrophe, which the import takes off; enums are their slugs (`State` in five columns,
`status` repeats it as our word); `labels` are joined by "; "; `member` is the member's external id; `template`,
`sms_user`, `campaign` and `provider` are names; a price is a decimal with a point.
"""

COLUMNS = (
    "id",
    "requested_at",
    "sent_at",
    "receipt_at",
    "updated_at",
    "phone",
    "member",
    "source",
    "kind",
    "template",
    "template_type",
    "labels",
    "sms_user",
    "campaign",
    "provider",
    "provider_message_id",
    "sender",
    "text",
    "segments",
    "status",
    "stage",
    "outcome",
    "reason",
    "number_valid",
    "retry",
    "price",
    "currency",
    "reference",
)
LABEL_SEPARATOR = "; "
