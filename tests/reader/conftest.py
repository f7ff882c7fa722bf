"""Servers of a test's own, which may fail."""

import time
from contextlib import ExitStack

import pytest

import leadlex_pandas
from leadlex_pandas import gate, sandbox, steering
from tests.reader.raw_server import RawServer


@pytest.fixture
def own():
    """A sandbox of the test's own."""
    with sandbox.start() as running:
        yield running


@pytest.fixture
def raw():
    """Start servers that answer as told; all of them are closed at the end."""
    with ExitStack() as stack:
        yield lambda reply: stack.enter_context(RawServer(reply))


@pytest.fixture
def read():
    """Read from a server with its own key."""

    def read_from(server, ids="cmp_abc123", **options):
        return leadlex_pandas.read_stats(ids, **{"api_key": server.api_key, "base_url": server.url, **options})

    return read_from


@pytest.fixture(autouse=True)
def no_gate_of_another_test():
    """Ports come again: what a service told an earlier test is not meant for this one."""
    gate._gates.clear()


@pytest.fixture
def short_pauses(monkeypatch):
    """Retry after a hundredth of the usual pauses."""
    monkeypatch.setattr(steering.random, "uniform", lambda low, high: (low + high) / 200)


class Waits:
    """A clock of the test's own: waiting costs no time."""

    def __init__(self):
        self.slept = 0.0

    def monotonic(self):
        return time.monotonic() + self.slept

    def sleep(self, seconds):
        self.slept += seconds


@pytest.fixture
def waits(monkeypatch):
    clock = Waits()
    monkeypatch.setattr("leadlex_pandas.steering.time", clock)
    return clock
