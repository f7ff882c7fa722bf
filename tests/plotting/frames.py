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


def six_counts(campaigns, seed=0):
    """Campaigns of 20 to 5,000 emails with all six counts and long names; one in seventeen bounces at 8 %."""
    rng = np.random.default_rng(seed)
    sends = np.exp(rng.uniform(np.log(20), np.log(5000), campaigns)).astype(int)
    shares = {"opened": 0.45, "clicked": 0.07, "replied": 0.04, "bounced": 0.006, "unsubscribed": 0.003}
    columns = {f"{name}_count": rng.binomial(sends, share) for name, share in shares.items()}
    bad = np.arange(campaigns) % 17 == 3
    columns["bounced_count"] = np.where(bad, rng.binomial(sends, 0.08), columns["bounced_count"])
    return pd.DataFrame({"sent_count": sends, **columns}, index=long_names(campaigns).index)


def weekly(campaigns, weeks=30, seed=0):
    """Snapshots of campaigns that begin one after another, each sending for 5 to 20 weeks; replies come a week later."""
    rng = np.random.default_rng(seed)
    mondays = pd.date_range("2026-01-05 08:00", periods=weeks, freq="7D", tz="UTC")
    parts = []
    for name in long_names(campaigns).index:
        begin = int(rng.integers(1, max(2, weeks // 3)))
        sent = np.zeros(weeks, dtype=int)
        lasts = slice(begin, begin + int(rng.integers(5, 20)))
        sent[lasts] = rng.integers(20, 300, weeks)[lasts]
        replied = np.concatenate([[0], rng.binomial(sent, 0.04)[:-1]])
        counts = {"sent_count": sent.cumsum(), "replied_count": replied.cumsum()}
        parts.append(pd.DataFrame({"campaign_id": name, "fetched_at": mondays, **counts}))
    return pd.concat(parts).set_index(["campaign_id", "fetched_at"])
