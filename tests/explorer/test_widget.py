"""The widget without a browser: controls and traits say the same, clicks do what they say, nothing is left behind."""

import gc
import json

import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from pandas.testing import assert_frame_equal

from leadlex_pandas import Benchmark, ColumnsError, History, InputError, Metric, benchmark, explore
from leadlex_pandas.explorer.widget import Explorer
from tests.explorer.frames import labelled, nasty

FRAME = labelled().assign(opened_count=lambda df: df["sent_count"] // 2)


@pytest.fixture
def explorer():
    opened = explore(FRAME)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def untouched():
    """An explorer for tests that leave it as it is."""
    opened = explore(FRAME)
    yield opened
    opened.close()


def click(explorer, *message, token="1"):
    explorer._bus.value = json.dumps([[token, *message]])


def test_controls_and_traits_say_the_same(explorer):
    controls = explorer.controls
    for control, value, name, told in (
        (controls.metric, "open_rate", "metric", "open_rate"), (controls.against, "median", "against", "median"),
        (controls.level, 0.8, "level", 0.8), (controls.min_sends, 50, "min_sends", 50), (controls.search, "(", "search", "("),
        (controls.by, "office", "by", "office"), (controls.by, "", "by", None), (controls.chart, "forest", "chart", "forest"),
        (controls.sort, "rate", "sort", "rate"), (controls.order, False, "ascending", False),
    ):  # fmt: skip
        control.value = value
        assert getattr(explorer, name) == told
    explorer.update(metric="reply_rate", against=0.025, level=0.97, min_sends=0, search="", sort="name", page=2)
    assert (controls.metric.value, controls.against.value, controls.own_rate.value) == ("reply_rate", "own rate", 2.5)
    assert (controls.level.value, controls.min_sends.value, controls.search.value) == (0.97, 0, "")
    assert (controls.sort.value, controls.page.value) == ("name", 2)
    controls.own_rate.value = 5
    assert explorer.against == 0.05


def test_a_metric_that_does_not_fit_the_benchmark_is_compared_with_the_rest(explorer):
    explorer.against = "cold-b2b-it-2026"
    explorer.controls.metric.value = "open_rate"
    assert (explorer.metric, explorer.against) == ("open_rate", "rest")
    explorer.against = Benchmark("ours", "open_rate", value=0.5)
    assert "ours" in dict(explorer.controls.against.options)


def test_clicks_do_what_they_say_and_each_once(explorer):
    click(explorer, "select", "campaign 3")
    assert explorer.selected_ids == ("campaign 3",)
    explorer._bus.value = json.dumps(
        [["1", "select", "campaign 3"], ["2", "select", "campaign 9"], ["3", "sort", "rate"]]
    )
    assert explorer.selected_ids == ("campaign 3", "campaign 9")
    assert (explorer.sort, explorer.ascending) == ("rate", False)
    click(explorer, "sort", "rate", token="4")
    assert explorer.ascending
    click(explorer, "page", "next", token="5")
    assert explorer.page == 2
    click(explorer, "clear", token="6")
    assert explorer.selected_ids == ()
    assert_frame_equal(explorer.selected, FRAME.head(0))


def test_a_click_that_is_told_again_after_others_is_still_known(explorer):
    clicks = [[str(number), "select", f"campaign {number}"] for number in range(20)]
    for told in (clicks[:1], clicks[:2], clicks, clicks[:10]):
        explorer._bus.value = json.dumps(told)
    assert explorer.selected_ids == tuple(f"campaign {number}" for number in range(20))


def test_pages_are_turned_from_the_one_that_is_shown(explorer):
    explorer.page = 99
    click(explorer, "page", "previous")
    assert explorer.page == 2


def test_filters_are_cleared_and_nothing_else(explorer):
    explorer.update(search="7", min_sends=50, sort="name", selected_ids=["campaign 7"])
    click(explorer, "clear-filters")
    assert (explorer.search, explorer.min_sends) == ("", 0)
    assert (explorer.sort, explorer.selected_ids) == ("name", ("campaign 7",))


@pytest.mark.parametrize(
    "value",
    ["", "no json", "3", "[[]]", '[["a"]]', '[["a", "close"]]', '[["a", "select"]]', '[["a", "select", "gone"]]',
     '[["a", "select", ["x"]]]', '[["a", "sort", "price"]]', '[["a", ["sort"], "rate"]]', '[["a", "page", 99]]', '{"a": 1}'],
)  # fmt: skip
def test_what_is_no_click_of_ours_is_left_alone(untouched, value):
    before = untouched.state()
    untouched._bus.value = value.replace('"a"', json.dumps(f"of {value}"))  # a click that is known already does nothing
    assert untouched.state() == before
    assert untouched.last_error is None


def test_the_list_selects_what_the_table_selects(explorer):
    explorer.selected_ids = ["gone", "campaign 1"]
    explorer.controls.more.value = True
    assert explorer.wait(10)
    assert explorer.controls.selection.value == ("campaign 1",)
    explorer.controls.selection.value = ("campaign 2", "campaign 5")
    assert explorer.selected_ids == ("gone", "campaign 2", "campaign 5")


def test_view_selected_and_code(explorer):
    explorer.update(against="median", sort="given", selected_ids=["campaign 7"])
    assert_frame_equal(explorer.view, benchmark(FRAME, against="median"))
    assert_frame_equal(explorer.selected, FRAME.loc[["campaign 7"]])
    names = {"stats": FRAME}
    exec(explorer.code, names)
    assert_frame_equal(names["table"], explorer.view)


def test_traits_can_be_observed(explorer):
    told = []
    explorer.observe(lambda change: told.append(change.new), "selected_ids")
    click(explorer, "select", "campaign 0")
    assert told == [("campaign 0",)]


def test_what_goes_wrong_is_told_and_the_old_view_stays(explorer):
    before = explorer._parts["table"].value
    explorer.metric = "click_rate"
    assert explorer.wait(10)
    assert isinstance(explorer.last_error, ColumnsError)
    assert "missing column &#x27;clicked_count&#x27;" in explorer._parts["alert"].value
    assert explorer._parts["table"].value == before
    explorer.metric = "open_rate"
    assert explorer.wait(10)
    assert explorer._parts["alert"].value == ""


def test_close_frees_every_model():
    before = set(_instances)
    opened = explore(FRAME, selected_ids=["campaign 1"])
    opened.metric = "open_rate"
    assert set(_instances) > before
    opened.close()
    opened.close()
    assert set(_instances) == before


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: explore(FRAME, levle=0.9), InputError, "explore: 'levle' is no setting of the explorer. Did you mean 'level'?"),
        (lambda: explore(FRAME, metric="click_rate"), ColumnsError, "benchmark: missing column 'clicked_count'"),
        (lambda: explore(FRAME, by="office2"), ColumnsError, "benchmark: by='office2' is no column and no index level"),
        (lambda: explore(FRAME, max_age=3), InputError, "explore: max_age must be a length of time of at least 0"),
        (lambda: explore(FRAME, history=3), InputError, "explore: history must be a History, a path or a database URL, not int."),
        (lambda: explore(pd.DataFrame({"Sent": [1]})), ColumnsError, "explore: missing column 'sent_count'"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_says_so_and_leaves_no_model(call, kind, text):
    before = set(_instances)
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value).startswith(text)
    assert set(_instances) == before


def test_no_campaigns_and_those_of_a_history(tmp_path):
    nothing = explore()
    assert (nothing.status, repr(nothing), nothing.code) == ("empty", "<Explorer: no campaigns>", "")
    assert nothing.view.empty
    assert nothing.controls.metric.disabled
    nothing.close()
    with History(tmp_path / "history.sqlite") as history:
        history.record(
            pd.DataFrame(
                {name: [100, 200] if name == "sent_count" else [4, 9] for name in (
                    "sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count"
                )} | {"fetched_at": pd.Timestamp("2026-01-01", tz="UTC")},
                index=pd.Index(["a", "b"], name="campaign_id"),
            )
        )  # fmt: skip
        opened = explore(history=history)
        assert list(opened.data.index) == ["a", "b"]
        opened.close()


def test_the_bundle_has_a_view_and_what_is_left_without_a_kernel():
    opened = explore(nasty(), against=0.04)
    bundle = opened._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert set(data) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert "<script" not in data["text/html"]
    assert data["text/plain"] == repr(opened)
    opened.close()


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        (FRAME.head(1), {"by": "office"}),
        (FRAME.head(0), {"by": "office"}),
        (FRAME, {"by": "sent_count"}),
        (FRAME.set_index("office", append=True), {"by": "office"}),
        (FRAME, {"chart": "trend"}),
        (FRAME, {"level": 0.9 + 1e-9}),
        (FRAME, {"against": Benchmark("The rest", "reply_rate", value=0.04)}),
        (FRAME, {"against": Benchmark("Own rate", "reply_rate", value=0.04)}),
        (FRAME, {"against": Benchmark("cold-b2b-it-2026", "reply_rate", value=0.04)}),
        (FRAME, {"min_sends": 10**12}),
        (FRAME, {"page": 99}),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::leadlex_pandas.SmallPortfolioWarning")
def test_controls_say_any_setting_and_change_none(frame, state):
    opened = explore(frame, **state)
    assert opened.last_error is None
    assert {name: opened.state()[name] for name in state} == state
    again = explore(frame, **opened.state())
    assert again._parts["table"].value == opened._parts["table"].value
    controls = opened.controls
    for name in state.keys() & {"by", "chart", "level", "against"}:
        assert getattr(controls, name).value == state[name]
    opened.close()
    again.close()


def test_campaigns_without_sends_are_judged_not_read():
    frame = FRAME.rename(columns={"sent_count": "visits"})
    opened = explore(frame, metric=Metric("own_rate", "replied_count", "visits"))
    assert (opened.status, len(opened.view)) == ("ready", 60)
    opened.min_sends = 5
    assert opened.wait(10)
    assert "missing column &#x27;sent_count&#x27;" in opened._parts["alert"].value
    assert "Shown is still what was asked for before." in opened._parts["status"].value
    opened.close()


def test_a_frame_that_is_changed_later_and_what_is_given_away_do_not_matter():
    frame = FRAME.copy()
    opened = explore(frame)
    table = benchmark(FRAME)
    frame.loc["campaign 60"] = frame.loc["campaign 3"]
    frame["sent_count"] = 10**6
    given = opened.data
    given["sent_count"] = 10**6
    opened.update(sort="given", min_sends=1)
    assert_frame_equal(opened.view, table)
    opened.close()


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_wrong_setting_makes_no_model():
    before = set(_instances)
    with pytest.raises(InputError):
        Explorer(FRAME, level=95)
    gc.collect()
    assert set(_instances) == before


def test_both_files_are_offered_until_the_view_changes(explorer):
    explorer._prepare_csv()
    explorer._prepare_png()
    assert explorer._parts["links"].value.count("<a ") == 2
    explorer.min_sends = 100
    assert explorer.wait(10)
    assert explorer._parts["links"].value == ""
    explorer.update(by="office")
    assert explorer.wait(10)
    explorer._prepare_png()
    assert explorer._parts["links"].value == "There is no chart to save."


@pytest.mark.parametrize("percents", [0, 100, 250, -1])
def test_an_own_rate_that_is_none_is_told_and_changes_nothing(explorer, percents):
    explorer.against = 0.04
    explorer.controls.own_rate.value = percents
    assert explorer.wait(10)
    assert f"The own rate must be above 0 and below 100 %, not {percents} %." in explorer._parts["alert"].value
    assert explorer.against == 0.04


def test_without_a_key_no_reload_is_offered(monkeypatch):
    monkeypatch.delenv("LEADLEX_API_KEY", raising=False)
    stats = FRAME.assign(fetched_at=pd.Timestamp.now("UTC"))
    opened = explore(stats, max_age="0s")
    assert opened.reading.reload.disabled
    assert "To read again it needs a key" in opened.reading.told.value
    opened.close()
    monkeypatch.setenv("LEADLEX_API_KEY", "mine")
    opened = explore(stats, max_age="0s")
    assert not opened.reading.reload.disabled
    assert "Reads 60 of 60 campaigns" in opened.reading.told.value
    opened.close()


def test_nothing_at_all_is_told_once():
    for opened in (explore([]), explore(FRAME.head(0)), explore()):
        assert "No campaigns yet" in opened._parts["table"].value
        opened.close()
