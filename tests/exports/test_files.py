"""What stands in the files: safe cells, the account's zone, whole workbooks."""

import codecs
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from openpyxl import load_workbook

from smsadmin.exports import csvfile, xlsxfile
from smsadmin.exports.kinds import Column, Form
from smsadmin.exports.progress import LostExport, Progress
from tests.factories.accounts import make_account
from tests.factories.exports import ALL_TIME, make_file_of, table
from tests.factories.members import make_member
from tests.factories.messages import make_message

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
HARMLESS = ["1+1", "a=b", "", "Zoë, “quoted” and\nbroken", "'s"]


@pytest.mark.django_db
def test_what_a_spreadsheet_would_compute_stands_behind_an_apostrophe() -> None:
    account = make_account()
    for name in (*FORMULAS, *HARMLESS):
        make_member(account, name=name)
    names = {row["name"] for row in table(make_file_of(account, "members", params={}))}
    assert names == {f"'{name}" for name in FORMULAS} | set(HARMLESS)


@pytest.mark.django_db
def test_a_number_stands_behind_an_apostrophe_since_a_spreadsheet_would_shorten_it() -> None:
    account = make_account()
    make_member(account, phone="+447700900142")
    make_member(account, phone="")
    assert [row["phone"] for row in table(make_file_of(account, "members", params={}))] == ["", "'+447700900142"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/London", "2026-01-05T12:00:00.000000+00:00", "2026-07-05T13:00:00.000000+01:00"),
        ("Asia/Kolkata", "2026-01-05T17:30:00.000000+05:30", "2026-07-05T17:30:00.000000+05:30"),
        ("America/St_Johns", "2026-01-05T08:30:00.000000-03:30", "2026-07-05T09:30:00.000000-02:30"),
    ],
)
def test_times_are_of_the_accounts_zone_and_the_header_names_it(zone: str, winter: str, summer: str) -> None:
    account = make_account(time_zone=zone)
    for month in (1, 7):
        make_member(account, created_at=datetime(2026, month, 5, 12, tzinfo=UTC))
    rows = table(make_file_of(account, "members", params={}))
    assert [row[f"created_at ({zone})"] for row in rows] == [summer, winter]
    with connection.cursor() as cursor:
        cursor.execute("SHOW timezone")
        assert cursor.fetchone() == ("UTC",)


@pytest.mark.django_db
def test_the_csv_begins_with_the_mark_that_excel_needs() -> None:
    account = make_account()
    make_member(account, name="Françoise")
    written = make_file_of(account, "members", params={}).path.read_bytes()
    assert written.startswith(codecs.BOM_UTF8)
    assert "Françoise".encode() in written


@pytest.mark.django_db
def test_an_export_of_nothing_has_its_header() -> None:
    export = make_file_of(make_account())
    assert (export.rows, table(export)) == (0, [])
    assert export.path.read_bytes().count(b"\n") == 1


@pytest.mark.django_db
def test_a_workbook_keeps_texts_as_texts_numbers_as_numbers_and_times_as_times() -> None:
    account = make_account(time_zone="Asia/Kolkata")
    at = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
    make_message(account, requested_at=at, body="=1+1", phone="+447700900142", segments=2)
    sheet = load_workbook(make_file_of(account, format="xlsx", params=ALL_TIME).path).active
    header, row = sheet.iter_rows()
    cells = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert (cells["text"].value, cells["text"].data_type) == ("=1+1", "s")
    assert (cells["phone"].value, cells["segments"].value) == ("+447700900142", 2)
    found = cells["requested_at (Asia/Kolkata)"].value
    assert abs(found - datetime(2026, 3, 10, 17, 30, 30)) < timedelta(milliseconds=2)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one(tmp_path: Path) -> None:
    path, rows = tmp_path / "file.xlsx", [[str(n), None] for n in range(7)]
    columns = [Column("n", Form.NUMBER), Column("nothing")]
    progress = Progress()
    assert xlsxfile.write(rows, path, ["n", "nothing"], progress, columns=columns, sheet_rows=4) == 7
    sheets = [[row[0].value for row in sheet.iter_rows()] for sheet in load_workbook(path)]
    assert sheets == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]
    assert progress == Progress(7, path.stat().st_size)


def test_a_cell_that_is_longer_than_a_workbook_takes_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    xlsxfile.write([["x" * 40_000]], path, ["text"], Progress(), columns=[Column("text")])
    assert len(load_workbook(path).active["A2"].value) == xlsxfile.CELL_CHARACTERS


def test_csv_is_written_in_pieces_and_progress_is_told(tmp_path: Path) -> None:
    path, line = tmp_path / "file.csv", b"x" * 999 + b"\n"
    progress = Progress()
    assert csvfile.write((line for _ in range(200)), path, ["a,b"], progress) == 200
    assert path.read_bytes() == csvfile.first_line(["a,b"]) + line * 200
    assert progress == Progress(200, path.stat().st_size)
    assert next(csv.reader(io.StringIO(path.read_text("utf-8-sig")))) == ["a,b"]


def test_writing_ends_where_nobody_wants_the_file_any_more(tmp_path: Path) -> None:
    lost = Progress(is_lost=True)
    with pytest.raises(LostExport):
        csvfile.write((b"x" * 100_000 for _ in range(5)), tmp_path / "file.csv", ["a"], lost)
    rows = (["x"] for _ in range(5000))
    with pytest.raises(LostExport):
        xlsxfile.write(rows, tmp_path / "file.xlsx", ["a"], lost, columns=[Column("a")])
    assert (tmp_path / "file.csv").stat().st_size <= 200_000
