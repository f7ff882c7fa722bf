"""Frames of campaigns that the tests of several charts share."""

import numpy as np
import pandas as pd


def many(campaigns, seed=0):
    """Campaigns of 30 to 3,000 emails, a tenth of them at 10 %, the others at 4 %."""
    rng = np.random.default_rng(seed)
    sends = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(int)
    rates = np.where(np.arange(campaigns) < campaigns // 10, 0.1, 0.04)
    return pd.DataFrame(
        {"sent_count": sends, "replied_count": rng.binomial(sends, rates)},
        index=[f"campaign {i}" for i in range(campaigns)],
    )


def long_names(campaigns, seed=0):
    """The same with names of sixty characters."""
    names = [f"A campaign with a name of sixty characters, number {i:09d}" for i in range(campaigns)]
    return many(campaigns, seed).set_axis(names)


def counts(*pairs):
    """Campaigns given as (replies, emails)."""
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"replied_count": k, "sent_count": n})
