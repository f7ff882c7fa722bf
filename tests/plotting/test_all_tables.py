"""What holds for the charts of stages, differences, health, trends and growth alike."""

import threading
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import ColumnsError, InputError, plotting
from leadlex_pandas.plotting import data as chart_data
from tests.plotting.checks import (
    assert_hands_off,
    assert_png,
    assert_texts_apart,
    assert_texts_have_contrast,
    caption,
    texts_of,
    title,
)
from tests.plotting.frames import six_counts, weekly

NAMES = ["stages", "difference", "health", "trend", "growth"]
OVER_TIME = ("trend", "growth")
VERBS = {"difference": "compare"}
ALL = pytest.mark.parametrize("name", NAMES)


def frame(name, campaigns, seed=0):
    return weekly(campaigns, seed=seed) if name in OVER_TIME else six_counts(campaigns, seed)


def asked(name, df):
    """What the chart and its verb cannot do without."""
    return {"first": df.index[0], "second": df.index[1], "metrics": None} if name == "difference" else {}


def draw(name, df, **options):
    return getattr(plotting, name)(df, **(asked(name, df) | options))


def data_of(name, df, **options):
    return getattr(chart_data, f"{name}_data")(df, **(asked(name, df) | options))


def table_of(name, df, **options):
    return getattr(leadlex_pandas, VERBS.get(name, name))(df, **(asked(name, df) | options))


@ALL
@pytest.mark.parametrize("campaigns", [1, 5, 40, 200])
def test_no_text_lies_on_another(name, campaigns):
    df = frame(name, max(campaigns, 2) if name == "difference" else campaigns)
    if name == "health" and campaigns == 200:
        df = df.drop(columns="unsubscribed_count")  # else there are 400 rows
    ax = draw(name, df, **({"max_rows": None} if name == "health" else {}))
    assert_texts_apart(ax)
    assert_texts_have_contrast(ax)


@pytest.mark.parametrize("campaigns", [2, 6, 40])
def test_no_text_lies_on_another_with_a_group_a_campaign(campaigns):
    df = six_counts(campaigns).rename_axis("campaign")
    ax = plotting.stages(df, by="campaign")
    assert_texts_apart(ax)
    assert_texts_have_contrast(ax)


@pytest.mark.parametrize(
    "labels",
    [["bot filter"], ["one"] * 5, ["a name of sixty characters that says what was changed"] * 3, ["filter"] * 20],
)
def test_no_text_lies_on_another_with_breaks(labels):
    days = pd.date_range("2026-02-11", periods=len(labels), freq="2D")
    ax = plotting.trend(weekly(20), breaks={str(day.date()): label for day, label in zip(days, labels, strict=True)})
    assert_texts_apart(ax)


@ALL
def test_texts_are_apart_without_events(name):
    df = frame(name, 12).copy()
    df[[column for column in df if column not in ("sent_count", "opened_count")]] = 0
    if name == "growth":
        with pytest.raises(InputError) as error:
            draw(name, df)
        assert str(error.value) == (
            "growth: no campaign was read twice and has any replies, so there is nothing to draw."
        )
    else:
        assert_texts_apart(draw(name, df))


@ALL
@pytest.mark.parametrize(("dpi", "figsize"), [(72, None), (200, None), (100, (13.33, 7.5)), (144, (10, 5.63))])
def test_texts_are_apart_in_notebooks_in_print_and_on_slides(name, dpi, figsize):
    ax = draw(name, frame(name, 40), figsize=figsize)
    ax.figure.set_dpi(dpi)
    assert_texts_apart(ax)


@ALL
def test_other_figures_and_pyplot_are_left_alone(name, monkeypatch):
    df = frame(name, 5)
    assert_hands_off(monkeypatch, lambda ax: draw(name, df, ax=ax))


@ALL
def test_frames_are_left_alone(name):
    df = frame(name, 8)
    before, table = df.copy(deep=True), table_of(name, df)
    table_before = table.copy(deep=True)
    draw(name, df)
    getattr(plotting, name)(table)
    assert_frame_equal(df, before)
    assert_frame_equal(table, table_before)
    assert table.attrs == table_before.attrs


@ALL
def test_a_table_is_not_computed_again(name, monkeypatch):
    df = frame(name, 8)
    options = {} if name == "growth" else {"level": 0.9}
    expected, table = data_of(name, df, **options), table_of(name, df, **options)
    verb = VERBS.get(name, name)
    monkeypatch.setattr(f"leadlex_pandas.plotting.data.{name}.{verb}", None)
    found = getattr(chart_data, f"{name}_data")(table)
    assert_frame_equal(found, expected)
    assert found.attrs == expected.attrs


@pytest.mark.parametrize("name", ["stages", "difference", "health", "trend"])
def test_a_table_without_its_facts_is_refused(name):
    table = table_of(name, frame(name, 8))
    table.attrs = {}
    with pytest.raises((ColumnsError, InputError)):
        getattr(plotting, name)(table)


@ALL
def test_threads_draw_their_own_figures(name):
    found = {}

    def one(seed, place):
        ax = draw(name, frame(name, 12, seed), ax=Figure(layout="constrained").add_subplot())
        found[place] = title(ax), caption(ax), [text.get_text() for text in texts_of(ax)]

    threads = [threading.Thread(target=one, args=(seed, seed)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        one(seed, "alone")
        assert found[seed] == found["alone"]


@ALL
def test_figures_take_a_size(name):
    df = frame(name, 5)
    assert draw(name, df, figsize=(12, 7)).figure.get_size_inches().tolist() == [12, 7]
    assert len(plt.get_fignums()) == 1
    with pytest.raises(InputError) as error:
        draw(name, df, figsize=(9, 0))
    assert str(error.value) == f"{name}: figsize must be width and height in inches, such as (9, 5), not (9, 0)."
    with pytest.raises(InputError) as error:
        draw(name, df, ax=3)
    assert str(error.value) == f"{name}: ax must be matplotlib Axes, such as Figure().add_subplot(), not 3."


@ALL
def test_texts_fit_narrow_axes_among_others(name):
    figure = Figure(figsize=(16, 9), layout="constrained")
    left, right = figure.subplots(1, 2)
    right.set_title("other")
    draw(name, frame(name, 5), ax=left)
    FigureCanvasAgg(figure).draw()
    assert left.title.get_window_extent().x1 <= right.get_window_extent().x0
    assert max(text.get_window_extent().x1 for text in texts_of(left)) <= right.get_window_extent().x0 + 5


@pytest.mark.parametrize("name", ["difference", "health", "growth"])
def test_labels_stand_where_ids_would_and_are_taken_as_they_are(name):
    names = ["$x^2$ & <b>", "50 % off_now", "a\\b", None]
    df = frame(name, 4)
    ids = list(dict.fromkeys(df.index.get_level_values(0)))
    labels = pd.Series(names, index=ids, dtype=object)
    df = df.assign(label=labels.reindex(df.index.get_level_values(0)).to_numpy())
    data = data_of(name, df)
    expected = {*names[:3], ids[3]}
    if name == "difference":
        assert (data.attrs["first"], data.attrs["second"]) == tuple(names[:2])
    else:
        assert set(data["name"]) - {"all campaigns"} == expected
    ax = draw(name, df)
    assert not any(text.get_parse_math() for text in texts_of(ax) if "$" in text.get_text())
    assert_png(ax)


@pytest.mark.parametrize("name", ["stages", "difference", "health"])
def test_captions_say_when_it_was_read(name):
    df = six_counts(6)
    df["fetched_at"] = pd.Timestamp("2026-09-01 08:00", tz="Europe/Berlin")
    assert caption(draw(name, df)).endswith("Read 2026-09-01 06:00 UTC.")
    df.loc[df.index[1], "fetched_at"] += pd.Timedelta("26h")
    assert caption(draw(name, df)).endswith("Read 2026-09-01 06:00 to 2026-09-02 08:00 UTC.")
    assert caption(getattr(plotting, name)(table_of(name, df))) == caption(draw(name, df))
    assert "Read" not in caption(draw(name, df.drop(columns="fetched_at")))


@pytest.mark.parametrize("name", OVER_TIME)
def test_captions_say_between_which_times_was_read(name):
    assert caption(draw(name, weekly(3, weeks=15))).endswith("Read 2026-01-05 08:00 to 2026-04-13 08:00 UTC.")


@pytest.mark.parametrize("name", ["stages", "health"])
def test_missing_rows_are_left_out_and_said(name):
    df = six_counts(6).astype("Int64")
    hole = df.copy()
    hole.iloc[2] = pd.NA
    with_hole, without = data_of(name, hole), data_of(name, df.drop(df.index[2]))
    shared = ["rate", "low", "high", "text"]
    assert_frame_equal(with_hole[shared], without[shared])
    said = caption(draw(name, hole))
    assert ("No data: 1 campaign." if name == "stages" else "No data: 2 of the rates.") in said


@ALL
def test_alternative_texts_state_the_finding(name):
    data = data_of(name, frame(name, 20))
    said = plotting.alt_text(data)
    assert data.attrs["title"] in said
    assert said.endswith(".")
    assert "\n" not in said


@ALL
def test_nothing_to_draw(name):
    texts = {
        "stages": "stages: no email was sent by these campaigns, so there is nothing to draw.",
        "difference": "difference: the two campaigns have no metric of which both have a proportion, so there is nothing to draw.",
        "health": "health: no campaign has data for these metrics, so there is nothing to draw.",
        "trend": "trend: no period has a rate: a campaign's first snapshot is where counting begins, so it takes two reads "
        "in two periods, with emails in between.",
        "growth": "growth: no campaign was read twice and has any replies, so there is nothing to draw.",
    }
    df = frame(name, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError) as error:
            draw(name, df * 0)
    assert str(error.value) == texts[name]
    with pytest.raises(InputError) as error:
        getattr(plotting, name)([1, 2])
    what = "history must be a History, or a DataFrame with the index levels 'campaign_id' and 'fetched_at', not list."
    assert str(error.value) == (
        f"{name}: {what}" if name in OVER_TIME else f"{name}: df must be a pandas DataFrame, not list."
    )


@pytest.mark.parametrize("name", OVER_TIME)
def test_a_history_is_drawn_as_its_frame(name, tmp_path):
    df = weekly(3, weeks=15)
    df = df.assign(**{f"{each}_count": 0 for each in ("opened", "clicked", "bounced", "unsubscribed")})
    with leadlex_pandas.History(tmp_path / "stats.sqlite") as history:
        for time, rows in df.groupby(level="fetched_at"):
            history.record(rows.droplevel("fetched_at").assign(fetched_at=time))
        ours = data_of(name, history)
    theirs = data_of(name, df)
    columns = ["block", "rate", "low", "high"] if name == "trend" else ["day", "share", "growing"]
    assert_frame_equal(ours[columns], theirs[columns])
    assert ours.attrs["title"] == theirs.attrs["title"]


@ALL
def test_numbers_are_finite_where_drawn(name):
    data = data_of(name, frame(name, 30))
    column = {"stages": "rate", "difference": "difference", "health": "x", "trend": "rate", "growth": "share"}[name]
    assert np.isfinite(data[column].dropna()).all()
    assert len(data[column].dropna())
