"""What is forgotten is gone: from every table, every page of the file, and every journal."""

import re
import sqlite3
import threading
from contextlib import closing

import pandas as pd
import pytest
import sqlalchemy

from leadlex_pandas import History, HistoryError, LeadlexWarning
from tests.history.snapshots import START, stats

SECRET = "cmp_of_mandate_0815"
LABEL = "Enforcement against Fischer GmbH"


def fill(history):
    for day in range(40):
        ids = [SECRET, *(f"cmp_{number}" for number in range(30))]
        labels = [f"{LABEL} {day}", *(f"Campaign {number} of day {day}" for number in range(30))]
        history.record(stats(ids, START + pd.Timedelta(day, "D"), label=labels))


def everything_of(file):
    return b"".join(path.read_bytes() for path in file.parent.iterdir())


def test_nothing_of_it_is_left_to_read(history):
    fill(history)
    with pytest.warns(LeadlexWarning, match="History.forget: 'never' is not in this history"):
        assert history.forget([SECRET, "never"]) == 1
    with pytest.warns(LeadlexWarning, match="is not in this history"):
        assert history.forget(SECRET) == 0
    for frame in (history.latest(), history.read(), history.campaigns(), history.directory(), history.as_of(START)):
        ids = frame.index if frame.index.nlevels == 1 else frame.index.get_level_values("campaign_id")
        assert SECRET not in ids
        assert ids.nunique() == 30
    with pytest.warns(LeadlexWarning, match="is not in this history"):
        assert history.latest(SECRET).empty
    assert history.record(stats([SECRET])) == 1  # as one that was never there
    assert "label" not in history.latest(SECRET)


def test_a_label_in_place_of_an_id_is_not_passed_over_in_silence(history):
    fill(history)
    advice = "Campaigns are named by their campaign_id, as in the index of .campaigns(), not by their label."
    with pytest.warns(LeadlexWarning) as caught:
        assert history.forget(f"{LABEL} 39") == 0
    [warning] = caught
    assert str(warning.message) == f"History.forget: '{LABEL} 39' is not in this history. {advice}"
    assert warning.filename == __file__
    with pytest.warns(LeadlexWarning) as caught:
        assert history.forget(["v", "w", "x", "cmp_1", "y", "z"]) == 1
    assert str(caught[0].message) == f"History.forget: 'v', 'w', 'x' and 2 more are not in this history. {advice}"
    assert len(history.campaigns()) == 30


@pytest.mark.parametrize("method", ["read", "latest"])
def test_what_is_asked_for_and_not_there_is_said(history, method):
    fill(history)
    asked = getattr(history, method)
    with pytest.warns(LeadlexWarning) as caught:
        found = asked(["cmp_1", "zzz"])
    assert set(found.index.get_level_values("campaign_id")) == {"cmp_1"}
    assert str(caught[0].message).startswith(f"History.{method}: 'zzz' is not in this history. ")
    assert caught[0].filename == __file__
    asked()
    asked([])
    assert history.as_of(START, ["zzz"]).empty  # without a word: reads ask so for what is new
    assert history.directory(["zzz"]).empty


def test_nothing_of_it_is_left_in_the_tables(history, url):
    fill(history)
    history.forget([SECRET, "cmp_1"])
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        counts = [
            connection.scalar(sqlalchemy.text(f"SELECT count(DISTINCT campaign) FROM {table}"))
            for table in ("leadlex_campaigns", "leadlex_snapshots", "leadlex_directory")
        ]
    engine.dispose()
    assert counts == [29, 29, 29]


def test_nothing_of_it_is_left_in_the_files(file):
    with History(file) as history, History(file) as other:
        fill(history)
        other.latest()
        assert SECRET.encode() in everything_of(file)
        assert LABEL.encode() in everything_of(file)
        history.forget(SECRET)
        assert SECRET.encode() not in everything_of(file)  # while the file is open, its journal too
        assert LABEL.encode() not in everything_of(file)
        assert len(other.latest()) == 30
    assert SECRET.encode() not in everything_of(file)


def test_nothing_of_it_is_left_in_the_tables_of_a_server(postgres_server):
    with History(postgres_server.database()) as history:
        fill(history)
        history.forget(SECRET)
        postgres_server.run("CHECKPOINT")
        heaps = [
            path
            for path in (postgres_server.data / "base").rglob("*")
            if re.fullmatch(r"\d+", path.name) and path.is_file()
        ]
        assert len(heaps) > 10
        content = b"".join(path.read_bytes() for path in heaps)
        assert b"Campaign 3 of day 7" in content
        assert SECRET.encode() not in content
        assert LABEL.encode() not in content


def test_a_reader_that_holds_the_journal_is_told(file):
    with History(f"sqlite:///{file}?timeout=0.05") as history, closing(sqlite3.connect(file)) as reader:
        fill(history)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM leadlex_snapshots").fetchone()
        with pytest.raises(HistoryError) as caught:
            history.forget(SECRET)
        assert str(caught.value) == (
            f"History.forget: {file} is locked by another program (the journal is in use). "
            "Close what holds it (a database browser, an unfinished backup), then try again."
        )
        reader.rollback()
        with pytest.warns(LeadlexWarning, match="is not in this history"):
            assert history.forget(SECRET) == 0  # deleted before, and now gone for good
        assert SECRET.encode() not in everything_of(file)


def test_recording_waits_for_it(history):
    fill(history)
    recorded = []
    other = threading.Thread(target=lambda: recorded.append(history.record(stats(["new"]))))
    other.start()
    history.forget(SECRET)
    other.join()
    assert recorded == [1]
    assert len(history.campaigns()) == 31
