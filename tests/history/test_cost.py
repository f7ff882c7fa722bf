"""The newest snapshots are found through the index: what SQLite plans to do never includes reading all of them."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from leadlex_pandas import History, LeadlexWarning
from leadlex_pandas.history import queries
from tests.history.snapshots import START, stats

CALLS = {
    "latest": lambda h: h.latest(),
    "latest of some": lambda h: h.latest(["a", "c"]),
    "as_of": lambda h: h.as_of([START, START + pd.Timedelta("1D")]),
    "as_of with own times": lambda h: h.as_of(pd.Series([START], index=["a"])),
    "campaigns": lambda h: h.campaigns(),
    "directory": lambda h: h.directory(),
    "read of some": lambda h: h.read(["a", "c"]),
    "read since": lambda h: h.read(since=START),
}


@pytest.fixture
def plans(file, monkeypatch):
    """Collect what SQLite plans for each statement that is fetched."""
    with History(file) as history:
        for day in range(3):
            history.record(stats(["a", "b", "c"], START + pd.Timedelta(day, "D"), label=["A", "B", "C"]))
        plans = []
        written = queries._written

        def explained(connection, statement):
            text = written(connection, statement)
            with closing(sqlite3.connect(file)) as own:
                plans.extend(row[3] for row in own.execute(f"EXPLAIN QUERY PLAN {text}"))
            return text

        monkeypatch.setattr(queries, "_written", explained)
        yield history, plans


@pytest.mark.parametrize("name", CALLS)
def test_no_call_reads_all_snapshots(plans, name):
    history, found = plans
    CALLS[name](history)
    of_snapshots = [step for step in found if "leadlex_snapshots" in step or "newest" in step]
    assert all(step.startswith("SEARCH") and "PRIMARY KEY (campaign=?" in step for step in of_snapshots), found
    assert of_snapshots or name == "directory"
    assert not any("TEMP B-TREE" in step for step in found)


def test_reading_everything_does(plans):
    history, found = plans
    history.read()
    assert "SCAN leadlex_snapshots" in found


def test_campaigns_beyond_one_statement_are_all_found(history, monkeypatch):
    monkeypatch.setattr(queries, "_KEYS", 3)
    ids = [f"c{number}" for number in range(10)]
    history.record(stats(ids, label=[name.upper() for name in ids]))
    backwards = ids[::-1]
    assert history.latest(backwards).index.tolist() == backwards
    assert history.latest(backwards)["label"].tolist() == [name.upper() for name in backwards]
    assert history.read(backwards).index.get_level_values(0).tolist() == backwards
    assert history.as_of([START, START + pd.Timedelta("1D")]).shape[0] == 20
    assert history.directory(backwards)["label"].tolist() == [name.upper() for name in backwards]


def test_rows_beyond_one_fetch_are_all_found(history, monkeypatch):
    monkeypatch.setattr(queries, "_ROWS", 4)
    history.record(stats([f"c{number}" for number in range(11)], contacts=pd.array([5] * 11, "Int64")))
    assert history.read()["contacts"].tolist() == [5] * 11


@pytest.mark.parametrize("asked", [1, 150, 400])
def test_campaigns_are_found_among_many_and_among_few(history, asked):
    ids = [f"c{number}" for number in range(400)]
    history.record(stats(ids))
    chosen = [*ids[:asked], "never"]
    with pytest.warns(LeadlexWarning, match=r"^History.latest: 'never' is not in this history\."):
        assert history.latest(chosen[::-1]).index.tolist() == ids[:asked][::-1]
    assert history.record(stats([*ids[:asked], f"new_{asked}"], START + pd.Timedelta("1D"))) == asked + 1
