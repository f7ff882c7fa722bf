"""Every test of a history runs on an SQLite file and, where there is a server, on PostgreSQL."""

import os

import pytest

from leadlex_pandas import History
from tests.history import postgres


@pytest.fixture(scope="session")
def postgres_server():
    programs = postgres.find()
    if programs is None:
        reason = "needs a PostgreSQL server: install Debian's package postgresql"
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = postgres.Server(programs)
    yield server
    server.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stats.sqlite"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, file):
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    return request.getfixturevalue("postgres_server").database()


@pytest.fixture
def history(url):
    with History(url) as opened:
        yield opened
