"""How each provider says things: its words for the usual answers, its ids, and its bodies as it documents them."""

from logs.demo.dialects.base import Body, Dialect, Note, dump
from logs.demo.dialects.infobip import INFOBIP
from logs.demo.dialects.telnyx import TELNYX
from logs.demo.dialects.twilio import TWILIO
from logs.demo.dialects.vonage import VONAGE

DIALECTS = {dialect.receipts: dialect for dialect in (TWILIO, VONAGE, INFOBIP, TELNYX)}

__all__ = ["DIALECTS", "Body", "Dialect", "Note", "dump"]
