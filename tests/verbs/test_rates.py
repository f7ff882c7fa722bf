"""`add_rates`, `add_intervals` and `add_caveats`: plain division, other libraries' limits, rows that give themselves away."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas import (
    METRICS,
    ColumnsError,
    InputError,
    Metric,
    add_caveats,
    add_intervals,
    add_rates,
    benchmark,
    rank,
)

COUNTS = ["sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count"]


def frame(**columns):
    base = dict(sent_count=[100, 0, 50], opened_count=[40, 0, 0], clicked_count=[10, 0, 0], replied_count=[4, 0, 2],
                bounced_count=[2, 0, 60], unsubscribed_count=[1, 0, 0])  # fmt: skip
    return pd.DataFrame(base | columns, index=["a", "b", "c"])


def test_rates_over_sends():
    df = add_rates(frame())
    assert df.loc["a", ["open_rate", "click_rate", "reply_rate", "bounce_rate", "unsubscribe_rate"]].tolist() == [
        0.4,
        0.1,
        0.04,
        0.02,
        0.01,
    ]
    assert df.loc["a", ["click_to_open_rate", "reply_to_open_rate", "unsubscribe_to_open_rate"]].tolist() == [
        10 / 40,
        4 / 40,
        1 / 40,
    ]
    assert df.loc["a", "delivery_rate"] == 0.98
    assert df.loc["b"].drop([*COUNTS, "delivered_count"]).isna().all()  # 0/0 is no rate
    assert df["delivered_count"].tolist() == [98, 0, 0]  # clipped: more bounces than sends
    # c was not tracked: replies without a single open
    assert (
        df.loc["c", ["open_rate", "click_to_open_rate", "reply_to_open_rate", "unsubscribe_to_open_rate"]].isna().all()
    )
    assert df.loc["c", "reply_rate"] == 0.04
    assert not any(name.endswith("_delivered") for name in df.columns)


def test_rates_over_delivered():
    df = add_rates(frame(), base="delivered")
    assert df.loc[
        "a", ["open_rate_delivered", "click_rate_delivered", "reply_rate_delivered", "unsubscribe_rate_delivered"]
    ].tolist() == [40 / 98, 10 / 98, 4 / 98, 1 / 98]
    assert df.loc[["b", "c"], "reply_rate_delivered"].isna().all()
    assert "reply_rate" not in df
    given = add_rates(frame().drop(columns="bounced_count").assign(delivered_count=[90, 0, 40]), base="delivered")
    assert given.loc["a", "reply_rate_delivered"] == 4 / 90


def test_rates_over_contacts_that_were_told():
    df = add_rates(frame(contacts_reached=[50, 0, None]), base="contacts")
    assert df.columns.tolist()[-2:] == ["reply_rate_contact", "unsubscribe_rate_contact"]
    assert df.loc["a", ["reply_rate_contact", "unsubscribe_rate_contact"]].tolist() == [4 / 50, 1 / 50]
    assert df.loc[["b", "c"], "reply_rate_contact"].isna().all()
    assert "reply_rate" not in df


@pytest.mark.parametrize("dtype", ["category", "object", "string"])
def test_contacts_of_campaigns_that_are_over_stand_in_for_those_reached(dtype):
    status = pd.Series(["completed", "completed", "active"], index=["a", "b", "c"], dtype=dtype)
    df = frame(contacts=[50, 40, 90], status=status)
    assert add_rates(df, base="contacts")["reply_rate_contact"].fillna(-1).tolist() == [4 / 50, 0, -1]
    assert add_caveats(df)["caveats"].str.contains("contacts_pending").tolist() == [False, False, True]
    told = df.assign(contacts_reached=pd.array([45, None, 60], "Int64"))
    assert add_rates(told, base="contacts")["reply_rate_contact"].tolist() == [4 / 45, 0, 2 / 60]
    assert not add_caveats(told)["caveats"].str.contains("contacts_pending").any()
    unknown = df.assign(status=None, contacts=[50, None, 90])
    assert add_rates(unknown, base="contacts")["reply_rate_contact"].isna().all()
    assert add_caveats(unknown)["caveats"].str.contains("contacts_pending").tolist() == [True, False, True]


def test_rates_replace_what_stood_there_and_keep_the_rest():
    df = frame().assign(reply_rate=9.9, office="x")
    before = df.copy(deep=True)
    done = add_rates(df)
    pd.testing.assert_frame_equal(df, before)
    assert done["reply_rate"].tolist()[0] == 0.04
    assert done.columns.tolist()[: len(df.columns)] == df.columns.tolist()


def test_rates_that_the_counts_allow():
    df = add_rates(frame()[["sent_count", "replied_count"]])
    assert df.columns.tolist() == ["sent_count", "replied_count", "reply_rate"]


def test_tracking_settings():
    settings = dict(track_opens=pd.array([False, True, None], "boolean"), track_clicks=[True, True, False])
    df = add_rates(frame(opened_count=[40, 0, 20], **settings))
    assert df["open_rate"].isna().tolist() == [True, True, False]
    assert df["click_rate"].isna().tolist() == [False, True, True]
    assert df["click_to_open_rate"].isna().tolist() == [True, True, True]
    caveats = add_caveats(frame(opened_count=[40, 0, 20], **settings))["caveats"]
    assert caveats.str.contains("tracking_off").tolist() == [True, False, True]


def test_clicks_of_a_campaign_without_opens_and_clicks_are_unknown_unless_they_were_tracked():
    df = pd.DataFrame(
        {
            "sent_count": [772, 772, 772, 772, 772],
            "opened_count": [0, 0, 0, 0, 0],
            "clicked_count": [0, 3, 0, 0, 0],
            "replied_count": [30, 30, 0, 30, 30],
            "bounced_count": [2, 2, 2, 2, 2],
            "track_clicks": pd.array([None, None, None, True, False], "boolean"),
        }
    )
    assert add_rates(df)["click_rate"].isna().tolist() == [True, False, False, False, True]
    assert add_rates(df, base="delivered")["click_rate_delivered"].isna().tolist() == [True, False, False, False, True]
    assert add_rates(df.drop(columns="track_clicks"))["click_rate"].isna().tolist() == [True, False, False, True, True]
    assert add_rates(df)["reply_rate"].notna().all()
    without_opens = df.drop(columns=["opened_count", "track_clicks"])  # then nothing gives them away
    assert add_rates(without_opens)["click_rate"].notna().all()


def test_caveats_row_by_row():
    rows = {
        "fine": (1000, 400, 50, 40, 10, 2, ""),
        "untracked": (1000, 0, 0, 40, 10, 2, "tracking_off"),
        "unsent": (0, 0, 0, 0, 0, 0, "nothing_sent"),
        "too many replies": (10, 5, 1, 11, 0, 0, "events_exceed_sends"),
        "more clicks than opens": (1000, 100, 120, 5, 0, 0, "clicks_exceed_opens|possible_scanners"),
        "clicks on nearly every open": (1000, 100, 61, 5, 0, 0, "possible_scanners"),
        "just below": (1000, 100, 60, 5, 0, 0, ""),
        "clicks without a reply": (1000, 400, 51, 0, 0, 0, "possible_scanners"),
        "clicks beyond sends": (100, 90, 150, 3, 0, 0, "events_exceed_sends|clicks_exceed_opens|possible_scanners"),
        "nothing yet": (30, 0, 0, 0, 0, 0, ""),
    }
    df = pd.DataFrame([row[:6] for row in rows.values()], columns=COUNTS, index=list(rows))
    assert add_caveats(df)["caveats"].to_dict() == {name: row[6] for name, row in rows.items()}


@pytest.mark.parametrize("verb", [add_caveats, benchmark, rank])
def test_caveats_that_come_back_from_a_csv_file_empty_are_none(verb):
    df = add_caveats(frame(sent_count=[100, 60, 70]))
    df["caveats"] = ""
    again = pd.read_csv(io.StringIO(df.to_csv()), index_col=0)
    assert again["caveats"].isna().all()
    assert again["caveats"].dtype == float
    assert verb(again)["caveats"].tolist() == verb(df)["caveats"].tolist()


def test_caveats_that_stand_there_are_kept_once_and_in_order():
    df = frame(caveats=["small_portfolio|mine", "nothing_sent", None])
    assert add_caveats(df)["caveats"].tolist() == [
        "small_portfolio|mine",
        "nothing_sent",
        "tracking_off|events_exceed_sends",
    ]
    assert add_caveats(df)["caveats"].str.get_dummies("|").columns.tolist() == [
        "events_exceed_sends", "mine", "nothing_sent", "small_portfolio", "tracking_off",
    ]  # fmt: skip


def test_caveats_of_missing_counts():
    df = pd.DataFrame({"sent_count": pd.array([None, 5], "Int64"), "replied_count": pd.array([1, None], "Int64")})
    assert add_caveats(df)["caveats"].tolist() == ["", ""]
    assert add_caveats(df[["sent_count"]].iloc[:0])["caveats"].tolist() == []


@pytest.mark.parametrize("method", ["wilson", "jeffreys", "clopper-pearson", "agresti-coull"])
def test_intervals_against_statsmodels(method):
    df = frame(sent_count=[1000, 2000, 30], replied_count=[40, 90, 3])
    done = add_intervals(df, "reply_rate", level=0.9, method=method)
    name = {"wilson": "wilson", "jeffreys": "jeffreys", "clopper-pearson": "beta", "agresti-coull": "agresti_coull"}[
        method
    ]
    expected = proportion_confint(df["replied_count"], df["sent_count"], alpha=0.1, method=name)
    np.testing.assert_allclose(done[["reply_rate_low", "reply_rate_high"]].T, expected, rtol=1e-9)
    assert done.columns.tolist() == [*df.columns, "reply_rate_low", "reply_rate_high"]


def test_intervals_of_all_metrics_or_some():
    done = add_intervals(frame(contacts_reached=[30, 0, 20]))
    assert [name.removesuffix("_low") for name in done.columns if name.endswith("_low")] == list(METRICS)
    mine = Metric("meeting_rate", "meetings", "replied_count")
    done = add_intervals(frame(meetings=[2, 0, 1]), ["reply_rate", mine])
    assert done.columns.tolist()[-4:] == ["reply_rate_low", "reply_rate_high", "meeting_rate_low", "meeting_rate_high"]


def test_counts_above_their_base_get_poisson_limits():
    df = frame(
        sent_count=[10, 10, 10], clicked_count=[15, 5, 0], opened_count=[9, 5, 1], replied_count=1, bounced_count=0
    )
    done = add_intervals(df, "click_rate", design_effect=2)
    assert done.loc["a", "click_rate_low"] == pytest.approx(chi2.ppf(0.025, 2 * 7.5) / 2 / 5)
    assert done.loc["a", "click_rate_high"] == pytest.approx(chi2.ppf(0.975, 2 * 7.5 + 2) / 2 / 5)
    np.testing.assert_allclose(done.loc[["b", "c"], ["click_rate_low", "click_rate_high"]].T,
                               proportion_confint([2.5, 0], [5, 5], method="wilson"), atol=1e-12)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: add_rates(df, base="opened"), InputError, "add_rates: base must be 'sent', 'delivered' or 'contacts', not 'opened'."),
    (lambda df: add_rates(df.drop(columns="sent_count")), ColumnsError, "add_rates: missing column 'sent_count'; the frame has 'opened_count', 'clicked_count', 'replied_count', 'bounced_count' and 'unsubscribed_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: add_rates(df[["sent_count"]], base="delivered"), ColumnsError, "add_rates: missing column 'bounced_count'; the frame has 'sent_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: add_rates(df[["sent_count"]], base="contacts"), ColumnsError, "add_rates: missing column 'contacts_reached'; the frame has 'sent_count'. Rates per contact need contacts_reached: read_campaigns(details=True) tells it, or assign it; for completed campaigns the columns contacts and status will do."),
    (lambda df: add_rates(df[["sent_count"]].assign(contacts=1), base="contacts"), ColumnsError, "add_rates: missing column 'status'; the frame has 'sent_count' and 'contacts'. Rates per contact need contacts_reached: read_campaigns(details=True) tells it, or assign it; for completed campaigns the columns contacts and status will do."),
    (lambda df: add_caveats(df[[]]), ColumnsError, "add_caveats: missing column 'sent_count'; the frame has no columns. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: add_intervals(df, level=95), InputError, "add_intervals: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda df: add_intervals(df, method="wald"), InputError, "add_intervals: method must be 'wilson', 'jeffreys', 'clopper-pearson' or 'agresti-coull', not 'wald'."),
    (lambda df: add_intervals(df, design_effect=0), InputError, "add_intervals: design_effect must be 'auto' or a number of at least 1, not 0."),
    (lambda df: add_intervals(df, 5), InputError, "add_intervals: metrics must be one metric or several, not 5."),
    (lambda df: add_intervals(df, "ctr"), InputError, "add_intervals: metric 'ctr' is not known. Did you mean 'click_rate' (per email sent) or 'click_to_open_rate'? Known are open_rate, click_rate, reply_rate, bounce_rate, unsubscribe_rate, delivery_rate, click_to_open_rate, reply_to_open_rate, unsubscribe_to_open_rate, open_rate_delivered, click_rate_delivered, reply_rate_delivered, unsubscribe_rate_delivered, reply_rate_contact, unsubscribe_rate_contact, or a Metric of your own."),
    (lambda df: Metric("x", "", "y"), InputError, "Metric: events must be a non-empty text, not ''."),
    (lambda df: Metric("x", "a", "b", better="more"), InputError, "Metric: better must be 'high' or 'low', not 'more'."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(frame())
    assert str(caught.value) == message


def test_the_table_of_metrics():
    # DESIGN section 3, as a reader would check it
    expected = {
        "open_rate": ("opened", "sent", "high"), "click_rate": ("clicked", "sent", "high"), "reply_rate": ("replied", "sent", "high"),
        "bounce_rate": ("bounced", "sent", "low"), "unsubscribe_rate": ("unsubscribed", "sent", "low"),
        "delivery_rate": ("delivered", "sent", "high"), "click_to_open_rate": ("clicked", "opened", "high"),
        "reply_to_open_rate": ("replied", "opened", "high"), "unsubscribe_to_open_rate": ("unsubscribed", "opened", "low"),
        "open_rate_delivered": ("opened", "delivered", "high"), "click_rate_delivered": ("clicked", "delivered", "high"),
        "reply_rate_delivered": ("replied", "delivered", "high"), "unsubscribe_rate_delivered": ("unsubscribed", "delivered", "low"),
        "reply_rate_contact": ("replied", "contacts_reached", "high"), "unsubscribe_rate_contact": ("unsubscribed", "contacts_reached", "low"),
    }  # fmt: skip
    assert {
        name: (m.events.removesuffix("_count"), m.trials.removesuffix("_count"), m.better)
        for name, m in METRICS.items()
    } == expected
    assert METRICS["reply_rate"].ratio_text == "replies per email sent"
    assert METRICS["click_to_open_rate"].title == "Click to open rate"
    assert Metric("x", "meetings", "replied_count").ratio_text == "meetings per reply"


@pytest.mark.parametrize(("name", "events", "trials", "message"), [
    ("reply_rate", "opened_count", "sent_count", "Metric: 'reply_rate' is replied_count / sent_count, not opened_count / sent_count; choose another name for a rate of yours."),
    ("bounce_rate", "bounced_count", "delivered_count", "Metric: 'bounce_rate' is bounced_count / sent_count, not bounced_count / delivered_count; choose another name for a rate of yours."),
])  # fmt: skip
def test_a_name_of_the_packages_own_stays_what_it_is(name, events, trials, message):
    with pytest.raises(InputError) as caught:
        Metric(name, events, trials)
    assert str(caught.value) == message
    assert Metric("reply_rate", "replied_count", "sent_count", better="low").better == "low"
    assert Metric("warm_reply_rate", "opened_count", "sent_count").name == "warm_reply_rate"
