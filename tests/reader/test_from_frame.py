"""`from_frame`: campaigns out of a CSV export."""

import io

import numpy as np
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import ColumnsError, InconsistentCountsWarning, InputError, RateMismatchWarning, from_frame

EXPORT = """Id,Campaign,Sent,Opens,Clicks,Replies,Bounces,Optouts,Partner,Budget
c-2,Patent alert,1247,612,143,89,12,4,Weber,100.5
c-1,M&A breakfast,300,,,12,,,Novak,
c-3,Not sent yet,0,0,0,0,0,0,Weber,7
"""
RENAME = {
    "Sent": "sent_count",
    "Opens": "opened_count",
    "Clicks": "clicked_count",
    "Replies": "replied_count",
    "Bounces": "bounced_count",
    "Optouts": "unsubscribed_count",
}
MISMATCH = (
    ": a given rate is more than 0.0005 from the quotient of its counts; ours, from the counts, is used. "
    "Rates are fractions between 0 and 1. The rows carry the caveat api_rates_differ."
)


def export(**options):
    return pd.read_csv(io.StringIO(EXPORT), **options)


def frame(ids=("a",), **columns):
    return pd.DataFrame(columns, index=list(ids))


@pytest.mark.parametrize("options", [{}, {"dtype": str}, {"dtype_backend": "numpy_nullable"}], ids=str)
def test_export_under_its_own_names(options):
    given = export(**options)
    before = given.copy(deep=True)
    stats = from_frame(given, id="Id", label="Campaign", rename=RENAME)
    pd.testing.assert_frame_equal(given, before)
    counts = list(RENAME.values())
    assert list(stats.columns[:10]) == ["label", "Partner", "Budget", *counts, "delivered_count"]
    assert (list(stats.index), stats.index.name) == (["c-2", "c-1", "c-3"], "campaign_id")
    plain = export(index_col="Id").rename(columns=RENAME)[counts].astype("Int64")
    pd.testing.assert_frame_equal(stats[counts], plain, check_names=False, check_index_type=False)
    assert stats["delivered_count"].tolist() == [1235, pd.NA, 0]
    assert stats["reply_rate"].tolist()[:2] == [89 / 1247, 12 / 300]
    assert stats["open_rate"].isna().tolist() == [False, True, True]
    assert stats["caveats"].tolist() == ["", "", "nothing_sent"]
    assert "fetched_at" not in stats
    pd.testing.assert_series_equal(stats["Budget"], given.set_index("Id")["Budget"], check_names=False)


@pytest.mark.parametrize(
    "given",
    [
        frame(["a"], sent_count=[10]).rename_axis("anything"),
        pd.DataFrame({"campaign_id": ["a"], "sent_count": [10]}),
        pd.DataFrame({"campaign_id": ["a"], "sent_count": ["10"]}, index=[7]),
    ],
    ids=["index", "column", "text"],
)
def test_where_ids_stand(given):
    stats = from_frame(given)
    assert stats.to_dict("index") == {"a": {"sent_count": 10, "caveats": ""}}
    assert stats.index.name == "campaign_id"


@pytest.mark.parametrize("id", [None, "Id"])
def test_ids_may_be_renamed(id):
    stats = from_frame(export(), id=id, rename={**RENAME, "Id": "campaign_id"})
    assert list(stats.index) == ["c-2", "c-1", "c-3"]
    assert not {"Id", "campaign_id"} & set(stats)


def test_names_may_serve_as_ids_too():
    stats = from_frame(export(), id="Campaign", label="Campaign", rename=RENAME)
    assert list(stats.index) == list(stats["label"]) == ["Patent alert", "M&A breakfast", "Not sent yet"]


def test_numbers_as_ids_and_names():
    stats = from_frame(pd.DataFrame({0: [7, 8], "n": ["x", "y"], "sent_count": [1, 2]}), id=0, label="n")
    assert stats["sent_count"].to_dict() == {7: 1, 8: 2}


def test_ids_in_one_column_of_a_frame_with_two_levels():
    given = pd.DataFrame({"sent_count": [1]}, index=pd.MultiIndex.from_tuples([("k", "a")]))
    with pytest.raises(InputError) as caught:
        from_frame(given)
    assert str(caught.value) == "from_frame: the index has 2 levels. Name the column of the ids as id=."
    assert list(from_frame(given.assign(who="a"), id="who").index) == ["a"]


def test_only_the_rates_that_the_counts_allow():
    stats = from_frame(frame(sent_count=[100], replied_count=[4], note=["x"]))
    assert list(stats.columns) == ["note", "sent_count", "replied_count", "reply_rate", "caveats"]


def test_delivered_count_of_the_export_is_kept_where_we_cannot_estimate_it():
    stats = from_frame(frame(sent_count=[100], delivered_count=["97"]))
    assert list(stats.columns) == ["sent_count", "delivered_count", "delivery_rate", "caveats"]
    assert (stats["delivered_count"].tolist(), stats["delivery_rate"].tolist()) == ([97], [0.97])
    both = from_frame(frame(sent_count=[100], delivered_count=[5], bounced_count=[1]))
    assert both["delivered_count"].tolist() == [99]


def test_same_as_read_stats_after_a_round_trip_through_csv(stats):
    again = from_frame(pd.read_csv(io.StringIO(stats.to_csv())))
    assert list(again.columns) == list(stats.columns)
    shared = again.columns.drop("fetched_at")
    pd.testing.assert_frame_equal(again[shared], stats[shared], check_exact=True, check_index_type=False)
    pd.testing.assert_series_equal(
        pd.to_datetime(again["fetched_at"], utc=True), stats["fetched_at"], check_dtype=False
    )


def test_same_as_read_stats_when_given_the_counts_only(stats):
    counts = stats.columns[stats.columns.str.endswith("_count")].drop("delivered_count")
    carried = ["label", "partner", "practice_group", "office", "pipeline", "steps", "contacts"]
    again = from_frame(pd.read_csv(io.StringIO(stats[[*carried, *counts]].to_csv())))
    expected = stats.drop(columns="fetched_at")
    pd.testing.assert_frame_equal(again, expected, check_exact=True, check_index_type=False)


def test_result_twice_is_the_same(stats):
    pd.testing.assert_frame_equal(from_frame(stats), stats)


# --- given rates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [7.1, "7.1", 0.05, -0.0714, np.inf, 89 / 1247 + 0.00051])
def test_other_rate_is_told_and_replaced(rate):
    with pytest.warns(RateMismatchWarning) as caught:
        stats = from_frame(frame(["a", "b"], sent_count=[1247, 10], replied_count=[89, 1], reply_rate=[rate, 0.1]))
    assert [str(warning.message) for warning in caught] == [f"from_frame: 1 of 2 campaigns ('a'){MISMATCH}"]
    assert caught[0].filename == __file__
    assert stats["reply_rate"].tolist() == [89 / 1247, 0.1]
    assert stats["caveats"].tolist() == ["api_rates_differ", ""]


@pytest.mark.parametrize(
    "rate", ["7.1 %", "", "n/a", None, np.nan, pd.NA, 0.071, "0.0714", 89 / 1247 - 0.0005, [7.1]], ids=str
)
def test_rates_that_agree_or_are_no_numbers(rate):
    stats = from_frame(frame(sent_count=[1247], replied_count=[89], reply_rate=pd.array([rate], dtype=object)))
    assert (stats["reply_rate"].tolist(), stats["caveats"].tolist()) == ([89 / 1247], [""])
    assert stats["reply_rate"].dtype == "float64"


def test_rates_whose_counts_are_not_there_stay_as_they_are():
    stats = from_frame(frame(sent_count=[10], open_rate=["50 %"], replied_count=[1], reply_rate=[0.1]))
    assert list(stats.columns) == ["open_rate", "sent_count", "replied_count", "reply_rate", "caveats"]
    assert stats["open_rate"].tolist() == ["50 %"]


def test_inconsistent_counts():
    with pytest.warns(InconsistentCountsWarning) as caught:
        stats = from_frame(frame(["a", "b"], sent_count=[10, 10], replied_count=[11, 10]))
    assert [str(warning.message) for warning in caught] == [
        "from_frame: 1 of 2 campaigns ('a'): more opens, replies, bounces or unsubscribes than emails sent. "
        "The rows carry the caveat events_exceed_sends."
    ]
    assert caught[0].filename == __file__
    assert stats["caveats"].tolist() == ["events_exceed_sends", ""]


def test_clicks_beyond_the_emails_carry_the_caveat_too_and_may_be_right():
    export = frame(list("abcd"), sent_count=[10] * 4, replied_count=[11, 0, 0, 0], clicked_count=[0, 30, 20, 3])
    text = (
        "from_frame: 1 of 4 campaigns ('a'): more opens, replies, bounces or unsubscribes than emails sent. "
        "The rows carry the caveat events_exceed_sends; so {}, which may be right."
    )
    for given, more in [(export, "do 2 with more clicks"), (export.drop(index="c"), "does 1 with more clicks")]:
        with pytest.warns(InconsistentCountsWarning) as caught:
            stats = from_frame(given)
        assert [str(warning.message) for warning in caught] == [text.format(more).replace("of 4", f"of {len(given)}")]
        assert stats["caveats"].str.contains("events_exceed_sends").sum() == int(more.split()[1]) + 1


def test_a_row_that_is_the_total_of_all_others():
    export = frame(["a", "b", "Total"], sent_count=[1000, 500, 1500], replied_count=[20, 30, 50])
    with pytest.warns(InconsistentCountsWarning) as caught:
        assert len(from_frame(export)) == 3
    assert [str(warning.message) for warning in caught] == [
        "from_frame: the counts of row 'Total' are the sums of all other rows: it looks like a total, and would be taken "
        "for a campaign. Leave it out: df.drop('Total') once it is in the index."
    ]
    assert caught[0].filename == __file__
    from_frame(export[["sent_count"]])  # by chance one count may be the sum of two others
    from_frame(export.drop(index="a").assign(replied_count=[50, 50]))
    from_frame(export.assign(replied_count=[20, 30, 49]))
    from_frame(export.assign(replied_count=0))


def test_caveats_that_stand_there_are_kept():
    stats = from_frame(frame(["a", "b"], sent_count=[0, 5], caveats=["mine|api_rates_differ", None]))
    assert stats["caveats"].tolist() == ["nothing_sent|api_rates_differ|mine", ""]


# --- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "-1"),
        (1.5, "1.5"),
        (np.inf, "inf"),
        ("1.5", "'1.5'"),
        ("-3", "'-3'"),
        ("many", "'many'"),
        ("", "''"),
        (True, "True"),
        ([5], "[5]"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["sent_count", "replied_count"])
def test_counts_that_are_none(name, value, shown):
    columns = {"sent_count": [10, 10], name: pd.array([3, value], dtype=object)}
    with pytest.raises(InputError) as caught:
        from_frame(frame(["a", "b"], **columns))
    assert str(caught.value) == (
        f"from_frame: column {name!r} must hold whole numbers of at least 0 or missing values, but row 'b' "
        f"(position 1) has {shown}."
    )


@pytest.mark.parametrize("value", [1e300, 2.0**54, 2**60], ids=str)
def test_counts_beyond_what_float64_holds(value):
    with pytest.raises(InputError) as caught:
        from_frame(frame(sent_count=[value]))
    assert str(caught.value) == (
        "from_frame: column 'sent_count' must hold whole numbers of at most 2^53 or missing values, but row 'a' "
        f"(position 0) has {value!r}."
    )


def test_flags_are_no_counts():
    with pytest.raises(InputError) as caught:
        from_frame(frame(sent_count=[True]))
    assert str(caught.value) == "from_frame: column 'sent_count' must hold counts, not True and False."


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        (["a", "b", "a"], "'a' is"),
        (["a", None, "b"], "None is"),
        (["a", "b", "b", "a", "c"], "'b' and 'a' are"),
        ([*"abcdefg", *"abcdefg"], "'a', 'b', 'c', 'd', 'e' and 2 more are"),
    ],
    ids=str,
)
@pytest.mark.parametrize("where", ["index", "column"])
def test_ids_must_be_there_and_differ(ids, named, where):
    given = pd.DataFrame({"who": pd.Series(ids, dtype=object), "sent_count": 1})
    with pytest.raises(InputError) as caught:
        from_frame(given, id="who") if where == "column" else from_frame(given.set_index("who"))
    assert str(caught.value) == (
        f"from_frame: each row must be one campaign with an id of its own, but {named} missing or there more than "
        "once. Keep one row per campaign, such as the newest."
    )


@pytest.mark.parametrize(
    ("options", "missing", "what_to_do"),
    [
        ({}, "column 'sent_count'", "Name yours: rename={'Sent': 'sent_count'}."),
        ({"id": "id"}, "column 'id'", "Name a column of the frame."),
        ({"label": "subject"}, "column 'subject'", "Name a column of the frame."),
        ({"label": "note"}, "column 'note'", "Did you mean 'Note'? Name a column of the frame."),
        (
            {"rename": {"Emails": "sent_count"}},
            "column 'sent_count'",
            "rename takes it from 'Emails', which is not there either.",
        ),
        ({"id": "campaign_id"}, "column 'campaign_id'", "Name a column of the frame."),
    ],
    ids=str,
)
def test_missing_columns(options, missing, what_to_do):
    with pytest.raises(ColumnsError) as caught:
        from_frame(frame(Sent=[1], Note=["x"]), **options)
    assert str(caught.value) == f"from_frame: missing {missing}; the frame has 'Sent' and 'Note'. {what_to_do}"


@pytest.mark.parametrize("spelt", ["Sent Count", " sent_count", "SENT-COUNT", "sent_counts"])
def test_a_name_that_is_only_spelt_otherwise(spelt):
    with pytest.raises(ColumnsError) as caught:
        from_frame(frame(**{spelt: [1], "Note": ["x"]}))
    assert str(caught.value) == (
        f"from_frame: missing column 'sent_count'; the frame has {spelt!r} and 'Note'. Did you mean {spelt!r}? "
        f"Name yours: rename={{{spelt!r}: 'sent_count'}}."
    )
    with pytest.raises(ColumnsError) as caught:
        leadlex_pandas.benchmark(frame(**{spelt: [1], "replied_count": [1]}))
    assert str(caught.value) == (
        f"benchmark: missing column 'sent_count'; the frame has {spelt!r} and 'replied_count'. Did you mean {spelt!r}? "
        f"Rename yours, or use leadlex_pandas.from_frame(df, rename={{{spelt!r}: 'sent_count'}})."
    )


def test_one_mapping_serves_several_exports():
    names = {"Sent": "sent_count", "Sends": "sent_count", "Replies": "replied_count", "Unsubs": "unsubscribed_count"}
    for given in (frame(Sent=[10], Replies=[1]), frame(Sends=[10], Replies=[1]), frame(sent_count=[10], Replies=[1])):
        assert list(from_frame(given, rename=names).columns) == ["sent_count", "replied_count", "reply_rate", "caveats"]


def test_a_slip_in_a_mapping():
    with pytest.raises(ColumnsError) as caught:
        from_frame(frame(Sent=[1], Replies=[1]), rename={"Sent": "sent_count", "replies": "replied_count"})
    assert str(caught.value) == "from_frame: rename names 'replies', which is no column. Did you mean 'Replies'?"


def test_a_mapping_turned_round():
    with pytest.raises(InputError) as caught:
        from_frame(frame(Sent=[1], Replies=[1]), rename={"sent_count": "Sent", "replied_count": "Replies"})
    assert str(caught.value) == (
        "from_frame: rename goes from your column names to ours; turn it round: "
        "rename={'Sent': 'sent_count', 'Replies': 'replied_count'}."
    )


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_file_read_with_the_wrong_separator(separator):
    head = separator.join(["Kampagne", "Versendet", "Antworten"])
    text = f"missing column 'sent_count'; the frame has {head!r}. All names stand in one column: read the file with "
    text += f"pandas.read_csv(..., sep={separator!r})."
    given = pd.DataFrame({head: ["x"]})
    for call, where in [(from_frame, "from_frame"), (lambda df: df.leadlex, "DataFrame.leadlex")]:
        with pytest.raises(ColumnsError) as caught:
            call(given)
        assert str(caught.value) == f"{where}: {text}"


def test_german_thousands_read_as_fractions():
    export = pd.read_csv(io.StringIO("id;sent_count\nA;2.000\nB;1.247\n"), sep=";")
    with pytest.raises(InputError) as caught:
        from_frame(export, id="id")
    assert str(caught.value) == (
        "from_frame: column 'sent_count' must hold whole numbers of at least 0 or missing values, but row 'B' (position "
        "1) has 1.247. If 1,247 is meant, read the file with pandas.read_csv(..., thousands='.', decimal=',')."
    )


def test_two_columns_of_one_name():
    text = "from_frame: the frame has more than one column {!r}. Drop or rename all but one."
    for given, options, name in [
        (frame(Sent=[1], sent_count=[2]), {"rename": {"Sent": "sent_count"}}, "sent_count"),
        (frame(sent_count=[1], label=["x"], Name=["y"]), {"label": "Name"}, "label"),
        (pd.DataFrame([[1, 2]], columns=["sent_count", "sent_count"]), {}, "sent_count"),
    ]:
        with pytest.raises(InputError) as caught:
            from_frame(given, **options)
        assert str(caught.value) == text.format(name)


@pytest.mark.parametrize(
    "given", [None, "x.csv", [1], {"sent_count": [1]}, pd.Series([1])], ids=lambda g: type(g).__name__
)
def test_what_is_no_frame(given):
    with pytest.raises(InputError) as caught:
        from_frame(given)
    assert str(caught.value) == f"from_frame: df must be a pandas DataFrame, not {type(given).__name__}."


@pytest.mark.parametrize("rename", [["Sent"], "Sent", str.lower], ids=lambda r: type(r).__name__)
def test_rename_that_is_no_mapping(rename):
    with pytest.raises(InputError) as caught:
        from_frame(frame(Sent=[1]), rename=rename)
    assert str(caught.value) == f"from_frame: rename must be a mapping from your column names to ours, not {rename!r}."


def test_the_callers_mapping_is_not_changed():
    rename = {"Sent": "sent_count"}
    from_frame(frame(Sent=[1], Name=["x"]), label="Name", rename=rename)
    assert rename == {"Sent": "sent_count"}


def test_empty_frame():
    empty = from_frame(pd.DataFrame({"campaign_id": [], "sent_count": [], "replied_count": []}))
    assert (len(empty), list(empty.columns)) == (0, ["sent_count", "replied_count", "reply_rate", "caveats"])
    assert str(empty["sent_count"].dtype) == "Int64"
    assert leadlex_pandas.add_rates(empty).empty


def test_a_csv_of_a_read_without_caveats_is_taken_back(stats):
    """Empty cells of a column come back from CSV as missing numbers."""
    clean = stats[stats["caveats"] == ""]
    back = pd.read_csv(io.StringIO(clean.to_csv()))
    assert back["caveats"].dtype == "float64"
    assert leadlex_pandas.from_frame(back, id="campaign_id")["caveats"].eq("").all()
