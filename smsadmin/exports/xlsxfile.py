"""XLSX: a workbook written row by row in constant memory; what begins like a formula stays text."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from smsadmin.exports.kinds import Column, Form
from smsadmin.exports.progress import Progress

SHEET_ROWS = 1_048_576  # what a sheet holds, its header included (Excel's specifications and limits)
CELL_CHARACTERS = 32_767
EVERY = 1000  # rows between two looks at whether the file is still wanted
DATES = "yyyy-mm-dd hh:mm:ss"
WIDTHS = {Form.MOMENT: 20, Form.PHONE: 18, Form.NUMBER: 10, Form.PLAIN: 16, Form.TEXT: 24}


def write(
    rows: Iterable[Sequence[str | None]],
    target: Path,
    header: Sequence[str],
    progress: Progress,
    *,
    columns: Sequence[Column],
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Cells are as PostgreSQL writes them as text. Its temporary files stand beside ``target``. Returns how many rows
    there were. Raises LostExport, OSError."""
    book = xlsxwriter.Workbook(
        str(target),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(target.parent),
        },
    )
    try:
        n = fill(book, rows, header, columns, sheet_rows, progress)
    except BaseException:
        drop(book)
        raise
    book.close()
    progress.at(n, target.stat().st_size)
    return n


def fill(
    book: Any,
    rows: Iterable[Sequence[str | None]],
    header: Sequence[str],
    columns: Sequence[Column],
    sheet_rows: int,
    progress: Progress,
) -> int:
    dates, bold = book.add_format({"num_format": DATES}), book.add_format({"bold": True})
    forms = [column.form for column in columns]
    sheet, place, n = new_sheet(book, header, forms, bold), 0, 0
    writers = writers_of(sheet, forms, dates)
    for row in rows:
        if place + 1 == sheet_rows:
            sheet, place = new_sheet(book, header, forms, bold), 0
            writers = writers_of(sheet, forms, dates)
        place += 1
        n += 1
        for column, (cell, put) in enumerate(zip(row, writers, strict=True)):
            if cell:
                put(place, column, cell)
        if n % EVERY == 0:
            progress.at(n, 0)
    return n


def new_sheet(book: Any, header: Sequence[str], forms: Sequence[Form], bold: Any) -> Any:
    sheet = book.add_worksheet()
    for column, (name, form) in enumerate(zip(header, forms, strict=True)):
        sheet.set_column(column, column, WIDTHS[form])
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def writers_of(sheet: Any, forms: Sequence[Form], dates: Any) -> list[Callable[[int, int, str], Any]]:
    def moment(row: int, column: int, cell: str) -> None:
        sheet.write_number(row, column, float(cell), dates)

    def number(row: int, column: int, cell: str) -> None:
        sheet.write_number(row, column, float(cell))

    def text(row: int, column: int, cell: str) -> None:
        sheet.write_string(row, column, cell[:CELL_CHARACTERS])

    special = {Form.MOMENT: moment, Form.NUMBER: number}
    return [special.get(form, text) for form in forms]


def drop(book: Any) -> None:
    """Close its temporary files without writing the workbook: they go with their folder."""
    book.fileclosed = True  # else its __del__ complains
    for sheet in book.worksheets():
        if sheet.row_data_fh is not None:
            sheet.row_data_fh.close()
