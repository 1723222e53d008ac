"""``manage.py text_search`` and ``create_months``."""

from io import StringIO

import pytest
from django.core.management import call_command

from logs import word_index


@pytest.mark.django_db(transaction=True)
def test_the_word_index_can_be_switched_off_and_on_again() -> None:
    def say(*args: str) -> str:
        out = StringIO()
        call_command(*args, stdout=out)
        return out.getvalue()

    try:
        assert "Text search is on" in say("text_search", "status")
        assert "Text search is off" in say("text_search", "off")
    finally:
        assert "Text search is on" in say("text_search", "on")
    standing = word_index.standing()
    assert standing.indexed == standing.months > 0


@pytest.mark.django_db
def test_months_ahead_are_created_once() -> None:
    first, second = StringIO(), StringIO()
    call_command("create_months", "--ahead", "30", stdout=first)
    call_command("create_months", "--ahead", "30", stdout=second)
    assert "partitions created" in first.getvalue()
    assert "Every month is there." in second.getvalue()
