"""The sandbox's clock: counts that grow as those of real campaigns do, and end where the portfolio has them."""

import math

import numpy as np
import pytest

from leadlex_pandas import sandbox
from leadlex_pandas.sandbox.campaigns import campaigns_of
from leadlex_pandas.sandbox.growing import Growth
from leadlex_pandas.sandbox.portfolio import portfolio

END = 140


@pytest.fixture(scope="module")
def campaigns():
    return campaigns_of(portfolio())


def test_nothing_falls_nothing_exceeds_what_was_sent_and_the_end_is_the_portfolio(campaigns):
    days = np.linspace(0, END, 57)
    for campaign in campaigns.values():
        counts = np.array([list(campaign.growth.at(day).values()) for day in days])
        sent, opened, clicked, replied, bounced, unsubscribed = counts.T
        assert (np.diff(counts, axis=0) >= 0).all()
        assert (counts[:, 1:] <= sent[:, None]).all()
        assert (clicked <= opened).all() or clicked[-1] > opened[-1]
        assert (replied + bounced + unsubscribed <= sent).all()
        assert not counts[0].any()
        assert campaign.at(END).counts == campaign.counts


def test_half_of_the_replies_come_within_a_day_of_their_email():
    """While emails go out evenly over L days, a reply is still to come at the end for (1 - 2^-L) / (L ln 2) of them."""
    growth = Growth((5, 7), {"sent_count": 200_000, "replied_count": 100_000})
    grid = np.arange(0, END, 0.05)
    sent = np.array([growth.at(day)["sent_count"] for day in grid])
    first, last = grid[sent > 0][0], grid[sent < 200_000][-1]
    length = last - first
    still_to_come = 1 - growth.at(last)["replied_count"] / 100_000
    assert 10 <= length <= 30.1
    assert still_to_come == pytest.approx((1 - 2**-length) / (length * math.log(2)), rel=0.05)
    assert 1 - growth.at(last + 1)["replied_count"] / 100_000 == pytest.approx(still_to_come / 2, rel=0.05)


def test_statuses_follow_the_day(campaigns):
    for campaign in campaigns.values():
        statuses = [campaign.at(day).settings["status"] for day in range(0, END + 1, 5)]
        assert statuses[0] == "draft"
        assert statuses[-1] == campaign.settings["status"]
        assert statuses == sorted(statuses, key=["draft", "active", "paused", "completed"].index)


def test_the_clock_is_moved_while_it_runs(ask):
    with sandbox.start() as server:
        assert server.day is None
        campaign_id = server.campaigns.index[0]

        def seen():
            stats = ask(server, f"/v1/campaigns/{campaign_id}/stats").json()["data"]["stats"]
            campaign = ask(server, f"/v1/campaigns/{campaign_id}").json()["data"]["campaign"]
            listed = ask(server, "/v1/campaigns?per_page=1").json()["data"]["campaigns"][0]
            return stats, campaign["status"], listed["status"]

        end = seen()
        server.day = 0
        stats, status, listed = seen()
        assert not any(stats.values())
        assert status == listed == "draft"
        server.day = np.float64(END)
        assert server.day == END
        assert seen() == end
        server.day = None
        assert seen() == end


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "12", True])
def test_other_days_are_refused(wrong):
    with sandbox.start() as server, pytest.raises(ValueError) as raised:
        server.day = wrong
    assert str(raised.value) == f"day must be a number of days from 0, or None for the end, not {wrong!r}."
