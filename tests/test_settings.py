"""How the settings refuse to start unsafely, and that a proper production is clean."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from smsadmin.accounts.demo import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Qm4v8tZr1xK7pLw2sNc9fHd3gJb6yTe0uAaRiOoPqWzXvBnM-production"
PROPER = {
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "sms.example.org",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",  # never reached
}


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Reads the settings anew, in an environment of its own."""

    def read(**environment: str) -> dict[str, Any]:
        for name in ("DEBUG", "CSRF_TRUSTED_ORIGINS", "CELERY_BROKER_URL", "HTTPS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"SMSADMIN_VAR": str(tmp_path), **PROPER, **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "smsadmin/settings.py"))

    return read


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set. Give it at least 50 random characters"),
        ({"SECRET_KEY": "", "DEBUG": "1"}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "demo-" + SECRET}, "SECRET_KEY is a demo key or too short for DEBUG=0"),
        ({"SECRET_KEY": "django-insecure-" + SECRET}, "SECRET_KEY is a demo key or too short"),
        ({"SECRET_KEY": SECRET[:49]}, "SECRET_KEY is a demo key or too short"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DEBUG": "perhaps"}, "DEBUG='perhaps' is neither on nor off"),
        ({"LIST_STATEMENT_TIMEOUT_MS": "5s"}, "LIST_STATEMENT_TIMEOUT_MS='5s' is not a whole number"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(settings_of: Any, environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_of(**environment)


def test_debug_is_off_unless_told(settings_of: Any) -> None:
    found = settings_of()
    assert found["DEBUG"] is False
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is found["SECURE_SSL_REDIRECT"] is True
    assert found["ALLOWED_HOSTS"] == ["sms.example.org"]


def test_the_demo_starts_with_a_demo_key(settings_of: Any) -> None:
    found = settings_of(DEBUG="1", SECRET_KEY="demo-key", ALLOWED_HOSTS="localhost")
    assert found["SECRET_KEY"] == "demo-key"
    assert "SECURE_SSL_REDIRECT" not in found


def test_plain_http_is_a_choice_of_its_own(settings_of: Any) -> None:
    found = settings_of(HTTPS="0")
    assert found["SECURE_SSL_REDIRECT"] is found["SESSION_COOKIE_SECURE"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0


def test_the_demo_password_is_too_short_for_anybody_else(settings_of: Any) -> None:
    lengths = [v["OPTIONS"]["min_length"] for v in settings_of()["AUTH_PASSWORD_VALIDATORS"] if "OPTIONS" in v]
    assert lengths == [12]
    assert len(PASSWORD) < 12


def manage(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    basics = {"PATH": os.environ["PATH"], "SMSADMIN_VAR": str(folder), "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=basics | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_proper_production_passes_the_deployment_check_without_a_warning(tmp_path: Path) -> None:
    run = manage(tmp_path, "check", "--deploy", "--fail-level", "DEBUG", **PROPER)
    assert (run.returncode, run.stdout, run.stderr) == (0, "System check identified no issues (0 silenced).\n", "")


def test_the_process_itself_ends_with_the_sentence(tmp_path: Path) -> None:
    run = manage(tmp_path, "check", **(PROPER | {"SECRET_KEY": "demo-" + SECRET}))
    assert run.returncode != 0
    assert run.stderr.strip().endswith(
        "SECRET_KEY is a demo key or too short for DEBUG=0: give it 50 random characters or more."
    )


@pytest.mark.django_db
def test_the_models_and_the_migrations_agree() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
