"""One data folder made by initdb for all tests here; each leaves it as it found it, which is what it is for."""

import tempfile
from pathlib import Path

import pytest

from smsadmin.quickstart.postgres import Postgres, end_leftover


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="smsadmin-quickstart-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def made_once():
    with tempfile.TemporaryDirectory(prefix="smsadmin-quickstart-") as name:
        server = Postgres(Path(name) / "postgres", durable=False)
        with server:
            server.create_database("kept")
        yield server.data


@pytest.fixture
def data(made_once):
    yield made_once
    end_leftover(made_once)  # of a test that failed half-way
