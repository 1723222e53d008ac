"""Importing from the command line."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from logs.models import Message
from smsadmin.accounts.models import Account
from smsadmin.imports.models import ImportJob
from tests.factories.accounts import make_account
from tests.factories.files import make_file

pytestmark = pytest.mark.django_db

LOG = "date,to,status\n2026-03-10T14:20:00Z,07700900123,delivered\n"
BAD = LOG + "2026-03-10 14:20:00,07700900124,delivered\n"


@pytest.fixture
def account() -> Account:
    return make_account("shop")


def test_a_file_is_imported_and_stays_where_it_is(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_file(LOG)
    call_command("import_csv", path, account="shop")
    assert Message.objects.of(account).count() == 1
    assert path.exists()
    assert "1  new" in capsys.readouterr().out


def test_bad_rows_end_with_1_and_go_to_a_file(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("import_csv", make_file(BAD), account="shop", problems=tmp_path / "bad.csv")
    assert ended.value.code == 1
    assert "states no time zone" in capsys.readouterr().out
    assert (
        (tmp_path / "bad.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()[1]
        .startswith("2026-03-10 14:20:00,07700900124,delivered,3,")
    )
    assert Message.objects.of(account).count() == 1


def test_a_mapping_file_corrects_what_was_guessed(account: Account, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"zone": "Europe/London"}))
    call_command("import_csv", make_file(BAD), account="shop", mapping=mapping)
    assert Message.objects.of(account).count() == 2


def test_a_dry_run_writes_nothing(account: Account) -> None:
    call_command("import_csv", make_file(LOG), account="shop", dry_run=True)
    assert not Message.objects.of(account).exists()
    assert ImportJob.objects.get().state == "checked"


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (LOG, {"account": "nobody"}, "No account is called"),
        (LOG, {"kind": "elephants"}, "--kind is one of messages, members"),
        (LOG, {"preset": "elephants"}, "No preset for messages"),
        ("", {}, "empty"),
        ("a,b\n1,2\n", {}, "Which column holds"),
    ],
)
def test_what_cannot_be_imported_says_why(account: Account, content: str, options: dict[str, str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("import_csv", make_file(content), **{"account": "shop", **options})


def test_a_mapping_file_that_is_none_says_why(account: Account, tmp_path: Path) -> None:
    for text, why in (("{", "mapping.json"), ("[]", "JSON object"), ('{"zone": "Mars"}', "No time zone")):
        (tmp_path / "mapping.json").write_text(text)
        with pytest.raises(CommandError, match=why):
            call_command("import_csv", make_file(LOG), account="shop", mapping=tmp_path / "mapping.json")
