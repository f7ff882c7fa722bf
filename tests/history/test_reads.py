"""What is read back is what plain pandas finds in the frames that were recorded."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import History, InputError, LeadlexWarning, sandbox
from leadlex_pandas.history import queries
from tests.history.snapshots import START, as_read, random_reads, stats, times

SEEDS = range(4)


def recorded(history, seed):
    reads = random_reads(seed)
    for frame in reads:
        history.record(frame)
    return as_read(pd.concat(reads))


def first_seen(everything):
    return list(dict.fromkeys(everything.index))


def newest(everything, at, ids):
    """By plain pandas: the newest row of each campaign at or before a time."""
    past = everything[everything["fetched_at"] <= at].sort_values("fetched_at", kind="stable")
    last = past[~past.index.duplicated(keep="last")]
    return last.loc[[name for name in ids if name in last.index]]


@pytest.fixture(params=SEEDS)
def everything(request, history):
    return recorded(history, request.param)


def test_latest_is_the_newest_row_of_each(history, everything):
    ids = first_seen(everything)
    assert_frame_equal(history.latest(), newest(everything, everything["fetched_at"].max(), ids))
    chosen = [ids[3], ids[0], "never", ids[3]]
    with pytest.warns(LeadlexWarning, match="History.latest: 'never' is not in this history"):
        found = history.latest(chosen)
    assert_frame_equal(found, newest(everything, everything["fetched_at"].max(), chosen[:2]))
    assert_frame_equal(history.latest(ids[1]), history.latest(pd.Series([ids[1]])))


def test_read_is_everything_in_order(history, everything):
    order = {name: place for place, name in enumerate(first_seen(everything))}
    expected = everything.set_index("fetched_at", append=True)
    expected = expected.sort_index(key=lambda level: level.map(order) if level.name == "campaign_id" else level)
    assert_frame_equal(history.read(), expected)
    assert list(history.read().columns) == [name for name in everything.columns if name != "fetched_at"]


def test_read_takes_ids_and_bounds(history, everything):
    ids = first_seen(everything)[::-2]
    moments = everything["fetched_at"].sort_values().reset_index(drop=True)
    since, until = moments[len(moments) // 4], moments[len(moments) // 2]  # both are times of a row
    inside = everything[everything["fetched_at"].between(since, until)].sort_values("fetched_at")
    expected = pd.concat([inside[inside.index == name] for name in ids]).set_index("fetched_at", append=True)
    assert len(expected) > 2
    assert_frame_equal(history.read(ids, since, until), expected)
    assert_frame_equal(history.read(ids, since=since).loc[ids[0]], history.read(ids[0], since).droplevel(0))
    assert len(history.read(until=since - pd.Timedelta("1us"))) + len(history.read(since=since)) == len(everything)


def test_as_of_is_the_newest_row_at_each_time(history, everything):
    ids = first_seen(everything)
    moments = everything["fetched_at"].sort_values()
    asked = times(moments.iloc[-1], moments.iloc[5], moments.iloc[9] - pd.Timedelta("1us"), START)
    parts = {at: newest(everything, at, ids) for at in asked}
    expected = pd.concat({at: part for at, part in parts.items() if len(part)}, names=["time"])
    found = history.as_of(asked)
    assert_frame_equal(found, expected.set_axis(found.index))
    assert found.index.names == ["time", "campaign_id"]
    assert found.index.tolist() == expected.index.tolist()
    one = history.as_of(moments.iloc[5], ids[:2])
    assert_frame_equal(one.droplevel("time"), newest(everything, moments.iloc[5], ids[:2]))


def test_as_of_gives_each_campaign_its_own_time(history, everything):
    ids = first_seen(everything)
    moments = everything["fetched_at"].sort_values().reset_index(drop=True)
    own = pd.Series(moments.iloc[[20, 3, 11]].array, index=[ids[2], "never", ids[0]])
    expected = [newest(everything, at, [name]) for name, at in own.items() if name != "never"]
    found = history.as_of(own)
    assert sorted(found.index) == sorted((own[part.index[0]], part.index[0]) for part in expected if len(part))
    assert_frame_equal(found.droplevel("time").sort_index(), pd.concat(expected).sort_index())
    assert history.as_of(own, [ids[0]]).index.get_level_values(1).tolist() == [ids[0]]


def test_campaigns_tells_first_and_last(history, everything):
    grouped = everything.groupby(level=0)["fetched_at"]
    found = history.campaigns()
    assert found.index.tolist() == first_seen(everything)
    assert list(found.columns) == ["label", "first_fetched_at", "last_fetched_at"]
    assert found["first_fetched_at"].to_dict() == grouped.min().to_dict()
    assert found["last_fetched_at"].to_dict() == grouped.max().to_dict()


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    kept=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=30),
    asked=st.lists(st.integers(-1, 31), min_size=1, max_size=5),
)
def test_as_of_agrees_with_a_plain_search(tmp_path_factory, kept, asked):
    history = History(tmp_path_factory.mktemp("h") / "stats.sqlite")
    for campaign, at in kept:
        history.record(stats([f"c{campaign}"], START + pd.Timedelta(at, "us"), 100 + at))
    moments = [START + pd.Timedelta(at, "us") for at in asked]
    found = history.as_of(moments)["sent_count"].to_dict()
    expected = {}
    for moment, at in zip(moments, asked, strict=True):
        for campaign in {each for each, _ in kept}:
            past = [time for each, time in kept if each == campaign and time <= at]
            if past:
                expected[moment, f"c{campaign}"] = 100 + max(past)
    assert found == expected
    history.close()


def test_an_empty_history_gives_empty_frames_of_the_same_form(history):
    filled = as_read(stats(["a"]))
    with pytest.warns(LeadlexWarning, match="History.latest: 'a' is not in this history"):
        one = history.latest("a")
    for frame in (history.latest(), history.as_of(START), history.read(), one):
        assert len(frame) == 0
        wanted = [name for name in filled.columns if name in frame.columns]
        assert list(frame.columns) == wanted
        assert frame.dtypes.to_dict() == filled[wanted].dtypes.to_dict()
    assert history.read().index.names == ["campaign_id", "fetched_at"]
    assert history.as_of(START).index.names == ["time", "campaign_id"]
    assert len(history.campaigns()) == len(history.directory()) == 0
    assert history.as_of([]).empty
    assert history.latest([]).empty


def test_a_frame_is_what_the_read_gave(history):
    with sandbox.start() as server:
        options = {"api_key": server.api_key, "base_url": server.url, "progress": False}
        given = leadlex_pandas.read_stats(leadlex_pandas.read_campaigns(details=True, **options), **options)
    history.record(given)
    assert_frame_equal(history.latest(), given)
    plain = history.read(given.index).droplevel("fetched_at")
    assert_frame_equal(plain, given.drop(columns="fetched_at"))
    assert history.latest().leadlex.benchmark()["verdict"].tolist() == given.leadlex.benchmark()["verdict"].tolist()


def test_tracking_that_is_off_blanks_rates_and_says_so(history):
    frame = stats(["a", "b"], track_opens=pd.array([False, None], "boolean"))
    history.record(frame)
    latest = history.latest()
    assert np.isnan(latest["open_rate"].tolist()).tolist() == [True, False]
    assert latest["caveats"].str.contains("tracking_off").tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda h: h.as_of(pd.Timestamp("2026-03-29 02:30")),
            "History.as_of: each of times must say its time zone, as in pandas.Timestamp('2026-03-29 02:30:00', "
            "tz='Europe/Berlin'), not Timestamp('2026-03-29 02:30:00').",
        ),
        (
            lambda h: h.read(since="2026-03-01 00:00"),
            "History.read: since must say its time zone, as in pandas.Timestamp('2026-03-01 00:00:00', "
            "tz='Europe/Berlin'), not '2026-03-01 00:00'.",
        ),
        (
            lambda h: h.read(until="yesterday, maybe"),
            "History.read: until must be a time, as in '2026-03-01 09:00+01:00', "
            "or a date, which is midnight UTC, not 'yesterday, maybe'.",
        ),
        (
            lambda h: h.as_of([START, pd.NaT]),
            "History.as_of: each of times must be a time, as in '2026-03-01 09:00+01:00', "
            "or a date, which is midnight UTC, not NaT.",
        ),
        (
            lambda h: h.as_of(5),
            "History.as_of: each of times must be a time, as in '2026-03-01 09:00+01:00', "
            "or a date, which is midnight UTC, not 5.",
        ),
        (
            lambda h: h.as_of(pd.Series([START, START], index=["a", "a"])),
            "History.as_of: times has more than one time for a campaign. Give it one each.",
        ),
        (
            lambda h: h.latest(["a", 5]),
            "History.latest: ids[1] must be text, not 5 (int). "
            "In a DataFrame the ids stand in the index or in a column 'campaign_id'.",
        ),
        (
            lambda h: h.forget(5),
            "History.forget: ids[0] must be text, not 5 (int). "
            "In a DataFrame the ids stand in the index or in a column 'campaign_id'.",
        ),
        (
            lambda h: h.forget(None),
            "History.forget: ids must be one id, several ids or a DataFrame, not None. "
            "To forget everything, delete the file or the tables.",
        ),
    ],
)
def test_wrong_arguments_are_refused(history, call, text):
    with pytest.raises(InputError) as caught:
        call(history)
    assert str(caught.value) == text


def test_ids_may_be_a_frame(history):
    history.record(stats(["a", "b", "c"]))
    assert history.latest(stats(["c", "a"])).index.tolist() == ["c", "a"]
    assert history.latest(pd.DataFrame({"campaign_id": ["b"]})).index.tolist() == ["b"]
    assert history.latest(iter(["b"])).index.tolist() == ["b"]
    assert history.latest(history.read(["c", "b"])).index.tolist() == ["c", "b"]


def test_labels_are_those_of_their_time_and_before_the_first_one_that_one(history):
    day = pd.Timedelta("1D")
    history.record(stats(["a", "b"]))
    for number, label in ((1, "Old name"), (2, "New name")):
        history.record(stats(["a"], START + number * day, label=label, status="active"))
    read = history.read("a")
    assert read["label"].tolist() == ["Old name", "Old name", "New name"]
    assert read["status"].isna().tolist() == [True, False, False]  # it may have been another then
    assert history.latest()["label"].fillna("none").to_dict() == {"a": "New name", "b": "none"}
    assert history.as_of(START + 1.5 * day, ["a"])["label"].tolist() == ["Old name"]


def test_a_read_sees_one_state_whatever_is_recorded_meanwhile(history, url, monkeypatch):
    history.record(stats(["a"]))
    fetch = queries.snapshots_between

    def meanwhile(*asked):
        with History(url) as other:
            other.record(stats(["b"]))
        return fetch(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(queries, "snapshots_between", meanwhile)
        assert history.read().index.get_level_values("campaign_id").tolist() == ["a"]
    assert history.read().index.get_level_values("campaign_id").tolist() == ["a", "b"]
