"""Every figure of the overview leads to the list that counts as many."""

import re
from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

# Where figures stand: the key figures, the ranked lists, the tables.
FIGURES = """
    () => [
        ...[...document.querySelectorAll(".sa-fig-n")].map((figure) => [figure.closest("a"), figure]),
        ...[...document.querySelectorAll("a.sa-rank")].map((row) => [row, row.children[2]]),
        ...[...document.querySelectorAll(".sa-figures td a")].map((link) => [link, link]),
    ]
        .map(([link, figure]) => [link.getAttribute("href"), figure.textContent.trim()])
        .filter(([, figure]) => /^[0-9,]+$/.test(figure))
"""


def counted(page: Page) -> int:
    """What the list says of itself; an empty one says nothing."""
    if page.locator(".sa-empty").count():
        return 0
    return int(page.locator(".sa-head .sa-count b").inner_text().replace(",", ""))


@pytest.mark.slow
def test_each_figure_leads_to_a_list_that_counts_as_many(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("marketer@demo.example")
    page = person.visit("/demo/")
    figures = {(href, int(text.replace(",", ""))) for href, text in page.evaluate(FIGURES)}
    assert len(figures) > 20

    # The same pages by the same session, without drawing each of them.
    wrong = {}
    for href, n in sorted(figures):
        html = page.request.get(urljoin(page.url, href)).text()
        found = re.search(r'class="sa-count"[^>]*>\s*<b[^>]*>([\d,]+)', html)
        listed = int(found[1].replace(",", "")) if found else 0
        if listed != n:
            wrong[href] = (n, listed)
    assert wrong == {}


def test_a_figure_is_followed_by_hand(person_at: Callable[..., Person]) -> None:
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/")
    row = page.locator("a.sa-rank", has_text="Undelivered")
    n = int(row.locator("> span").nth(1).inner_text().replace(",", ""))
    row.click()
    page.wait_for_url(re.compile("status=undelivered"))
    expect(page.get_by_role("link", name="Remove filter: Status Undelivered")).to_be_visible()
    assert counted(page) == n

    page.go_back()
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("region", name="Figures of the chart")).to_be_visible()
    page.get_by_text("Last 30 days").first.click()
    page.get_by_role("link", name="Last 7 days").click()
    page.wait_for_url(re.compile("from="))
    expect(page.get_by_role("heading", name="Where they stand")).to_be_visible()
