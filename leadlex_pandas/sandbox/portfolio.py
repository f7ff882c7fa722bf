"""Forty campaigns whose true reply rates are known: most alike, a few really different, some with a trap."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .checks import checked_seed
from .firm import PARTNERS, TOPICS, Partner, Topic
from .mailing import Tally, mail

__all__ = ["COMMON_RATE", "COUNTS", "DEFAULT_SEED", "Portfolio", "portfolio"]

COMMON_RATE = 0.04
COUNTS = ("sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count")
DEFAULT_SEED = 11  # the one of the demo: odd campaigns on both sides, some found and some too small to be

_STREAM = 17  # sets these draws apart from other uses of the same seed
_CAMPAIGNS, _ODD = 40, 6
_FEWEST, _MOST = 30, 3_000
_FACTORS = (1.5, 2.5)
_TRAP_SENDS = 150  # the traps are set where there is something to lose
_SCANNED = (0.05, 0.25)  # share of the unopened emails whose links a scanner followed


@dataclass(frozen=True, eq=False)
class Portfolio:
    """The campaigns of one seed.

    Attributes
    ----------
    seed : int
        What it was made from.
    campaigns : pandas.DataFrame
        Indexed by `campaign_id`: label, partner, practice_group, office, pipeline, steps, contacts.
    true_rates : pandas.Series
        Expected replies per email sent of each campaign.
    counts : pandas.DataFrame
        The six counts of each campaign.

    Examples
    --------
    >>> len(portfolio(3).campaigns)
    40
    """

    seed: int
    campaigns: pd.DataFrame
    true_rates: pd.Series[float]
    counts: pd.DataFrame


def portfolio(seed: int = DEFAULT_SEED) -> Portfolio:
    """Make the portfolio of a seed.

    Of 40 campaigns, 34 have the common true reply rate of 4 % and 6 have 1.5 to 2.5 times it or the inverse: in both
    directions with an odd seed; all higher if the seed is divisible by 4, all lower with the other even ones. Among the
    34, one was not tracked (no opens, no clicks), one has sent nothing yet, and one has more clicks than opens.

    Parameters
    ----------
    seed : int
        Any integer from 0.

    Returns
    -------
    Portfolio
        The same for the same seed.

    Raises
    ------
    ValueError
        `seed` is not an integer from 0.

    Examples
    --------
    >>> rates = portfolio(4).true_rates
    >>> int((rates == 0.04).sum()), int((rates > 0.04).sum())
    (34, 6)
    """
    seed = checked_seed(seed)
    rng = np.random.default_rng([seed, _STREAM])
    index = pd.Index([str(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(_CAMPAIGNS)], name="campaign_id")
    sends = _sends(rng)
    unsent = int(np.argmin(sends))
    rates = _rates(rng, seed, [place for place in range(_CAMPAIGNS) if place != unsent])
    steps = _whole(rng, 1, 5, _CAMPAIGNS)
    tallies = [
        mail(rng, sends=0 if place == unsent else int(sends[place]), steps=int(steps[place]), reply_rate=rates[place])
        for place in range(_CAMPAIGNS)
    ]
    # enrolled, but not yet mailed
    tallies[unsent].contacts = int(_whole(rng, 20, 200, 1)[0])
    _set_traps(rng, [tally for tally, rate in zip(tallies, rates, strict=True) if rate == COMMON_RATE])
    return Portfolio(
        seed=seed,
        campaigns=_campaigns(rng, index).assign(steps=steps, contacts=[tally.contacts for tally in tallies]),
        true_rates=pd.Series(rates, index=index, name="reply_rate"),
        counts=_counts(tallies, index),
    )


def _whole(rng: np.random.Generator, low: int, high: int, size: int) -> NDArray[np.int64]:
    return low + (rng.random(size) * (high - low + 1)).astype(np.int64)


def _shuffled(rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    """Order 0 to size - 1 at random, by uniform draws, which do not change with the version of numpy."""
    return np.argsort(rng.random(size), kind="stable").astype(np.int64)


def _sends(rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one size from each of 40 equal bins of the log scale, so that every portfolio has tiny and large ones."""
    position = (np.arange(_CAMPAIGNS) + rng.random(_CAMPAIGNS)) / _CAMPAIGNS
    sizes = np.rint(_FEWEST * (_MOST / _FEWEST) ** position).astype(np.int64)
    return sizes[_shuffled(rng, _CAMPAIGNS)]


def _rates(rng: np.random.Generator, seed: int, eligible: list[int]) -> list[float]:
    rates = [COMMON_RATE] * _CAMPAIGNS
    low, high = np.log(_FACTORS)
    factors = np.exp(low + (high - low) * rng.random(_ODD))
    higher = _higher(rng, seed)
    for rank, place in enumerate(_shuffled(rng, len(eligible))[:_ODD]):
        factor = float(factors[rank])
        rates[eligible[place]] = COMMON_RATE * (factor if rank < higher else 1 / factor)
    return rates


def _higher(rng: np.random.Generator, seed: int) -> int:
    """Say how many of the odd campaigns are better than the rest."""
    if seed % 2:
        return int(_whole(rng, 1, _ODD - 1, 1)[0])
    return _ODD if seed % 4 == 0 else 0


def _set_traps(rng: np.random.Generator, common: list[Tally]) -> None:
    # replies are looked at and left alone, so that they stay binomial
    fit = [tally for tally in common if tally.sent >= _TRAP_SENDS and tally.replied and 0 < tally.opened < tally.sent]
    untracked, scanned = (fit[place] for place in _shuffled(rng, len(fit))[:2])
    untracked.opened = untracked.clicked = 0
    low, high = _SCANNED
    share = low + (high - low) * float(rng.random())
    scanned.clicked = scanned.opened + int(np.ceil(share * (scanned.sent - scanned.opened)))


def _campaigns(rng: np.random.Generator, index: pd.Index[str]) -> pd.DataFrame:
    topics = [TOPICS[place] for place in _shuffled(rng, len(TOPICS))[:_CAMPAIGNS]]
    senders = [_sender(topic, float(draw)) for topic, draw in zip(topics, rng.random(_CAMPAIGNS), strict=True)]
    columns = {
        "label": [topic.label for topic in topics],
        "partner": [sender.name for sender in senders],
        "practice_group": [sender.practice_group for sender in senders],
        "office": [sender.office for sender in senders],
        "pipeline": [topic.pipeline for topic in topics],
    }
    return pd.DataFrame(columns, index=index)


def _sender(topic: Topic, draw: float) -> Partner:
    group = [partner for partner in PARTNERS if partner.practice_group == topic.practice_group]
    return group[int(draw * len(group))]


def _counts(tallies: Iterable[Tally], index: pd.Index[str]) -> pd.DataFrame:
    rows = [astuple(tally)[: len(COUNTS)] for tally in tallies]
    return pd.DataFrame(rows, index=index, columns=list(COUNTS)).astype("Int64")
