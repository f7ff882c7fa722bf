"""Exact tests and adjustments in plain Python, to hold the package against."""

from fractions import Fraction
from math import comb, sqrt


def mid_p(points, k):
    """Two-sided mid-p by definition: twice the smaller tail, the observed point counted half."""
    whole = sum(points)
    lower = 2 * sum(points[:k]) + points[k]
    upper = 2 * sum(points[k + 1 :]) + points[k]
    return float(min(Fraction(1), Fraction(min(lower, upper)) / Fraction(whole)))


def fisher_mid_p(k, n, total_k, total_n):
    """Mid-p of k of n against all others, by enumeration of the hypergeometric distribution."""
    return mid_p(hypergeometric(n, total_k, total_n), k)


def hypergeometric(n, total_k, total_n):
    """Ways to 0..n events in n draws without replacement, which are their chances but for a common factor."""
    return [comb(total_k, x) * comb(total_n - total_k, n - x) for x in range(n + 1)]


def binomial(n, p):
    """Chances of 0..n events in n draws with replacement."""
    return [comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(n + 1)]


def benjamini_hochberg(p):
    """Adjusted p-values by definition: the smallest p_(j) m / j over j at or above one's own rank."""
    ranked = sorted(p)
    return [min(1.0, *(x * len(p) / (j + 1) for j, x in enumerate(ranked) if x >= own)) for own in p]


def pooled_z(k, n, total_k, total_n):
    """z of k of n against all others, with the pooled variance."""
    pooled, others_n = total_k / total_n, total_n - n
    variance = pooled * (1 - pooled) * (1 / n + 1 / others_n)
    return (k / n - (total_k - k) / others_n) / sqrt(variance) if variance else 0.0
