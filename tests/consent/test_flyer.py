"""The flyer: everything is on it, in every language, and nothing runs into anything else."""

from io import BytesIO
from typing import Any

import pypdfium2
import pytest

from consent import asking, keywords
from consent.flyer import SIZES, Flyer, draw
from consent.shipped_words import LANGUAGES
from logs import segments
from tests import qr

NAME = "Harbour Coffee Club"


def keyword(language: str) -> str:
    return asking.keyword_of(keywords.lists()[language, "start"])


def text(kind: str, language: str, name: str = NAME) -> str:
    return asking.fill(asking.SHIPPED[language][kind], name=name, keyword=keyword(language), number="60777")


def flyer(language: str, **changes: Any) -> Flyer:
    title, body = text(asking.TITLE, language), text(asking.FLYER, language)
    values = {"name": NAME, "title": title, "text": body, "keyword": keyword(language), "number": "60777", **changes}
    return Flyer(**{**values, "language": language})


def page(pdf: bytes) -> Any:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    assert len(document) == 1
    return document[0]


def ink(image: Any) -> tuple[int, int, int, int]:
    """What is drawn, as left, top, right, bottom."""
    return tuple(image.convert("L").point(lambda level: 255 * (level < 200)).getbbox())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_language_stands_on_it_whole(language: str, size: str) -> None:
    found = page(draw(flyer(language), size))
    assert (found.get_width(), found.get_height()) == pytest.approx(SIZES[size], abs=0.5)
    words = " ".join(found.get_textpage().get_text_range().split())
    for expected in (NAME, text(asking.TITLE, language), keyword(language), "60777"):
        assert expected in words
    assert "□" not in words


@pytest.mark.parametrize("language", ["en", "ru"])
def test_as_an_image_it_has_ink_within_its_margins(language: str) -> None:
    image = page(draw(flyer(language))).render(scale=2).to_pil()
    left, top, right, bottom = ink(image)
    assert left > image.width * 0.05
    assert right < image.width * 0.95
    assert top > image.height * 0.03
    assert bottom < image.height * 0.97
    middle = image.crop((image.width // 3, image.height // 3, 2 * image.width // 3, 2 * image.height // 3))
    dark = sum(middle.convert("L").histogram()[:100]) / (middle.width * middle.height)
    assert 0.3 < dark < 0.7, "the code stands in the middle"


def test_long_words_shrink_until_they_fit() -> None:
    long = flyer(
        "de", name="N" * 60, title="Donaudampfschifffahrtsgesellschaft " * 3, text="Wort " * 80, keyword="K" * 40
    )
    image = page(draw(long)).render(scale=2).to_pil()
    left, _top, right, bottom = ink(image)
    assert left > 0
    assert right < image.width
    assert bottom < image.height


def test_marks_of_the_page_language_are_text_not_markup() -> None:
    words = page(draw(flyer("en", title="<b>Tea & cake</b>"))).get_textpage().get_text_range()
    assert "<b>Tea & cake</b>" in " ".join(words.split())


def test_the_code_writes_the_message() -> None:
    assert flyer("en", number="+44 7700 900142").address == "SMSTO:+447700900142:START"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_a_phone_reads_the_printed_code(language: str, size: str) -> None:
    """What it says, in modules of a millimetre at least, with the quiet zone of four that readers ask for."""
    dots = 150  # an inch
    shown = flyer(language, number="+44 7700 900142" if language == "en" else "60777")
    found = qr.read(page(draw(shown, size)).render(scale=dots / 72).to_pil())
    assert found.text == shown.address
    assert found.module / dots * 25.4 > 1
    assert found.quiet >= 4


def test_a_size_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        draw(flyer("en"), "a0")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_takes_one_segment_and_says_how_to_answer(language: str) -> None:
    said = text(asking.REQUEST, language, name="N" * 20)
    assert segments.measure(said).segments == 1
    assert keyword(language) in said
    assert any(word in said for word in keywords.lists()[language, "stop"])
    found = keywords.classify(keyword(language))
    assert (found.kind, found.is_yes) == (keywords.Kind.START, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    assert asking.SHIPPED[language].keys() == asking.SHIPPED["en"].keys()
    assert all("{" not in text(kind, language) for kind in asking.SHIPPED[language])
