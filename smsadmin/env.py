"""Typed readers of environment variables: each fails with a sentence that names the variable."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "", env: Mapping[str, str] = os.environ) -> str:
    return env.get(name, default).strip()


def flag(name: str, default: bool = False, env: Mapping[str, str] = os.environ) -> bool:
    value = env.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither on nor off: write 1 or 0.")


def integer(name: str, default: int, env: Mapping[str, str] = os.environ) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None


def words(name: str, default: str = "", env: Mapping[str, str] = os.environ) -> list[str]:
    """A comma-separated list, without empty items."""
    return [word.strip() for word in env.get(name, default).split(",") if word.strip()]


def database(name: str = "DATABASE_URL", env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Django's database settings from a libpq URL, e.g. ``postgresql://user:secret@host:5432/name?sslmode=require``.

    Query parameters other than ``host`` and ``port`` go to libpq as they stand (TLS, time-outs).
    """
    url = text(name, env=env)
    if not url:
        raise ImproperlyConfigured(
            f"{name} is not set. `make run` sets it for its own database; elsewhere write "
            f"{name}=postgresql://user:password@host:5432/name."
        )
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not a PostgreSQL address: {error}") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": unquote(str(parts.pop("host", ""))),
        "PORT": str(parts.pop("port", "") or ""),
        "OPTIONS": dict(parts),
    }
