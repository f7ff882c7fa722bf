"""`combine` against sums done by hand."""

import pandas as pd
import pytest

from leadlex_pandas import ColumnsError, InputError, add_intervals, combine, from_frame, summarize
from tests.verbs.frames import COUNTS, campaigns


def read(df):
    return from_frame(df)


def test_counts_are_summed_and_rates_recomputed():
    df = read(campaigns(number=6))
    ours = combine(df, {"autumn": ["c4", "c1"], "c0": ["c0", "c3", "c5"]})
    assert ours.index.tolist() == ["c0", "autumn", "c2"]
    assert ours.index.name == "campaign_id"
    assert ours.columns.tolist() == df.columns.tolist()
    parts = {"c0": df.loc[["c0", "c3", "c5"]], "autumn": df.loc[["c1", "c4"]]}
    for new, rows in parts.items():
        for name in [*COUNTS, "delivered_count"]:
            assert ours.loc[new, name] == rows[name].sum()
        assert ours.loc[new, "reply_rate"] == rows["replied_count"].sum() / rows["sent_count"].sum()
        assert ours.loc[new, "click_to_open_rate"] == rows["clicked_count"].sum() / rows["opened_count"].sum()
    pd.testing.assert_frame_equal(ours.loc[["c2"]], df.loc[["c2"]])
    assert ours["caveats"].tolist() == ["combined", "combined", ""]
    assert [str(ours[name].dtype) for name in COUNTS] == ["Int64"] * 6


def test_nothing_is_lost_in_total():
    df = campaigns(number=9)
    ours = combine(df, {"x": ["c1", "c2"], "y": ["c3", "c8", "c5"]})
    pd.testing.assert_frame_equal(summarize(ours).drop(columns="campaigns"), summarize(df).drop(columns="campaigns"))


def test_other_columns_keep_what_all_parts_share():
    df = campaigns(number=6).assign(
        steps=[3, 2, 3, 3, 4, 1], track_opens=True, score=[1.5, 2, 1.5, 1.5, 3, 4], contacts=10,
        office=pd.Categorical(["Munich", "Berlin", "Munich", "Munich", "Berlin", "Munich"]), note=[None, "a", None, "b", "c", "d"],
    )  # fmt: skip
    ours = combine(df, {"same": ["c0", "c2"], "other": ["c1", "c3"]})
    assert ours.loc["same", ["steps", "track_opens", "score", "office", "contacts"]].tolist() == [
        3,
        True,
        1.5,
        "Munich",
        20,
    ]
    assert pd.isna(ours.loc["same", "note"])
    assert ours.loc["other", ["steps", "score", "office", "note"]].isna().all()
    assert ours.loc["c4", ["steps", "score", "office", "note"]].tolist() == [4, 3.0, "Berlin", "c"]
    assert ours["office"].dtype == df["office"].dtype


def test_the_newest_time_and_what_was_known_of_any_part():
    times = pd.to_datetime(["2026-09-01", "2026-09-08", "2026-09-03"], utc=True)
    df = campaigns(number=3).assign(fetched_at=times, caveats=["still_sending", "", "mine"])
    ours = combine(df, {"x": ["c0", "c1"]})
    assert ours.loc["x", "fetched_at"] == times[1]
    assert str(ours["fetched_at"].dtype) == str(df["fetched_at"].dtype)
    assert ours["caveats"].tolist() == ["still_sending|combined", "mine"]


def test_a_part_without_emails_changes_nothing():
    df = pd.DataFrame({"sent_count": [100, 0], "replied_count": [5, 0]}, index=["a", "b"])
    ours = combine(df, {"x": ["a", "b"]})
    assert ours.loc["x"].tolist() == [100, 5, "combined"]


def test_what_a_part_did_not_count_is_unknown_of_the_whole():
    df = pd.DataFrame({"sent_count": [100, 200, 300], "opened_count": [40, 0, 90], "replied_count": [5, 9, None]},
                      index=list("abc"))  # fmt: skip
    ours = combine(df, {"x": ["a", "b"]})
    assert pd.isna(ours.loc["x", "opened_count"])
    assert ours.loc["x", "replied_count"] == 14
    assert ours.loc["x", "caveats"] == "tracking_off|combined"
    ours = combine(df, {"x": ["a", "c"]})
    assert pd.isna(ours.loc["x", "replied_count"])
    assert ours.loc["x", "opened_count"] == 130


def test_limits_and_the_rates_of_the_service_were_those_of_the_parts():
    df = add_intervals(read(campaigns(number=3)), "reply_rate").assign(api_reply_rate=0.05)
    ours = combine(df, {"x": ["c0", "c1"]})
    assert ours.loc["x", ["reply_rate_low", "reply_rate_high", "api_reply_rate"]].isna().all()
    opened = combine(add_intervals(read(campaigns(number=3)), "open_rate", design_effect=2), {"x": ["c0", "c1"]})
    assert opened["open_rate_design_effect"].fillna(0).tolist() == [0, 2]
    assert ours.loc["c2", ["reply_rate_low", "api_reply_rate"]].tolist() == [df.loc["c2", "reply_rate_low"], 0.05]


def test_labels():
    df = campaigns(number=4).assign(label=["A", "A", "B", "C"])
    assert combine(df, {"x": ["c0", "c1"]})["label"].tolist() == ["A", "B", "C"]
    assert combine(df, {"x": ["c0", "c2"]})["label"].tolist() == ["x", "A", "C"]
    assert combine(df, {"x": ["c0", "c2"]}, label="Both")["label"].tolist() == ["Both", "A", "C"]
    two = {"x": ["c0", "c2"], "y": ["c1", "c3"]}
    assert combine(df, two, label={"y": "Why"})["label"].tolist() == ["x", "Why"]
    assert combine(df.astype({"label": "category"}), two, label={"y": "Why"})["label"].tolist() == ["x", "Why"]
    assert "label" not in combine(campaigns(number=4), two, label={"y": "Why"})


def test_ids_of_several_levels():
    index = pd.MultiIndex.from_tuples([("A", 1), ("A", 2), ("B", 1)], names=["account", "id"])
    df = pd.DataFrame({"sent_count": [1, 2, 4]}, index=index)
    ours = combine(df, {("A", 9): [("A", 1), ("A", 2)]})
    assert ours.index.tolist() == [("A", 9), ("B", 1)]
    assert ours.index.names == ["account", "id"]
    assert ours["sent_count"].tolist() == [3, 4]


def test_counts_as_text_and_the_callers_frame():
    df = pd.DataFrame({"sent_count": ["100", "20", "5"]}, index=[1, 2, 3])
    before = df.copy(deep=True)
    ours = combine(df, {7: [1, 2]})
    assert ours["sent_count"].tolist() == [120, 5]
    assert ours.index.tolist() == [7, 3]
    pd.testing.assert_frame_equal(df, before)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: combine(df, ["c0", "c1"]), InputError, "combine: parts must be a mapping such as {'new_id': ['a', 'b']}, not ['c0', 'c1']."),
    (lambda df: combine(df, {}), InputError, "combine: parts must be a mapping such as {'new_id': ['a', 'b']}, not {}."),
    (lambda df: combine(df, {"x": "c0"}), InputError, "combine: parts['x'] must be several ids, not 'c0'."),
    (lambda df: combine(df, {"x": ["c0"]}), InputError, "combine: parts['x'] must be at least two ids, not ['c0']."),
    (lambda df: combine(df, {"x": ["c0", "C1"]}), InputError, "combine: parts['x'] has 'C1', which is no id of the frame's index. Did you mean 'c1'?"),
    (lambda df: combine(df, {"x": ["c0", "c1"], "y": ["c1", "c2"]}), InputError, "combine: 'c1' is named twice in parts; a campaign can be part of one other only."),
    (lambda df: combine(df, {"c3": ["c0", "c1"]}), InputError, "combine: 'c3' is the id of another campaign; give the new one an id of its own."),
    (lambda df: combine(df.rename(index={"c1": "c0"}), {"x": ["c0", "c2"]}), InputError, "combine: 'c0' stands for 2 rows. Give each row an id of its own."),
    (lambda df: combine(df, {"x": ["c0", "c1"]}, label={"y": "Why"}), InputError, "combine: label must be a mapping from the new ids ('x') to labels, not {'y': 'Why'}."),
    (lambda df: combine(df, {"x": ["c0", "c1"]}, label=5), InputError, "combine: label must be text, not 5."),
    (lambda df: combine(df, {"x": ["c0", "c1"], "y": ["c2", "c3"]}, label="Both"), InputError, "combine: label must be a mapping from the new ids ('x' and 'y') to labels, not 'Both'."),
    (lambda df: combine(df[["office"]], {"x": ["c0", "c1"]}), ColumnsError, "combine: missing column 'sent_count'; the frame has 'office'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(campaigns(number=4))
    assert str(caught.value) == message


@pytest.mark.parametrize("labels", [[1, 2, 3], [1.5, 2.5, 3.5], pd.Categorical(list("abc")), [None, None, None]])
def test_labels_that_are_no_texts(labels):
    df = campaigns(number=3).assign(label=labels)
    assert combine(df, {"x": ["c0", "c1"]})["label"].tolist() == ["x", df["label"].iloc[2]]
    assert combine(df, {"x": ["c0", "c1"]}, label="both")["label"].tolist()[0] == "both"
