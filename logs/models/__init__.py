from logs.models.campaign import Campaign
from logs.models.label import Label
from logs.models.message import CODE_SOURCES, Kind, Message, Source
from logs.models.provider_account import ProviderAccount
from logs.models.rollup import DeliveryTime, MessageDaily, MessageDailySource
from logs.models.status_event import EventSource, Signed, StatusEvent
from logs.models.template import Template

__all__ = [
    "CODE_SOURCES",
    "Campaign",
    "DeliveryTime",
    "EventSource",
    "Kind",
    "Label",
    "Message",
    "MessageDaily",
    "MessageDailySource",
    "ProviderAccount",
    "Signed",
    "Source",
    "StatusEvent",
    "Template",
]
