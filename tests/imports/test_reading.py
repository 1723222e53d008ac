"""Reading rows: what csv writes comes back, and what is broken costs no good row."""

import csv
import io
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsadmin.imports.lines import MAX_ROW_BYTES, MAX_ROW_LINES, Position
from smsadmin.imports.reading import Layout, Row, rows

START = Position(0, 1)
COMMA = Layout()
HEADER = "a,b,c,d,e,f\n"


def read(content: str | bytes, layout: Layout = COMMA, width: int | None = None, start: Position = START) -> list[Row]:
    data = content.encode(layout.encoding) if isinstance(content, str) else content
    return list(rows(io.BytesIO(data), layout, start, width))


def good(found: list[Row]) -> list[list[str]]:
    return [row.cells for row in found if not row.problem]


def bad_lines(found: list[Row]) -> list[int]:
    return [row.line for row in found if row.problem]


# Apostrophes before formula characters are taken off (see the download of bad rows), NUL is a flaw, and a lone CR
# inside a
# quoted text is a line break that csv itself does not bring back.
cells = st.text(st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=12).filter(
    lambda t: not t.startswith("'")
)
tables = st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n).filter(any), max_size=8))


@given(table=tables, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_what_csv_writes_comes_back(table: list[list[str]], delimiter: str, end: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(table)
    found = read(buffer.getvalue(), Layout(delimiter=delimiter))
    assert [row.cells for row in found] == table
    assert bad_lines(found) == []


@given(table=tables, encoding=st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_wide_encodings_come_back_too(table: list[list[str]], encoding: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(table)
    newline = b"\n\0" if encoding.endswith("le") else b"\0\n"
    assert good(read(buffer.getvalue(), Layout(encoding, newline=newline))) == table


@given(table=tables, cut=st.integers(0, 8))
def test_reading_goes_on_from_the_place_behind_any_row(table: list[list[str]], cut: int) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(table)
    whole = read(buffer.getvalue())
    for row in whole[cut : cut + 1]:
        rest = read(buffer.getvalue(), start=row.end)
        assert [(r.line, r.cells) for r in rest] == [(r.line, r.cells) for r in whole[cut + 1 :]]


BREAKERS = [
    '"open,2,3,4,5,6',
    '1,"a"b,3,4,5,6',
    '1,2,3,4,5,"',
    '"',
    '1,"x""y,3,4,5,6',
    '1,2,"three,4,5,6',
    "1,2,3",
    "1,2,3,4,5,6,7",
]


@given(
    lines=st.lists(
        st.one_of(st.integers(0, 9).map(lambda n: f"g{n},2,3,4,5,6"), st.sampled_from(BREAKERS)),
        min_size=1,
        max_size=12,
    )
)
def test_broken_rows_never_cost_good_ones(lines: list[str]) -> None:
    found = read("\n".join(lines) + "\n", width=6)
    whole = [line.split(",") for line in lines if line.startswith("g")]
    assert [row for row in good(found) if row[0].startswith("g")] == whole
    for number, line in enumerate(lines, 1):
        if line.startswith("g"):
            assert number not in bad_lines(found)


@pytest.mark.parametrize(
    ("text", "bad", "words"),
    [
        ("1,2,3,4,5\n", [1], "Too few cells: 5 cells where the file has 6 columns."),
        ("1,2,3,4,5,6,7\n", [1], "Too many cells: 7 cells where the file has 6 columns."),
        ('1,2,3,4,5,"six\n1,2,3,4,5,6\n', [1], "A quotation mark is opened and not closed"),
        ('1,2,3,4,5,"s"x\n1,2,3,4,5,6\n', [1], "The quotation marks do not fit"),
        ("1,2,3,4,5,\x00\n1,2,3,4,5,6\n", [1], "NUL"),
        ("1,2,3\r,4,5,6\n1,2,3,4,5,6\n", [1], "A line break stands alone"),
    ],
)
def test_a_broken_row_says_why_at_its_line(text: str, bad: list[int], words: str) -> None:
    found = read(text, width=6)
    assert bad_lines(found) == bad
    assert words in found[0].problem


def test_more_cells_than_columns_are_fine_where_they_are_empty() -> None:
    assert good(read("1,2,,,\n", width=2)) == [["1", "2"]]


def test_a_row_that_is_wrong_in_the_encoding_is_bad_alone() -> None:
    found = read("a,é\n".encode("cp1252") + "b,é\n".encode(), width=2)
    assert bad_lines(found) == [1]
    assert found[0].cells == ["a", "\ufffd"]
    assert good(found) == [["b", "é"]]


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines() -> None:
    found = read('1,"two\nlines"\n\n , \n\n3,4\n5\n', width=2)
    assert [(row.line, bool(row.problem)) for row in found] == [(1, False), (4, False), (6, False), (7, True)]


def test_an_unclosed_quotation_mark_does_not_swallow_the_rest_of_the_file() -> None:
    after = "".join(f"{n},2,3,4,5,6\n" for n in range(5000))
    found = read('x,"never closed,3,4,5,6\n' + after, width=6)
    assert bad_lines(found) == [1]
    assert len(good(found)) == 5000


def test_a_text_of_many_lines_is_one_row_up_to_the_bound() -> None:
    text = "\n".join(["line"] * (MAX_ROW_LINES - 1))
    assert good(read(f'1,"{text}"\n2,3\n', width=2)) == [["1", text], ["2", "3"]]


@pytest.mark.parametrize("end", [b"\n", b"\n\0"])
def test_a_line_without_end_is_one_bad_row(end: bytes) -> None:
    layout = Layout("utf-8") if end == b"\n" else Layout("utf-16-le", newline=end)
    found = read("x" * (3 * MAX_ROW_BYTES) + "\n1,2\n", layout, width=2)
    assert bad_lines(found) == [1]
    assert "longer than 64 kB" in found[0].problem
    assert good(found) == [["1", "2"]]
    assert found[1].line == 2


def test_old_line_ends_are_read() -> None:
    assert good(read("1,2\r3,4\r", Layout(newline=b"\r"))) == [["1", "2"], ["3", "4"]]


def test_an_apostrophe_before_a_formula_is_taken_off_again() -> None:
    assert good(read("'+4477,it's,'=1,'plain\n")) == [["+4477", "it's", "=1", "'plain"]]


def test_reading_is_lazy() -> None:
    class Endless(io.BytesIO):
        def readline(self, limit: int = -1, /) -> bytes:
            return b"1,2\n"

    assert len(list(islice(rows(Endless(), Layout(), START, 2), 1000))) == 1000
