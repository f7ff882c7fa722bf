"""`working`: the arithmetic behind a verdict, step by step, down to the last figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .._checks import find_row
from ..metrics import Metric
from ..reference.benchmarks import Benchmark
from .arithmetic import steps_of
from .case import Case, Step
from .judging import judge_frame

__all__ = ["working"]


def working(
    df: pd.DataFrame,
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
    """Show how `benchmark` comes to its verdict on one campaign, so that it can be checked with a pocket calculator.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it: all campaigns, not the one alone.
    campaign_id : label
        The campaign, as it stands in the index; or its `label`, if no other has the same.
    metric, against, by, level, fdr, typical_ratio, design_effect
        As in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        One row per step, in order: `step` (no two alike; named as `benchmark`'s column where it is one), `formula` (in
        symbols), `values` (the same with the figures in it: a Python expression, in which ``z`` is the quantile and
        ``Phi`` the distribution function of the standard normal, and ``binom`` and ``hypergeom`` are those of
        scipy.stats), `result` (a number, True or False, or text) and `source` (where figure or formula come from). The
        last row is the verdict. Counts are emails or recipients, rates fractions.

    Raises
    ------
    InputError
        If there is not exactly one row of that id or label, or as `benchmark` does.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    References
    ----------
    Those of `benchmark`; each stands beside its step.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 120], "replied_count": [89, 5]}, index=["a", "b"])
    >>> steps = leadlex_pandas.working(df, "a", against=0.041)
    >>> steps.loc[steps["step"].isin(["rate", "limits exclude the benchmark", "verdict"]), ["step", "result"]]
                                step    result
    2                           rate  0.071371
    16  limits exclude the benchmark      True
    28                       verdict     above
    """
    where = "working"
    judged = judge_frame(
        df, metric, where, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    place = find_row(judged.frame, campaign_id, where)
    table = pd.DataFrame(list(steps_of(Case.of(judged, place))), columns=list(Step._fields))
    table.attrs = judged.facts()
    return table
