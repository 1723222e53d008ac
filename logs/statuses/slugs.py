"""Enums that are kept as small integers and spoken of by a lower-case name, in addresses, files and the API."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Self, cast


class SlugEnum(IntEnum):
    """An integer enum whose members can be found by slug: `Reason.OPTED_OUT.slug == "opted_out"`."""

    @property
    def slug(self) -> str:
        return self.name.lower()

    @classmethod
    def stored(cls, number: int) -> Self:
        """The member with that stored number. Raises KeyError for a number that was never written."""
        return cast("Self", cls._value2member_map_[number])

    @classmethod
    def from_slug(cls, slug: str) -> Self:
        """The member of that name. Raises ValueError for a word that this enum does not have."""
        member = _by_slug(cls).get(slug)
        if not isinstance(member, cls):
            raise ValueError(f"{slug!r} is not a {cls.__name__.lower()}")
        return member


@cache
def _by_slug(enum: type[SlugEnum]) -> dict[str, SlugEnum]:
    return {member.slug: member for member in enum}
