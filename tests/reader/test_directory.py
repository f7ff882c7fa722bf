"""The list of campaigns and their details: complete, tolerant, thrifty, and silent about people."""

import json
import logging
import pickle
import traceback
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import (
    ApiError,
    ConnectionFailedError,
    DeadlineExceededError,
    InputError,
    InvalidKeyError,
    PartialReadError,
    QuotaExhaustedError,
    ReadInterrupted,
    UnexpectedResponseError,
    sandbox,
)
from leadlex_pandas.sandbox.campaigns import campaigns_of
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import answer, stats_answer

SERVED = {key: each for key, each in campaigns_of(portfolio()).items() if each.listed}
IDS = list(SERVED)
LISTED = ["label", "status", "created_at"]
DETAILED = [*LISTED, "track_opens", "track_clicks", "steps", "contacts", "contacts_reached"]


@pytest.fixture
def listing():
    """List the campaigns of a server."""

    def read_from(server, **options):
        options = {"api_key": server.api_key, "base_url": server.url, "progress": False, **options}
        return leadlex_pandas.read_campaigns(**options)

    return read_from


def asked(server):
    return Counter(call.endpoint for call in server.calls)


def page(rows, **meta):
    return answer(json.dumps({"data": {"campaigns": rows}, "meta": meta}).encode())


def rows(first, count, **more):
    return [{"id": f"c{number}", "name": f"Name {number}", **more} for number in range(first, first + count)]


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list(own, listing):
    campaigns = listing(own)
    expected = pd.DataFrame(
        {
            "label": [SERVED[i].settings["name"] for i in IDS],
            "status": [SERVED[i].settings["status"] for i in IDS],
            "created_at": pd.to_datetime([SERVED[i].settings["created_at"] for i in IDS], utc=True),
        },
        index=pd.Index(IDS, name="campaign_id", dtype=str),
    ).astype({"label": str, "status": str, "created_at": "datetime64[us, UTC]"})
    pd.testing.assert_frame_equal(campaigns, expected)
    assert [(call.endpoint, call.query) for call in own.calls] == [("campaigns", "page=1&per_page=100")]


def test_the_whole_portfolio_in_one_line(own, read, listing):
    stats = read(own, listing(own))
    assert list(stats.columns[:4]) == [*LISTED, "sent_count"]
    assert stats["sent_count"].tolist() == portfolio().counts.loc[IDS, "sent_count"].tolist()


@pytest.mark.parametrize("status", ["draft", "active", "paused", "completed"])
def test_of_one_status(own, listing, status):
    campaigns = listing(own, status=status)
    assert list(campaigns.index) == [i for i in IDS if SERVED[i].settings["status"] == status]
    assert own.calls[0].query == f"page=1&per_page=100&status={status}"


def test_a_service_that_does_not_know_status_is_filtered_here(raw, listing):
    known = [*rows(0, 3, status="active"), *rows(3, 2, status="Draft")]
    server = raw(lambda request: page([*known, *rows(5, 1)], total=6))
    assert list(listing(server, status="draft").index) == ["c3", "c4", "c5"]  # of the last one nothing is known
    assert len(server.requests) == 1


def paged(count, per_page=100, told=True, **meta):
    """A list of so many campaigns, in pages of at most so many."""

    def reply(request):
        number = int(request.target.partition("page=")[2].partition("&")[0])
        first = (number - 1) * per_page
        about = {"total": count, "page": number, "per_page": per_page} if told else {}
        return page(rows(first, max(min(per_page, count - first), 0)), **about, **meta)

    return reply


@pytest.mark.parametrize(
    ("total", "per_page", "told", "calls"),
    [(0, 100, True, 1), (99, 100, True, 1), (100, 100, True, 1), (101, 100, True, 2), (250, 100, True, 3),
     (120, 50, True, 3), (0, 100, False, 1), (49, 100, False, 1), (99, 100, False, 2), (100, 100, False, 2), (130, 50, False, 3), (250, 100, False, 3)],
)  # fmt: skip
def test_page_after_page(raw, listing, total, per_page, told, calls):
    server = raw(paged(total, per_page, told))
    campaigns = listing(server)
    assert list(campaigns.index) == [f"c{number}" for number in range(total)]
    assert (len(server.requests), campaigns.dtypes["created_at"]) == (calls, "datetime64[us, UTC]")


@pytest.mark.parametrize("total", [None, -3, "120", 120.5, True, [], 2**60])
def test_an_odd_total_means_read_until_a_short_page(raw, listing, total):
    server = raw(paged(120, told=False, total=total))
    assert len(listing(server)) == 120


def test_campaigns_that_come_again_are_kept_once(raw, listing):
    """One was added while the list was read: everything moves on by one."""
    replies = [page(rows(0, 100), total=150), page(rows(99, 51), total=151), page([], total=151)]
    server = raw(lambda request: replies[len(server.requests) - 1])
    assert list(listing(server).index) == [f"c{number}" for number in range(150)]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"data": [{"id": "c0"}]}, 1),
        ({"data": {"campaigns": [{"id": "c0", "name": None, "status": 7, "created_at": "soon", "new": {}}]}}, 1),
        ({"data": {"campaigns": []}, "meta": None}, 0),
        ({"data": {"campaigns": [{"id": "ü/x", "name": ""}]}, "meta": []}, 1),
    ],
    ids=str,
)
def test_what_need_not_be_there(raw, listing, body, count):
    campaigns = listing(raw(lambda request: answer(json.dumps(body).encode())))
    assert list(campaigns.columns) == LISTED
    assert len(campaigns) == count
    assert campaigns.isna().all(axis=None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "it has no data.campaigns"),
        ([], "it has no data.campaigns"),
        ({"data": None}, "it has no data.campaigns"),
        ({"data": {"campaigns": {}}}, "it has no data.campaigns"),
        ({"data": {"campaigns": [{"name": "x"}]}}, "the id of campaign 0 on its page is not a path segment"),
        (
            {"data": {"campaigns": [{"id": "a"}, {"id": ".."}]}},
            "the id of campaign 1 on its page is not a path segment",
        ),
        ({"data": {"campaigns": [{"id": 5}]}}, "the id of campaign 0 on its page is not a path segment"),
        ({"data": {"campaigns": ["a"]}}, "the id of campaign 0 on its page is not a path segment"),
        ({"data": {"campaigns": [{"id": "a\n"}]}}, "the id of campaign 0 on its page is not a path segment"),
        ({"data": {"campaigns": [{"id": "a"}]}, "meta": {"total": 200_000}}, "it has 200,000 pages"),
    ],
    ids=str,
)
def test_what_must_be_there(raw, listing, body, reason):
    with pytest.raises(UnexpectedResponseError) as caught:
        listing(raw(lambda request: answer(json.dumps(body).encode(), X_Request_ID="req_1")))
    named = "" if "pages" in reason else " (request req_1)"
    assert str(caught.value) == (
        f"the list of campaigns: unexpected answer, {reason}{named}. "
        "Check base_url; if it is right, give the request id to LeadLex support."
    )
    assert isinstance(caught.value.stats, pd.DataFrame)


def test_a_list_that_goes_in_circles(raw, listing):
    server = raw(lambda request: page(rows(0, 100), total=300))
    with pytest.raises(UnexpectedResponseError) as caught:
        listing(server)
    assert caught.value.reason == "page 2 has no campaign that was not there before"
    assert (len(caught.value.stats), len(server.requests)) == (100, 2)


def test_a_list_without_end(raw, listing):
    server = raw(paged(10**9, told=False))
    with pytest.raises(UnexpectedResponseError) as caught:
        listing(server)
    assert caught.value.reason == "it has more than 1,000 pages"
    assert (len(caught.value.stats), len(server.requests)) == (100_000, 1_000)


def test_a_list_that_the_day_cannot_end_is_not_begun(raw, listing):
    limits = "X-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 3\r\n"
    server = raw(lambda request: page(rows(0, 100), total=700).replace(b"\r\n", f"\r\n{limits}".encode(), 1))
    with pytest.raises(UnexpectedResponseError) as caught:
        listing(server)
    assert caught.value.reason == "it has 7 pages, and 3 calls are left today"
    assert len(server.requests) == 1


def test_failures_of_the_list_carry_what_was_listed(raw, listing, short_pauses):
    def reply(request):
        return paged(300)(request) if len(server.requests) < 3 else answer(status="503 No")

    server = raw(reply)
    with pytest.raises(leadlex_pandas.ServerError) as caught:
        listing(server)
    assert str(caught.value) == (
        "the list of campaigns: 503. The service failed at every attempt; read the missing campaigns again later."
    )
    assert (len(caught.value.stats), len(server.requests)) == (200, 2 + 4)


def test_no_such_path_is_no_unknown_campaign(raw, listing):
    with pytest.raises(ApiError) as caught:
        listing(raw(lambda request: answer(status="404 Not Found")))
    assert type(caught.value) is ApiError
    assert str(caught.value) == (
        "the list of campaigns: 404. There is no list of campaigns at this address; check base_url."
    )


def test_refused_key(own, listing):
    with pytest.raises(InvalidKeyError) as caught:
        listing(own, api_key="wbk_wrong")
    assert (str(caught.value)[:40], len(caught.value.stats)) == ("the list of campaigns: 401 invalid_key (", 0)


# --- details --------------------------------------------------------------------------------------------------------


def test_all_details(own, listing):
    campaigns = listing(own, details=True)
    assert list(campaigns.columns) == DETAILED
    kinds = ["boolean", "boolean", "Int64", "Int64", "Int64"]
    assert campaigns.dtypes[DETAILED[3:]].astype(str).tolist() == kinds
    tallies = {i: Counter(c["status"] for c in SERVED[i].contacts.page(None, 0, 10**6)[0]) for i in IDS}
    for name, expected in {
        "track_opens": [SERVED[i].settings["track_opens"] for i in IDS],
        "track_clicks": [SERVED[i].settings["track_clicks"] for i in IDS],
        "steps": [len(SERVED[i].steps) for i in IDS],
        "contacts": [sum(tallies[i].values()) for i in IDS],
        "contacts_reached": [sum(tallies[i].values()) - tallies[i]["pending"] for i in IDS],
    }.items():
        assert campaigns[name].tolist() == expected, name
    completed = sum(each.settings["status"] == "completed" for each in SERVED.values())
    assert asked(own) == {"campaigns": 1, "campaign": 40, "contacts": 80 - completed}
    assert {call.query.partition("&status=")[0] for call in own.calls if call.endpoint == "contacts"} == {
        "page=1&per_page=1"
    }


def test_steps_are_asked_for_where_the_campaign_does_not_tell_them(own, listing):
    own.steps_in_campaign = False
    campaigns = listing(own, details=["tracking", "steps"])
    assert campaigns["steps"].tolist() == [len(SERVED[i].steps) for i in IDS]
    assert asked(own) == {"campaigns": 1, "campaign": 40, "steps": 40}


@pytest.mark.parametrize(
    ("details", "columns", "calls"),
    [
        ("tracking", DETAILED[3:5], {"campaign": 2}),
        (["steps"], ["steps"], {"steps": 2}),
        (("contacts",), DETAILED[6:], {"contacts": 4}),
        ({"steps", "contacts"}, DETAILED[5:], {"steps": 2, "contacts": 4}),
        (iter(["contacts", "tracking", "contacts"]), [*DETAILED[3:5], *DETAILED[6:]], {"campaign": 2, "contacts": 4}),
    ],
    ids=str,
)
def test_some_details_cost_only_their_calls(own, listing, details, columns, calls):
    paused = listing(own, status="paused", details=details)
    assert list(paused.columns) == [*LISTED, *columns]
    assert len(paused) == 1
    assert paused.notna().all(axis=None)
    assert asked(own) == {"campaigns": 1, **{name: count // 2 for name, count in calls.items()}}


def test_known_tracking_settings_decide_which_rates_are_missing(raw, read, listing):
    def reply(request):
        if "stats" in request.target:
            return stats_answer()
        if "?" in request.target:
            return page(rows(0, 3), total=3)
        tracked = request.target.endswith("c0")
        settings = {
            "id": "x",
            "track_opens": tracked,
            "track_clicks": None if tracked else request.target.endswith("1"),
        }
        return answer(json.dumps({"data": {"campaign": settings}}).encode())

    server = raw(reply)
    stats = read(server, listing(server, details="tracking"))
    assert stats["track_opens"].tolist() == [True, False, False]
    assert stats["track_clicks"].tolist() == [pd.NA, True, False]
    assert stats["open_rate"].isna().tolist() == [False, True, True]
    assert stats["click_rate"].isna().tolist() == [False, False, True]
    np.testing.assert_array_equal(stats["reply_rate"], [89 / 1247] * 3)
    assert stats["caveats"].tolist() == ["", "tracking_off", "tracking_off"]


@pytest.mark.parametrize("mode", ["raise", "coerce"])
def test_details_that_fail(own, listing, short_pauses, mode):
    own.fail(500, campaign_id=IDS[1], times=None)
    if mode == "coerce":
        campaigns = listing(own, details=True, errors="coerce")
        assert campaigns.columns[-1] == "details_error"
        assert campaigns["details_error"].notna().tolist() == [i == IDS[1] for i in IDS]
        assert campaigns.loc[IDS[1], "details_error"].startswith(f"campaign {IDS[1]!r}: 500 internal_error (request ")
        assert "details_error" in leadlex_pandas.read_stats(campaigns[3:4], api_key=own.api_key, base_url=own.url)
    else:
        with pytest.raises(PartialReadError) as caught:
            listing(own, details=True)
        campaigns = caught.value.stats
        assert list(caught.value.failures) == [IDS[1]]
        first, _, last = str(caught.value).split("\n")
        assert first == "1 of 40 campaigns could not be read:"
        assert last == (
            "What was read is in .stats of this error, every reason in .failures; "
            'errors="coerce" keeps the failed ones with missing details.'
        )
    assert campaigns[LISTED].notna().all(axis=None)
    assert campaigns.loc[IDS[1], DETAILED[3:]].isna().all()
    assert campaigns.loc[IDS[2:], DETAILED[3:]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("part", "body", "reason"),
    [
        ("contacts", {"data": {"contacts": []}}, "its meta.total is not a whole number from 0 to 2^53"),
        ("contacts", {"meta": {"total": -1}}, "its meta.total is not a whole number from 0 to 2^53"),
        ("steps", {"data": {}}, "it has no data.steps"),
        ("steps", {"data": {"steps": 3}}, "it has no data.steps"),
        ("tracking", {"data": {}}, "it has no data.campaign"),
        ("tracking", {"data": {"campaign": []}}, "its data.campaign is not an object"),
    ],
    ids=str,
)
def test_details_that_are_not_what_they_should_be(raw, listing, part, body, reason):
    server = raw(
        lambda request: (
            page(rows(0, 1, status="completed"), total=1)
            if "/campaigns?" in request.target
            else answer(json.dumps(body).encode())
        )
    )
    with pytest.raises(PartialReadError) as caught:
        listing(server, details=part)
    assert caught.value.failures["c0"].reason == reason


def test_more_pending_than_there_are_reach_nobody(raw, listing):
    def reply(request):
        if "/campaigns?" in request.target:
            return page(rows(0, 1, status="active"), total=1)
        return answer(json.dumps({"meta": {"total": 7 if "pending" in request.target else 5}}).encode())

    campaigns = listing(raw(reply), details="contacts")
    assert campaigns[["contacts", "contacts_reached"]].iloc[0].tolist() == [5, 0]


# --- people ---------------------------------------------------------------------------------------------------------

PERSON = "erika.mustermann@mandant.example"


@pytest.mark.parametrize("break_it", [False, True])
def test_no_person_is_kept_logged_or_shown(raw, listing, break_it, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "leadlex_pandas", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)

    def reply(request):
        if "/campaigns?" in request.target:
            return page(rows(0, 2, status="completed"), total=2)
        people = {"data": {"contacts": [{"email": PERSON}]}, "meta": {"total": 9}}
        return answer(json.dumps(people).encode()[: -1 if break_it else None])

    server = raw(reply)
    try:
        result = listing(server, details="contacts")
        shown = result.to_csv() + repr(result.attrs)
    except PartialReadError as error:
        result = error
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        shown = "".join(lines) + repr([vars(one) for one in error.failures.values()])
    dump = pickle.dumps(result).decode("latin-1")
    said = capfd.readouterr()
    for text in (shown, dump, said.out, said.err, caplog.text, *(str(record.__dict__) for record in caplog.records)):
        assert PERSON not in text


# --- what ends it ---------------------------------------------------------------------------------------------------


def test_cost_is_said_before_it_is_spent(own, capfd):
    seen = []

    def look(done, total):
        seen.append((done, total, capfd.readouterr().err, len(own.calls)))

    options = {"api_key": own.api_key, "base_url": own.url}
    leadlex_pandas.read_campaigns(details=["tracking", "steps"], progress=look, **options)
    first = seen[0]
    assert first == (
        0, 40, "details of 40 campaigns, 8 at once: about 1 s; 40 to 80 of the 999,999 calls left today\n", 1
    )  # fmt: skip


def test_day_that_does_not_suffice_for_the_details(listing, capfd):
    with sandbox.start(plan="pro") as server:
        server.day_calls_left = 21
        with pytest.raises(QuotaExhaustedError) as caught:
            listing(server, details="tracking", concurrency=1)
    error = caught.value
    assert error.stats["track_opens"].notna().sum() == 20
    assert len(error.stats) == 40
    assert str(error).startswith(
        "the day's calls are used up after listing 40 campaigns, 20 of them with their details. Calls come back at "
    )
    assert str(error).endswith("What was read is in .stats of this error.")


def test_deadline_and_interrupt_keep_the_list(own, listing):
    own.latency = 0.1
    with pytest.raises(DeadlineExceededError) as late:
        listing(own, details=True, deadline=0.5)
    assert len(late.value.stats) == 40
    assert str(late.value).startswith("the deadline of 0.5 s is over after listing 40 campaigns, ")

    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(ReadInterrupted) as caught:
        listing(own, details=True, progress=stop)
    assert len(caught.value.stats) == 40
    assert caught.value.stats[["track_opens", "contacts"]].notna().any(axis=None)


def test_nobody_there(short_pauses):
    with pytest.raises(ConnectionFailedError) as caught:
        leadlex_pandas.read_campaigns(api_key="wbk_x", base_url="http://127.0.0.1:9")
    assert str(caught.value) == (
        "the list of campaigns: the connection was refused or dropped. "
        "Check the network, the proxy settings and base_url, then read it again."
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"status": "actve"}, "status must be 'draft', 'active', 'paused' or 'completed', not 'actve'. Did you mean 'active'?"),
        ({"status": ["active"]}, "status must be 'draft', 'active', 'paused' or 'completed', not ['active']. Did you mean 'active'?"),
        ({"details": "names"}, "details must be True, False or any of 'tracking', 'steps' and 'contacts', not 'names'."),
        ({"details": []}, "details must be True, False or any of 'tracking', 'steps' and 'contacts', not []."),
        ({"details": 3}, "details must be True, False or any of 'tracking', 'steps' and 'contacts', not 3."),
        ({"errors": "ignore"}, "errors must be 'raise' or 'coerce', not 'ignore'."),
        ({"deadline": 0}, "deadline must be a number above 0, not 0."),
        ({"progress": "x"}, "progress must be True, False, None or a function (done, total), not 'x'."),
        ({"concurrency": 0}, "concurrency must be a whole number of at least 1, not 0."),
    ],
    ids=str,
)  # fmt: skip
def test_options_that_are_not_allowed(options, text):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_campaigns(api_key="wbk_x", base_url="http://127.0.0.1:9", **options)
    assert str(caught.value) == f"read_campaigns: {text}"
