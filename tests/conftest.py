"""Fixtures that all tests share stand on shelves: one file per subject under tests/fixtures/."""

from hypothesis import HealthCheck, settings

# A crowded machine is no fault of ours: how long an example takes is not what the tests are about.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.browser",
    "tests.fixtures.peer",
    "tests.fixtures.site",
    "tests.fixtures.ledger",
    "tests.fixtures.providers",
    "tests.fixtures.mail",
]
