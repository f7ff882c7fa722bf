"""The beta distributions that two rates may be taken from."""

from __future__ import annotations

import numpy as np

from .._checks import Floats


def averaged_prior(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Give beta distributions around the pooled rate, and how well each explains the campaigns (half-Cauchy prior)."""
    from scipy import stats

    root = np.linspace(0.004, 0.6, 45)  # of theta
    pooled = (k.sum() + 0.5) / (n.sum() + 1)
    alpha, beta = pooled / root**2, (1 - pooled) / root**2
    fit = stats.betabinom.logpmf(k[:, None], n[:, None], alpha, beta).sum(axis=0) - np.log1p((root / 0.1) ** 2)
    weight = np.exp(fit - fit.max())
    return alpha, beta, weight / weight.sum()
