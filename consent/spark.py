"""A trend as a spark line: where it goes, in the units of its picture; the template draws it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 84, 26
TOP, BASE = 3, 23


@dataclass(frozen=True, slots=True)
class Spark:
    """``points`` as SVG wants them; the last of them is marked."""

    points: str
    x: str
    y: str


def spark(values: Sequence[int]) -> Spark | None:
    """None where there is nothing to draw: fewer than two values, or no change among them."""
    low, high = min(values, default=0), max(values, default=0)
    if len(values) < 2 or low == high:
        return None
    step, scale = WIDTH / (len(values) - 1), (BASE - TOP) / (high - low)
    points = [(f"{n * step:.1f}", f"{BASE - (value - low) * scale:.1f}") for n, value in enumerate(values)]
    return Spark(" ".join(",".join(point) for point in points), *points[-1])
