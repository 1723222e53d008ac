"""The SQL of an export: a kind's query inside, and around it what makes its cells safe and readable. One COPY is one
statement and so one snapshot: the file shows one moment, whatever is written meanwhile. Pure."""

from collections.abc import Sequence

from smsadmin.exports.kinds import CSV, Column, Form

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection"). Our import takes the apostrophe off.
FORMULA = r"array['=','+','-','@',E'\t',E'\r']"
SAFE = "CASE WHEN left({c}, 1) = ANY({formula}) THEN '''' || {c} ELSE {c} END"
ISO = """to_char({c}, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM')"""
# A spreadsheet's date: days since 30 December 1899, of the clock on the wall.
SERIAL = "extract(epoch FROM timezone(current_setting('TimeZone'), {c})) / 86400 + 25569"

CSV_CELLS = {
    Form.PLAIN: "{c}",
    Form.TEXT: SAFE,
    Form.PHONE: "CASE WHEN {c} <> '' THEN '''' || {c} END",
    Form.MOMENT: ISO,
    Form.NUMBER: "{c}",
}
XLSX_CELLS = {
    Form.PLAIN: "{c}",
    Form.TEXT: "{c}",
    Form.PHONE: "{c}",
    Form.MOMENT: SERIAL,
    Form.NUMBER: "{c}",
}


def copy(columns: Sequence[Column], query: str, file_format: str) -> str:
    """``query`` with its values in it. The session's time zone is that of the moments."""
    cells = CSV_CELLS if file_format == CSV else XLSX_CELLS
    names = [f"c{n}" for n in range(len(columns))]
    chosen = ", ".join(
        cells[column.form].format(c=name, formula=FORMULA) for name, column in zip(names, columns, strict=True)
    )
    options = " WITH (FORMAT csv)" if file_format == CSV else ""
    return f"COPY (SELECT {chosen} FROM ({query}) AS exported ({', '.join(names)})) TO STDOUT{options}"


def bounded_count(query: str, bound: int) -> str:
    return f"SELECT count(*) FROM (SELECT FROM ({query}) AS exported LIMIT {bound + 1}) AS counted"
