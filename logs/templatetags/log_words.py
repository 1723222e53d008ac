"""How templates tell instants: the words of logs.telling as filters."""

from datetime import datetime

from django.template import Library

from logs import telling

register = Library()


@register.filter
def stamp(at: datetime | None) -> str:
    """An instant without its seconds: "14:02", "9 Mar 14:02"; '' for none."""
    return telling.stamp(at, seconds=False) if at else ""
