from consent.models.desk import DeskItem
from consent.models.erasures import Erasure, KeptRefusal
from consent.models.ledger import ConsentChain, ConsentEvent, ConsentStatus
from consent.models.links import UnsubscribeLink
from consent.models.reminders import Reminder, ReminderRun
from consent.models.rows import ConsentRow
from consent.models.rules import ConsentRules, ConsentText, KeywordSet
from consent.models.totals import ConsentTotal

__all__ = [
    "ConsentChain",
    "ConsentEvent",
    "ConsentRow",
    "ConsentRules",
    "ConsentStatus",
    "ConsentText",
    "ConsentTotal",
    "DeskItem",
    "Erasure",
    "KeptRefusal",
    "KeywordSet",
    "Reminder",
    "ReminderRun",
    "UnsubscribeLink",
]
