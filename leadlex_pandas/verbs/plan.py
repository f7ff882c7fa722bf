"""`plan`: how many sends before a campaign may be called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import Metric, whole
from ..reference.benchmarks import Benchmark
from .judging import judge_frame
from .verdict import VERDICTS

__all__ = ["plan"]

STATUSES = ("decided", "more sends", "near the edge", "no comparison", "not a proportion", "no data")
_STATUS_OF = {"below": "decided", "typical": "decided", "above": "decided", "too few sends": "more sends"}


def plan(
    df: pd.DataFrame,
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
    """Say of every campaign whether it is decided, and if not how many sends would settle it.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the two columns of counts of `metric`.
    metric, against, by, level
        As in `benchmark`, whose verdicts these are.
    power : float, default 0.8
        Chance to settle a campaign that lies just at the edge of the typical zone, between 0 and 1, by the normal
        distribution; `benchmark` takes 0.8.
    fdr, typical_ratio, design_effect
        As in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        Rows and index as `df`; `label` first if `df` has one, then `trials`, `sends_needed`, `sends_more` (emails;
        opens for rates per open) and `status`: "decided" (above, below or typical), "more sends", "near the edge" (more
        sends may not settle it), "no comparison", "not a proportion", "no data". `sends_needed` is missing where there
        is no rate to compare with, or where that is exactly 0 or 1; `sends_more` is the part not sent yet, and 0 for
        decided rows, so that its sum is what is still to be sent. The more campaigns are compared at once, the more
        sends each needs. What was asked stands in `.attrs`.

    Raises
    ------
    InputError
        If an argument is outside its range, the metric is unknown, a count is negative, fractional or no number, or
        `df` is a summary of groups and to be compared with its own rows.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 2.5, at the level
    that remains after Benjamini and Hochberg (1995); for "typical" the two one-sided tests of Schuirmann (1987).

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 120], "replied_count": [89, 5]}, index=["a", "b"])
    >>> leadlex_pandas.plan(df, "reply_rate", against=0.041)
       trials  sends_needed  sends_more      status
    a    1247          1325           0     decided
    b     120          1325        1205  more sends
    """
    judged = judge_frame(
        df, metric, "plan", against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect, power=power,
    )  # fmt: skip
    frame, found = judged.frame, judged.judgement
    codes = np.array([STATUSES.index(_STATUS_OF.get(name, name)) for name in VERDICTS])
    columns: dict[str, Any] = {"label": frame["label"]} if "label" in frame else {}
    columns |= {
        "trials": whole(judged.n, frame.index),
        "sends_needed": whole(found.sends_needed, frame.index),
        "sends_more": whole(found.sends_more(judged.n), frame.index),
        "status": pd.Categorical.from_codes(codes[found.verdict], pd.Index(STATUSES)),
    }
    table = pd.DataFrame(columns, index=frame.index)
    table.attrs = judged.facts() | {"power": judged.rule.power}
    return table
