"""Campaigns whose true rates follow a beta distribution, in groups or not: how right `rank` and `compare_groups` are.

Each score is pairs of numerator and denominator, one for each figure.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from leadlex_pandas import compare_groups, rank

BULKS = [(2, 60), (20, 605)]
DESIGNS = [([size] * 4, large) for large in (False, True) for size in (2, 4, 10)]
RANKS = ("cover", "width / M", "P(best) held less promised")
RANK_GOALS = {"cover": (0.90, 0.97), "width / M": (0.0, 0.8), "P(best) held less promised": (-0.08, 0.08)}
SHRUNK_GOALS = {"cover": (0.92, 1.0)}
GROUPS = ("rejected", "cover", "first group's cover", "differences cover")
GROUP_GOALS = {"rejected": (0.03, 0.08), "cover": (0.93, 1.0)}
FIRST_GROUP_GOALS = {"first group's cover": (0.93, 1.0)}
MEAN = 0.04  # of all groups


def spread(alpha: float, beta: float, campaigns: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw campaigns of 30 to 3,000 sends, and their true rates."""
    rng = np.random.default_rng([int(beta), campaigns, seed])
    sends = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    true = rng.beta(alpha, beta, campaigns)
    return pd.DataFrame({"sent_count": sends, "replied_count": rng.binomial(sends, true)}), true


def score_shrunk(seed: int, *, bulk: tuple[float, float], campaigns: int) -> np.ndarray:
    """Count how many shrunk limits hold the true rate."""
    df, true = spread(*bulk, campaigns, seed)
    table = rank(df, level=0.95).sort_index()
    inside = (table["shrunk_low"] <= true) & (table["shrunk_high"] >= true)
    return np.array([[inside.sum(), campaigns]])


def score_ranks(seed: int, *, campaigns: int) -> np.ndarray:
    """Count how many rank limits hold the true rank, how wide they are, and whether the likeliest best is the best."""
    df, true = spread(2, 60, campaigns, seed)
    table = rank(df).sort_index()
    low, high = (table[column].to_numpy(float) for column in ("rank_low", "rank_high"))
    place = pd.Series(true).rank(ascending=False).to_numpy()
    chance = table["prob_best"].fillna(0.0).to_numpy()
    likeliest = chance.argmax()
    promised = chance[likeliest]  # 0 where no chance is given: nothing promised, nothing held
    held = place[likeliest] == 1 if promised else 0.0
    return np.array([
        [((low <= place) & (high >= place)).sum(), campaigns],
        [(high - low).mean() / campaigns, 1],
        [held - promised, bool(promised)],
    ])  # fmt: skip


def grouped(sizes: list[int], large: bool, seed: int) -> pd.DataFrame:
    """Draw groups alike in mean but spread, rates Beta(4, 96); `large` gives one group all the large campaigns."""
    rng = np.random.default_rng([sum(sizes), large, seed])
    group = np.repeat(np.arange(len(sizes)), sizes)
    sends = np.exp(rng.uniform(np.log(100), np.log(3000), len(group))).astype(np.int64)
    if large:
        sends = np.where(group == 0, 3000, 200)
    replied = rng.binomial(sends, rng.beta(100 * MEAN, 100 * (1 - MEAN), len(group)))
    return pd.DataFrame({"group": group, "sent_count": sends, "replied_count": replied})


def score_groups(seed: int, *, sizes: list[int], large: bool) -> np.ndarray:
    """Count rejections, and how many limits hold the mean of all groups, or a difference of 0."""
    table = compare_groups(grouped(sizes, large, seed), "group", seed=seed)
    inside = (table["low"] <= MEAN) & (table["high"] >= MEAN)
    alike = (table["difference_low"] <= 0) & (table["difference_high"] >= 0)
    return np.array([
        [table["overall_p_value"].iloc[0] <= 0.05, 1],
        [inside.sum(), len(sizes)],
        [inside.iloc[0], 1],
        [alike.sum(), len(sizes)],
    ])  # fmt: skip
