from datetime import timedelta

import pytest

from logs.polling_times import due, end
from tests.factories.queue import NOON

HOURS = 3600


def questions(validity: timedelta) -> list[float]:
    """Seconds after sending."""
    last = end(sent_at=NOON, expires_at=NOON + validity, can_query=True)
    moments, asked = [], 0
    while not moments or moments[-1] < last:
        moments.append(due(sent_at=NOON, asked=asked, end=last))
        asked += 1
    return [(moment - NOON).total_seconds() for moment in moments]


R4 = [120, 300, 900, 1800, *(HOURS * n for n in (1, 2, 4, 8, 16, 24))]


@pytest.mark.parametrize("hours", [0.1, 1, 20, 24])
def test_it_is_asked_in_growing_intervals_for_a_day(hours: float) -> None:
    assert questions(timedelta(hours=hours)) == R4


@pytest.mark.parametrize("hours", [25, 48, 72])
def test_what_the_provider_may_still_deliver_is_asked_for_once_more(hours: float) -> None:
    assert questions(timedelta(hours=hours)) == [*R4, (hours + 1) * HOURS]


@pytest.mark.parametrize("hours", [0.1, 24, 72])
def test_one_that_cannot_be_asked_is_waited_for_until_an_hour_after_the_validity(hours: float) -> None:
    found = end(sent_at=NOON, expires_at=NOON + timedelta(hours=hours), can_query=False)
    assert found == NOON + timedelta(hours=hours + 1)
