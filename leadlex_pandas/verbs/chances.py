"""One test of `working`: its distribution, both tails, the mid-p, and what a design effect makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..stats.comparison import HUGE, TINY_SHARE, rest_z, target_test, target_z, z_p_value
from ..stats.core import no_surer, others_test
from .case import Step, text

_LANCASTER = "Lancaster (1961), mid-p, smaller tail doubled"


@dataclass(frozen=True)
class Chance:
    """A two-sided test of one campaign: `law` is what scipy calls the distribution, None where z stands for it."""

    law: str | None
    count: float  # the events, or how many of them fell on this campaign
    parameters: tuple[float, ...]
    words: str
    z: float
    z_values: str
    phi: float
    p_value: float

    def steps(self, name: str) -> Iterator[Step]:
        """Give the steps from the tails to the p-value."""
        if self.law is not None:
            yield from self._mid_p(name)
        if self.phi > 1 or self.law is None:
            yield Step(f"z, v {name}", "(k/n - b) / √variance", self.z_values, self.z, "normal approximation")
            values = f"2 * Phi(-abs({self.z!r}) / sqrt({self.phi!r}))"
            p = float(z_p_value(np.array([self.z]), self.phi)[0])
            yield Step(f"p of z, v {name}", "2 Phi(-|z| / √phi)", values, p, "with the variance phi times as large")

    def _mid_p(self, name: str) -> Iterator[Step]:
        from scipy import stats

        distribution = getattr(stats, str(self.law))(*self.parameters)
        lower, upper, point = (
            float(chance)
            for chance in (
                distribution.cdf(self.count),
                distribution.sf(self.count - 1),
                distribution.pmf(self.count),
            )
        )
        parameters = ", ".join(map(text, self.parameters))
        count, less = text(self.count), text(self.count - 1)
        yield Step(f"as few, v {name}", "P(X <= k)", f"{self.law}.cdf({count}, {parameters})", lower, self.words)
        yield Step(f"as many, v {name}", "P(X >= k)", f"{self.law}.sf({less}, {parameters})", upper, self.words)
        yield Step(f"exactly k, v {name}", "P(X = k)", f"{self.law}.pmf({count}, {parameters})", point, self.words)
        half = f"2 * min({lower!r} - {point!r} / 2, {upper!r} - {point!r} / 2)"
        mid = float(np.clip(2 * min(lower - point / 2, upper - point / 2), 0.0, 1.0))
        formula = "2 min(P(X <= k) - P(X = k)/2, P(X >= k) - P(X = k)/2)"
        yield Step(f"mid-p, v {name}", formula, f"max(0, min(1, {half}))", mid, _LANCASTER)


def versus_rate(k: float, n: float, b: float, phi: float) -> Chance:
    """Test against a rate that is known."""
    one = np.ones(1)
    z = target_z(k * one, n * one, b * one)
    p = no_surer(np.asarray(target_test(k * one, n * one, b * one)), lambda: z, phi)
    values = f"({k:.0f} / {n:.0f} - {b!r}) / sqrt({b!r} * (1 - {b!r}) / {n:.0f})"
    return Chance("binom", k, (n, b), "binomial: n trials, each at b", float(z[0]), values, phi, float(p[0]))


def two_samples(k: float, n: float, others_k: float, others_n: float, phi: float) -> Chance:
    """Test against others, all events given: how many of them fell on this campaign."""
    one = np.ones(1)
    total_k, total_n = k + others_k, n + others_n
    z = float(rest_z(k * one, n * one, total_k * one, total_n * one)[0])
    p = float(others_test(k * one, n * one, others_k, others_n, phi)[0])
    pooled = f"({total_k:.0f} / {total_n:.0f})"
    values = (
        f"({k:.0f} / {n:.0f} - {others_k:.0f} / {others_n:.0f}) / "
        f"sqrt({pooled} * (1 - {pooled}) * (1 / {n:.0f} + 1 / {others_n:.0f}))"
    )
    if total_k in (0, total_n):  # no variance, and no difference
        values = "0"
    return Chance(*_law(k, n, total_k, total_n), z, values, phi, p)


def _law(k: float, n: float, total_k: float, total_n: float) -> tuple[str | None, float, tuple[float, ...], str]:
    """Give the distribution that `rest_test` takes for such counts."""
    if n < TINY_SHARE * total_n:
        return "binom", k, (n, total_k / total_n), "binomial: this campaign is a tiny part of all"
    if total_n < HUGE:
        return (
            "hypergeom",
            k,
            (total_n, total_k, n),
            "hypergeometric: all N trials, all K events, n of this one; Fisher (1935)",
        )
    for own, total in ((n - k, total_n - total_k), (k, total_k)):
        if total < TINY_SHARE * total_n:
            return "binom", own, (total, n / total_n), "binomial: how many of the few fell on this campaign"
    return None, k, (), "normal"
