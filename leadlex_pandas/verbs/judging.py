"""From a frame and what the user asked to a judgement of every row: what `benchmark`, `plan` and `working` share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import Floats, check_above, check_fraction, check_frame, group_keys
from ..metrics import Metric, find_metric, metric_counts
from ..stats.core import Mask
from .against import Yardstick, resolve_against, told
from .comparing import POWER, Rule
from .effects import Effects, check_design_effect, find_effects
from .reading import read_times
from .verdict import CALLS, Judgement, judge_families


@dataclass(frozen=True)
class Judged:
    """A frame's counts of one metric, what was asked, and the judgement: arrays in the order of the rows."""

    where: str
    frame: pd.DataFrame
    metric: Metric
    rule: Rule
    by: object
    k: Floats
    n: Floats
    effects: Effects
    families: list[NDArray[np.intp]]
    judgement: Judgement

    @property
    def proper(self) -> Mask:
        """Which rows have a proportion."""
        return (self.n > 0) & (self.k <= self.n)  # False where either is NaN

    def facts(self) -> dict[Any, Any]:
        """Collect what a caption has to say about the table; plain values, so that `attrs` stay cheap to copy."""
        judged, rule, by = self.judgement, self.rule, self.by
        return {
            "metric": asdict(self.metric),
            "by": by if by is None or isinstance(by, str) else list(by),  # type: ignore[call-overload]
            "against": told(rule.against),
            "reference": rule.against.facts if isinstance(rule.against, Yardstick) else None,
            "level": rule.level,
            "fdr": rule.fdr,
            "typical_ratio": rule.typical_ratio,
            "design_effect": self.effects.facts(self.n > 0),
            "pooled": float(judged.pooled[0]) if by is None and len(self.k) else None,
            "families": len(self.families),
            "campaigns": int(np.count_nonzero(~np.isnan(judged.low))),
            "tested": int(np.count_nonzero(~np.isnan(judged.p_value))),
            "without_zone": int(np.count_nonzero(judged.no_zone)),
            "calls": int(np.isin(judged.verdict, CALLS).sum()),
            "read": read_times(self.frame),
        }


def judge_frame(
    df: object,
    metric: object,
    where: str,
    *,
    against: object,
    by: object,
    level: object,
    fdr: object,
    typical_ratio: object,
    design_effect: object,
    power: object = POWER,
) -> Judged:
    """Check every argument, then judge."""
    frame = check_frame(df, where)
    chosen = find_metric(metric, where)
    rule = Rule(
        against=resolve_against(against, chosen, where),
        level=check_fraction(level, "level", where, above=0.5),
        fdr=check_fraction(fdr, "fdr", where),
        typical_ratio=check_above(typical_ratio, "typical_ratio", where, 1),
        power=check_fraction(power, "power", where),
    )
    asked = check_design_effect(design_effect, where)
    k, n = metric_counts(frame, chosen, where)
    families = split_families(frame, by, where)
    effects = find_effects(frame, chosen, k, n, asked, where)
    judgement = judge_families(k, n, effects.phi, rule, families)
    return Judged(where, frame, chosen, rule, by, k, n, effects, families, judgement)


def split_families(df: pd.DataFrame, by: object, where: str) -> list[NDArray[np.intp]]:
    """Split the row positions into the groups of `by`, or leave them in one."""
    if by is None or df.empty:
        return [np.arange(len(df))]
    keys = group_keys(df, by, where)
    codes = pd.MultiIndex.from_arrays([pd.factorize(key, use_na_sentinel=False)[0] for key in keys]).factorize()[0]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
