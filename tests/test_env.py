"""The typed readers of environment variables."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from smsadmin import env


@pytest.mark.parametrize(
    ("value", "on"),
    [
        ("1", True),
        ("true", True),
        (" YES ", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
        ("", False),
    ],
)
def test_a_flag_is_on_or_off(value: str, on: bool) -> None:
    assert env.flag("DEBUG", default=not on, env={"DEBUG": value}) is on


def test_what_is_not_set_takes_its_default() -> None:
    assert env.flag("X", default=True, env={}) is True
    assert env.integer("X", 7, env={}) == 7
    assert env.text("X", "d", env={}) == "d"
    assert env.words("X", "a,b", env={}) == ["a", "b"]


def test_an_empty_number_takes_its_default() -> None:
    assert env.integer("X", 7, env={"X": " "}) == 7


@pytest.mark.parametrize("value", ["maybe", "2", "tru"])
def test_a_flag_that_is_neither_names_its_variable(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^DEBUG='{value}' is neither on nor off"):
        env.flag("DEBUG", env={"DEBUG": value})


@pytest.mark.parametrize("value", ["ten", "1.5", "0x10"])
def test_a_number_that_is_none_names_its_variable(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^PORT='{value}' is not a whole number"):
        env.integer("PORT", 1, env={"PORT": value})


def test_words_are_trimmed_and_empty_ones_dropped() -> None:
    assert env.words("HOSTS", env={"HOSTS": " a.example , ,b.example,"}) == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ann:p%40ss@db.example:5433/sms?sslmode=require&connect_timeout=5",
            {"NAME": "sms", "USER": "ann", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"}
            | {"OPTIONS": {"sslmode": "require", "connect_timeout": "5"}},
        ),
        (
            "postgres://ann@db.example/sms",
            {"NAME": "sms", "USER": "ann", "PASSWORD": "", "HOST": "db.example", "PORT": ""},
        ),
        (
            "postgresql://ann@/sms?host=/run/pg&port=6000",
            {"NAME": "sms", "HOST": "/run/pg", "PORT": "6000", "OPTIONS": {}},
        ),
        ("postgresql://ann@%2Frun%2Fpg/sms", {"NAME": "sms", "HOST": "/run/pg"}),
    ],
)
def test_a_database_address_becomes_settings(url: str, expected: dict[str, object]) -> None:
    found = env.database(env={"DATABASE_URL": url})
    assert found.items() >= {"ENGINE": "django.db.backends.postgresql", **expected}.items()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "DATABASE_URL is not set. `make run` sets it"),
        ({"DATABASE_URL": "  "}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL is not a PostgreSQL address"),
        ({"DATABASE_URL": "postgresql://db/sms?nonsense=1"}, "DATABASE_URL is not a PostgreSQL address"),
    ],
)
def test_a_database_address_that_is_none_says_so(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        env.database(env=environment)
