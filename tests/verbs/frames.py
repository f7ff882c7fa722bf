"""Frames of campaigns that the tests of several verbs share."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

COUNTS = ["sent_count", "opened_count", "clicked_count", "replied_count", "bounced_count", "unsubscribed_count"]


def campaigns(seed=0, number=24):
    """Campaigns of three offices and two kinds, with all six counts."""
    rng = np.random.default_rng(seed)
    sent = rng.integers(60, 1500, number)
    opened = rng.binomial(sent, 0.45)
    columns = {
        "sent_count": sent,
        "opened_count": opened,
        "clicked_count": rng.binomial(opened, 0.15),
        "replied_count": rng.binomial(sent, 0.05),
        "bounced_count": rng.binomial(sent, 0.02),
        "unsubscribed_count": rng.binomial(sent, 0.004),
        "office": np.array(["Munich", "Hamburg", "Berlin"])[np.arange(number) % 3],
        "kind": np.array(["new", "old"])[np.arange(number) % 2],
    }
    return pd.DataFrame(columns, index=pd.Index([f"c{i}" for i in range(number)], name="campaign_id"))


@st.composite
def small_frames(draw):
    """Between 1 and 8 campaigns, some of them missing or empty, in up to three groups."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1), st.sampled_from("abc")), min_size=1, max_size=8)
    )
    sent = [n for n, _, _ in rows]
    counted = [int(n * share) for n, share, _ in rows]
    frame = pd.DataFrame({"sent_count": sent, "group": [g for *_, g in rows]})
    for name in COUNTS[1:]:
        frame[name] = counted
    return frame
