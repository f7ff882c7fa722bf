"""What other processes do with a history; they import this."""

import time

import numpy as np
import pandas as pd

from leadlex_pandas import History
from tests.history.snapshots import START, stats

ROWS = 5  # of each record: a part of it must never be there alone


def record_many(url, writer, records, done=None):
    """Record small frames one after the other; `done` gets the number of each that is recorded."""
    with History(url) as history:
        for number in range(records):
            history.record(small(writer, number))
            if done is not None:
                done.send(number)


def small(writer, number):
    """The frame of one record: one campaign of the writer's own, the others shared by all writers."""
    at = START + pd.Timedelta(writer * 1_000_000 + number, "us")
    ids = [f"own_{writer}_{number % 7}", *(f"shared_{place}" for place in range(ROWS - 1))]
    facts = {} if number % 5 else {"label": [f"Label {name}" for name in ids]}
    return stats(ids, at, 1000 + number, **facts)


def whole_records(frame):
    """Tell whether every time that stands in a frame stands there with all the rows of its record."""
    sizes = frame.index.get_level_values("fetched_at").value_counts()
    return bool((sizes == ROWS).all())


def read_meanwhile(url, stop, said):
    """Read again and again; send how often, and what was seen that must not be."""
    looks, wrong = 0, []
    with History(url) as history:
        seen = 0
        while not stop.is_set():
            frame = history.read()
            if not whole_records(frame):
                wrong.append("half a record")
            if len(frame) < seen:
                wrong.append("fewer rows than before")
            seen = len(frame)
            newest = frame.groupby(level="campaign_id")["sent_count"].size()
            if len(newest) and np.isin(history.latest().index, newest.index).sum() != len(newest):
                wrong.append("a campaign is gone")
            looks += 1
            time.sleep(0.2)
    said.send((looks, wrong))
