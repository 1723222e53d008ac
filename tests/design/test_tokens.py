"""The contrasts that the design promises, measured on the tokens (WCAG 2.2: 4.5:1 for text, 3:1 for shapes)."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
TOKEN = re.compile(r"--sa-([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TOKENS = {name: (light, dark) for name, light, dark in TOKEN.findall((CSS / "tokens.css").read_text())}
SIDES = {"light": 0, "dark": 1}

TONES = ("wait", "move", "good", "bad", "stop", "late")
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "accent-tint")
INKS = ("ink", "ink-2", "ink-3", "accent", *(f"{tone}-t" for tone in TONES))
SHAPES = ("edge", "focus", *(f"{tone}-i" for tone in TONES))

TEXT_PAIRS = [
    *((ink, ground) for ink in INKS for ground in GROUNDS),
    *((f"{tone}-t", f"{tone}-b") for tone in TONES),
    *(("ink", f"{tone}-b") for tone in TONES),
    *((ink, "here") for ink in ("ink", "ink-2")),
    ("ink", "person"),
    ("on-solid", "solid"),
    ("on-danger", "danger"),
]
SHAPE_PAIRS = [(shape, ground) for shape in SHAPES for ground in ("surface", "canvas", "accent-tint")]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("colours", "expected"), [(("#000000", "#ffffff"), 21.0), (("#777777", "#ffffff"), 4.48)])
def test_contrast_is_measured_as_the_guideline_says(colours, expected):
    assert contrast(*colours) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(ink, ground, side):
    assert contrast(TOKENS[ink][SIDES[side]], TOKENS[ground][SIDES[side]]) >= 4.5


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_and_edges_stand_out_from_their_ground(shape, ground, side):
    assert contrast(TOKENS[shape][SIDES[side]], TOKENS[ground][SIDES[side]]) >= 3


def test_no_other_stylesheet_holds_a_colour():
    literal = re.compile(r"#[0-9a-f]{3,8}\b(?![^{]*\{)|\brgba?\(|\bhsla?\(|light-dark\(", re.IGNORECASE)
    sheets = [path for path in CSS.rglob("*.css") if path.name != "tokens.css"]

    found = {path.name: literal.findall(path.read_text()) for path in sheets}

    assert sheets
    assert {name: hits for name, hits in found.items() if hits} == {}
