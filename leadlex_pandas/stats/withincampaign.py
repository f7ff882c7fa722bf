"""The spread within campaigns, told from the spread between them by how squared residuals grow with the sends.

A campaign's squared standardised residual is phi + n t on average: phi is what its recipients' repeated events add at
any size, t what the difference between campaigns adds with each email. Rates that drift with size (a line in log n)
are taken out first, or they would look like phi.
"""

from __future__ import annotations

import numpy as np

from .._checks import Floats

_CAMPAIGNS = 50  # below so many, phi is told only where the steps are known
_CAMPAIGNS_WITH_STEPS = 4  # a line takes two, phi and t the other two
_SIZES = 10.0  # the largest campaign has at least so many times the sends of the smallest
_LARGEST = 3.0  # where the steps are not known
_ROUNDS = 12


def can_be_told(k: Floats, n: Floats, extra: Floats) -> bool:
    """Tell whether phi can be estimated from valid campaigns; `extra` is steps - 1, NaN where unknown."""
    least = _CAMPAIGNS if np.isnan(extra).any() else _CAMPAIGNS_WITH_STEPS
    return len(n) >= least and bool(n.max() >= _SIZES * n.min()) and 0 < k.sum() < n.sum()


def within_campaign(k: Floats, n: Floats, extra: Floats) -> Floats:
    """Estimate phi for valid campaigns, one each: 1 + r extra with r within 0 and 1, or one where steps are unknown."""
    if not can_be_told(k, n, extra):
        return np.ones(len(n))
    unknown = bool(np.isnan(extra).any())
    per_unit = np.ones(len(n)) if unknown else extra
    most = _LARGEST - 1 if unknown else 1.0
    r = t = 0.0
    for _ in range(_ROUNDS):
        phi = 1 + r * per_unit
        y, usable = _squared_residuals(k, n, phi, t)
        weights = usable / (phi + n * t) ** 2
        r, t = _solve(y - 1, per_unit, n, weights, most)
    return np.asarray(1 + r * per_unit)


def _squared_residuals(k: Floats, n: Floats, phi: Floats, t: float) -> tuple[Floats, Floats]:
    """Give (p - m)^2 n / (m (1 - m) (1 - h)), m a weighted line in log n and h its leverage, and where h < 1."""
    p, pooled = k / n, k.sum() / n.sum()
    weights = 1 / (phi / n + t)
    x = np.log(n)
    x = x - (weights @ x) / weights.sum()
    spread = weights @ x**2
    line = (weights @ p) / weights.sum() + x * (weights @ (x * p)) / spread
    leverage = weights * (1 / weights.sum() + x**2 / spread)
    m = np.clip(line, pooled / 4, 1 - (1 - pooled) / 4)
    free = np.maximum(1 - leverage, 1e-9)
    return (p - m) ** 2 * n / (m * (1 - m) * free), (1 - leverage > 1e-9).astype(np.float64)


def _solve(y: Floats, per_unit: Floats, n: Floats, weights: Floats, most: float) -> tuple[float, float]:
    """Fit y = r per_unit + t n by weighted least squares, r within 0 and `most`, t at least 0."""
    unit_weights, size_weights = weights * per_unit, weights * n
    uu, un, nn = float(unit_weights @ per_unit), float(unit_weights @ n), float(size_weights @ n)
    uy, ny = float(unit_weights @ y), float(size_weights @ y)
    determinant = uu * nn - un**2
    if uu == 0:  # one step everywhere: nothing within campaigns
        return 0.0, max(0.0, ny / nn)
    if determinant > 1e-12 * uu * nn:
        r, t = (nn * uy - un * ny) / determinant, (uu * ny - un * uy) / determinant
    else:  # the sends are as many per step everywhere: cannot be told apart
        r, t = 0.0, ny / nn
    if t < 0:
        r, t = uy / uu, 0.0
    if not 0 <= r <= most:
        r = min(max(r, 0.0), most)
        t = max(0.0, (ny - r * un) / nn)
    return r, t
