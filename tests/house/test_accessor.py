"""`df.leadlex` is the function API and nothing else: the same names, parameters and results, and no state."""

import inspect

import pandas as pd
import pytest
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import ColumnsError, plotting, verbs
from leadlex_pandas.accessor import LeadlexAccessor, PlotAccessor

CHARTS = [name for name in plotting.__all__ if name not in ("alt_text", "data")]
FRAMELESS = {"plan_test"}  # asks about campaigns that do not exist yet
VERBS = [name for name in verbs.__all__ if name not in FRAMELESS]
OVER_TIME = {"changes", "trend", "growth"}  # take a frame of snapshots
# the first two of the sandbox's portfolio
CAMPAIGN, OTHER = "dfe55db6-040f-4363-b181-acb6b1db5327", "a345ee48-e8dd-4753-a381-516108f642a6"
# what a verb cannot be called without
REQUIRED = {
    "combine": {"parts": {"both": [CAMPAIGN, OTHER]}},
    "compare": {"first": CAMPAIGN, "second": OTHER},
    "compare_groups": {"by": "office"},
    "explain": {"campaign_id": CAMPAIGN},
    "working": {"campaign_id": CAMPAIGN},
}
# charts that are called like their verb, or need to know two campaigns
DRAWN = {
    "stages": {"by": "office", "level": 0.9, "design_effect": 1.5, "max_groups": 2},
    "difference": {
        "first": CAMPAIGN, "second": OTHER, "metrics": ["bounce_rate", "reply_rate"], "level": 0.9, "design_effect": 1.5,
    },
    "health": {"limits": {"reply_rate": (0.05, 0.01)}, "level": 0.9, "max_rows": 9},
    "trend": {"metric": "bounce_rate", "freq": "D", "level": 0.9, "breaks": {"2026-09-05": "filter"}},
    "growth": {"count": "sent_count", "ids": [OTHER, CAMPAIGN], "max_labels": 1},
}  # fmt: skip
# a call of each verb with other values than its defaults, so that an argument that gets lost is seen
CALLS = {
    "add_rates": {"base": "delivered"},
    "add_intervals": {"metrics": ["reply_rate", "bounce_rate"], "level": 0.9, "method": "jeffreys", "design_effect": 2.0},
    "add_caveats": {"previous": pd.DataFrame({"sent_count": [1], "fetched_at": pd.to_datetime(["2026-01-01"], utc=True)})},
    "benchmark": {
        "metric": "bounce_rate", "against": "median", "by": "office", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5,
    },
    "summarize": {
        "metrics": ["open_rate", "bounce_rate"], "by": "office", "total": True, "level": 0.9, "design_effect": 1.5,
    },
    "compare": {
        "first": CAMPAIGN, "second": OTHER, "metrics": ["bounce_rate", "reply_rate"], "level": 0.9, "design_effect": 1.5,
    },
    "compare_groups": {
        "by": "office", "metric": "bounce_rate", "strata": "pipeline", "level": 0.9, "seed": 3,
    },
    "health": {"limits": {"reply_rate": (0.05, 0.01)}, "level": 0.9},
    "stages": {"by": "office", "level": 0.9, "design_effect": 1.5},
    "combine": {"parts": {"both": [CAMPAIGN, OTHER]}, "label": "Both"},
    "present": {"digits": 2, "columns": ["reply_rate", "sent_count"], "sort": False},
    "rank": {"metric": "bounce_rate", "level": 0.8, "seed": 3, "design_effect": 1.5},
    "plan": {
        "metric": "bounce_rate", "against": "median", "by": "office", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5, "power": 0.9,
    },
    "explain": {
        "metric": "bounce_rate", "against": "median", "by": "office", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5, "campaign_id": CAMPAIGN,
    },
    "working": {
        "metric": "bounce_rate", "against": "median", "by": "office", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5, "campaign_id": CAMPAIGN,
    },
    "changes": {"metrics": ["bounce_rate", "reply_rate"], "since": "3D", "until": "2026-09-13", "level": 0.9},
    "trend": {"metric": "bounce_rate", "freq": "D", "level": 0.9, "breaks": {"2026-09-05": "filter"}},
    "growth": {"ids": [OTHER, CAMPAIGN]},
    "forest": {
        "metric": "bounce_rate", "against": "pooled", "by": "office", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5, "max_rows": 7,
    },
    "funnel": {
        "metric": "bounce_rate", "against": "pooled", "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0,
        "design_effect": 1.5, "max_labels": 2,
    },
    "ranks": {"metric": "bounce_rate", "level": 0.8, "seed": 3, "design_effect": 1.5, "max_rows": 7},
    "strip": {
        "metric": "bounce_rate", "against": 0.02, "level": 0.9, "fdr": 0.2, "typical_ratio": 2.0, "design_effect": 1.5,
    },
}  # fmt: skip


def methods(owner):
    return {name for name, value in vars(owner).items() if inspect.isfunction(value) and not name.startswith("_")}


def unlike(method, function):
    """How the signatures of a method and of its function differ, self and df aside; empty if they do not."""
    [_, *ours], [_, *theirs] = (list(inspect.signature(each).parameters.values()) for each in (method, function))
    different = [f"{a} / {b}" for a, b in zip(ours, theirs, strict=False) if a != b]
    returns = [inspect.signature(each).return_annotation for each in (method, function)]
    return [
        *different,
        *(["number"] if len(ours) != len(theirs) else []),
        *(["return"] if len(set(returns)) > 1 else []),
    ]


def test_every_verb_and_chart_is_a_method_and_nothing_else_is():
    assert methods(LeadlexAccessor) == {*VERBS, "explore"}
    assert methods(PlotAccessor) == set(CHARTS)


@pytest.mark.parametrize("name", [*VERBS, "explore"])
def test_verbs_have_the_signature_of_their_function(name):
    assert unlike(getattr(LeadlexAccessor, name), getattr(leadlex_pandas, name)) == []


@pytest.mark.parametrize("name", CHARTS)
def test_charts_have_the_signature_of_their_function(name):
    assert unlike(getattr(PlotAccessor, name), getattr(plotting, name)) == []


def test_an_unlike_signature_is_seen():
    def function(df, metric: str = "a", *, level: float = 0.95) -> int: ...

    def default(self, metric: str = "b", *, level: float = 0.95) -> int: ...

    def kind(self, metric: str = "a", level: float = 0.95) -> int: ...

    def fewer(self, metric: str = "a") -> int: ...

    def annotation(self, metric: str = "a", *, level: int = 0.95) -> int: ...

    def gives(self, metric: str = "a", *, level: float = 0.95) -> str: ...

    assert unlike(function, function) == []
    assert all(unlike(method, function) for method in (default, kind, fewer, annotation, gives))


def daily(stats):
    """Fourteen readings of a portfolio that sends a fourteenth of its emails each day."""
    counts = [column for column in stats.columns if column.endswith("_count")]
    days = pd.date_range("2026-09-01 09:00", periods=14, tz="UTC")
    parts = [stats.assign(fetched_at=day, **(stats[counts] * (place + 1) // 14)) for place, day in enumerate(days)]
    return pd.concat(parts).set_index("fetched_at", append=True)


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("given", [False, True])
def test_verbs_give_what_their_function_gives(stats, name, given):
    options = CALLS[name] if given else REQUIRED.get(name, {})
    frame = daily(stats) if name in OVER_TIME else stats
    ours, theirs = getattr(frame.leadlex, name)(**options), getattr(leadlex_pandas, name)(frame, **options)
    assert type(ours) is type(theirs)
    if isinstance(ours, str):
        assert ours == theirs
    else:
        assert_frame_equal(ours, theirs)
        assert ours.attrs == theirs.attrs


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("given", [False, True])
def test_charts_draw_what_their_function_draws(stats, name, given):
    options = drawn(name) if given or name == "difference" else {}
    frame = daily(stats) if name in OVER_TIME else stats
    mine, yours = Figure().add_subplot(), Figure().add_subplot()
    assert getattr(frame.leadlex.plot, name)(ax=mine, **options) is mine
    assert getattr(plotting, name)(frame, ax=yours, **options) is yours
    assert texts(mine) == texts(yours)
    assert len(mine.get_children()) == len(yours.get_children())


def test_explore_opens_the_explorer_that_its_function_opens(stats):
    state = {"metric": "bounce_rate", "against": "median", "level": 0.9, "min_sends": 100, "selected_ids": [OTHER]}
    options = {"max_age": "7h", "base_url": "http://127.0.0.1:9", "api_key": "mine"}
    ours, theirs = stats.leadlex.explore(**options, **state), leadlex_pandas.explore(stats, **options, **state)
    assert type(ours) is type(theirs)
    assert ours.state() == theirs.state()
    assert_frame_equal(ours.data, stats)
    assert_frame_equal(theirs.data, stats)
    assert_frame_equal(ours.view, theirs.view)
    assert_frame_equal(ours.selected, theirs.selected)
    assert ours.reading.age.value == theirs.reading.age.value == pd.Timedelta("7h")
    ours.close()
    theirs.close()


def drawn(name):
    return DRAWN[name] if name in DRAWN else CALLS[name]


def texts(ax):
    return [
        ax.get_title(loc="left"),
        ax.get_xlabel(),
        *(text.get_text() for text in ax.texts),
        *map(str, ax.get_xlim()),
    ]


@pytest.mark.parametrize("name", VERBS)
def test_every_argument_of_a_verb_is_tried(name):
    assert {*CALLS[name]} == set(list(inspect.signature(getattr(leadlex_pandas, name)).parameters)[1:])


@pytest.mark.parametrize("name", CHARTS)
def test_every_argument_of_a_chart_is_tried(name):
    taken = set(list(inspect.signature(getattr(plotting, name)).parameters)[1:])
    assert {*drawn(name), "ax", "figsize"} == taken  # one or the other


@pytest.mark.parametrize("name", CHARTS)
def test_charts_take_the_size_of_their_figure(stats, name):
    frame = daily(stats) if name in OVER_TIME else stats
    ax = getattr(frame.leadlex.plot, name)(figsize=(11, 7), **(DRAWN[name] if name == "difference" else {}))
    assert ax.figure.get_size_inches().tolist() == [11, 7]


def test_it_opens_only_on_campaigns():
    df = pd.DataFrame({"sends": [1247]})
    for kind in (ColumnsError, AttributeError, KeyError):
        with pytest.raises(kind) as caught:
            df.leadlex  # noqa: B018
        assert type(caught.value) is ColumnsError
    assert not hasattr(df, "leadlex")
    assert "describe" in dir(df)  # Tab on the frame lives


@pytest.mark.parametrize("name", sorted(OVER_TIME))
def test_one_reading_is_no_history(stats, name):
    with pytest.raises(ColumnsError) as caught:
        getattr(stats.leadlex, name)()
    assert str(caught.value) == (
        f"{name}: a frame of snapshots has the index levels 'campaign_id' and 'fetched_at'; this one has 'campaign_id'. "
        'Put readings together, then df.set_index("fetched_at", append=True).'
    )


def test_it_keeps_the_frame_and_nothing_else(stats):
    for accessor in (stats.leadlex, stats.leadlex.plot):
        assert type(accessor).__slots__ == ("_df",)
        assert not hasattr(accessor, "__dict__")
        assert accessor._df is stats


def test_subclasses_of_the_frame_have_it(stats):
    class Campaigns(pd.DataFrame):
        @property
        def _constructor(self):
            return Campaigns

    frame = Campaigns(stats)
    assert isinstance(frame.leadlex, LeadlexAccessor)
    assert frame.leadlex.benchmark()["verdict"].tolist() == stats.leadlex.benchmark()["verdict"].tolist()


def test_documentation_tools_find_the_charts():
    assert LeadlexAccessor.plot is PlotAccessor
    assert pd.DataFrame.leadlex is LeadlexAccessor
    assert isinstance(pd.DataFrame({"sent_count": [1]}).leadlex.plot, PlotAccessor)
