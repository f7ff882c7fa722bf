"""The chart of stages: what its bars show, against plain pandas; and what is drawn."""

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas import InputError, plotting, stages
from leadlex_pandas.plotting import style
from leadlex_pandas.plotting.data import stages_data
from tests.plotting.checks import caption, contrast, title
from tests.plotting.frames import six_counts

STAGES = ["sent", "delivered", "opened", "clicked", "replied"]


def totals(df):
    counts = {name: df[f"{name}_count"].sum() for name in ("sent", "opened", "clicked", "replied")}
    return counts | {"delivered": df["sent_count"].sum() - df["bounced_count"].sum()}


def test_data_rebuilt_with_plain_pandas():
    df = six_counts(8)
    data = stages_data(df, level=0.9, design_effect=1)
    counted = totals(df)
    assert data["name"].tolist() == STAGES
    assert data["y"].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(data["rate"], [counted[name] / counted["sent"] for name in STAGES])
    assert data["count"].tolist() == [f"{counted[name]:,}" for name in STAGES]
    limits = [proportion_confint(counted[name], counted["sent"], alpha=0.1, method="wilson") for name in STAGES[1:]]
    np.testing.assert_allclose(data[["low", "high"]].iloc[1:], limits, rtol=1e-9)
    assert data[["low", "high"]].iloc[0].isna().all()  # all emails sent were sent
    low, high = limits[-1]
    assert (
        data["text"].iloc[-1]
        == f"{100 * counted['replied'] / counted['sent']:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
    )
    opened = proportion_confint(counted["opened"], counted["delivered"], alpha=0.1, method="wilson")
    assert data["before"].iloc[2] == (
        f"{100 * counted['opened'] / counted['delivered']:.1f} % [{100 * opened[0]:.1f}, {100 * opened[1]:.1f}]"
    )
    assert data["before"].iloc[[0, 4]].tolist() == ["", ""]  # a reply needs no click


def test_limits_allow_for_a_design_effect():
    df = six_counts(8)
    counted = totals(df)
    data = stages_data(df, design_effect=2)
    expected = proportion_confint(counted["replied"] / 2, counted["sent"] / 2, method="wilson")
    np.testing.assert_allclose(data[["low", "high"]].iloc[-1], expected, rtol=1e-9)
    assert "Variance taken as up to 2 times a binomial's." in caption(plotting.stages(df, design_effect=2))
    assert "Variance" not in caption(plotting.stages(df, design_effect=1))


def test_groups_stand_one_below_another_the_largest_first_to_stay():
    df = six_counts(9).assign(office=list("aabbccddd"))
    sizes = df.groupby("office")["sent_count"].sum()
    data = stages_data(df, by="office", max_groups=2)
    assert list(dict.fromkeys(data["group"])) == sorted(sizes.nlargest(2).index)
    assert data["y"].tolist() == [1, 2, 3, 4, 5, 7.5, 8.5, 9.5, 10.5, 11.5]
    assert "Not drawn: the 2 smallest groups." in data.attrs["caption"]
    assert "(2 groups not drawn)" in data.attrs["title"]
    assert stages_data(df, by="office", max_groups=None)["group"].nunique() == 4
    for group, rows in data.groupby("group"):
        assert rows["count"].iloc[0] == f"{sizes[group]:,}"


@pytest.mark.parametrize(("columns", "expected"), [
    ({"sent_count": [600, 400], "opened_count": [300, 100], "clicked_count": [50, 20], "replied_count": [30, 10]},
     "Per 100 emails sent: 40.0 opens, 7.0 clicks, 4.0 replies (1,000 emails)"),
    ({"sent_count": [600, 400], "replied_count": [30, 10]}, "Per 100 emails sent: 4.0 replies (1,000 emails)"),
    ({"sent_count": [600, 400], "bounced_count": [30, 10]}, "Per 100 emails sent: 96.0 delivered (1,000 emails)"),
    ({"sent_count": [1]}, "1 email sent"),
])  # fmt: skip
def test_titles_state_the_finding(columns, expected):
    assert title(plotting.stages(pd.DataFrame(columns))) == expected


def test_titles_of_groups_name_both_ends():
    df = pd.DataFrame({"sent_count": [1000, 1000, 1000], "replied_count": [30, 50, 40], "g": list("xyz")})
    (low_x, high_x), (low_y, high_y) = (proportion_confint(k, 1000, method="wilson") for k in (30, 50))
    assert title(plotting.stages(df, by="g")) == (
        f"Replies per email sent: from 3.0 % [{100 * low_x:.1f}, {100 * high_x:.1f}] (x) to "
        f"5.0 % [{100 * low_y:.1f}, {100 * high_y:.1f}] (y) among 3 groups, 3,000 emails"
    )
    assert "Whether groups differ beyond chance: compare_groups." in caption(plotting.stages(df, by="g"))


def test_bars_and_lines_are_where_the_data_says():
    df = six_counts(8)
    data, ax = stages_data(df), plotting.stages(df)
    bars = [bar for container in ax.containers for bar in container]
    np.testing.assert_allclose([bar.get_width() for bar in bars], 100 * data["rate"])
    np.testing.assert_allclose([bar.get_y() + bar.get_height() / 2 for bar in bars], data["y"])
    [lines] = ax.collections
    ends = [segment[:, 0] for segment in lines.get_segments() if np.ndim(segment) == 2 and np.isfinite(segment).all()]
    np.testing.assert_allclose(ends, 100 * data[["low", "high"]].iloc[1:])
    assert [label.get_text() for label in ax.get_yticklabels()] == STAGES
    assert ax.get_xlabel() == "share of the emails sent"
    assert ax.yaxis_inverted()
    shown = [text.get_text() for text in ax.texts]
    assert all(text in shown for text in [*data["text"], *filter(None, data["before"]), *data["count"]])
    assert contrast(style.BAR, "white") >= 3


def test_a_stage_above_the_one_before_is_hatched():
    df = six_counts(8).assign(clicked_count=lambda df: df["opened_count"] + 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ax, table = plotting.stages(df), stages(df)
    hatched = [bar.get_y() + bar.get_height() / 2 for each in ax.containers for bar in each if bar.get_hatch()]
    assert hatched == pytest.approx([3])
    assert table["of_previous"].iloc[3] > 1
    assert "Hatched: more than at the stage before (1)." in caption(ax)


def test_more_replies_than_clicks_are_nothing_odd():
    df = six_counts(8).assign(clicked_count=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plotting.stages(df)
    assert not any(bar.get_hatch() for each in ax.containers for bar in each)
    assert "Hatched" not in caption(ax)


def test_groups_that_are_missing_and_rows_of_several_levels():
    df = six_counts(4).assign(a=["x", "x", None, "y"], b=[1, 2, 1, 1])
    assert set(stages_data(df, by="a")["group"]) == {"x", "y", "(missing)"}
    data = stages_data(df.dropna(), by=["a", "b"])
    assert set(data["group"]) == {"x / 1", "x / 2", "y / 1"}
    assert data["low"].notna().sum() == 12


def test_mistakes():
    with pytest.raises(InputError) as error:
        plotting.stages(six_counts(3), max_groups=0)
    assert str(error.value) == "stages: max_groups must be a whole number of at least 1, not 0."
