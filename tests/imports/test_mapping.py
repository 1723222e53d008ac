"""Columns to fields."""

import pytest

from smsadmin.imports.kinds import all_kinds, kind_of
from smsadmin.imports.mapping import BadMapping, Field, Mapping, fit, guess


def test_names_are_guessed_in_any_spelling() -> None:
    fields = [
        Field("phone", "Phone", synonyms=("to", "recipient")),
        Field("sent_at", "Sent", synonyms=("channel send time",)),
    ]
    assert guess(["Channel-Send_Time", "TO", "Else"], fields) == {"phone": "TO", "sent_at": "Channel-Send_Time"}


def test_a_column_feeds_one_guessed_field_and_the_better_name_wins() -> None:
    fields = [Field("a", "A", synonyms=("x", "date")), Field("b", "B", synonyms=("date",))]
    assert guess(["date"], fields) == {"b": "date"}


def test_fields_that_are_not_to_be_guessed_are_not() -> None:
    assert guess(["id"], [Field("id", "Id", guessed=False)]) == {}


def test_a_preset_takes_the_first_spelling_that_is_there() -> None:
    assert fit({"at": ("DateCreated", "SentDate")}, ["sent date", "x"]) == {"at": "sent date"}


def test_a_mapping_survives_json() -> None:
    mapping = Mapping(
        columns=("a", "b"), fields={"phone": "a"}, words={"ok": "smsadmin:delivered"}, zone="Europe/Paris"
    )
    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    "data",
    [
        {"encoding": "nonsense"},
        {"delimiter": ";;"},
        {"delimiter": '"'},
        {"zone": "Mars"},
        {"date_format": "x"},
        {"other": 1},
        {"fields": []},
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(data: dict) -> None:
    with pytest.raises(BadMapping):
        Mapping.from_json(data)


def test_the_kinds_of_the_settings_are_there() -> None:
    assert set(all_kinds()) == {"messages", "members", "blocks", "consent"}


@pytest.mark.parametrize("key", ["messages", "members", "blocks", "consent"])
def test_every_field_of_a_kind_has_a_name_of_its_own(key: str) -> None:
    names = [field.name for field in kind_of(key).fields]
    assert len(names) == len(set(names))
