"""`present`: every cell as a reader should see it, written down by hand."""

import numpy as np
import pandas as pd
import pytest

from leadlex_pandas import ColumnsError, InputError, add_intervals, benchmark, health, present, stages, summarize
from tests.verbs.frames import campaigns

LEVEL = {"level": 0.95}
REPLIES = {
    "metric": {"name": "reply_rate", "events": "replied_count", "trials": "sent_count", "better": "high"},
    **LEVEL,
}
BOUNCES = {
    "metric": {"name": "bounce_rate", "events": "bounced_count", "trials": "sent_count", "better": "low"},
    **LEVEL,
}


def judged(attrs=REPLIES):
    """A table as `benchmark` gives it, in no order."""
    table = pd.DataFrame(
        {
            "label": ["Lunch", "Alert", "Unsent", "Draft", "Old list"],
            "events": pd.array([31, 89, 0, 7, 4], "Int64"),
            "trials": pd.array([980, 1247, 0, 90, 2400], "Int64"),
            "rate": [31 / 980, 0.07137, np.nan, 0.0778, 0.0016667],
            "low": [0.0223, 0.0584, np.nan, 0.038, 0.00065],
            "high": [0.0445, 0.08701, np.nan, 0.1522, 0.00428],
            "benchmark": [0.04, 0.04, np.nan, 0.04, 0.04],
            "verdict": ["too few sends", "above", "no data", "too few sends", "below"],
            "meaning": [None, "better", None, None, "worse"],
            "sends_more": pd.array([1234, 0, None, 1500, 3], "Int64"),
        },
        index=["b", "a", "e", "d", "c"],
    )
    table.attrs = attrs
    return table


def test_a_benchmark_for_an_email():
    text = present(judged())
    assert text.columns.tolist() == ["reply rate [95 % limits]", "benchmark", "verdict", "emails still needed"]
    assert text.index.tolist() == ["Alert", "Draft", "Lunch", "Old list", "Unsent"]
    assert text.to_numpy().tolist() == [
        ["7.1 % [5.8, 8.7]", "4.0 %", "above", "–"],
        ["7.8 % [3.8, 15.2]", "4.0 %", "too few sends", "1,500"],
        ["3.2 % [2.2, 4.5]", "4.0 %", "too few sends", "1,234"],
        ["0.2 % [0.1, 0.4]", "4.0 %", "below", "–"],
        ["–", "–", "no data", "–"],
    ]


def test_digits_columns_and_order():
    text = present(judged(), digits=2, columns=["trials", "rate", "events"], sort=False)
    assert text.columns.tolist() == ["emails sent", "reply rate [95 % limits]", "replies"]
    assert text.index.tolist() == ["Lunch", "Alert", "Unsent", "Draft", "Old list"]
    assert text.iloc[1].tolist() == ["1,247", "7.14 % [5.84, 8.70]", "89"]
    assert present(judged(), digits=0).iloc[0, 0] == "7 % [6, 9]"


def test_a_column_of_small_rates_shows_two_figures_of_them():
    df = pd.DataFrame({"sent_count": [1000, 1000, 100], "unsubscribe_rate": [0.003, 0.002, 0.04]}, index=list("abc"))
    df = df.assign(unsubscribe_rate_low=[0.001, 0.0006, 0.016], unsubscribe_rate_high=[0.0088, 0.0073, 0.098])
    text = present(df)
    assert text["unsubscribe rate [limits]"].to_dict() == {
        "b": "0.20 % [0.06, 0.73]", "a": "0.30 % [0.10, 0.88]", "c": "4.00 % [1.60, 9.80]",
    }  # fmt: skip
    assert present(df.assign(unsubscribe_rate=0.00012)).iloc[0, 1] == "0.012 % [0.100, 0.880]"
    assert present(df.assign(unsubscribe_rate=0.0)).iloc[0, 1] == "0.0 % [0.1, 0.9]"


def test_best_first_where_low_is_good():
    table = judged(BOUNCES)
    table["meaning"] = [None, "worse", None, None, "better"]
    assert present(table).index.tolist() == ["Old list", "Lunch", "Draft", "Alert", "Unsent"]


def test_rates_over_another_base_say_so():
    df = pd.DataFrame({"sent_count": [9], "reply_rate_contact": [0.1], "open_rate_delivered": [0.4]})
    assert present(df).columns.tolist() == ["emails sent", "open rate per email delivered", "reply rate per contact"]


def test_facts_that_got_lost_are_not_made_up():
    table = judged({})
    assert present(table).columns.tolist()[0] == "rate [limits]"
    assert present(table.drop(columns=["low", "high"])).columns.tolist()[0] == "rate"


def test_rows_without_a_label_keep_their_id():
    table = judged()
    table.loc["a", "label"] = None
    assert present(table).index.tolist()[0] == "a"
    assert present(table.drop(columns="label")).index.tolist() == ["a", "d", "b", "c", "e"]


def test_two_campaigns_compared():
    table = pd.DataFrame(
        {"first_rate": [0.05], "first_low": [0.03], "first_high": [0.08], "second_rate": [0.02], "second_low": [0.01],
         "second_high": [0.04], "difference": [0.03], "difference_low": [-0.001], "difference_high": [0.0612],
         "ratio": [2.5], "ratio_low": [1.1], "ratio_high": [np.inf], "p_value": [0.0004], "p_adjusted": [0.0612],
         "prob_first_higher": [0.987], "verdict": ["first higher"]}, index=pd.Index(["reply_rate"], name="metric"),
    )  # fmt: skip
    table.attrs = {"level": 0.9, "first": "Subject A", "second": "Subject B"}
    text = present(table)
    assert text.columns.tolist() == [
        "Subject A [90 % limits]", "Subject B [90 % limits]", "difference in points [90 % limits]", "verdict",
    ]  # fmt: skip
    assert text.index.tolist() == ["reply rate"]
    assert text.iloc[0].tolist() == ["5.0 % [3.0, 8.0]", "2.0 % [1.0, 4.0]", "+3.0 [-0.1, +6.1]", "first higher"]
    more = present(table, columns=["ratio", "p_value", "p_adjusted", "prob_first_higher"])
    assert more.iloc[0].tolist() == ["2.50 [1.10, inf]", "< 0.001", "0.061", "98.7 %"]


def test_ranks():
    table = pd.DataFrame(
        {"label": ["A", "B"], "events": [9, 8], "trials": [90, 100], "rate": [0.1, 0.08], "shrunk": [0.07, 0.069],
         "shrunk_low": [0.05, 0.04], "shrunk_high": [0.09, 0.1], "rank": pd.array([1, 2], "Int64"), "rank_low": [1, 1], "rank_high": [2, 2],
         "prob_best": [0.6, np.nan]}, index=["a", "b"],
    )  # fmt: skip
    table.attrs = REPLIES | {"level": 0.9}
    text = present(table)
    assert text.columns.tolist() == [
        "reply rate", "allowing for luck [90 % limits]", "rank [90 % limits]", "chance to be best",
    ]  # fmt: skip
    assert text.to_numpy().tolist() == [
        ["10.0 %", "7.0 % [5.0, 9.0]", "1 [1, 2]", "60.0 %"], ["8.0 %", "6.9 % [4.0, 10.0]", "2 [1, 2]", "–"],
    ]  # fmt: skip


def test_health_has_the_worst_first():
    df = pd.DataFrame({"sent_count": [150, 2400, 900], "bounced_count": [1, 200, 1]}, index=["small", "old", "new"])
    text = present(health(df))
    assert text.columns.tolist() == ["rate [one-sided 95 % limits]", "status", "emails needed"]
    assert text.index.tolist() == [
        ("all campaigns", "bounce rate"), ("old", "bounce rate"), ("small", "bounce rate"), ("new", "bounce rate"),
    ]  # fmt: skip
    assert text["status"].tolist() == ["breach", "breach", "not enough data", "clear"]
    assert (text["emails needed"] != "–").tolist() == [False, False, True, False]


def test_summaries_have_all_of_it_last():
    df = campaigns()
    summary = summarize(df, "reply_rate", by="office", total=True)
    text = present(summary)
    assert text.columns.tolist() == ["campaigns", "emails sent", "reply rate [95 % limits]"]
    assert text.index.tolist() == [*summary.iloc[:-1]["reply_rate"].sort_values(ascending=False).index, "all"]
    pairs = present(summarize(df, "reply_rate", by=["office", "kind"], total=True))
    assert pairs.index[-1] == ("all", "")
    assert present(summarize(df, "bounce_rate", by="office")).index.tolist() == (
        summarize(df, "bounce_rate", by="office")["bounce_rate"].sort_values().index.tolist()
    )


def test_stages_keep_their_order():
    text = present(stages(campaigns().drop(columns="clicked_count").assign(steps=1)))
    assert text.index.tolist() == [("all", name) for name in ("sent", "delivered", "opened", "replied")]
    assert text["of sent"].iloc[0] == "100.0 %"
    assert text["of previous [95 % limits]"].iloc[0] == "–"


def test_campaigns_as_they_are():
    df = add_intervals(campaigns(number=3), "reply_rate").assign(reply_rate=[0.01, 0.03, 0.02])
    text = present(df, columns=["office", "reply_rate"])
    assert text.index.tolist() == ["c1", "c2", "c0"]
    assert text.columns.tolist() == ["office", "reply rate [limits]"]
    assert text["office"].tolist() == ["Hamburg", "Berlin", "Munich"]
    assert present(campaigns(number=3).assign(reply_rate=0.5)).columns.tolist() == ["emails sent", "reply rate"]


def test_any_other_table_as_text():
    table = pd.DataFrame({"step": [1, 2], "value": [1234.5678, np.nan], "when": pd.to_datetime(["2026-09-01", None])})
    text = present(table)
    assert text.to_numpy().tolist() == [["1", "1,234.6", "2026-09-01 00:00:00"], ["2", "–", "–"]]
    assert present(table.iloc[:0]).to_numpy().tolist() == []


def test_pandas_writes_it_further():
    text = present(judged())
    assert "<td>7.1 % [5.8, 8.7]</td>" in text.to_html()
    assert all(isinstance(cell, str) for cell in text.to_numpy().ravel())


def test_real_tables_of_benchmark():
    df = campaigns()
    text = present(benchmark(df, against=0.02))
    table = benchmark(df, against=0.02)
    assert sorted(text["verdict"]) == sorted(table["verdict"].astype(str))
    assert text.shape == (24, 4)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: present(t, digits=-1), InputError, "present: digits must be a whole number of at least 0, not -1."),
    (lambda t: present(t, digits=1.5), InputError, "present: digits must be a whole number of at least 0, not 1.5."),
    (lambda t: present(t, columns="rate"), InputError, "present: columns must be several names of columns, not 'rate'."),
    (lambda t: present(t[["rate"]], columns=["rates"]), ColumnsError, "present: missing column 'rates'; the frame has 'rate'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda t: present("text"), InputError, "present: df must be a pandas DataFrame, not str."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(judged())
    assert str(caught.value) == message


def test_what_changed_for_an_email():
    table = pd.DataFrame(
        {
            "label": ["Alert", "Lunch"],
            "since": pd.to_datetime(["2026-09-14"] * 2, utc=True),
            "new_sent_count": pd.array([1100, None], "Int64"),
            "new_replied_count": pd.array([12, None], "Int64"),
            "new_reply_rate": [0.12, np.nan],
            "new_reply_rate_low": [0.07, np.nan],
            "new_reply_rate_high": [0.1981, np.nan],
            "reply_rate_difference": [0.07, np.nan],
            "reply_rate_difference_low": [-0.018, np.nan],
            "reply_rate_difference_high": [0.1486, np.nan],
        }
    )
    table.attrs = {"metrics": ["reply_rate"], **LEVEL}
    text = present(table)
    assert text.columns.tolist() == [
        "new emails", "new reply rate [95 % limits]", "reply rate difference in points [95 % limits]",
    ]  # fmt: skip
    assert text.loc["Alert"].tolist() == ["1,100", "12.0 % [7.0, 19.8]", "+7.0 [-1.8, +14.9]"]
    assert text.loc["Lunch"].tolist() == ["–", "–", "–"]


def test_a_trend_for_an_email():
    table = pd.DataFrame(
        {
            "campaigns": [3, 2], "events": pd.array([30, 2], "Int64"), "trials": pd.array([1000, 40], "Int64"),
            "rate": [0.03, 0.05], "center": [0.0308, 0.0308], "low": [0.014, 0.0], "high": [0.0471, np.nan],
            "signal": pd.Categorical([None, "above"]),
        },
        index=pd.period_range("2026-03-02", periods=2, freq="W", name="period"),
    )  # fmt: skip
    table.attrs = {"metric": REPLIES["metric"], "level": None}
    text = present(table)
    assert text.columns.tolist() == ["campaigns", "emails sent", "reply rate", "expected [limits]", "signal"]
    assert [str(period) for period in text.index] == ["2026-03-02/2026-03-08", "2026-03-09/2026-03-15"]
    # the limits are those of what is expected, not of the week's rate
    assert text.to_numpy().tolist() == [
        ["3", "1,000", "3.0 %", "3.1 % [1.4, 4.7]", "–"],
        ["2", "40", "5.0 %", "3.1 %", "above"],
    ]


def test_a_difference_has_the_decimals_of_its_rates():
    rare = {"first_rate": [0.002, 0.0031], "second_rate": [0.0024, 0.001], "difference": [-0.0004, 0.0021]}
    assert present(pd.DataFrame(rare))["difference in points"].tolist() == ["-0.04", "+0.21"]
    usual = {"first_rate": [0.02], "second_rate": [0.024], "difference": [-0.004]}
    assert present(pd.DataFrame(usual))["difference in points"].tolist() == ["-0.4"]
    assert (
        present(pd.DataFrame({"reply_rate_difference": [0.0004]}), columns=["reply_rate_difference"]).iat[0, 0]
        == "+0.0"
    )
