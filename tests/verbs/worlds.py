"""Portfolios whose true rates are known, and how right the verbs are about them.

Every figure is a ratio of two sums over portfolios, so that its standard error comes from how portfolios differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from leadlex_pandas import SmallPortfolioWarning, benchmark

Draw = Callable[[np.random.Generator, np.ndarray], np.ndarray]
Goals = dict[str, tuple[float, float]]

STEPS = 3  # of every sequence whose opens come in clumps
FIGURES = ("false calls", "power", "typical wrong", "typical", "cover")
POWER = {"W1": 0.35, "W2": 0.30, "W3": 0.28, "W8": 0.60, "W11 up": 0.50, "W11 down": 0.50}  # at 200 campaigns


@dataclass(frozen=True)
class World:
    """How the true rates of campaigns come about; `common` is the rate of those that are exactly equal, if any are."""

    about: str
    rates: Draw
    common: float | None = None
    metric: str = "reply_rate"
    phi: float = 1.0


@dataclass(frozen=True)
class Portfolio:
    """Campaigns as a user has them, and what only the simulation knows."""

    df: pd.DataFrame
    true: np.ndarray
    world: World


class Figure(NamedTuple):
    """A ratio of sums over portfolios with its standard error; both NaN where there is nothing to count."""

    value: float
    error: float

    def __str__(self) -> str:
        return "-" if np.isnan(self.value) else f"{self.value:.3f}±{self.error:.3f}"

    def holds(self, goal: tuple[float, float], errors: float = 0.0) -> bool:
        """Tell whether the ratio is within a goal, or strays from it by no more than some standard errors."""
        least, most = goal
        return bool(np.isnan(self.value) or least - errors * self.error <= self.value <= most + errors * self.error)


def _beta(alpha: float, beta: float) -> Draw:
    return lambda rng, n: rng.beta(alpha, beta, len(n))


def _equal(rate: float) -> Draw:
    return lambda rng, n: np.full(len(n), rate)


def _odd_ones(rng: np.random.Generator, share: float, campaigns: int) -> np.ndarray:
    return rng.permutation(campaigns) < round(share * campaigns)


def _fifth_odd(rng: np.random.Generator, n: np.ndarray) -> np.ndarray:
    factor = np.exp(rng.uniform(np.log(0.4), np.log(2.5), len(n)))
    return np.where(_odd_ones(rng, 0.2, len(n)), 0.032 * factor, 0.032)


def _tenth_far(rng: np.random.Generator, n: np.ndarray) -> np.ndarray:
    factor = np.where(_odd_ones(rng, 0.1, len(n)), rng.choice([0.4, 2.5], len(n)), 1.0)
    return rng.beta(20, 605, len(n)) * factor


def _fifth_on_one_side(factor: float) -> Draw:
    return lambda rng, n: np.where(_odd_ones(rng, 0.2, len(n)), 0.032 * factor, 0.032)


def _falling(rng: np.random.Generator, n: np.ndarray) -> np.ndarray:
    return 0.05 * (n / 300) ** -0.3


WORLDS = {
    "W1": World("Beta(2, 60)", _beta(2, 60)),
    "W2": World("80 % equal, 20 % at 0.4 to 2.5 times", _fifth_odd, common=0.032),
    "W3": World("Beta(20, 605), 10 % at 0.4 or 2.5 times", _tenth_far),
    "W5": World("opens Beta(20, 22), phi 1.8", _beta(20, 22), metric="open_rate", phi=1.8),
    "W6": World("all equal", _equal(0.032), common=0.032),
    "W7": World("rate falls with size", _falling),
    "W8": World("opens Beta(20, 22)", _beta(20, 22), metric="open_rate"),
    "W9": World("opens all equal, phi 1.8", _equal(0.45), common=0.45, metric="open_rate", phi=1.8),
    "W10": World("as W2, as opens, phi 1.6", _fifth_odd, common=0.032, metric="open_rate", phi=1.6),
    "W11 up": World("80 % equal, 20 % at 2.5 times", _fifth_on_one_side(2.5), common=0.032),
    "W11 down": World("80 % equal, 20 % at 1/2.5", _fifth_on_one_side(0.4), common=0.032),
}


def portfolio(name: str, campaigns: int, seed: int) -> Portfolio:
    """Draw campaigns of 30 to 3,000 sends from a world; the same arguments, the same portfolio."""
    rng = np.random.default_rng([list(WORLDS).index(name), campaigns, seed])
    world = WORLDS[name]
    sends = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    if world.phi > 1:
        sends -= sends % STEPS  # whole sequences: each recipient is sent all steps
    true = world.rates(rng, sends)
    counted = "opened_count" if world.metric == "open_rate" else "replied_count"
    df = pd.DataFrame({"sent_count": sends, counted: events(rng, sends, true, world.phi)})
    if world.metric == "open_rate" and campaigns < 50:
        df["steps"] = STEPS
    return Portfolio(df, true, world)


def events(rng: np.random.Generator, sends: np.ndarray, rates: np.ndarray, phi: float) -> np.ndarray:
    """Draw counts with phi times the variance of a binomial.

    Every recipient has a chance of their own, from a beta distribution with correlation r = (phi - 1) / (steps - 1)
    between steps, and opens each step with it: the variance is n p (1 - p) (1 + (steps - 1) r) exactly.
    """
    if phi == 1:
        return rng.binomial(sends, rates)
    concentration = (STEPS - 1) / (phi - 1) - 1
    recipients = sends // STEPS
    campaign = np.repeat(np.arange(len(sends)), recipients)
    chances = rng.beta(concentration * rates[campaign], concentration * (1 - rates[campaign]))
    return np.bincount(campaign, rng.binomial(STEPS, chances), minlength=len(sends)).astype(np.int64)


def most_false_calls(name: str, campaigns: int) -> float:
    """Give the largest mean share of false calls among calls; an estimated phi leaves more than a known one."""
    if name == "W9":
        return 0.13 if campaigns == 200 else 0.18
    return 0.12 if name == "W10" else 0.06


def goals(name: str, campaigns: int, phi_given: bool) -> Goals:
    """Say within which limits the figures of a world must be; a given phi is the true one."""
    found = {}
    if not phi_given:
        found["false calls"] = (0.0, most_false_calls(name, campaigns))
    if campaigns == 200 and name in POWER and not phi_given:
        found["power"] = (POWER[name], 1.0)
    if phi_given or WORLDS[name].phi == 1:
        found["typical wrong"] = (0.0, 0.04)
    if name == "W2":
        found["typical"] = (0.12, 1.0)
    if WORLDS[name].metric == "reply_rate":
        found["cover"] = (0.94, 0.965)
    return found


def drawn_and_scored(seed: int, *, name: str, campaigns: int, phi_given: bool) -> np.ndarray:
    """Draw one portfolio and judge it, with the true phi given or as the verb has it by itself."""
    return score(portfolio(name, campaigns, seed), design_effect=WORLDS[name].phi if phi_given else None)


def score(made: Portfolio, *, design_effect: float | None = None) -> np.ndarray:
    """Judge a portfolio; give numerator and denominator of each of `FIGURES`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallPortfolioWarning)
        table = benchmark(made.df, made.world.metric, design_effect=design_effect)
    verdict = table["verdict"].astype(str).to_numpy()
    true, n = made.true, made.df["sent_count"].to_numpy()
    pooled = (n @ true) / n.sum()
    equal = true == made.world.common
    called = np.isin(verdict, ["above", "below"])
    right = (verdict == np.where(true > pooled, "above", "below")) & ~equal
    far = _outside_zone(true, pooled) & ~equal
    typical = verdict == "typical"
    outside = _outside_zone(true, (n @ true - n * true) / (n.sum() - n))
    inside = (table["low"] <= true) & (table["high"] >= true)
    return np.array([
        [(called & ~right).sum() / max(called.sum(), 1), 1],
        [(far & right & called).sum(), far.sum()],
        [(typical & outside).sum(), typical.sum()],
        [typical.sum(), len(n)],
        [inside.sum(), len(n)],
    ])  # fmt: skip


def _outside_zone(rate: np.ndarray, around: np.ndarray | float) -> np.ndarray:
    """Tell which rates have odds more than 1.5 times higher or lower."""
    return np.abs(np.log(rate / (1 - rate)) - np.log(around / (1 - around))) > np.log(1.5)


def figures(scores: Iterable[np.ndarray]) -> list[Figure]:
    """Give each figure over portfolios, from their numerators and denominators."""
    return [ratio(*pairs) for pairs in np.transpose(list(scores), (1, 2, 0))]


def ratio(numerators: np.ndarray, denominators: np.ndarray) -> Figure:
    """Give a ratio of sums, and its standard error by how portfolios stray from it.

    Where none strays the share may still be 3 in as many portfolios (the rule of three), which is two errors then.
    """
    total = denominators.sum()
    if total == 0:
        return Figure(np.nan, np.nan)
    value = numerators.sum() / total
    error = np.sqrt(((numerators - value * denominators) ** 2).sum()) / total
    return Figure(float(value), float(error or 1.5 / np.count_nonzero(denominators)))
