"""`df.leadlex` and `df.leadlex.plot`: every verb and chart as a method, one line each.

What a method does, takes and raises is documented at the function of the same name in `leadlex_pandas`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from . import plotting
from ._checks import check_columns, check_frame
from .explorer import explore
from .verbs import (
    add_caveats,
    add_intervals,
    add_rates,
    benchmark,
    changes,
    combine,
    compare,
    compare_groups,
    explain,
    growth,
    health,
    plan,
    present,
    rank,
    stages,
    summarize,
    trend,
    working,
)
from .verbs.kinds import kind_of

if TYPE_CHECKING:
    from datetime import date, timedelta
    from pathlib import Path

    from matplotlib.axes import Axes

    from .explorer.widget import Explorer
    from .history import History
    from .metrics import Metric
    from .reference import Benchmark
    from .verbs.snapshots import Snapshots

__all__ = ["LeadlexAccessor", "PlotAccessor"]

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _documented_as(function: Callable[..., Any]) -> Callable[[_Method], _Method]:
    """Give a method the documentation of its function, without the frame and the examples, for Shift-Tab and help()."""

    def document(method: _Method) -> _Method:
        text = inspect.getdoc(function)
        if text is not None:  # there is none under python -OO
            first = next(iter(inspect.signature(function).parameters))
            text = re.sub(rf"^{first} : .*\n(?:[ ].*\n|\n(?=[ ]))*", "", text, flags=re.MULTILINE)
            text = re.sub(r"^Parameters\n-+\n(?=\n)", "", text, flags=re.MULTILINE)  # nothing but the frame
            text = re.sub(r"\n{3,}", "\n\n", text.split("Examples\n--------")[0].rstrip())
            home = "leadlex_pandas.plotting" if "plotting" in function.__module__ else "leadlex_pandas"
            method.__doc__ = f"{text}\n\nSee Also\n--------\n{home}.{function.__name__} : with examples.\n"
        return method

    return document


class PlotAccessor:
    """The charts of a frame of campaigns: `df.leadlex.plot`.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 31]}, index=["a", "b"])
    >>> ax = df.leadlex.plot.forest("reply_rate", against=0.04)
    >>> ax.get_xlabel()
    'replies per email sent'
    """

    __slots__ = ("_df",)

    def __init__(self, df: pd.DataFrame) -> None:
        self._df = df

    @_documented_as(plotting.forest)
    def forest(
        self,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
        max_rows: int | None = 40,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.forest`."""
        return plotting.forest(
            self._df, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect, max_rows=max_rows, figsize=figsize, ax=ax,
        )  # fmt: skip

    @_documented_as(plotting.funnel)
    def funnel(
        self,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
        max_labels: int = 12,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.funnel`."""
        return plotting.funnel(
            self._df, metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect, max_labels=max_labels, figsize=figsize, ax=ax,
        )  # fmt: skip

    @_documented_as(plotting.ranks)
    def ranks(
        self,
        metric: str | Metric = "reply_rate",
        *,
        level: float = 0.90,
        seed: int = 0,
        design_effect: float | str | None = None,
        max_rows: int | None = 40,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.ranks`."""
        return plotting.ranks(
            self._df, metric, level=level, seed=seed, design_effect=design_effect, max_rows=max_rows, figsize=figsize,
            ax=ax,
        )  # fmt: skip

    @_documented_as(plotting.strip)
    def strip(
        self,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "cold-b2b-it-2026",
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.strip`."""
        return plotting.strip(
            self._df, metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect, figsize=figsize, ax=ax,
        )  # fmt: skip

    @_documented_as(plotting.stages)
    def stages(
        self,
        *,
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        design_effect: float | str | None = None,
        max_groups: int | None = 6,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.stages`."""
        return plotting.stages(
            self._df, by=by, level=level, design_effect=design_effect, max_groups=max_groups, figsize=figsize, ax=ax
        )

    @_documented_as(plotting.difference)
    def difference(
        self,
        first: Hashable = None,
        second: Hashable = None,
        metrics: str | Metric | Iterable[str | Metric] | None = "reply_rate",
        *,
        level: float = 0.95,
        design_effect: float | str | None = None,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.difference`."""
        return plotting.difference(
            self._df, first, second, metrics, level=level, design_effect=design_effect, figsize=figsize, ax=ax
        )

    @_documented_as(plotting.health)
    def health(
        self,
        *,
        limits: Mapping[str | Metric, tuple[float, float]] | None = None,
        level: float = 0.95,
        max_rows: int | None = 40,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.health`."""
        return plotting.health(self._df, limits=limits, level=level, max_rows=max_rows, figsize=figsize, ax=ax)

    @_documented_as(plotting.trend)
    def trend(
        self,
        metric: str | Metric = "reply_rate",
        *,
        freq: str = "W",
        level: float | None = None,
        breaks: Mapping[str | date, str] | None = None,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.trend` of this frame of snapshots."""
        return plotting.trend(self._df, metric, freq=freq, level=level, breaks=breaks, figsize=figsize, ax=ax)

    @_documented_as(plotting.growth)
    def growth(
        self,
        count: str = "replied_count",
        *,
        ids: str | Iterable[str] | None = None,
        max_labels: int = 4,
        figsize: tuple[float, float] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw `leadlex_pandas.plotting.growth` of this frame of snapshots."""
        return plotting.growth(self._df, count, ids=ids, max_labels=max_labels, figsize=figsize, ax=ax)


class _Plots:
    """Gives the class on the class and bound charts on an instance, so that help and documentation tools see both."""

    def __get__(
        self, instance: LeadlexAccessor | None, owner: type[LeadlexAccessor]
    ) -> PlotAccessor | type[PlotAccessor]:
        return PlotAccessor if instance is None else PlotAccessor(instance._df)


class LeadlexAccessor:
    """The verbs of a frame of campaigns: `df.leadlex`. It opens on any frame with a column `sent_count`.

    It opens on the table of a verb too, such as that of `benchmark`, so that `present` may follow.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, or the table of a verb; it is never changed.

    Raises
    ------
    ColumnsError
        If there is no column `sent_count`, and the frame is no table of a verb.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247], "replied_count": [89]}, index=["cmp_abc123"])
    >>> df.leadlex.benchmark("reply_rate", against=0.04)["verdict"].tolist()
    ['above']
    """

    __slots__ = ("_df",)

    plot = _Plots()

    def __init__(self, df: pd.DataFrame) -> None:
        frame = check_frame(df, "DataFrame.leadlex")
        if "sent_count" not in frame and kind_of(frame) is None:
            check_columns(frame, ["sent_count"], "DataFrame.leadlex")
        self._df = df

    @_documented_as(add_rates)
    def add_rates(self, *, base: str = "sent") -> pd.DataFrame:
        """Call `leadlex_pandas.add_rates` on this frame."""
        return add_rates(self._df, base=base)

    @_documented_as(add_intervals)
    def add_intervals(
        self,
        metrics: str | Metric | Iterable[str | Metric] | None = None,
        *,
        level: float = 0.95,
        method: str = "wilson",
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.add_intervals` on this frame."""
        return add_intervals(self._df, metrics, level=level, method=method, design_effect=design_effect)

    @_documented_as(add_caveats)
    def add_caveats(self, *, previous: pd.DataFrame | Snapshots | None = None) -> pd.DataFrame:
        """Call `leadlex_pandas.add_caveats` on this frame."""
        return add_caveats(self._df, previous=previous)

    @_documented_as(benchmark)
    def benchmark(
        self,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.benchmark` on this frame."""
        return benchmark(
            self._df, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect,
        )  # fmt: skip

    @_documented_as(summarize)
    def summarize(
        self,
        metrics: str | Metric | Iterable[str | Metric] | None = None,
        *,
        by: str | Sequence[str] | None = None,
        total: bool = False,
        level: float = 0.95,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.summarize` on this frame."""
        return summarize(self._df, metrics, by=by, total=total, level=level, design_effect=design_effect)

    @_documented_as(compare)
    def compare(
        self,
        first: Hashable,
        second: Hashable,
        metrics: str | Metric | Iterable[str | Metric] | None = "reply_rate",
        *,
        level: float = 0.95,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.compare` on this frame."""
        return compare(self._df, first, second, metrics, level=level, design_effect=design_effect)

    @_documented_as(compare_groups)
    def compare_groups(
        self,
        by: str | Sequence[str],
        metric: str | Metric = "reply_rate",
        *,
        strata: str | Sequence[str] | None = None,
        level: float = 0.95,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.compare_groups` on this frame."""
        return compare_groups(self._df, by, metric, strata=strata, level=level, seed=seed)

    @_documented_as(health)
    def health(
        self, *, limits: Mapping[str | Metric, tuple[float, float]] | None = None, level: float = 0.95
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.health` on this frame."""
        return health(self._df, limits=limits, level=level)

    @_documented_as(stages)
    def stages(
        self,
        *,
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.stages` on this frame."""
        return stages(self._df, by=by, level=level, design_effect=design_effect)

    @_documented_as(combine)
    def combine(
        self,
        parts: Mapping[Hashable, Iterable[Hashable]],
        *,
        label: str | Mapping[Hashable, str] | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.combine` on this frame."""
        return combine(self._df, parts, label=label)

    @_documented_as(present)
    def present(self, *, digits: int = 1, columns: Iterable[str] | None = None, sort: bool = True) -> pd.DataFrame:
        """Call `leadlex_pandas.present` on this frame."""
        return present(self._df, digits=digits, columns=columns, sort=sort)

    @_documented_as(rank)
    def rank(
        self,
        metric: str | Metric = "reply_rate",
        *,
        level: float = 0.90,
        seed: int = 0,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.rank` on this frame."""
        return rank(self._df, metric, level=level, seed=seed, design_effect=design_effect)

    @_documented_as(plan)
    def plan(
        self,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        power: float = 0.8,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.plan` on this frame."""
        return plan(
            self._df, metric, against=against, by=by, level=level, power=power, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect,
        )  # fmt: skip

    @_documented_as(explain)
    def explain(
        self,
        campaign_id: Any,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
    ) -> str:
        """Call `leadlex_pandas.explain` on this frame."""
        return explain(
            self._df, campaign_id, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect,
        )  # fmt: skip

    @_documented_as(working)
    def working(
        self,
        campaign_id: Any,
        metric: str | Metric = "reply_rate",
        *,
        against: str | float | Benchmark | pd.DataFrame = "rest",
        by: str | Sequence[str] | None = None,
        level: float = 0.95,
        fdr: float = 0.05,
        typical_ratio: float = 1.5,
        design_effect: float | str | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.working` on this frame."""
        return working(
            self._df, campaign_id, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect,
        )  # fmt: skip

    @_documented_as(changes)
    def changes(
        self,
        metrics: str | Metric | Iterable[str | Metric] | None = None,
        *,
        since: str | date | timedelta | None = None,
        until: str | date | None = None,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.changes` on this frame of snapshots."""
        return changes(self._df, metrics, since=since, until=until, level=level)

    @_documented_as(trend)
    def trend(
        self,
        metric: str | Metric = "reply_rate",
        *,
        freq: str = "W",
        level: float | None = None,
        breaks: Mapping[str | date, str] | None = None,
    ) -> pd.DataFrame:
        """Call `leadlex_pandas.trend` on this frame of snapshots."""
        return trend(self._df, metric, freq=freq, level=level, breaks=breaks)

    @_documented_as(growth)
    def growth(self, *, ids: str | Iterable[str] | None = None) -> pd.DataFrame:
        """Call `leadlex_pandas.growth` on this frame of snapshots."""
        return growth(self._df, ids=ids)

    @_documented_as(explore)
    def explore(
        self,
        *,
        history: History | str | Path | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        max_age: str | timedelta = "1h",
        **state: Any,
    ) -> Explorer:
        """Call `leadlex_pandas.explore` on this frame."""
        return explore(self._df, history=history, api_key=api_key, base_url=base_url, max_age=max_age, **state)
