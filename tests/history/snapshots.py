"""Frames as `read_stats` gives them, made by plain pandas; and what plain pandas finds in them."""

import numpy as np
import pandas as pd

import leadlex_pandas

COUNTS = ["sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count"]
START = pd.Timestamp("2026-03-02 08:00", tz="UTC")


def times(*values):
    return pd.DatetimeIndex([pd.Timestamp(each).tz_convert("UTC") for each in values]).as_unit("us")


def stats(ids, at=START, sent=100, **columns):
    """One read: a row for each id; the counts follow from `sent`, each its own."""
    index = pd.Index(list(ids), name="campaign_id", dtype=str)
    sent = pd.Series(sent, index=index, dtype="Int64")
    counts = {name: sent // (1 + 2 * place) for place, name in enumerate(COUNTS)}
    fetched = pd.Series(at, index=index).dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return pd.DataFrame({**columns, **counts, **columns, "fetched_at": fetched}, index=index)


def as_read(frame):
    """The frame that a read would have given: plain `from_frame` computes what follows from the counts."""
    given = [name for name in frame.columns if name not in (*COUNTS, "fetched_at")]
    numbered = frame.drop(columns="fetched_at").set_axis([str(row) for row in range(len(frame))])
    full = leadlex_pandas.from_frame(numbered).set_axis(frame.index)
    full.insert(list(full.columns).index("caveats"), "fetched_at", frame["fetched_at"])
    return full[[*given, *[name for name in full.columns if name not in given]]]


def random_reads(seed, campaigns=7, reads=9):
    """Reads of a portfolio at uneven times, some campaigns left out of each."""
    generator = np.random.default_rng(seed)
    names = [f"cmp_{number}" for number in range(campaigns)]
    sent = generator.integers(50, 500, campaigns)
    at, frames = START, []
    for _ in range(reads):
        at += pd.Timedelta(int(generator.integers(1, 10**11)), "us")
        sent = sent + generator.integers(0, 50, campaigns)
        here = np.flatnonzero(generator.random(campaigns) < 0.7)
        if len(here):
            moments = [at + pd.Timedelta(int(place), "us") for place in generator.permutation(len(here))]
            frames.append(stats([names[place] for place in here], times(*moments), sent[here]))
    return frames
