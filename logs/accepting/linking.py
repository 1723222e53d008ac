"""Unsubscribe links in texts: each message has its own, so they are made once the messages have their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from consent import links
from consent.models import UnsubscribeLink
from logs.accepting.resolving import Item, segments_of
from logs.models import Message
from logs.rendering import UNSUBSCRIBE, render
from smsadmin.accounts.models import Account


def with_links(account: Account, items: Sequence[tuple[UUID, Item]], at: datetime) -> list[tuple[UUID, Item]]:
    """The same messages with their links in their texts, and their segments counted with them: one query for all."""
    wanted = [(item.phone, pk) for pk, item in items if item.unlinked and item.phone]
    addresses = links.addresses_of(account, wanted, at)
    return [(pk, linked(item, addresses[pk])) if pk in addresses else (pk, item) for pk, item in items]


def linked(item: Item, address: str) -> Item:
    assert item.unlinked is not None
    written = render(item.unlinked.body, {**item.unlinked.values, UNSUBSCRIBE: address})
    return replace(item, body=written.text, segments=segments_of(written.text), missing=written.missing)


def linked_again(message: Message, item: Item, pk: UUID, at: datetime) -> Item:
    """A text that was sent before, with a link of the new message instead of the old one's: the number may have been
    corrected since."""
    old = UnsubscribeLink.objects.filter(account=message.account, message_id=message.pk).first()
    if old is None or not item.phone or (address := links.address(old.pk)) not in item.body:
        return item
    body = item.body.replace(address, links.address_of(message.account, item.phone, pk, at))
    return replace(item, body=body, segments=segments_of(body))
