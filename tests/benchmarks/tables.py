"""The measured numbers as Markdown, over the limits in bold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.filling import Filled
from tests.benchmarks.importing import Imported
from tests.benchmarks.lists import Measured, Times
from tests.benchmarks.report import ms, ratio, table
from tests.benchmarks.stock import PATIENCE

GROWTH, BY_HAND, BY_HAND_TEXT, DEEP, HTTP, IMPORT = 2.0, 3.0, 5.0, 2.0, 0.100, 0.25
NOISE = 0.003
"""Seconds. Below this a page is fast whatever the ratio to another that is faster: no limit is marked."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What of one measured place is over a limit, in words."""

    measured: Measured
    over: list[str]


def limit_by_hand(found: Measured) -> float:
    return BY_HAND_TEXT if found.case.is_text else BY_HAND


def lists(found: Sequence[Measured], small: int, large: int) -> str:
    """One row a filter and place: ours, by hand, stock, through HTTP, at both sizes."""
    firsts = {(m.case.name, m.period): m.large.total for m in found if m.place == "first"}
    head = [
        "filter", "page", "page ms", "list ms", "count ms", "queries", "by hand ms", "list ÷ hand", "page ÷ hand",
        f"page ms at {small:,}", "growth", "÷ first page", "stock ms", f"stock at {small:,}", "HTTP p50", "p95",
    ]  # fmt: skip
    return table(head, (row(m, firsts.get((m.case.name, m.period))) for m in found))


def row(m: Measured, first: float | None) -> list[str]:
    large, small = m.large, m.small
    by_hand = limit_by_hand(m)
    return [
        m.case.name,
        m.place,
        ms(large.total),
        ms(large.rows),
        ms(large.count),
        str(large.queries),
        f"{ms(large.hand)} {large.way}",
        ratio(large.rows, large.hand, by_hand),
        ratio(large.total, large.hand),
        ms(small.total),
        ratio(large.total, small.total, GROWTH if m.place == "first" else None),
        "–" if m.place == "first" else ratio(large.total, first, DEEP),
        stock(large),
        stock(small),
        http(large.http_p50),
        ms(large.http_p95),
    ]


def stock(times: Times) -> str:
    return f"> {PATIENCE} s" if times.stock_gave_up else ms(times.stock)


def http(seconds: float | None) -> str:
    return f"**{ms(seconds)}**" if seconds is not None and seconds > HTTP else ms(seconds)


def over(found: Iterable[Measured]) -> list[str]:
    """Each place that is over a limit of the issue, in one line."""
    found = list(found)
    firsts = {(m.account, m.case.name, m.period): m.large.total for m in found if m.place == "first"}
    lines = []
    for m in found:
        large, small = m.large, m.small
        said = []
        if m.place == "first" and above(large.total, small.total, GROWTH):
            said.append(f"{ratio(large.total, small.total)} its time at the small size (limit {GROWTH:.0f}×)")
        if above(large.rows, large.hand, limit_by_hand(m)):
            said.append(f"list {ratio(large.rows, large.hand)} the SQL by hand (limit {limit_by_hand(m):.0f}×)")
        if m.place != "first" and above(large.total, firsts.get((m.account, m.case.name, m.period)), DEEP):
            said.append(
                f"{ratio(large.total, firsts[m.account, m.case.name, m.period])} its first page (limit {DEEP:.0f}×)"
            )
        if large.differs or small.differs:
            said.append("shows other rows than the SQL by hand")
        if said:
            lines.append(f"- account {m.account}, {m.case.name}, {m.place} page, {m.period}: {'; '.join(said)}")
    return [*lines, *over_http(found)]


def over_http(found: Sequence[Measured]) -> list[str]:
    """How many pages take too long through the web server: one line, since they share their causes."""
    slow = [m for m in found if m.large.http_p50 is not None and m.large.http_p50 > HTTP]
    if not slow:
        return []
    worst = max(slow, key=lambda m: m.large.http_p50 or 0.0)
    what = f"account {worst.account}, {worst.case.name}, {worst.place} page, {worst.period}"
    count = f"{len(slow)} of {len(found)} pages"
    return [f"- HTTP p50 over {HTTP * 1000:.0f} ms on {count}; the worst {ms(worst.large.http_p50)} ms ({what})"]


def above(a: float | None, b: float | None, limit: float) -> bool:
    return a is not None and b is not None and b > 0 and a / b > limit and a - b > NOISE


def imports(imported: Imported) -> str:
    product, messages, both = imported.rates
    rows = [
        ["`manage.py import_csv` (Twilio log)", f"{product:,.0f}", "1"],
        ["COPY of its messages and events", f"{both:,.0f}", f"{product / both:.2f}"],
        ["COPY of its messages alone", f"{messages:,.0f}", share(product / messages)],
    ]
    return table(["way", "rows/s", "the product's share of it"], rows)


def share(value: float) -> str:
    return f"{value:.2f}" if value >= IMPORT else f"**{value:.2f}**"


def fills(filled: Sequence[Filled]) -> str:
    names = sorted({name for one in filled for name in one.indexes})
    rows = [["all", *(f"{one.seconds:,.0f} s, {one.bytes / 1024**3:.2f} GB" for one in filled)]]
    rows += [[name, *(index(one, name) for one in filled)] for name in names]
    return table(["", *(f"{one.rows:,}" for one in filled)], rows)


def index(one: Filled, name: str) -> str:
    seconds, size = one.indexes.get(name, (0.0, 0))
    return f"{seconds:,.1f} s, {size / 1024**2:,.0f} MB"
