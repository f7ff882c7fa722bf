"""When a frame was read, as captions tell it."""

import pandas as pd
import pytest

from leadlex_pandas import benchmark, rank
from leadlex_pandas.verbs.reading import read_times


@pytest.mark.parametrize(("times", "expected"), [
    (pd.to_datetime(["2026-09-01 08:00:59", "2026-08-31 23:30:00"], utc=True), ("2026-08-31 23:30", "2026-09-01 08:00")),
    (pd.to_datetime(["2026-09-01 08:00"] * 2).tz_localize("Europe/Berlin"), ("2026-09-01 06:00", "2026-09-01 06:00")),
    (["2026-09-01T08:00:00+02:00", None], ("2026-09-01 06:00", "2026-09-01 06:00")),
    (["yesterday", ""], None),
    ([None, None], None),
])  # fmt: skip
def test_oldest_and_newest_in_utc(times, expected):
    assert read_times(pd.DataFrame({"fetched_at": times})) == expected


def test_a_frame_from_elsewhere_does_not_say():
    df = pd.DataFrame({"sent_count": [100, 200], "replied_count": [4, 5]})
    assert read_times(df) is None
    assert benchmark(df, against=0.04).attrs["read"] is rank(df).attrs["read"] is None


def test_tables_keep_it(stats):
    stats["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="UTC")
    for table in (benchmark(stats), rank(stats)):
        assert table.attrs["read"] == ("2026-09-01 08:00", "2026-09-01 08:00")
