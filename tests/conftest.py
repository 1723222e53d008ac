"""Fixtures that all tests share stand on shelves: one file per subject under tests/fixtures/."""

pytest_plugins = ["tests.fixtures.network", "tests.fixtures.browser", "tests.fixtures.site"]
