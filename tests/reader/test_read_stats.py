"""The frame that `read_stats` gives, against the sandbox's counts and plain pandas."""

import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import InconsistentCountsWarning, RateMismatchWarning
from leadlex_pandas.sandbox import DEFAULT_SEED
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import COUNTS, stats_answer

COUNT_COLUMNS = [
    "sent_count",
    "opened_count",
    "clicked_count",
    "replied_count",
    "bounced_count",
    "unsubscribed_count",
]
RATE_COLUMNS = [
    "open_rate",
    "click_rate",
    "reply_rate",
    "bounce_rate",
    "unsubscribe_rate",
    "delivery_rate",
    "click_to_open_rate",
    "reply_to_open_rate",
    "unsubscribe_to_open_rate",
]
OURS = [*COUNT_COLUMNS, "delivered_count", *RATE_COLUMNS, "fetched_at", "caveats"]
MISMATCH = (
    ": a given rate is more than 0.0005 from the quotient of its counts; ours, from the counts, is used. "
    "Rates are fractions between 0 and 1. The rows carry the caveat api_rates_differ."
)
INCONSISTENT = (
    ": more opens, replies, bounces or unsubscribes than emails sent. The rows carry the caveat events_exceed_sends."
)


@pytest.fixture(scope="module")
def counts():
    """What the session's sandbox serves."""
    return portfolio(DEFAULT_SEED).counts


def plain_rates(counts):
    """DESIGN 3 in plain pandas."""
    c = counts.astype("float64")
    opens = c.opened_count.mask((c.opened_count == 0) & ((c.clicked_count > 0) | (c.replied_count > 0)))
    clicks = c.clicked_count.mask((c.opened_count == 0) & (c.clicked_count == 0) & (c.replied_count > 0))
    delivered = c.sent_count - c.bounced_count
    return pd.DataFrame(
        {
            "open_rate": opens / c.sent_count,
            "click_rate": clicks / c.sent_count,
            "reply_rate": c.replied_count / c.sent_count,
            "bounce_rate": c.bounced_count / c.sent_count,
            "unsubscribe_rate": c.unsubscribed_count / c.sent_count,
            "delivery_rate": delivered / c.sent_count,
            "click_to_open_rate": c.clicked_count / opens,
            "reply_to_open_rate": c.replied_count / opens,
            "unsubscribe_to_open_rate": c.unsubscribed_count / opens,
        }
    )


def plain_caveats(row):
    sent, opened, clicked, replied = (int(row[name]) for name in COUNT_COLUMNS[:4])
    untracked = opened == 0 and (clicked > 0 or replied > 0)
    codes = ["tracking_off"] if untracked else []
    codes += ["nothing_sent"] if sent == 0 else []
    codes += ["events_exceed_sends"] if max(row[COUNT_COLUMNS[1:]]) > sent else []
    if not untracked:
        many = clicked > 0.6 * opened or (clicked > 0.05 * sent and replied == 0)
        codes += ["clicks_exceed_opens"] if clicked > opened else []
        codes += ["possible_scanners"] if many or clicked > opened else []
    return "|".join(codes)


def test_portfolio_arrives_whole_and_in_order(server, read, counts):
    stats = read(server, list(counts.index))
    assert list(stats.columns) == OURS
    assert (list(stats.index), stats.index.name) == (list(counts.index), "campaign_id")
    pd.testing.assert_frame_equal(stats[COUNT_COLUMNS], counts, check_index_type=False)


def test_types(server, read):
    dtypes = read(server).dtypes.astype(str)
    assert set(dtypes[[*COUNT_COLUMNS, "delivered_count"]]) == {"Int64"}
    assert set(dtypes[RATE_COLUMNS]) == {"float64"}
    assert dtypes["fetched_at"] == "datetime64[us, UTC]"
    assert pd.api.types.is_string_dtype(read(server)["caveats"])


def test_rates_are_the_plain_quotients_to_the_last_bit(server, read, counts):
    stats = read(server, list(counts.index))
    pd.testing.assert_frame_equal(stats[RATE_COLUMNS], plain_rates(counts), check_exact=True, check_index_type=False)
    assert list(stats["delivered_count"]) == list(counts.sent_count - counts.bounced_count)


def test_nothing_sent_and_nothing_tracked_are_missing_rates(server, read, counts):
    stats = read(server, list(counts.index))
    unsent = stats[stats["sent_count"] == 0]
    untracked = stats[(stats["opened_count"] == 0) & (stats["replied_count"] > 0)]
    assert (len(unsent), len(untracked)) == (1, 1)
    assert unsent[RATE_COLUMNS].isna().all(axis=None)
    untracked_rates = [
        "open_rate", "click_rate", "click_to_open_rate", "reply_to_open_rate", "unsubscribe_to_open_rate",
    ]  # fmt: skip
    assert untracked.columns[untracked.isna().any()].tolist() == untracked_rates


def test_caveats(server, read, counts):
    caveats = read(server, list(counts.index))["caveats"]
    assert caveats.to_dict() == {campaign_id: plain_caveats(row) for campaign_id, row in counts.iterrows()}
    assert {"tracking_off", "nothing_sent", "clicks_exceed_opens|possible_scanners", ""} <= set(caveats)


def test_fetched_at_is_when_the_answer_came(own, read):
    own.latency = 0.05
    before = pd.Timestamp.now("UTC")
    fetched_at = read(own, list(own.campaigns.index[:3]), concurrency=1)["fetched_at"]
    assert (before + pd.Timedelta("40ms") < fetched_at).all()
    assert (fetched_at <= pd.Timestamp.now("UTC")).all()
    assert fetched_at.is_monotonic_increasing
    assert fetched_at.is_unique


def test_exactly_one_call_a_campaign(own, read):
    read(own, own.campaigns)
    assert Counter(call.campaign_id for call in own.calls) == Counter(own.campaigns.index)


@pytest.mark.parametrize(("concurrency", "least", "most"), [(1, 1, 1), (3, 2, 3), (8, 2, 8), (10**9, 2, 16)])
def test_calls_overlap_up_to_the_concurrency(raw, read, concurrency, least, most):
    def slow(request):
        time.sleep(0.1)
        return stats_answer()

    server = raw(slow)
    stats = read(server, [f"c{place}" for place in range(16 if concurrency > 3 else 6)], concurrency=concurrency)
    assert least <= server.most_at_once <= most
    assert (stats["sent_count"] == 1247).all()


def test_rows_stay_with_their_ids_whatever_order_answers_come_in(raw, read):
    def later_first(request):
        place = int(request.campaign_id)
        time.sleep(0.02 * (8 - place))
        return stats_answer(sent_count=10_000 + place)

    stats = read(raw(later_first), [str(place) for place in range(8)])
    assert stats["sent_count"].to_dict() == {str(place): 10_000 + place for place in range(8)}


def test_no_ids_give_an_empty_frame_without_a_call(own, read):
    empty, one = read(own, []), read(own)
    assert (list(empty.columns), len(empty), empty.index.name) == (OURS, 0, "campaign_id")
    assert empty.dtypes.to_dict() == one.dtypes.to_dict()
    assert len(own.calls) == 1


def test_counts_that_float64_just_holds(raw, read):
    stats = read(raw(lambda request: stats_answer(sent_count=2**53, opened_count=2**53 - 1)))
    assert stats.loc["cmp_abc123", ["sent_count", "opened_count"]].tolist() == [2**53, 2**53 - 1]


def test_whole_floats_and_new_fields_are_fine(raw, read):
    stats = read(raw(lambda request: stats_answer(replied_count=3.0, complained_count="x", open_rate=612 / 1247)))
    assert stats["replied_count"].tolist() == [3]
    assert list(stats.columns) == OURS


def test_api_rates_are_kept_on_request(raw, read):
    reply = stats_answer(open_rate=0.491, click_rate=None, reply_rate="0.071")
    stats = read(raw(lambda request: reply), keep_api_rates=True)
    kept = ["api_open_rate", "api_click_rate", "api_reply_rate"]
    assert list(stats.columns) == [*OURS, *kept]
    assert set(stats[kept].dtypes.astype(str)) == {"float64"}
    np.testing.assert_array_equal(stats[kept], [[0.491, np.nan, np.nan]])
    assert stats["open_rate"].tolist() == [612 / 1247]


def test_api_rates_are_kept_of_no_campaign_at_all(own, read):
    assert list(read(own, [], keep_api_rates=True).columns[-3:]) == [
        "api_open_rate",
        "api_click_rate",
        "api_reply_rate",
    ]


# --- rates of the service that are not those of its counts ------------------------------------------------------


@pytest.mark.parametrize("rate", [None, "0.9", "n/a", True, [0.9], {"value": 0.9}, float("nan")])
@pytest.mark.parametrize("name", ["open_rate", "click_rate", "reply_rate"])
def test_what_is_no_number_is_no_claim(raw, read, name, rate):
    stats = read(raw(lambda request: stats_answer(**{name: rate})))
    assert stats["caveats"].tolist() == [""]


@pytest.mark.parametrize("rate", [0.0714, 0.071, 0.072 - 0.0002, 89 / 1247 + 0.0005, 89 / 1247 - 0.0005])
def test_rounding_is_no_mismatch(raw, read, rate):
    assert read(raw(lambda request: stats_answer(reply_rate=rate)))["caveats"].tolist() == [""]


@pytest.mark.parametrize("rate", [89 / 1247 + 0.00051, 89 / 1247 - 0.00051, 7.1, 0, -0.0714, 10**400, 1e308])
def test_wrong_rate_is_told_and_not_used(raw, read, rate):
    server = raw(lambda request: stats_answer(reply_rate=rate))
    with pytest.warns(RateMismatchWarning) as caught:
        stats = read(server)
    assert [str(warning.message) for warning in caught] == [f"read_stats: 1 of 1 campaigns ('cmp_abc123'){MISMATCH}"]
    assert stats["caveats"].tolist() == ["api_rates_differ"]
    assert stats["reply_rate"].tolist() == [89 / 1247]


def test_rate_of_nothing_sent_is_not_compared(raw, read):
    nothing = dict.fromkeys(COUNTS, 0)
    stats = read(raw(lambda request: stats_answer(**nothing, open_rate=0.5, click_rate=0, reply_rate=None)))
    assert stats["caveats"].tolist() == ["nothing_sent"]


def test_one_warning_names_the_rows_and_points_to_the_callers_line(raw):
    wrong = {"c1", *(f"c{place}" for place in range(3, 10))}
    server = raw(lambda request: stats_answer(open_rate=0.6 if request.campaign_id in wrong else 0.491))
    ids = [f"c{place}" for place in range(10)]
    with pytest.warns(RateMismatchWarning) as caught:
        stats = leadlex_pandas.read_stats(ids, api_key="wbk_x", base_url=server.url)
    named = "read_stats: 8 of 10 campaigns ('c1', 'c3', 'c4', 'c5', 'c6' and 3 more)"
    assert [str(warning.message) for warning in caught] == [named + MISMATCH]
    assert caught[0].filename == __file__
    assert set(stats.index[stats["caveats"] == "api_rates_differ"]) == wrong


@pytest.mark.parametrize("name", ["opened_count", "replied_count", "bounced_count", "unsubscribed_count"])
def test_more_events_than_emails_are_told(raw, read, name):
    server = raw(lambda request: stats_answer(**{name: 1248 if request.campaign_id == "b" else 1247}))
    with pytest.warns(InconsistentCountsWarning) as caught:
        stats = read(server, ["a", "b"])
    assert [str(warning.message) for warning in caught] == [f"read_stats: 1 of 2 campaigns ('b'){INCONSISTENT}"]
    assert "events_exceed_sends" in stats.loc["b", "caveats"].split("|")
    assert "events_exceed_sends" not in stats.loc["a", "caveats"]


def test_more_clicks_than_emails_are_a_caveat_only(raw, read):
    stats = read(raw(lambda request: stats_answer(clicked_count=1300)))
    assert stats["caveats"].tolist() == ["events_exceed_sends|clicks_exceed_opens|possible_scanners"]
    assert stats["click_rate"].tolist() == [1300 / 1247]


def test_more_bounces_than_emails_deliver_nothing(raw, read):
    server = raw(lambda request: stats_answer(bounced_count=1300))
    with pytest.warns(InconsistentCountsWarning):
        stats = read(server)
    assert stats["delivered_count"].tolist() == [0]
