"""`present`: every cell as a reader should see it, written down by hand."""

import numpy as np
import pandas as pd
import pytest

from leadlex_pandas import (
    ColumnsError,
    InputError,
    add_intervals,
    benchmark,
    changes,
    compare_groups,
    growth,
    health,
    present,
    stages,
    summarize,
)
from leadlex_pandas.metrics import CAVEATS
from leadlex_pandas.verbs.notes import _WORDS as WORDS
from tests.verbs.frames import campaigns
from tests.verbs.histories import snapshots

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
        "Subject A [90 % limits]", "Subject B [90 % limits]", "difference in points [90 % limits]",
        "chance that Subject A is higher", "verdict",
    ]  # fmt: skip
    assert text.index.tolist() == ["reply rate"]
    assert text.iloc[0].tolist() == [
        "5.0 % [3.0, 8.0]", "2.0 % [1.0, 4.0]", "+3.0 [-0.1, +6.1]", "98.7 %", "Subject A higher",
    ]  # fmt: skip
    assert present(table.assign(verdict="second higher"))["verdict"].tolist() == ["Subject B higher"]
    assert present(table.assign(verdict="cannot tell"))["verdict"].tolist() == ["cannot tell"]
    more = present(table, columns=["ratio", "p_value", "p_adjusted", "prob_first_higher"])
    assert more.iloc[0].tolist() == ["2.50 [1.10, inf]", "< 0.001", "0.061", "98.7 %"]
    table.attrs["first"] = "Subject B"
    twins = present(table)
    assert twins.columns.tolist()[:2] == ["Subject B (first) [90 % limits]", "Subject B (second) [90 % limits]"]
    assert twins["verdict"].tolist() == ["Subject B (first) higher"]
    table.attrs = {}
    assert present(table).columns.tolist()[-2:] == ["chance that the first is higher", "verdict"]
    assert present(table)["verdict"].tolist() == ["first higher"]


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


def test_growth_is_told_by_day():
    history = snapshots([("a", 0, 1400, 9), ("b", 0, 50, None), ("a", 1.5, 1600, 28)])
    text = present(growth(history, ids=["b", "a"]))
    assert text.columns.tolist() == ["days since the first reading", "emails sent", "replies"]
    assert text.index.tolist() == ["b", "a", "a"]
    assert text.to_numpy().tolist() == [["0.0", "50", "–"], ["0.0", "1,400", "9"], ["1.5", "1,600", "28"]]
    named = present(growth(history.assign(label=["Alert", None, "Alert"])))
    assert named.index.tolist() == ["Alert", "Alert", "b"]
    assert present(growth(history), columns=["campaign_id", "replied_count"]).iloc[0].tolist() == ["a", "9"]
    every = dict.fromkeys(("opened_count", "clicked_count", "bounced_count", "unsubscribed_count"), 0)
    assert set(present(growth(history.assign(**every))).columns[2:]) == {
        "opens", "clicks", "replies", "bounces", "unsubscribes",
    }  # fmt: skip


def test_what_is_new_has_the_names_of_what_there_is():
    history = snapshots([("a", 0, 100, 5), ("a", 7, 200, 9)]).assign(bounced_count=[0, 1])
    text = present(changes(history), columns=["new_sent_count", "new_replied_count", "new_delivered_count"])
    assert text.columns.tolist() == ["new emails", "new replies", "new delivered emails"]
    assert text.iloc[0].tolist() == ["100", "4", "99"]


def test_campaigns_as_they_are():
    df = add_intervals(campaigns(number=3), "reply_rate").assign(reply_rate=[0.01, 0.03, 0.02])
    text = present(df, columns=["office", "reply_rate"])
    assert text.index.tolist() == ["c1", "c2", "c0"]
    assert text.columns.tolist() == ["office", "reply rate [95 % limits]"]
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
    assert text.columns.tolist() == [
        "reply rate [95 % limits]", "benchmark", "verdict", "emails still needed", "note",
    ]  # fmt: skip
    # called by its limits, unless that could be luck; a call or not, nothing else can be the matter with these counts
    luck = (table["low"] > 0.02) & (table["verdict"] != "above")
    assert luck.any()
    assert (text["note"] == "could be luck among so many").sum() == luck.sum()


def test_each_limit_has_the_level_it_was_made_at():
    df = campaigns(number=2).assign(reply_rate=0.5, bounce_rate=0.2)
    df = add_intervals(add_intervals(df, "reply_rate", level=0.8), "bounce_rate", level=0.99)
    assert present(df).columns.tolist() == [
        "emails sent", "reply rate [80 % limits]", "bounce rate [99 % limits]",
    ]  # fmt: skip


def test_the_label_is_written_once():
    text = present(judged(), columns=["label", "rate", "label"])
    assert text.columns.tolist() == ["reply rate [95 % limits]"]
    assert text.index.tolist() == ["Alert", "Draft", "Lunch", "Old list", "Unsent"]


def test_of_many_rates_four():
    names = ["open_rate", "click_rate", "reply_rate", "bounce_rate", "unsubscribe_rate"]
    df = campaigns(number=2).assign(**dict.fromkeys(names, 0.25))
    four = ["reply rate", "bounce rate", "unsubscribe rate", "open rate"]
    assert present(df).columns.tolist() == ["emails sent", *four]
    assert present(df.drop(columns="bounce_rate")).columns.tolist() == [
        "emails sent", "open rate", "click rate", "reply rate", "unsubscribe rate",
    ]  # fmt: skip
    assert present(summarize(campaigns())).columns.tolist() == [
        "campaigns", "emails sent", *(f"{name} [95 % limits]" for name in four),
    ]  # fmt: skip


def test_columns_of_ones_own_make_no_table_of_a_verb():
    df = campaigns(number=3).assign(reply_rate=[0.01, 0.03, 0.02], status="active", verdict="no data", center="Bonn")
    df = df.assign(rank=3, shrunk=0.1, watch_limit=1, first_rate="x", meaning="worse", benchmark=4)
    assert present(df).columns.tolist() == ["emails sent", "reply rate"]
    assert present(df).index.tolist() == ["c1", "c2", "c0"]


def test_a_part_of_a_table_is_still_that_of_its_verb():
    table = benchmark(campaigns(), against=0.02)[["rate", "verdict", "low", "high"]]
    assert present(table).columns.tolist() == ["reply rate [95 % limits]", "verdict"]


def test_every_table_of_a_verb_has_an_accessor():
    df = campaigns().rename_axis("campaign_id")
    c0, c1 = df.index[:2]
    for table in (
        df.leadlex.benchmark(against=0.04), df.leadlex.plan(against=0.04), df.leadlex.rank(), df.leadlex.health(),
        df.leadlex.stages(), df.leadlex.compare_groups("office"), df.leadlex.compare(c0, c1), df.leadlex.summarize(),
    ):  # fmt: skip
        pd.testing.assert_frame_equal(table.leadlex.present(), present(table))
    assert not hasattr(pd.DataFrame({"rate": [0.1], "verdict": ["good"], "status": ["x"]}), "leadlex")


COLD = {"reference": {"quantiles": {0.25: 0.0105, 0.5: 0.0171, 0.9: 0.0379}}}


@pytest.mark.parametrize(("value", "low", "high", "text"), [
    (0.9, 0.9, 0.9, "90th or above"),
    (0.9, 0.42, 0.9, "90th or above [42nd, 90th or above]"),
    (0.5, 0.25, 0.9, "50th [25th or below, 90th or above]"),
    (0.61, 0.5349, 0.8951, "61st [53rd, 90th]"),
    (0.25, 0.25, 0.25, "25th or below"),
    (0.25, np.nan, np.nan, "25th or below"),
    (np.nan, np.nan, np.nan, "–"),
])  # fmt: skip
def test_nothing_is_known_beyond_the_outermost_quantiles(value, low, high, text):
    table = judged(REPLIES | COLD).iloc[:1].assign(percentile=value, percentile_low=low, percentile_high=high)
    assert present(table)["percentile [95 % limits]"].tolist() == [text]


def test_a_percentile_of_a_benchmark_that_got_lost():
    table = judged().iloc[:1].assign(percentile=0.11, percentile_low=0.02, percentile_high=0.9)
    assert present(table)["percentile [95 % limits]"].tolist() == ["11th [2nd, 90th]"]
    known = benchmark(campaigns(), against="cold-b2b-it-2026")
    text = present(known, sort=False)["percentile [95 % limits]"]
    beyond = (known["percentile_low"] == 0.9).tolist()
    assert any(beyond)
    assert (text == "90th or above").tolist() == beyond


def test_whether_any_groups_differ():
    df = campaigns()
    table = compare_groups(df, "office")
    p_value = table["overall_p_value"].iloc[0]
    text = present(table)
    assert text.columns.tolist() == [
        "campaigns", "reply rate [95 % limits]", "difference in points [95 % limits]", "p, all tests considered",
        "groups differ",
    ]  # fmt: skip
    assert p_value > 0.05
    assert text["groups differ"].tolist() == [f"cannot tell, p = {p_value:.3f}"] * 3
    assert present(table.assign(overall_p_value=0.0499))["groups differ"].tolist() == ["yes, p = 0.050"] * 3
    assert present(table.assign(overall_p_value=0.00049))["groups differ"].tolist() == ["yes, p < 0.001"] * 3
    assert present(table.assign(overall_p_value=np.nan))["groups differ"].tolist() == ["–"] * 3
    table.attrs.pop("level")
    assert present(table)["groups differ"].tolist() == [f"p = {p_value:.3f}"] * 3


def noted(caveats, attrs=REPLIES, columns=None):
    """The notes of one row with these caveats."""
    text = present(judged(attrs).iloc[[1]].assign(caveats=caveats), columns=columns)
    return text["note"].tolist()[0] if "note" in text else None


def test_caveats_stand_beside_what_they_touch():
    clicks = {"metric": {"name": "click_rate", "events": "clicked_count", "trials": "sent_count", "better": "high"}}
    both = "tracking_off|possible_scanners"
    assert noted(both) is None
    assert noted(both, columns=["rate", "note"]) == "–"
    assert noted(both, clicks) == "opens or clicks not tracked; clicks may be those of security software"
    assert noted(both, {}) == noted(both, clicks)  # nothing tells which rate it is
    assert noted("small_portfolio|not_after_many_tests") == "could be luck among so many; few campaigns to compare with"
    assert noted("small_portfolio|of_ours") == "of ours; few campaigns to compare with"
    assert noted("one_campaign") == "one campaign only"
    assert noted("") is None
    assert "note" not in present(judged())


def test_counts_that_cannot_be_right_where_that_shows():
    table = judged().iloc[[1]].assign(caveats="events_exceed_sends")
    assert "note" not in present(table)
    assert present(table.assign(rate=1.2))["note"].tolist() == ["counts cannot be right"]
    df = campaigns(number=1).assign(reply_rate=1.5, click_rate=2, caveats="events_exceed_sends|contacts_pending")
    assert present(df)["note"].tolist() == ["counts cannot be right"]


def test_every_caveat_has_words():
    assert set(CAVEATS) <= set(WORDS)
    text = "; ".join(WORDS.values())
    assert "_" not in text


def test_a_note_of_ones_own():
    df = campaigns(number=1).assign(note="mine", reply_rate=0.1, caveats="nothing_sent")
    assert present(df, columns=["note"])["note"].tolist() == ["mine"]
    assert present(df)["note"].tolist() == ["nothing sent"]
    assert present(df[["note", "caveats"]]).to_numpy().tolist() == [["mine", "nothing_sent"]]


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: present(t, digits=-1), InputError, "present: digits must be a whole number of at least 0, not -1."),
    (lambda t: present(t, digits=1.5), InputError, "present: digits must be a whole number of at least 0, not 1.5."),
    (lambda t: present(t, columns="rate"), InputError, "present: columns must be several names of columns, not 'rate'."),
    (lambda t: present(t[["rate"]], columns=["rates"]), ColumnsError, "present: missing column 'rates'; the frame has 'rate'. Did you mean 'rate'? Choose among these."),
    (lambda t: present(t[["rate"]], columns=["rate", "note"]), ColumnsError, "present: missing column 'note'; the frame has 'rate'. Choose among these."),
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
            "until": pd.to_datetime(["2026-09-21"] * 2, utc=True),
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


def test_what_is_the_matter_with_all_rows_is_said_once():
    table = benchmark_table(["unlike_steps", "unlike_steps|not_after_many_tests", "unlike_steps"])
    text = present(table, sort=False)
    assert text.columns[-1] == "note (on all rows: sequences differ in length)"
    assert text.iloc[:, -1].tolist() == ["–", "could be luck among so many", "–"]
    few = present(table.iloc[:2], sort=False)  # of two rows one is soon cut off
    assert few["note"].tolist() == [
        "sequences differ in length",
        "could be luck among so many; sequences differ in length",
    ]
    some = present(benchmark_table(["unlike_steps", "", "unlike_steps"]), sort=False)
    assert some["note"].tolist() == ["sequences differ in length", "–", "sequences differ in length"]


def benchmark_table(caveats):
    df = pd.DataFrame({"sent_count": [900] * len(caveats), "replied_count": [40] * len(caveats)})
    return benchmark(df, against=0.04).assign(caveats=caveats)
