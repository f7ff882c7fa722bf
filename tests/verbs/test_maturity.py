"""Maturity: what `add_caveats(previous=...)` says of campaigns that still move, and that `benchmark` says it too."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from leadlex_pandas import ColumnsError, InputError, add_caveats, benchmark
from tests.verbs.frames import COUNTS, campaigns
from tests.verbs.histories import START, Recorded, snapshots

OVER_TIME = {"still_sending", "still_growing", "too_soon_to_tell", "first_seen", "counts_fell"}


def reading(day, **counts):
    """One campaign as read on a day, with all six counts."""
    row = {"sent_count": 1000, "opened_count": 400, "clicked_count": 50, "replied_count": 40, "bounced_count": 8}
    row |= {"unsubscribed_count": 3} | counts
    time = START + pd.Timedelta(days=day)
    return pd.DataFrame({name: [value] for name, value in row.items()}, index=["a"]).assign(fetched_at=time)


def codes(now, before):
    [text] = add_caveats(now, previous=before)["caveats"]
    return set(text.split("|")) - {""}


@pytest.mark.parametrize(("days", "counts", "found"), [
    (7, {}, set()),
    (30, {"opened_count": 403}, set()),  # 0.75 %
    (7, {"opened_count": 404}, {"still_growing"}),  # 1 %
    (7, {"unsubscribed_count": 4}, {"still_growing"}),
    (7, {"sent_count": 1001}, {"still_sending"}),  # however few
    (1, {"sent_count": 1001, "replied_count": 44}, {"still_sending", "still_growing"}),
    (1, {"replied_count": 44}, {"still_growing"}),
    (1, {}, {"too_soon_to_tell"}),
    (6.75, {}, set()),  # a weekly reading that came early
    (6.74, {}, {"too_soon_to_tell"}),
    (0, {}, {"too_soon_to_tell"}),  # the same snapshot again
    (9, {"opened_count": 390}, {"counts_fell"}),
    (9, {"sent_count": 990, "replied_count": 44}, {"counts_fell", "still_growing"}),
])  # fmt: skip
def test_what_a_week_tells(days, counts, found):
    assert codes(reading(days, **counts), reading(0)) == found


def test_from_nothing_any_count_is_growth():
    assert codes(reading(7, replied_count=1), reading(0, replied_count=0)) == {"still_growing"}
    assert codes(reading(7, replied_count=0), reading(0, replied_count=0)) == set()


def test_rows_are_found_by_id_and_stay_in_place():
    now = pd.concat([reading(7).set_axis(["new"]), reading(7, sent_count=1200), reading(7).set_axis(["b"])])
    before = pd.concat([reading(0).set_axis(["b"]), reading(0).set_axis(["gone"]), reading(0)])
    kept = now.copy(), before.copy()
    done = add_caveats(now, previous=before)
    assert done["caveats"].to_dict() == {"new": "first_seen", "a": "still_sending", "b": ""}
    assert done.index.tolist() == ["new", "a", "b"]
    assert_frame_equal(now, kept[0])
    assert_frame_equal(before, kept[1])


def test_counts_that_one_side_lacks_are_not_compared():
    assert codes(reading(7, replied_count=80), reading(0).drop(columns="replied_count")) == set()
    assert codes(reading(7).drop(columns="replied_count"), reading(0)) == set()
    unknown = reading(0).astype({"opened_count": "Int64"}).assign(opened_count=pd.array([pd.NA], dtype="Int64"))
    assert codes(reading(7), unknown) == set()
    assert codes(reading(7).assign(sent_count=pd.array([pd.NA], dtype="Int64")), reading(0)) == {"too_soon_to_tell"}


HISTORY = snapshots([
    ("a", 0, 900, 40), ("a", 5, 1000, 40), ("a", 12, 1000, 40), ("a", 13, 1000, 40),
    ("young", 11, 300, 9), ("young", 13, 300, 9),
    ("ripening", 6, 500, 20), ("ripening", 12, 500, 21),
    ("newest", 13, 80, 2),
])  # fmt: skip
NOW = pd.DataFrame(
    {"sent_count": [1000, 300, 500, 80, 7], "replied_count": [40, 9, 21, 2, 0]},
    index=pd.Index(["a", "young", "ripening", "newest", "other"], name="campaign_id"),
).assign(fetched_at=START + pd.Timedelta(days=13))


@pytest.mark.parametrize("history", [HISTORY, HISTORY.sample(frac=1, random_state=3), Recorded(HISTORY)])
def test_a_history_is_asked_for_the_snapshot_of_a_week_ago(history):
    found = add_caveats(NOW, previous=history)["caveats"].to_dict()
    assert found == {
        "a": "",  # since day 5 nothing moved; at day 0 it was still sending
        "young": "too_soon_to_tell",  # its first snapshot is two days old
        "ripening": "still_growing",  # 20 to 21 replies
        "newest": "first_seen",  # only the reading itself is recorded
        "other": "first_seen",
    }


def test_the_reading_of_a_week_ago_may_be_a_little_younger():
    # 20 to 21 replies between days 0 and 7; nothing since; read on Mondays, today five hours early
    history = snapshots([("a", 0, 500, 20), ("a", 7, 500, 21), ("a", 14 - 5 / 24, 500, 21)])
    now = history.iloc[[2]].reset_index("fetched_at")
    assert add_caveats(now, previous=history)["caveats"].tolist() == [""]
    assert add_caveats(now, previous=history.iloc[[0, 2]])["caveats"].tolist() == ["still_growing"]


def test_a_history_of_another_make_is_asked_once():
    history = Recorded(HISTORY)
    add_caveats(NOW, previous=history)
    assert history.asked == [3]  # a time for each campaign that has one


def test_several_accounts_look_up_their_campaigns():
    accounts = pd.concat({"one": NOW, "two": NOW.iloc[:1]}, names=["account"])
    assert add_caveats(accounts, previous=HISTORY)["caveats"].tolist() == [
        "", "too_soon_to_tell", "still_growing", "first_seen", "first_seen", "",
    ]  # fmt: skip


def test_what_was_known_stays_but_of_another_time():
    now = reading(7).assign(caveats="api_rates_differ|first_seen|still_growing|own")
    assert add_caveats(now, previous=reading(0))["caveats"].tolist() == ["api_rates_differ|own"]
    assert add_caveats(now)["caveats"].tolist() == ["api_rates_differ|first_seen|still_growing|own"]


def test_an_active_campaign_still_sends():
    status = ["active", "paused", "completed", None]
    df = campaigns(number=4).assign(status=status)
    assert add_caveats(df)["caveats"].str.contains("still_sending").tolist() == [True, False, False, False]
    assert benchmark(df)["caveats"].str.contains("still_sending").tolist() == [True, False, False, False]
    categories = df.assign(status=df["status"].astype("category"))
    assert_frame_equal(add_caveats(categories)[["caveats"]], add_caveats(df)[["caveats"]])


def test_benchmark_says_so_too():
    df = campaigns(2, number=24)
    before = df.assign(fetched_at=START, sent_count=df["sent_count"] - [5, *[0] * 23])
    before["replied_count"] = (before["replied_count"] * [1, 0.5, *[1] * 22]).astype(int)
    now = add_caveats(df.assign(fetched_at=START + pd.Timedelta(days=7)), previous=before)
    caveats = benchmark(now, "bounce_rate")["caveats"]
    assert caveats[caveats.str.contains("still_sending")].index.tolist() == ["c0"]
    assert caveats[caveats.str.contains("still_growing")].index.tolist() == ["c1"]


counts = st.lists(st.integers(0, 3000), min_size=6, max_size=6)


@given(counts, counts, st.integers(0, 20))
@settings(derandomize=True, deadline=None, max_examples=80)
def test_without_a_mark_a_campaign_is_mature(then, now, days):
    before, after = (reading(day, **dict(zip(COUNTS, row, strict=True))) for day, row in ((0, then), (days, now)))
    found = codes(after, before) & OVER_TIME
    moved = now[0] > then[0] or any(new > old and new >= 1.01 * old for new, old in zip(now[1:], then[1:], strict=True))
    fell = any(new < old for new, old in zip(now, then, strict=True))
    assert (not found) == (days >= 7 and not moved and not fell)


@pytest.mark.parametrize(("now", "before", "error", "message"), [
    (reading(0), reading(7), InputError, "add_caveats: previous must be the earlier reading, but its row 'a' is newer than the frame's."),
    (reading(7), pd.concat([reading(0)] * 2), InputError, "add_caveats: previous has more than one row for 'a'. Make its index unique."),
    (reading(7)[["sent_count"]], reading(0), ColumnsError, "add_caveats: missing column 'fetched_at'; the frame has 'sent_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (reading(7), reading(0)[["sent_count"]], ColumnsError, "add_caveats: previous: missing column 'fetched_at'; the frame has 'sent_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (reading(7), "stats.sqlite", InputError, "add_caveats: previous must be an earlier reading, a History, or a DataFrame with the index levels 'campaign_id' and 'fetched_at', not str. Open it first, with leadlex_pandas.History(...)."),
    (reading(7), reading(0).assign(fetched_at=1.0), InputError, "add_caveats: fetched_at must hold times with a zone, not float64. If they are in UTC, use pandas.to_datetime(..., utc=True)."),
])  # fmt: skip
def test_errors(now, before, error, message):
    with pytest.raises(error) as caught:
        add_caveats(now, previous=before)
    assert str(caught.value) == message
