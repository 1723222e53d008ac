"""Reads a QR code from the picture of a page, without the library that drew it: ISO/IEC 18004, versions 1 to 3 at
level M, which have one block of codewords, so an undamaged code needs no correction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from PIL import Image

DATA_CODEWORDS = {1: 16, 2: 28, 3: 44}
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MASKS: Sequence[Callable[[int, int], int]] = (
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2,
    lambda i, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)
Matrix = Sequence[Sequence[bool]]


@dataclass(frozen=True)
class Code:
    """``module`` in pixels; ``quiet``: the narrowest white margin, in modules."""

    text: str
    module: float
    quiet: float


def read(page: Image.Image) -> Code:
    """The one code on a page, where it is what reaches furthest down without a gap."""
    dark = page.convert("L").point(lambda level: 255 * (level < 128))
    rows = runs([bool(dark.crop((0, y, dark.width, y + 1)).getbbox()) for y in range(dark.height)])
    n, (top, bottom) = max(enumerate(rows), key=lambda run: run[1][1] - run[1][0])
    left, _top, right, _bottom = dark.crop((0, top, dark.width, bottom)).getbbox() or (0, 0, 0, 0)
    pixels: Any = dark.load()
    row = [bool(pixels[x, top + (bottom - top) // 50]) for x in range(left, right)]
    first, after = runs(row)[0]  # the upper edge of a finder, seven modules wide
    finder = after - first
    size = round((right - left) / finder * 7)
    module = (right - left) / size
    matrix = [
        [bool(pixels[int(left + (x + 0.5) * module), int(top + (y + 0.5) * module)]) for x in range(size)]
        for y in range(size)
    ]
    above = top - (rows[n - 1][1] if n else 0)
    below = (rows[n + 1][0] if n + 1 < len(rows) else dark.height) - bottom
    return Code(decoded(matrix), module, min(above, below, left, dark.width - right) / module)


def runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Where they are true, as (first, after the last)."""
    found, at = [], 0
    for is_on, group in groupby(flags):
        length = len(list(group))
        if is_on:
            found.append((at, at + length))
        at += length
    return found


def decoded(matrix: Matrix) -> str:
    """Raises ValueError for what is no such code."""
    size = len(matrix)
    version, rest = divmod(size - 17, 4)
    if rest or version not in DATA_CODEWORDS:
        raise ValueError(f"{size} modules")
    cells = [*((8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)), *((y, 8) for y in (7, 5, 4, 3, 2, 1, 0))]
    form = number([matrix[y][x] for y, x in cells]) ^ 0x5412
    if form >> 13:
        raise ValueError("not of level M")
    mask = MASKS[form >> 10 & 7]
    bits = [matrix[y][x] ^ (mask(y, x) == 0) for y, x in path(size, version)]
    return text(iter(bits[: 8 * DATA_CODEWORDS[version]]))


def path(size: int, version: int) -> Iterator[tuple[int, int]]:
    """The modules that hold data, in their order: upwards and downwards in columns of two, from the right."""
    up = True
    for right in [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]:
        for y in range(size - 1, -1, -1) if up else range(size):
            for x in (right, right - 1):
                if not is_function(y, x, size, version):
                    yield y, x
        up = not up


def is_function(y: int, x: int, size: int, version: int) -> bool:
    finders = (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9)
    alignment = version > 1 and abs(y - (size - 7)) <= 2 and abs(x - (size - 7)) <= 2
    return finders or alignment or y == 6 or x == 6


def text(bits: Iterator[bool]) -> str:
    def take(n: int) -> int:
        return number([next(bits) for _ in range(n)])

    match take(4):
        case 0b0100:
            return bytes(take(8) for _ in range(take(8))).decode()
        case 0b0010:
            length = take(9)
            pairs = [divmod(take(11), 45) for _ in range(length // 2)]
            codes = [code for pair in pairs for code in pair] + [take(6) for _ in range(length % 2)]
            return "".join(ALPHANUMERIC[code] for code in codes)
        case mode:
            raise ValueError(f"mode {mode}")


def number(bits: Sequence[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)
