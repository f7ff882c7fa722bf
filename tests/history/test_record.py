"""What is recorded: every row once, all of a frame or none of it, and nothing that is not a proper snapshot."""

import sqlite3
import uuid

import numpy as np
import pandas as pd
import pytest
import sqlalchemy
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import ColumnsError, History, HistoryError, InputError, sandbox
from tests.history.snapshots import COUNTS, START, as_read, stats, times


def stored(url):
    """The rows of the table of snapshots, by a connection of the test's own."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            sqlalchemy.text(
                f"SELECT campaign_id, fetched_at, {', '.join(COUNTS)} FROM leadlex_snapshots "
                "JOIN leadlex_campaigns USING (campaign) ORDER BY campaign_id, fetched_at"
            )
        ).all()
    engine.dispose()
    return [tuple(row) for row in rows]


def test_each_row_is_kept_once(history, url):
    first = stats(["a", "b"])
    second = stats(["b", "c"], [START, START + pd.Timedelta("1us")])
    assert history.record(first) == 2
    assert history.record(first) == 0
    assert history.record(second) == 1  # b at that time is there
    micros = START.value // 1000
    counts = (100, 33, 20, 14, 11, 9)
    assert stored(url) == [("a", micros, *counts), ("b", micros, *counts), ("c", micros + 1, *counts)]


def test_what_is_there_stays_as_it_was(history, url):
    history.record(stats(["a"]))
    assert history.record(stats(["a"], sent=50)) == 0
    assert [row[2] for row in stored(url)] == [100]


def test_a_row_that_comes_twice_in_a_frame_is_kept_once(history, url):
    twice = pd.concat([stats(["a"]), stats(["a"])])
    assert history.record(twice) == 1
    assert len(stored(url)) == 1


def test_the_frame_of_the_caller_is_left_as_it_is(history):
    frame = stats(["a", "b"], label=["A", "B"])
    before = frame.copy()
    history.record(frame)
    assert_frame_equal(frame, before)


def test_rows_without_counts_are_left_out(history, url):
    with sandbox.start() as server:
        ids = [server.campaigns.index[0], "gone"]
        frame = leadlex_pandas.read_stats(ids, api_key=server.api_key, base_url=server.url, errors="coerce")
    assert history.record(frame) == 1
    assert [row[0] for row in stored(url)] == ids[:1]


def test_a_row_that_lacks_one_count_is_left_out(history, url):
    frame = stats(["a", "b"])
    frame.loc["a", "replied_count"] = pd.NA
    assert history.record(frame) == 1
    assert [row[0] for row in stored(url)] == ["b"]


def test_an_empty_frame_is_nothing(history):
    assert history.record(stats([])) == 0
    assert history.record_campaigns(stats([])) == 0
    assert len(history.latest()) == 0


def test_ids_may_stand_in_a_column_or_an_index_level(history):
    frame = stats(["a", "b"])
    history.record(frame.reset_index())
    assert history.record(frame.set_index("fetched_at", append=True)) == 0
    assert history.record(frame.rename_axis(None)) == 0
    named = uuid.UUID(int=7)
    uuids = stats(["x"]).set_axis(pd.Index([named], dtype=object))
    assert history.record(uuids) == 1
    assert history.latest(named).index.tolist() == [str(named)]


def test_one_history_can_be_copied_into_another(history, tmp_path):
    history.record(stats(["b", "a"], label=["B", "A"]))
    history.record(stats(["a"], START + pd.Timedelta("1D"), 120))
    with History(tmp_path / "copy.sqlite") as copy:
        assert copy.record(history.read()) == 3
        assert_frame_equal(copy.read(["a", "b"]), history.read(["a", "b"]))


def test_ids_of_every_kind_of_text_come_back(history):
    ids = ["ä/ö ü%", "'; DROP TABLE leadlex_snapshots; --", "x" * 3000, "🙂", ":name ?"]
    labels = ['"', "'", "Übernahme § 35", "%s ? :x", "🙂"]
    history.record(stats(ids, label=labels))
    latest = history.latest(ids)
    assert latest.index.tolist() == ids
    assert latest["label"].tolist() == labels


def test_labels_that_no_database_takes_are_mended(history):
    frame = stats(["a", "b"]).assign(label=pd.Series(["nul\0", "half \ud83d"], index=["a", "b"], dtype=object))
    history.record(frame)
    assert history.latest()["label"].tolist() == ["nul\ufffd", "half ?"]


def test_the_largest_counts_come_back(history):
    history.record(stats(["a"], sent=2**53))
    assert history.latest()["sent_count"].tolist() == [2**53]


def test_that_the_services_rates_differed_is_remembered(history):
    frame = as_read(stats(["a", "b", "c"], clicked_count=0)).assign(caveats=["api_rates_differ", "", None])
    history.record(frame)
    history.record(stats(["a"], START + pd.Timedelta("1D"), clicked_count=0))
    assert history.as_of(START)["caveats"].tolist() == ["api_rates_differ", "", ""]
    assert history.read()["caveats"].tolist() == ["api_rates_differ", "", "", ""]


def test_what_few_rows_have_is_kept_with_them(history):
    frame = as_read(stats(["a", "b"], contacts=pd.array([None, 40], "Int64"), clicked_count=0))
    history.record(frame.assign(caveats=["", "api_rates_differ"]))
    latest = history.latest()
    assert latest["contacts"].tolist() == [pd.NA, 40]
    assert latest["caveats"].tolist() == ["", "api_rates_differ"]


def refused(history, frame):
    with pytest.raises(InputError) as caught:
        history.record(frame)
    assert len(history.campaigns()) == 0
    return str(caught.value)


def test_what_is_no_snapshot_is_refused(history):
    assert refused(history, [1]) == "History.record: df must be a pandas DataFrame, not list."
    frame = stats(["a", "b"])
    local = frame.assign(fetched_at=frame["fetched_at"].dt.tz_localize(None))
    assert refused(history, local) == (
        "History.record: column 'fetched_at' must hold times with their time zone, not datetime64[us]. Convert it: "
        "pandas.to_datetime(df['fetched_at'], utc=True), or .dt.tz_localize('Europe/Berlin') where they are local."
    )
    never = frame.assign(fetched_at=frame["fetched_at"].where([True, False]))
    assert refused(history, never) == "History.record: row 'b' (position 1) has counts but no 'fetched_at'."
    negative = frame.assign(sent_count=[100, -1])
    assert refused(history, negative) == (
        "History.record: column 'sent_count' must hold whole numbers of at least 0 or missing values, "
        "but row 'b' (position 1) has -1."
    )
    assert refused(history, frame.set_axis(["a", ".."])) == (
        "History.record: ids[1] must be one path segment, not '..': not blank, not '.' or '..', "
        "and without control characters."
    )
    assert refused(history, frame.reset_index(drop=True)) == (
        "History.record: ids[0] must be text, not 0 (int). "
        "In a DataFrame the ids stand in the index or in a column 'campaign_id'."
    )
    assert refused(history, frame.assign(track_opens=["yes", True])) == (
        "History.record: column 'track_opens' must hold True, False or missing values."
    )


def test_missing_columns_are_named(history):
    with pytest.raises(ColumnsError) as caught:
        history.record(stats(["a"]).drop(columns=["fetched_at", "replied_count"]))
    assert str(caught.value).startswith(
        "History.record: missing columns 'fetched_at' and 'replied_count'; the frame has "
    )


# a row that the database itself refuses in the middle of the others
REFUSING = {
    "sqlite": [
        "CREATE TRIGGER refuse BEFORE INSERT ON leadlex_snapshots WHEN NEW.sent_count = 666 "
        "BEGIN SELECT RAISE(ABORT, 'no such number'); END"
    ],
    "postgresql": ["ALTER TABLE leadlex_snapshots ADD CONSTRAINT refuse CHECK (sent_count <> 666)"],
}


def test_all_rows_are_kept_or_none(history, url):
    history.record(stats(["a"]))
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in REFUSING[engine.dialect.name]:
            connection.execute(sqlalchemy.text(statement))
    engine.dispose()
    frame = stats([f"new_{number}" for number in range(50)], sent=np.where(np.arange(50) == 40, 666, 10), label="L")
    with pytest.raises(HistoryError) as caught:
        history.record(frame)
    assert caught.value.stats is frame
    assert "History.record: " in str(caught.value)
    assert [row[0] for row in stored(url)] == ["a"]
    assert history.campaigns().index.tolist() == ["a"]
    frame["sent_count"] = 10
    assert history.record(frame) == 50  # the history is usable as before


def test_an_interrupt_keeps_nothing_of_the_frame(history, url, monkeypatch):
    from leadlex_pandas.history import writing

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writing, "write_notes", interrupted)  # after the snapshots were written
        with pytest.raises(KeyboardInterrupt):
            history.record(stats(["a"]))
    assert stored(url) == []
    assert history.record(stats(["a"])) == 1


def test_what_was_recorded_is_on_the_disk_before_record_returns(file):
    """SQLite's documentation: in WAL mode only FULL (2) keeps the last transactions through a power cut."""
    with History(file) as history, history._database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_the_file_is_plain_sqlite(file):
    with History(file) as history:
        history.record(stats(["a"], label=["A"]))
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT label FROM leadlex_directory").fetchall() == [("A",)]
    connection.close()


def test_times_of_every_resolution_are_kept_to_the_microsecond(history, url):
    for number, unit in enumerate(["s", "ms", "us", "ns"]):
        frame = stats([f"c{number}"], times("2026-03-02 08:00:01.123456Z"))
        history.record(frame.assign(fetched_at=frame["fetched_at"].dt.as_unit(unit)))
    second = pd.Timestamp("2026-03-02 08:00:01Z").value // 1000
    assert [row[1] - second for row in stored(url)] == [0, 123000, 123456, 123456]
