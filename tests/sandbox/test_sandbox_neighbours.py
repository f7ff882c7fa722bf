"""The list of campaigns, their settings, steps and contacts, over real sockets."""

import re
from collections import Counter
from urllib.parse import quote

import pytest

from leadlex_pandas import sandbox
from leadlex_pandas.sandbox.portfolio import portfolio

SETTINGS = [
    "id", "name", "description", "status", "daily_send_limit", "delay_between_emails", "sending_timezone",
    "send_on_weekends", "track_opens", "track_clicks", "created_at",
]  # fmt: skip
STEP = ["id", "index", "subject", "body", "delay_days", "delay_hours", "send_condition", "created_at"]
CONTACT = ["id", "first_name", "last_name", "email", "company", "status", "enrolled_at"]
CAMPAIGN_STATUSES = ["draft", "active", "paused", "completed"]
CONTACT_STATUSES = ["pending", "active", "paused", "completed", "bounced", "unsubscribed", "replied"]
CONDITIONS = {"always", "if_no_reply", "if_no_open", "if_opened", "if_clicked"}
ONE = "/v1/campaigns/cmp_abc123"
PAGED = ["/v1/campaigns", f"{ONE}/contacts"]
ENDPOINTS = {"/v1/campaigns": "campaigns", ONE: "campaign", f"{ONE}/stats": "stats", f"{ONE}/steps": "steps",
             f"{ONE}/contacts": "contacts"}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    """Nothing is ever set or made to fail on it."""
    with sandbox.start(seed=3) as running:
        yield running


@pytest.fixture
def read(ask, server):
    def data(path):
        answer = ask(server, path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return answer.json()

    return data


def total(read, campaign_id, status=None):
    query = "" if status is None else f"&status={status}"
    return read(f"/v1/campaigns/{campaign_id}/contacts?per_page=1{query}")["meta"]["total"]


# the list


def test_the_list_has_the_portfolio_in_its_order(read, server) -> None:
    body = read("/v1/campaigns")
    assert list(body) == ["data", "meta"]
    assert list(body["data"]) == ["campaigns"]
    assert body["meta"] == {"page": 1, "per_page": 50, "total": 40}
    rows = body["data"]["campaigns"]
    assert {tuple(row) for row in rows} == {("id", "name", "status", "created_at")}
    assert [row["id"] for row in rows] == list(server.campaigns.index)
    assert [row["name"] for row in rows] == list(server.campaigns["label"])


@pytest.mark.parametrize(("per_page", "pages"), [(1, 40), (7, 6), (39, 2), (40, 1), (100, 1)])
def test_pages_of_the_list(read, server, per_page, pages) -> None:
    found = []
    for page in range(1, pages + 1):
        body = read(f"/v1/campaigns?page={page}&per_page={per_page}")
        assert body["meta"] == {"page": page, "per_page": per_page, "total": 40}
        found += [row["id"] for row in body["data"]["campaigns"]]
    assert found == list(server.campaigns.index)


@pytest.mark.parametrize("path", PAGED)
def test_a_page_beyond_the_end_is_empty(read, path) -> None:
    for page in (1_000, 999_999_999):
        body = read(f"{path}?page={page}")
        assert list(body["data"].values()) == [[]]
        assert body["meta"] == {"page": page, "per_page": 50, "total": read(path)["meta"]["total"]}


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1.5", "page=x", "page=", "page=1&page=2", "page=9999999999", "page=%C2%B2", "per_page=0",
     "per_page=101", "per_page=-5", "per_page=ten", "per_page=", "status=", "status=open", "status=Active",
     "status=active&status=paused"],
)  # fmt: skip
def test_a_query_that_is_not_allowed(ask, server, path, query) -> None:
    answer = ask(server, f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    error = answer.json()["error"]
    assert error["code"] == "bad_request"
    assert re.match(
        rf"{query.partition('=')[0]} must be (a whole number from 1( to 100)?|one of [a-z, ]+)\.$", error["message"]
    )


@pytest.mark.parametrize("path", PAGED)
def test_other_names_in_a_query_are_ignored(read, path) -> None:
    assert read(f"{path}?sort=name&&x&page=1") == read(path)


def test_the_list_by_status(read) -> None:
    everything = read("/v1/campaigns")["data"]["campaigns"]
    for status in CAMPAIGN_STATUSES:
        body = read(f"/v1/campaigns?status={status}&per_page=100")
        assert body["data"]["campaigns"] == [row for row in everything if row["status"] == status] != []
        assert body["meta"] == {"page": 1, "per_page": 100, "total": len(body["data"]["campaigns"])}
    pages = [read(f"/v1/campaigns?status=completed&per_page=5&page={page}") for page in (1, 2)]
    assert [len(page["data"]["campaigns"]) for page in pages] == [5, 5]


# one campaign


def test_settings_of_every_campaign(read, server) -> None:
    listed = {row["id"]: row for row in read("/v1/campaigns")["data"]["campaigns"]}
    counts = portfolio(3).counts
    for campaign_id, row in server.campaigns.iterrows():
        settings = read(f"/v1/campaigns/{campaign_id}")["data"]["campaign"]
        assert list(settings) == [*SETTINGS, "steps"]
        assert {name: settings[name] for name in listed[campaign_id]} == listed[campaign_id]
        assert row["partner"] in settings["description"]
        assert type(settings["daily_send_limit"]) is type(settings["delay_between_emails"]) is int
        assert settings["sending_timezone"].startswith("Europe/")
        assert isinstance(settings["send_on_weekends"], bool)
        tracked = counts.loc[campaign_id, "opened_count"] > 0 or counts.loc[campaign_id, "sent_count"] == 0
        assert settings["track_opens"] is settings["track_clicks"] is bool(tracked)
        assert settings["steps"] == read(f"/v1/campaigns/{campaign_id}/steps")["data"]["steps"]


def test_steps_of_every_campaign(read, server) -> None:
    ids = set()
    for campaign_id, row in server.campaigns.iterrows():
        steps = read(f"/v1/campaigns/{campaign_id}/steps")["data"]["steps"]
        assert [step["index"] for step in steps] == list(range(row["steps"]))
        assert {tuple(step) for step in steps} == {tuple(STEP)}
        assert (steps[0]["delay_days"], steps[0]["delay_hours"], steps[0]["send_condition"]) == (0, 0, "always")
        assert all(step["delay_days"] >= 2 and step["delay_hours"] >= 0 for step in steps[1:])
        assert {step["send_condition"] for step in steps} <= CONDITIONS
        assert steps[0]["subject"] == row["label"]
        assert all(step["body"].endswith(row["partner"]) and "{{first_name}}" in step["body"] for step in steps)
        assert sorted(step["created_at"] for step in steps) == [step["created_at"] for step in steps]
        ids |= {step["id"] for step in steps}
    assert len(ids) == server.campaigns["steps"].sum()


def test_steps_may_be_left_out_of_the_settings(ask) -> None:
    with sandbox.start() as server:
        full = ask(server, ONE).json()["data"]["campaign"]
        server.steps_in_campaign = False
        short = ask(server, ONE).json()["data"]["campaign"]
        assert len(ask(server, f"{ONE}/steps").json()["data"]["steps"]) == len(full["steps"]) == 3
    assert list(short) == SETTINGS
    assert short == {name: full[name] for name in SETTINGS}


def test_the_example_is_the_same_for_every_seed_and_in_no_list(ask, read) -> None:
    paths = [ONE, f"{ONE}/steps", f"{ONE}/contacts?per_page=100"]
    with sandbox.start(seed=4) as other:
        assert [ask(other, path).json() for path in paths] == [read(path) for path in paths]
    assert read(ONE)["data"]["campaign"]["id"] == "cmp_abc123"
    assert "cmp_abc123" not in [row["id"] for row in read("/v1/campaigns")["data"]["campaigns"]]
    stats = read(f"{ONE}/stats")["data"]["stats"]
    reached = total(read, "cmp_abc123") - total(read, "cmp_abc123", "pending")
    assert reached <= stats["sent_count"] <= 3 * reached


# contacts


def test_contacts_of_every_campaign_explain_its_counts(read, server) -> None:
    counts = portfolio(3).counts
    for row in read("/v1/campaigns")["data"]["campaigns"]:
        sent = counts.loc[row["id"]]
        tally = {status: total(read, row["id"], status) for status in CONTACT_STATUSES}
        assert sum(tally.values()) == total(read, row["id"])
        assert [tally[event] for event in ("replied", "bounced", "unsubscribed")] == [
            sent[f"{event}_count"] for event in ("replied", "bounced", "unsubscribed")
        ]
        contacts = server.campaigns.loc[row["id"], "contacts"]
        if row["status"] == "draft":
            assert tally == dict.fromkeys(CONTACT_STATUSES, 0) | {"pending": contacts}
        else:
            assert sum(tally.values()) - tally["pending"] == contacts
            assert (tally["pending"] == 0) == (row["status"] == "completed")
        if row["status"] == "completed":
            assert tally["active"] == tally["paused"] == 0


@pytest.mark.parametrize("per_page", [1, 50, 99, 100])
def test_pages_of_contacts(read, server, per_page) -> None:
    campaign_id = server.campaigns["contacts"].sort_values().index[20]
    size, found, page = total(read, campaign_id), [], 0
    while len(found) < size:
        page += 1
        body = read(f"/v1/campaigns/{campaign_id}/contacts?page={page}&per_page={per_page}")
        assert body["meta"] == {"page": page, "per_page": per_page, "total": size}
        assert len(body["data"]["contacts"]) == min(per_page, size - len(found))
        found += body["data"]["contacts"]
    assert read(f"/v1/campaigns/{campaign_id}/contacts?page={page + 1}&per_page={per_page}")["data"] == {"contacts": []}
    assert {tuple(person) for person in found} == {tuple(CONTACT)}
    assert len({person["id"] for person in found}) == len({person["email"] for person in found}) == size
    assert sorted(person["enrolled_at"] for person in found) == [person["enrolled_at"] for person in found]
    assert Counter(person["status"] for person in found) == {
        status: count for status in CONTACT_STATUSES if (count := total(read, campaign_id, status))
    }


@pytest.mark.parametrize("status", CONTACT_STATUSES)
def test_contacts_by_status(read, status) -> None:
    people = [
        person
        for page in range(1, 7)
        for person in read(f"{ONE}/contacts?page={page}&per_page=100")["data"]["contacts"]
    ]
    body = read(f"{ONE}/contacts?status={status}&per_page=100")
    wanted = [person for person in people if person["status"] == status]
    assert body["data"]["contacts"] == wanted[:100] != []
    assert body["meta"] == {"page": 1, "per_page": 100, "total": len(wanted)}


def test_nobody_real_can_be_reached(read) -> None:
    people = read(f"{ONE}/contacts?per_page=100")["data"]["contacts"]
    address = re.compile(r"[a-z]+\.[a-z-]+\d+@[a-z-]+\.example\.org")
    assert [person["email"] for person in people if not address.fullmatch(person["email"])] == []


# errors, faults and the log, as at the stats endpoint


@pytest.mark.parametrize("path", ENDPOINTS)
def test_keys_and_methods(ask, server, path) -> None:
    for key, status, code in (
        ("wbk_unknown", 401, "invalid_key"),
        (server.key_without_permission, 403, "insufficient_permissions"),
    ):
        answer = ask(server, path, key=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        # who may not read is not told what is wrong with the query
        assert ask(server, f"{path}?page=0", key=key).status_code == status
    answer = ask(server, path, method="DELETE")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize("part", ["", "/stats", "/steps", "/contacts"])
def test_an_unknown_campaign(ask, server, part) -> None:
    for campaign_id in ("unknown", "stats", "steps", "a b/ü%?#"):
        answer = ask(server, f"/v1/campaigns/{quote(campaign_id, safe='')}{part}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "campaign_not_found")
        assert server.calls[-1].campaign_id == campaign_id


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/campaigns/", "/v1/campaigns//steps", f"{ONE}/", f"{ONE}/steps/", f"{ONE}/steps/1", f"{ONE}/step"],
)
def test_an_unknown_path(ask, server, path) -> None:
    answer = ask(server, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert (server.calls[-1].campaign_id, server.calls[-1].endpoint) == (None, None)


def test_the_log_names_endpoint_and_query(ask) -> None:
    with sandbox.start() as server:
        for path in ENDPOINTS:
            ask(server, path)
        ask(server, f"{ONE}/contacts?per_page=1&status=pending")
        ask(server, "/v1/campaigns?page=0")
        calls = server.calls
    assert [call.endpoint for call in calls] == [*ENDPOINTS.values(), "contacts", "campaigns"]
    assert [call.query for call in calls] == [""] * 5 + ["per_page=1&status=pending", "page=0"]
    assert [call.campaign_id for call in calls] == [None, *["cmp_abc123"] * 5, None]
    assert [call.status for call in calls] == [200] * 6 + [400]


def test_faults_meet_every_endpoint(ask) -> None:
    with sandbox.start() as server:
        for path in ENDPOINTS:
            server.fail(500)
            server.fail(429, retry_after=1)
            assert [ask(server, path).status_code for _ in range(3)] == [500, 429, 200]
        server.fail(500, campaign_id="cmp_abc123", times=4)
        assert [ask(server, path).status_code for path in ENDPOINTS] == [200, 500, 500, 500, 500]
        assert ask(server, ONE).status_code == 200
