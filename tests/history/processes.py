"""What other processes do with a history; they import this."""

import time

import numpy as np
import pandas as pd

from leadlex_pandas import History
from tests.history.snapshots import START, stats

ROWS = 5  # of each record: a part of it must never be there alone
MADE = 500  # records whose frames are made at once


def record_many(url, writer, records, done=None):
    """Record small frames one after the other; `done` gets the number of each that is recorded."""
    with History(url) as history:
        for first in range(0, records, MADE):
            many = made(writer, first, min(MADE, records - first))
            for place in range(len(many) // ROWS):
                history.record(many.iloc[ROWS * place : ROWS * (place + 1)])
                if done is not None:
                    done.send(first + place)


def made(writer, first, records):
    """Make the frames of some records as one: of each, a campaign of the writer's own, and others that all writers share."""
    numbers = np.repeat(np.arange(first, first + records), ROWS)
    places = np.tile(np.arange(ROWS), records)
    own = [f"own_{writer}_{number % 7}" for number in numbers]
    ids = [f"shared_{place}" if place else name for place, name in zip(places, own, strict=True)]
    at = START + pd.to_timedelta(writer * 1_000_000 + numbers, "us")
    labels = [None if number % 5 else f"Label {name}" for number, name in zip(numbers, ids, strict=True)]
    return stats(ids, at, 1000 + numbers, label=labels)


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
