"""Volume by day × outcome as two stacked bar charts over one axis: sizes only, the template draws. Pure.

Above stands everything; below, at a scale of its own, what did not arrive. Long periods are drawn by week or by month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from logs.statuses import Status

WIDTH, LEFT = 1176, 44
TOP, BASE = 14, 158  # the upper chart
LOW_TOP, LOW_BASE = 200, 260  # the lower chart
LABELS = 7  # days named below, at most
GAP = 0.21  # of a bar's place

UNDER_WAY = (Status.QUEUED, Status.SENDING, Status.SENT)
UPPER: Sequence[tuple[str, tuple[Status, ...]]] = (
    ("is-done", (Status.DELIVERED,)),
    ("is-move", UNDER_WAY),
    ("is-wait", tuple(status for status in Status if status not in (Status.DELIVERED, *UNDER_WAY))),
)
LOWER: Sequence[tuple[str, tuple[Status, ...]]] = (
    ("is-bad", (Status.UNDELIVERED,)),
    ("is-failed", (Status.FAILED,)),
    ("is-stop", (Status.BLOCKED,)),
    ("is-late", (Status.EXPIRED,)),
    ("is-canceled", (Status.CANCELED,)),
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that one bar stands for, both included."""

    first: date
    last: date

    @property
    def label(self) -> str:
        if self.first == self.last:
            return date_format(self.first, "D j M")
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1 and self.first.month == self.last.month:
            return date_format(self.first, "M Y")
        return f"{date_format(self.first, 'j M')} – {date_format(self.last, 'j M')}"

    @property
    def short(self) -> str:
        return date_format(self.first, "j M")


@dataclass(frozen=True, slots=True)
class Rect:
    css: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    span: Span
    counts: Mapping[Status, int]
    url: str
    hit: Rect
    rects: Sequence[Rect]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def says(self) -> str:
        """The bar's accessible name and tooltip."""
        parts = [f"{status.label} {number(n)}" for status, n in self.counts.items() if n]
        total = _("%(n)s messages") % {"n": number(self.total)}
        return f"{self.span.label}: {total}" + (f" ({', '.join(parts)})" if parts else "")


@dataclass(frozen=True, slots=True)
class Tick:
    label: str
    y: str


@dataclass(frozen=True, slots=True)
class Mark:
    label: str
    x: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    unit: str  # "day", "week", "month"


def draw(
    by_day: Mapping[date, Mapping[Status, int]], first: date, last: date, url: Callable[[date, date], str]
) -> Chart:
    """The chart of the days from first to last; ``url`` gives the address of the list of some days."""
    spans, unit = spans_of(first, last)
    counts = [summed(by_day, span) for span in spans]
    top = ceiling(max((sum(of_span.values()) for of_span in counts), default=0))
    low_top = ceiling(max((sum(of_span[s] for _css, group in LOWER for s in group) for of_span in counts), default=0))
    place = (WIDTH - LEFT) / len(spans)
    bars = []
    for n, (span, of_span) in enumerate(zip(spans, counts, strict=True)):
        x = LEFT + n * place + place * GAP / 2
        rects = [*stack(UPPER, of_span, x, place * (1 - GAP), BASE, (BASE - TOP) / top)]
        rects += stack(LOWER, of_span, x, place * (1 - GAP), LOW_BASE, (LOW_BASE - LOW_TOP) / low_top)
        hit = Rect("is-hit", f(LEFT + n * place), "0", f(place), f(LOW_BASE))
        bars.append(Bar(span, of_span, url(span.first, span.last), hit, rects))
    ticks = [*ticks_of(top, 3, TOP, BASE), *ticks_of(low_top, 2, LOW_TOP, LOW_BASE)]
    return Chart(bars, ticks, marks_of(spans, place), unit)


def spans_of(first: date, last: date) -> tuple[list[Span], str]:
    """Days, or weeks from Monday, or months: so many bars as one can tell apart."""
    days = (last - first).days + 1
    unit = "day" if days <= 62 else "week" if days <= 434 else "month"
    spans, start = [], first
    while start <= last:
        end = min(end_of(start, unit), last)
        spans.append(Span(start, end))
        start = end + timedelta(days=1)
    return spans, unit


def end_of(day: date, unit: str) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def summed(by_day: Mapping[date, Mapping[Status, int]], span: Span) -> dict[Status, int]:
    total = dict.fromkeys(Status, 0)
    for n in range((span.last - span.first).days + 1):
        for status, count in by_day.get(span.first + timedelta(days=n), {}).items():
            total[status] += count
    return total


def stack(
    groups: Sequence[tuple[str, tuple[Status, ...]]],
    counts: Mapping[Status, int],
    x: float,
    width: float,
    base: float,
    scale: float,
) -> list[Rect]:
    """The groups of one bar, one upon the other."""
    rects, y = [], base
    for css, statuses in groups:
        height = scale * sum(counts[status] for status in statuses)
        if height > 0:
            y -= height
            rects.append(Rect(css, f(x), f(y), f(width), f(height)))
    return rects


def ceiling(value: int) -> int:
    """The round number at the top of an axis."""
    size = 1
    while True:
        for step in (1, 2, 3, 4, 5, 6, 8):
            if value <= step * size:
                return max(step * size, 1)
        size *= 10


def ticks_of(top: int, steps: int, y_top: float, y_base: float) -> list[Tick]:
    """Whole numbers at even steps from 0 to the top."""
    steps = next((n for n in (steps, 4, 2) if top % n == 0), 1)
    return [Tick(axis(top * n // steps), f(y_base - (y_base - y_top) * n / steps)) for n in range(steps + 1)]


def marks_of(spans: Sequence[Span], place: float) -> list[Mark]:
    """Names of some bars, counted from the newest."""
    every = -(-len(spans) // LABELS)
    marks = []
    for n in range(len(spans) - 1, -1, -every):
        is_last = n == len(spans) - 1 and len(spans) > 10
        x = WIDTH if is_last else LEFT + (n + 0.5) * place
        marks.append(Mark(spans[n].short, f(x), "end" if is_last else "middle"))
    return marks[::-1]


def axis(value: int) -> str:
    """Short figures for an axis: 800, 4 k, 1.2 M."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if value >= size:
            return f"{value / size:g}\u2009{unit}"
    return str(value)


def number(n: int) -> str:
    return number_format(n, force_grouping=True)


def f(value: float) -> str:
    """A length in the drawing, with a point whatever the language."""
    return f"{value:.1f}"
