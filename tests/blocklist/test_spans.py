import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklist import spans


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("0 s", 0), ("1 h", 3600), ("1h30min", 5400), ("30 days", 2_592_000), ("2 D 4 Hours", 187_200)],
)
def test_a_length_of_time_is_read_as_people_write_it(text: str, seconds: int) -> None:
    assert spans.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5", "1 h 30", "-1 h", "1.5 h", "h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(spans.NotASpan):
        spans.parse(text)


@given(st.integers(0, 315_360_000))
def test_what_is_shown_is_read_back(seconds: int) -> None:
    assert spans.parse(spans.show(seconds)) == seconds
