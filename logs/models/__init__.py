from logs.models.campaign import Campaign
from logs.models.credit import Credit, CreditEntry
from logs.models.inbox import Callback, Orphan, RefusedCallback
from logs.models.label import Label
from logs.models.message import CODE_SOURCES, OURS, Kind, Message, Source
from logs.models.number_dismissal import NumberDismissal
from logs.models.provider_account import ProviderAccount, ProviderHealth
from logs.models.queued_message import IdempotencyKey, ProviderRef, QueuedMessage, StatusQuery
from logs.models.reply import Reply, ReplyEffect, ReplyPart
from logs.models.rollup import DeliveryTime, MessageDaily, MessageDailySource, MessageDailyTemplate
from logs.models.sending_rules import BlockedWord, SendingRules
from logs.models.status_event import EventSource, Signed, StatusEvent
from logs.models.template import Template

__all__ = [
    "CODE_SOURCES",
    "OURS",
    "BlockedWord",
    "Callback",
    "Campaign",
    "Credit",
    "CreditEntry",
    "DeliveryTime",
    "EventSource",
    "IdempotencyKey",
    "Kind",
    "Label",
    "Message",
    "MessageDaily",
    "MessageDailySource",
    "MessageDailyTemplate",
    "NumberDismissal",
    "Orphan",
    "ProviderAccount",
    "ProviderHealth",
    "ProviderRef",
    "QueuedMessage",
    "RefusedCallback",
    "Reply",
    "ReplyEffect",
    "ReplyPart",
    "SendingRules",
    "Signed",
    "Source",
    "StatusEvent",
    "StatusQuery",
    "Template",
]
