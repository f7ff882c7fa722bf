"""What is known of each campaign's true rate once all campaigns are seen: mixtures of beta distributions.

With few campaigns the fitted prior is uncertain itself, and where its theta is 0 it would leave no doubt at all. Then
the posterior is averaged over a grid of priors, each weighed by how well it explains the portfolio: theta by its root,
under a half-Cauchy distribution of scale 0.1, and the mean flat in logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats
from .betas import chance_below
from .dispersion import BetaBinomial
from .likelihood import Likelihood

_FEW = 50  # up to so many campaigns the prior is averaged over
_ROOTS = np.linspace(0.004, 0.6, 45)  # of theta
_ROOT_SCALE = 0.1
_LOGITS = np.linspace(-1.2, 1.2, 41)  # around the pooled rate's
_NEGLIGIBLE = 1e-5  # weight of the grid that is left out
_MATCHED = 2000  # above so many different campaigns a mixture is taken for the beta of its mean and variance
_CHUNK = 2_000_000  # cells of a matrix of campaigns by priors


@dataclass(frozen=True)
class Posterior:
    """A mixture of beta distributions for each campaign; the weights are the same for all, as the prior is."""

    alpha: Floats
    beta: Floats
    weight: Floats
    k: Floats
    n: Floats

    def of(self, k: Floats, n: Floats) -> Posterior:
        """Give what the same priors say of other counts."""
        return Posterior(self.alpha, self.beta, self.weight, k, n)

    def mean_and_variance(self) -> tuple[Floats, Floats]:
        """Give the moments of each campaign's rate."""
        mean, variance = np.empty(len(self.k)), np.empty(len(self.k))
        for rows in self._chunks():
            a, b = self._parameters(rows)
            means = a / (a + b)
            mean[rows] = means @ self.weight
            within = means * (1 - means) / (a + b + 1)
            variance[rows] = (within + (means - mean[rows, None]) ** 2) @ self.weight
        return mean, variance

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Give equal-tailed limits of each campaign's rate."""
        tail = (1 - level) / 2
        if len(self.weight) == 1:
            a, b = self.alpha + self.k, self.beta + self.n - self.k
            return beta_quantile(a, b, tail), 1 - beta_quantile(b, a, tail)
        low = self._matched_quantile(tail)
        # the upper limit of a rate is the lower one of its complement
        others = Posterior(self.beta, self.alpha, self.weight, self.n - self.k, self.n)
        high = others._matched_quantile(tail)
        if len(self.k) <= _MATCHED:
            low, high = self._refined(low, tail), others._refined(high, tail)
        return low, 1 - high

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw all campaigns' rates together, one row a campaign: the same prior for all in each draw."""
        prior = rng.choice(len(self.weight), draws, p=self.weight)
        a = np.maximum(self.alpha[prior] + self.k[:, None], 1e-6)
        b = np.maximum(self.beta[prior] + (self.n - self.k)[:, None], 1e-6)
        return rng.beta(a, b)

    def _matched_quantile(self, tail: float) -> Floats:
        """Give the lower quantile of the beta distribution with each mixture's mean and variance."""
        mean, variance = self.mean_and_variance()
        size = np.maximum(mean * (1 - mean) / np.maximum(variance, 1e-300) - 1, 1e-9)
        return beta_quantile(mean * size, (1 - mean) * size, tail)

    def _refined(self, start: Floats, tail: float) -> Floats:
        """Solve for the lower quantile by Newton's steps on the log of the chance below, within a bracket."""
        x = logit(np.clip(start, 1e-280, 1 - 1e-12))
        low, high = np.full(len(x), -700.0), np.full(len(x), 700.0)
        active = np.arange(len(x))
        for _ in range(60):
            below, slope = self._chance_below(active, x[active])
            too_high = below > tail
            high[active[too_high]], low[active[~too_high]] = x[active[too_high]], x[active[~too_high]]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                moved = x[active] - (np.log(below) - np.log(tail)) * below / slope
            inside = (moved > low[active]) & (moved < high[active])  # False where NaN
            moved = np.where(inside, moved, (low[active] + high[active]) / 2)
            done = np.abs(moved - x[active]) < 1e-9
            x[active] = moved
            active = active[~done]
            if not len(active):
                break
        return expit(x)

    def _chance_below(self, rows: NDArray[np.intp], x: Floats) -> tuple[Floats, Floats]:
        """Give the chance of a rate below expit(x), and its slope in x."""
        from scipy import special

        below, slope = np.empty(len(rows)), np.empty(len(rows))
        size = max(1, _CHUNK // len(self.weight))
        for first in range(0, len(rows), size):
            part = slice(first, first + size)
            a, b = self._parameters(rows[part])
            at = x[part, None]
            below[part] = chance_below(a, b, at) @ self.weight
            log_density = -a * np.logaddexp(0, -at) - b * np.logaddexp(0, at) - special.betaln(a, b)
            slope[part] = np.exp(log_density) @ self.weight
        return below, slope

    def _parameters(self, rows: slice | NDArray[np.intp]) -> tuple[Floats, Floats]:
        k, n = self.k[rows, None], self.n[rows, None]
        return self.alpha + k, self.beta + (n - k)

    def _chunks(self) -> list[slice]:
        size = max(1, _CHUNK // len(self.weight))
        return [slice(first, first + size) for first in range(0, len(self.k), size)]


def posterior(k: Floats, n: Floats, fit: BetaBinomial, *, average: bool) -> Posterior | None:
    """Give the posterior of valid campaigns; None where the fit leaves each at the mean without any doubt."""
    if average and (len(k) <= _FEW or fit.theta == 0 or np.isinf(fit.theta)):
        return Posterior(*averaged_prior(k, n), k, n)
    if fit.theta == 0:
        return None
    return Posterior(np.array([fit.alpha]), np.array([fit.beta]), np.ones(1), k, n)


def averaged_prior(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Give alpha, beta and weight of the priors that explain these campaigns, the best first."""
    pooled = (k.sum() + 0.5) / (n.sum() + 1)  # within (0, 1) also with no or only successes
    mu = expit(logit(np.asarray(pooled)) + _LOGITS)[:, None]
    theta = _ROOTS**2
    weight = Likelihood(k, n, short=0).values(mu, theta) - np.log1p((_ROOTS / _ROOT_SCALE) ** 2)
    weight = np.exp(weight - weight.max())
    order = np.argsort(-weight, axis=None, kind="stable")
    total = np.cumsum(weight.ravel()[order])
    kept = order[: int(np.searchsorted(total, (1 - _NEGLIGIBLE) * total[-1])) + 1]
    weights = weight.ravel()[kept]
    return (mu / theta).ravel()[kept], ((1 - mu) / theta).ravel()[kept], weights / weights.sum()


def beta_quantile(a: Floats, b: Floats, tail: float) -> Floats:
    """Give the value that a beta variable stays below with chance `tail`; a or b may be 0 (all at 0, or at 1)."""
    from scipy import special

    inside = special.betaincinv(np.maximum(a, 1e-300), np.maximum(b, 1e-300), tail)
    return np.asarray(np.where(a <= 0, 0.0, np.where(b <= 0, 1.0, inside)))


def expit(x: Floats) -> Floats:
    """Give the rate of a logit."""
    from scipy import special

    return np.asarray(special.expit(x))


def logit(p: Floats) -> Floats:
    """Give the logit of a rate."""
    from scipy import special

    return np.asarray(special.logit(p))
