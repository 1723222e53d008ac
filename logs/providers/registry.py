"""The providers that messages can be sent through, by name. A new provider is one folder and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logs.providers.base import Adapter

# The order is that of the choice when a provider account is added.
MODULES = (
    "logs.providers.simulator.adapter",
    "logs.providers.kannel.adapter",
    "logs.providers.twilio.adapter",
    "logs.providers.vonage.adapter",
    "logs.providers.infobip.adapter",
    "logs.providers.smsmode.adapter",
    "logs.providers.engagelab.adapter",
)


def adapters() -> dict[str, Adapter]:
    """By the name that stands in a provider account. Each module offers its one instance as ``ADAPTER``."""
    if not _ADAPTERS:
        for path in MODULES:
            adapter: Adapter = import_module(path).ADAPTER
            _ADAPTERS[adapter.name] = adapter
    return _ADAPTERS


def adapter(name: str) -> Adapter | None:
    """None for a provider that an import named and that cannot be sent through."""
    return adapters().get(name)


_ADAPTERS: dict[str, Adapter] = {}
