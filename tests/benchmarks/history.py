"""Recording and reading a history, beside the bare database; that kills lose nothing; that cost follows campaigns."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy
from report import Row, ratio
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from leadlex_pandas import History, changes
from leadlex_pandas.history import schema
from leadlex_pandas.metrics import COUNTS
from tests.history import processes

START = np.datetime64("2026-01-01", "us")
DAY = 86_400_000_000
# the same rows, typed the same, as an analyst would ask for them
STORED = f"""
    SELECT campaign_id, fetched_at, {", ".join(COUNTS)}, s.contacts, s.contacts_reached, rates_differ
    FROM leadlex_snapshots s JOIN leadlex_campaigns USING (campaign)
"""


def run(short: bool) -> list[Row]:
    """Time ours and the bare driver in turn; kill writers; look up in a small and in a large history."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        return [
            *_record_rows(place, 11 if short else 41),
            *_read_rows(place, short),
            _changes_row(place, short),
            _kill_row(place, 5 if short else 50),
        ]


def _frame(campaigns: int, day: int, generator: np.random.Generator) -> pd.DataFrame:
    sent = generator.integers(100, 5_000, campaigns)
    counts = {
        name: generator.binomial(sent, share)
        for name, share in zip(COUNTS, (1, 0.4, 0.05, 0.04, 0.02, 0.01), strict=True)
    }
    index = pd.Index([f"cmp_{number:08x}-4f3a-9b1c" for number in range(campaigns)], name="campaign_id", dtype=str)
    frame = pd.DataFrame(counts, index=index).astype("Int64")
    times = START + np.timedelta64(day * DAY, "us") + np.arange(campaigns)
    return frame.assign(fetched_at=pd.DatetimeIndex(times, tz="UTC"))


def _record_rows(folder: Path, runs: int) -> list[Row]:
    """Record 1,000 campaigns a day; the bare insert gets the same rows made ready, into the same table on the same disk."""
    generator = np.random.default_rng(1)
    rows = []
    for labelled in (False, True):
        file = folder / f"bare_{labelled}.sqlite"
        days = [_frame(1_000, day, generator) for day in range(runs)]
        if labelled:
            days = [day.assign(label=[f"Campaign {number}" for number in range(1_000)]) for day in days]
        todo = [iter(days), iter([_tuples(day) for day in days])]
        with History(folder / f"ours_{labelled}.sqlite") as history, closing(_bare(file)) as bare:
            compared, took = ratio(lambda: history.record(next(todo[0])), lambda: _insert(bare, next(todo[1])), runs)  # noqa: B023
        name = f"record 1,000 campaigns{' with their labels' if labelled else ''}: times a bare executemany"
        goal = "3 at most (the bare insert compares no labels)" if labelled else "1.5 at most"
        rows.append(Row(name, f"{compared:.2f} ({1000 * took:.1f} ms)", goal))
    return rows


def _bare(file: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(file, isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute(str(CreateTable(schema.SNAPSHOTS).compile(dialect=sqlite.dialect())))
    return bare


def _tuples(frame: pd.DataFrame) -> list[tuple[int | None, ...]]:
    micros = frame["fetched_at"].dt.tz_localize(None).to_numpy("M8[us]").astype(np.int64).tolist()
    counts = [frame[name].tolist() for name in COUNTS]
    return [(key, *row, None, None, 0) for key, row in enumerate(zip(micros, *counts, strict=True))]


def _insert(bare: sqlite3.Connection, rows: list[tuple[int | None, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    bare.execute("BEGIN IMMEDIATE")
    bare.executemany(f"INSERT INTO leadlex_snapshots VALUES ({marks})", rows)
    bare.execute("COMMIT")


def _read_rows(folder: Path, short: bool) -> list[Row]:
    campaigns, sizes = (2_000, (20_000, 200_000)) if short else (5_000, (1_000_000, 5_000_000))
    small, large = (_filled(folder / f"filled_{size}.sqlite", campaigns, size) for size in sizes)
    compared = sizes[1] if short else sizes[0]
    read = large if short else small
    engine = sqlalchemy.create_engine(f"sqlite:///{folder / f'filled_{compared}.sqlite'}")
    faster, took = ratio(read.read, lambda: _plainly(engine), 3)
    rows = [
        Row(f"read {compared:,} snapshots: times faster than pandas.read_sql", f"{1 / faster:.2f} ({took:.1f} s)",
            "2 at least"),
        *_lookup_rows(small, large, f"{sizes[1]:,} over {sizes[0]:,} snapshots of {campaigns:,} campaigns"),
    ]  # fmt: skip
    engine.dispose()
    for history in (small, large):
        history.close()
    return rows


def _plainly(engine: sqlalchemy.Engine) -> pd.DataFrame:
    return pd.read_sql(
        STORED,
        engine,
        index_col=["campaign_id", "fetched_at"],
        parse_dates={"fetched_at": {"unit": "us", "utc": True}},
        dtype=dict.fromkeys((*COUNTS, "contacts", "contacts_reached"), "Int64"),
    )


def _filled(file: Path, campaigns: int, size: int) -> History:
    generator = np.random.default_rng(size)
    history = History(file)
    for day in range(size // campaigns):
        history.record(_frame(campaigns, day, generator))
    return history


def _lookup_rows(small: History, large: History, sizes: str) -> list[Row]:
    """The same question to both: twice, so that neither pays for a cold disk."""
    first = pd.Timestamp(START + np.timedelta64(5 * DAY, "us"), tz="UTC")
    questions: dict[str, Callable[[History], pd.DataFrame]] = {
        "latest": lambda history: history.latest(),
        "as_of one time": lambda history: history.as_of(first),
        "as_of 10 times": lambda history: history.as_of(pd.date_range(first, periods=10, freq="12h")),
        "campaigns": lambda history: history.campaigns(),
        "changes": changes,
    }
    rows = []
    for name, ask in questions.items():
        ask(small), ask(large)
        slower, took = ratio(lambda: ask(large), lambda: ask(small), 7)  # noqa: B023
        rows.append(Row(f"{name}: {sizes}", f"{slower:.2f} ({1000 * took:.0f} ms)", "1.3 at most"))
    return rows


def _changes_row(folder: Path, short: bool) -> Row:
    """What is new since last week: boundary snapshots only, however many lie between and before them."""
    campaigns, sizes = (500, (25_000, 125_000)) if short else (2_000, (200_000, 1_000_000))
    small, large = (_filled(folder / f"changes_{size}.sqlite", campaigns, size) for size in sizes)
    tables = [changes(history) for history in (small, large)]  # so that neither pays for a cold disk
    slower, took = ratio(lambda: changes(large), lambda: changes(small), 7)
    for history in (small, large):
        history.close()
    name = f"changes: {sizes[1]:,} over {sizes[0]:,} snapshots of {campaigns:,} campaigns"
    told = [int(table["new_sent_count"].notna().sum()) for table in tables]
    assert min(told) > campaigns / 3, told  # the counts are invented, so those of some fall
    return Row(name, f"{slower:.2f} ({1000 * took:.0f} ms)", "1.3 at most")


def _kill_row(folder: Path, kills: int) -> Row:
    """Kill a writer at random moments; whatever it was told is recorded must be there, whole."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.history.processes", "sqlalchemy.dialects.sqlite"])
    url = f"sqlite:///{folder / 'killed.sqlite'}"
    lost = halves = 0
    for kill in range(kills):
        ear, done = context.Pipe(duplex=False)
        victim = context.Process(target=processes.record_many, args=(url, kill, 10**6, done))
        victim.start()
        done.close()
        told = [ear.recv() for _ in range(random.Random(kill).randrange(1, 100))]
        victim.kill()
        victim.join()
        told += _rest(ear)
        with History(url) as history:
            kept = history.read()
        own = kept.index.get_level_values("campaign_id").str.startswith(f"own_{kill}_").sum()
        lost += max(told[-1] + 1 - int(own), 0)
        halves += not processes.whole_records(kept)
    with closing(sqlite3.connect(folder / "killed.sqlite")) as connection:
        [sound] = connection.execute("PRAGMA integrity_check").fetchone()
    figure = f"{lost} lost, {halves} times half a record, file {sound}"
    return Row(
        f"{kills} kills while recording", figure, "0 lost, 0 times, file ok", (lost, halves, sound) == (0, 0, "ok")
    )


def _rest(ear: multiprocessing.connection.Connection) -> list[int]:
    """What was told before the kill, and not yet heard."""
    heard = []
    try:
        while True:
            heard.append(ear.recv())
    except EOFError:
        return heard
