"""Templates become texts; what is missing is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.rendering import Rendered, render, variables


@pytest.mark.parametrize(
    ("body", "values", "text", "missing"),
    [
        ("Hi {name}!", {"name": "Maya"}, "Hi Maya!", ()),
        ("Hi { name }!", {"name": "Maya"}, "Hi Maya!", ()),
        ("Hi {name}!", {}, "Hi {name}!", ("name",)),
        ("Hi {name}!", {"name": ""}, "Hi {name}!", ("name",)),
        ("{a}{b}{a}", {"b": "x"}, "{a}x{a}", ("a",)),
        ("{first_name} {order.id}", {"first_name": "M", "order.id": "7"}, "M 7", ()),
        ("{{name}} is {name}", {"name": "M"}, "{name} is M", ()),
        ("100 % { off", {}, "100 % { off", ()),
        ("{}", {}, "{}", ()),
        ("{1st}", {"1st": "x"}, "{1st}", ()),
        ("{a}", {"a": "{b}", "b": "never"}, "{b}", ()),
        ("", {"unused": "x"}, "", ()),
    ],
)
def test_variables_are_filled_in_or_named(
    body: str, values: dict[str, str], text: str, missing: tuple[str, ...]
) -> None:
    assert render(body, values) == Rendered(text, missing)


def test_a_template_tells_its_variables() -> None:
    assert variables("{b} and {a}, {b} {{c}}") == ("b", "a")


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b", "name"]), st.text()))
def test_with_all_values_nothing_is_missing(body: str, values: dict[str, str]) -> None:
    assert render(body, values | dict.fromkeys(variables(body), "x")).missing == ()


@given(st.text().filter(lambda text: "{" not in text and "}" not in text))
def test_a_text_without_braces_stays_as_it_is(text: str) -> None:
    assert render(text, {"a": "b"}) == Rendered(text)
