"""What is answered, and asked for, by SMS: each fits one segment, and the words that it names are understood."""

import re

import pytest

from consent import answers, asking, keywords
from consent.keywords import Kind
from consent.shipped_words import LANGUAGES, START
from logs import segments

LONGEST_NAME = 20
NAMES = dict.fromkeys(LANGUAGES, "Harbour Coffee Club!") | {"ru": "Кофейня у Набережной"}
NAMED = {answers.STOPPED: {Kind.START}, answers.STARTED: {Kind.HELP, Kind.STOP}, answers.HELP: {Kind.STOP, Kind.START}}
SHIPPED = [
    (language, kind, text)
    for language in LANGUAGES
    for kind, text in {**answers.SHIPPED[language], asking.REQUEST: asking.SHIPPED[language][asking.REQUEST]}.items()
]


def filled(language: str, text: str) -> str:
    keyword = asking.keyword_of(keywords.lists()[language, START])
    return asking.fill(text, name=NAMES[language], keyword=keyword, number="60777")


@pytest.mark.parametrize(("language", "kind", "text"), SHIPPED)
def test_each_sms_that_is_shipped_fits_one_segment(language: str, kind: str, text: str) -> None:
    assert len(NAMES[language]) == LONGEST_NAME
    found = segments.measure(filled(language, text))
    assert found.segments == 1
    assert found.encoding is (segments.Encoding.UCS_2 if language == "ru" else segments.Encoding.GSM_7)


@pytest.mark.parametrize(("language", "kind", "text"), SHIPPED)
def test_the_words_that_it_names_do_what_it_says(language: str, kind: str, text: str) -> None:
    words = re.findall(r"\b[^\W\d_a-zа-я]{3,}\b", filled(language, text.replace("{name}", "")).replace("SMS", ""))
    found = {keywords.classify(word).kind for word in words}
    assert found == NAMED.get(kind, {Kind.START, Kind.STOP})


def test_who_opts_in_for_the_first_time_is_not_told_again() -> None:
    assert "again" not in answers.SHIPPED["en"][answers.STARTED]
