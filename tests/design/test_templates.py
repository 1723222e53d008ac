"""What holds for every template: the content security policy, a contract at the top, icons and styles that exist."""

import re
from pathlib import Path

import pytest

from logs.statuses import Status
from smsadmin.listing.templatetags import smsadmin as tags

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MAILS = {ROOT / "templates" / "reminders" / "mail.html"}  # no stylesheet reaches a mail program
SYMBOLS = set(re.findall(r'<symbol id="i-([^"]+)"', (ROOT / "static" / tags.SPRITE).read_text()))

# What the content security policy would refuse: style attributes, inline styles and scripts, handlers.
REFUSED = re.compile(r"<[^>]*\sstyle=|<style\b|<script(?![^>]*\bsrc=)|<[^>]*\son[a-z]+=|javascript:", re.IGNORECASE)
ICON = re.compile(r"""\{% icon ["']([^"']+)["']|icon_name=["']([^"']+)["']""")
STATUS_ICON = re.compile(r"""\{% status_icon ["']([^"']+)["']""")

every_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))


@every_template
def test_nothing_that_the_security_policy_refuses(path):
    assert path in MAILS or REFUSED.findall(path.read_text()) == []


@every_template
def test_a_template_tells_its_context(path):
    lines = path.read_text().lstrip().splitlines()[:2]

    assert any(line.startswith(("{#", "{% comment %}")) for line in lines)


@every_template
def test_every_icon_is_in_the_sprite(path):
    text = path.read_text()
    used = {one or other for one, other in ICON.findall(text)} | {f"s-{name}" for name in STATUS_ICON.findall(text)}

    assert used - SYMBOLS == set()


def test_every_status_has_its_shape():
    assert {f"{tags.STATUS_PREFIX}{status.symbol}" for status in Status} <= SYMBOLS


def test_every_tone_and_page_has_its_icon():
    assert {*tags.ICON_OF_TONE.values(), *(page.icon for page in (*tags.PAGES, *tags.FOOT_PAGES))} <= SYMBOLS


def test_tones_of_statuses_are_the_ones_with_colours():
    assert {status.tone for status in Status} <= set(tags.ICON_OF_TONE)


def test_no_two_statuses_of_one_tone_share_a_shape():
    looks = [(status.tone, status.symbol) for status in Status]

    assert len(set(looks)) == len(looks)


def test_every_stylesheet_and_script_of_ours_is_loaded_and_is_there():
    parts = [*TEMPLATES]
    loaded = {name for path in parts for name in re.findall(r"\{% static '((?:css|js)/[^']+)' %\}", path.read_text())}
    kept = {
        str(path.relative_to(ROOT / "static"))
        for kind in ("css", "js")
        for path in (ROOT / "static" / kind).rglob("*.*")
    }

    assert loaded == kept
