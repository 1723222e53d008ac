"""Finding out how a file is written."""

import io
from pathlib import Path

import pytest

from smsadmin.imports.lines import Position
from smsadmin.imports.reading import Layout, rows
from smsadmin.imports.sniffing import UnreadableFile, canonical, open_table, sniff, unique_names

FRENCH = "nom;téléphone;ville\nZoë;+33612345678;Besançon\nChloé;+33612345679;Orléans\nRenée;+33612345670;Mâcon\n" * 20
RUSSIAN = (
    "имя,телефон\n" + "Анна Петрова,+79161234567\nИван Сидоров,+79161234568\nСообщение доставлено,+79161234569\n" * 20
)


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        (b"a,b\n1,2\n", "utf-8", ","),
        ("\ufeffa;b\n1;é\n".encode(), "utf-8", ";"),
        ("a\tb\n1\té\n".encode("utf-16"), "utf-16-le", "\t"),
        ("\ufeffa|b\n1|é\n".encode("utf-16-be"), "utf-16-be", "|"),
        (FRENCH.encode(), "utf-8", ";"),
        (FRENCH.encode("cp1252"), "cp1252", ";"),
        (RUSSIAN.encode("cp1251"), "cp1251", ","),
        # One wrong row does not make a UTF-8 file something else.
        (FRENCH.encode() + "Zoé;1;x\n".encode("cp1252"), "utf-8", ";"),
        (b'"a, b";"c"\n"1, 2";"3"\n"1, 2";"3"\n', "utf-8", ";"),
        (b"sep=|\na|b\n1|2\n", "utf-8", "|"),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path: Path, content: bytes, encoding: str, delimiter: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    layout = sniff(path)
    assert (layout.encoding, layout.delimiter, layout.has_header) == (encoding, delimiter, True)
    with path.open("rb") as file:
        table = open_table(file, layout)
        first = next(rows(file, layout, table.start, table.width))
    assert not first.problem
    assert "\ufeff" not in table.columns[0]


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("phone,status", True),
        ("+33612345678,delivered", False),
        ("2026-03-10T14:20:02Z,x", False),
        ("Column 1,", True),
        ("a@b.example,x", False),
    ],
)
def test_a_header_is_names_and_no_values(tmp_path: Path, first: str, is_header: bool) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{first}\n+33612345678,ok\n")
    assert sniff(path).has_header is is_header


def test_columns_without_a_header_are_numbered() -> None:
    table = open_table(io.BytesIO(b"1,2\n"), Layout(has_header=False))
    assert (table.columns, table.start) == (("Column 1", "Column 2"), Position(0, 1))


def test_empty_and_repeated_names_are_told_apart() -> None:
    assert unique_names(["Status", "", "Status", " Sent  at ", "Status (2)"]) == (
        "Status",
        "Column 2",
        "Status (2)",
        "Sent at",
        "Status (2) (2)",
    )


def test_data_starts_behind_mark_separator_line_and_header() -> None:
    content = "\ufeffsep=;\r\na;b\r\n1;2\r\n".encode()
    assert open_table(io.BytesIO(content), Layout(delimiter=";")).start == Position(len(content) - 5, 3)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        open_table(io.BytesIO(content), Layout())


@pytest.mark.parametrize(
    ("name", "known"),
    [("UTF8", "utf-8"), ("latin-1", "iso8859-1"), ("base64", ""), ("nonsense", ""), ("windows-1252", "cp1252")],
)
def test_encodings_have_one_name(name: str, known: str) -> None:
    assert canonical(name) == known
