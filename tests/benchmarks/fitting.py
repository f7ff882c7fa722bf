"""`fit_beta_binomial` beside scipy's L-BFGS-B with the analytic gradient, and how flat the likelihood is where it ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from report import Row, ratio
from scipy import optimize, special

from leadlex_pandas.stats import fit_beta_binomial

Slopes = tuple[float, np.ndarray]


def run(short: bool) -> list[Row]:
    """Fit rates that follow beta(2, 60), with 30 to 3,000 sends each."""
    campaigns = 20_000 if short else 100_000
    rng = np.random.default_rng(0)
    n = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    k = rng.binomial(n, rng.beta(2, 60, campaigns))
    falling = negative_log_likelihood(k, n)
    start = np.array([special.logit(k.sum() / n.sum()), np.log(0.01)])
    found, took = ratio(
        lambda: optimize.minimize(falling, start, jac=True, method="L-BFGS-B"), lambda: fit_beta_binomial(k, n), 5
    )
    fit = fit_beta_binomial(k, n)
    left = np.abs(falling(np.array([special.logit(fit.mean), np.log(fit.theta)]))[1]).max()
    name = f"fit_beta_binomial, {campaigns:,} campaigns"
    return [
        Row(f"L-BFGS-B with analytic gradient / {name}", f"{found:.1f} ({1000 * took / found:.1f} ms)", "8 at least"),
        Row(f"{name}: gradient of the mean log-likelihood", f"{left:.0e}", "below 1e-9", bool(left < 1e-9)),
    ]


def negative_log_likelihood(k: np.ndarray, n: np.ndarray) -> Callable[[np.ndarray], Slopes]:
    """Make the mean negative log-likelihood in logit mu and log theta, with its gradient, by gamma functions."""

    def value_and_gradient(at: np.ndarray) -> Slopes:
        mu, theta = special.expit(at[0]), np.exp(at[1])
        a, b = mu / theta, (1 - mu) / theta
        value = special.betaln(a + k, b + n - k) - special.betaln(a, b)
        size = special.digamma(a + b) - special.digamma(a + b + n)
        in_a = special.digamma(a + k) - special.digamma(a) + size
        in_b = special.digamma(b + n - k) - special.digamma(b) + size
        slopes = np.array([((in_a - in_b) * a * (1 - mu)).mean(), -(in_a * a + in_b * b).mean()])
        return -float(value.mean()), -slopes

    return value_and_gradient
