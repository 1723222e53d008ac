"""How the two demo businesses treat consent: what stands in their consent settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.answers import STARTED, STOPPED


@dataclass(frozen=True, slots=True)
class Manners:
    """The name that people know, and what differs from the shipped rules, words and texts, as consent keeps them."""

    name: str
    number: str = ""
    language: str = "en"
    stop_is_for_all: bool = True
    rules: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # by language and family
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by language and kind


HARBOUR = Manners(
    name="Harbour",
    number="60777",
    stop_is_for_all=False,
    rules={"request_by_sms": True},
    words={("en", "start"): ("JOIN", "START", "YES", "UNSTOP", "SUBSCRIBE", "OPTIN", "OPT IN")},
    texts={
        ("en", STOPPED): "You are unsubscribed from Harbour offers. You still get receipts and codes. Reply JOIN to "
        "get offers again.",
        ("en", STARTED): "Harbour: you get our offers from now on, about four a month. Reply HELP for help, STOP to "
        "stop them.",
    },
)
NORTHWIND = Manners(name="Northwind Apotheke", language="de")
MANNERS = {"demo": HARBOUR, "northwind": NORTHWIND}
