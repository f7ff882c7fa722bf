"""What all tests share: no window system, one sandbox with its portfolio, and no key of the developer's."""

import sys

import matplotlib as mpl
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import sandbox

mpl.use("Agg")  # not by MPLBACKEND: the kernels of the notebooks would inherit it and show no chart


@pytest.fixture(scope="session")
def server():
    """A sandbox with the demo's portfolio; nothing is ever made to fail on it."""
    with sandbox.start() as running:
        yield running


@pytest.fixture(scope="session")
def _portfolio(server):
    return leadlex_pandas.read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)


@pytest.fixture
def stats(_portfolio) -> pd.DataFrame:
    """The portfolio as read over HTTP; a copy of its own for each test."""
    return _portfolio.copy()


@pytest.fixture(autouse=True)
def no_figure_left_open():
    """Close what a test drew on pyplot, and keep the settings of the user out of all tests."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch):
    """A developer's own key must not make a test pass."""
    monkeypatch.delenv("LEADLEX_API_KEY", raising=False)
    monkeypatch.delenv("LEADLEX_BASE_URL", raising=False)
    monkeypatch.delenv("LEADLEX_HISTORY", raising=False)
