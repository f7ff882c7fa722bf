"""`fit_beta_binomial` beside scipy's L-BFGS-B with the analytic gradient, and how flat the likelihood is where it ends.

Then `rank_intervals` beside as many draws from the same posteriors, ranked by scipy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from report import Row, ratio, seconds
from scipy import optimize, special, stats

from leadlex_pandas.stats import fit_beta_binomial, rank_intervals

Slopes = tuple[float, np.ndarray]


def run(short: bool) -> list[Row]:
    """Measure the fit, and ranks by draws (up to 5,000 campaigns) and by limits (above)."""
    many = 20_000 if short else 100_000
    return [*_fit(many), _ranks(200, 9), _ranks(500 if short else 2000, 3), _many_ranks(many)]


def portfolio(campaigns: int) -> tuple[np.ndarray, np.ndarray]:
    """Make campaigns with rates that follow beta(2, 60), and 30 to 3,000 sends each."""
    rng = np.random.default_rng(0)
    n = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    return rng.binomial(n, rng.beta(2, 60, campaigns)), n


def _fit(campaigns: int) -> list[Row]:
    k, n = portfolio(campaigns)
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


def _ranks(campaigns: int, runs: int) -> Row:
    k, n = portfolio(campaigns)
    fit = fit_beta_binomial(k, n)

    def plain() -> None:
        rates = np.random.default_rng(0).beta(fit.alpha + k, fit.beta + n - k, (4000, campaigns))
        ranks = stats.rankdata(-rates, axis=1, method="ordinal")
        np.quantile(ranks, [0.05, 0.95], axis=0)
        (ranks == 1).mean(axis=0)

    found, took = ratio(lambda: rank_intervals(k, n, fit=fit), plain, runs)
    name = f"rank_intervals, {campaigns:,} campaigns / the same 4,000 draws, ranked by scipy"
    return Row(name, f"{found:.2f} ({1000 * took:.0f} ms)", "1.5 at most")


def _many_ranks(campaigns: int) -> Row:
    k, n = portfolio(campaigns)
    fit = fit_beta_binomial(k, n)
    took = seconds(lambda: rank_intervals(k, n, fit=fit))
    return Row(f"rank_intervals, {campaigns:,} campaigns", f"{took:.1f} s", "printed")


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
