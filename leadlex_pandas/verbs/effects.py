"""How many times the variance of a metric's counts is that of a binomial: given, assumed or estimated, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._checks import Floats, check_above, count_column
from ..metrics import Metric
from ..stats.core import Mask


@dataclass(frozen=True)
class Effects:
    """The design effect of every row.

    `phi` is at least 1; `unknown` marks the rows where 1 stands for want of anything better, which carry the caveat
    ``design_effect_unknown``; `source` is "given", "assumed" (1, the metric's default), "estimated" or "unknown".
    """

    phi: Floats
    unknown: Mask
    source: str

    def facts(self, rows: Mask) -> dict[str, float | str | None]:
        """Say for a caption what was used in some rows, as plain values."""
        used = self.phi[rows]
        smallest, largest = (float(used.min()), float(used.max())) if len(used) else (None, None)
        return {"smallest": smallest, "largest": largest, "source": self.source}


def shown_effects(metric: Metric, phi: Floats, asked: float | str | None) -> dict[str, Floats]:
    """Give the column that says beside a metric's limits what they allow for; none where that is 1 by default."""
    return {f"{metric.name}_design_effect": phi} if metric.clustered or asked is not None else {}


def check_design_effect(design_effect: object, where: str) -> float | str | None:
    """Require a number of at least 1, "auto", or None for the metric's own default."""
    if design_effect is None or (isinstance(design_effect, str) and design_effect == "auto"):
        return design_effect
    return check_above(design_effect, "design_effect", where, 1, inclusive=True, also="'auto' or ")


def find_effects(
    df: pd.DataFrame, metric: Metric, k: Floats, n: Floats, design_effect: float | str | None, where: str
) -> Effects:
    """Resolve a checked `design_effect` for the counts of a metric: one value for the whole frame, or one per row.

    None is "auto" for opens and clicks, of which one recipient can make several, and 1 for all others.
    """
    asked = design_effect if design_effect is not None else ("auto" if metric.clustered else None)
    if asked == "auto":
        return _estimate(df, k, n, where)
    phi = np.full(len(df), 1.0 if asked is None else asked)
    return Effects(phi, np.zeros(len(df), dtype=bool), "assumed" if asked is None else "given")


def _estimate(df: pd.DataFrame, k: Floats, n: Floats, where: str) -> Effects:
    """Estimate from the proper rows; 1 where there are too few campaigns, or too much alike in size, to tell."""
    from ..stats.dispersion import design_effect
    from ..stats.withincampaign import can_be_told

    proper = (n > 0) & (k <= n)  # False where either is NaN
    steps = _steps(df, proper, where)
    phi, nowhere = np.ones(len(df)), np.zeros(len(df), dtype=bool)
    several = steps != 1  # a campaign of one step counts no recipient twice; True where unknown
    if not several[proper].any():
        return Effects(phi, nowhere, "estimated")
    if not can_be_told(k[proper], n[proper], steps[proper] - 1):
        return Effects(phi, several, "unknown")
    phi[proper] = design_effect(k[proper], n[proper], steps=steps[proper])
    return Effects(phi, nowhere, "estimated")


def _steps(df: pd.DataFrame, proper: Mask, where: str) -> Floats:
    """Read how many emails each campaign's sequence has; all NaN unless every campaign that counts says so."""
    unknown = np.full(len(df), np.nan)
    if "steps" not in df:
        return unknown
    steps = count_column(df, "steps", where)
    return steps if (steps[proper] >= 1).all() else unknown  # False where missing
