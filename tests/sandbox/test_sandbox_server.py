"""The stand-in over real sockets."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests

from leadlex_pandas import sandbox
from leadlex_pandas.sandbox import Call, Sandbox
from leadlex_pandas.sandbox.__main__ import main
from leadlex_pandas.sandbox.answers import statistics
from leadlex_pandas.sandbox.portfolio import DEFAULT_SEED, portfolio

ROOT = Path(sandbox.__file__).parents[2]
EXAMPLE = {
    "sent_count": 1247,
    "opened_count": 612,
    "clicked_count": 143,
    "replied_count": 89,
    "bounced_count": 12,
    "unsubscribed_count": 4,
    "open_rate": 0.491,
    "click_rate": 0.115,
    "reply_rate": 0.071,
}


@pytest.fixture
def server() -> Iterator[Sandbox]:
    with sandbox.start(seed=3) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False  # no proxy, no netrc of the machine
        yield opened


def get(session: requests.Session, server: Sandbox, campaign_id: str = "cmp_abc123", **options: object):
    return ask(session, server, f"/v1/campaigns/{quote(campaign_id, safe='')}/stats", **options)


def ask(session: requests.Session, server: Sandbox, path: str, *, key: str | None = None, method: str = "GET"):
    headers = {"Authorization": f"Bearer {key or server.api_key}"}
    return session.request(method, server.url + path, headers=headers, timeout=10)


def check_headers(answer: requests.Response) -> None:
    headers = answer.headers
    assert headers["X-RateLimit-Limit"] == "1000000"
    assert 0 <= int(headers["X-RateLimit-Remaining"]) < 1_000_000
    reset = int(headers["X-RateLimit-Reset"])
    assert reset % 86_400 == 0
    assert 0 < reset - time.time() <= 86_400
    assert re.fullmatch(r"req_[0-9a-f]+", headers["X-Request-ID"])
    assert int(headers["Content-Length"]) == len(answer.content)


def check_error(answer: requests.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "details"]
    assert body["error"]["code"] == code
    assert body["error"]["message"].endswith(".")
    assert body["error"]["details"] == {}
    check_headers(answer)


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


# what is served


def test_the_example_of_the_reference(session, server) -> None:
    answer = get(session, server)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json() == {"data": {"stats": EXAMPLE}}
    check_headers(answer)
    assert "cmp_abc123" not in server.campaigns.index
    assert "cmp_abc123" not in server.true_rates.index


def test_every_campaign_is_served_with_its_counts(session, server) -> None:
    for campaign_id, counts in portfolio(3).counts.iterrows():
        stats = get(session, server, str(campaign_id)).json()["data"]["stats"]
        assert list(stats) == list(EXAMPLE)
        assert {name: stats[name] for name in counts.index} == counts.to_dict()
        sent = max(stats["sent_count"], 1)
        for rate, events in {"open_rate": "opened", "click_rate": "clicked", "reply_rate": "replied"}.items():
            assert abs(stats[rate] - stats[f"{events}_count"] / sent) <= 0.0005 + 1e-12
            assert round(stats[rate], 3) == stats[rate]


def test_nothing_sent_has_rates_of_zero(session, server) -> None:
    counts = portfolio(3).counts
    unsent = str(counts.index[counts["sent_count"] == 0][0])
    assert set(get(session, server, unsent).json()["data"]["stats"].values()) == {0}


@pytest.mark.parametrize(("events", "sent", "rate"), [(1, 2000, 0.001), (1, 2001, 0), (5, 80, 0.063), (7, 7, 1)])
def test_rates_are_rounded_half_up(events: int, sent: int, rate: float) -> None:
    counts = dict.fromkeys(list(EXAMPLE)[:6], 0) | {"sent_count": sent, "opened_count": events}
    assert f'"open_rate": {rate},' in statistics(counts).body.decode()


def test_campaigns_and_rates_are_those_of_the_seed_and_copies(server) -> None:
    assert server.campaigns.equals(portfolio(3).campaigns)
    assert server.true_rates.equals(portfolio(3).true_rates)
    campaigns, rates = server.campaigns, server.true_rates
    campaigns["steps"] = 0
    rates[:] = 1.0
    server.calls.append(Call(None, None, 0.0))
    assert server.campaigns["steps"].min() >= 1
    assert server.true_rates.max() < 0.11
    assert server.calls == []


def test_percent_encoded_ids(session, server) -> None:
    campaign_id = str(server.campaigns.index[0])
    encoded = "".join(f"%{byte:02x}" for byte in campaign_id.encode())
    # requests would decode what needs no escape, http.client does not
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    path = f"{urlsplit(server.url).path}/v1/campaigns/{encoded}/stats"
    connection.request("GET", path, headers={"Authorization": f"Bearer {server.api_key}"})
    assert connection.getresponse().status == 200
    connection.close()
    check_error(get(session, server, "a b/ü%?#"), 404, "campaign_not_found")
    assert [call.campaign_id for call in server.calls] == [campaign_id, "a b/ü%?#"]


def test_a_query_changes_nothing(session, server) -> None:
    assert ask(session, server, "/v1/campaigns/cmp_abc123/stats?x=1").status_code == 200


# errors


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wbk_unknown", "{key}", "Basic {key}", "Bearer {key}x"])
@pytest.mark.parametrize("campaign_id", ["cmp_abc123", "unknown"])
def test_401_whether_the_campaign_exists_or_not(session, server, header, campaign_id) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=server.api_key)}
    answer = session.get(f"{server.url}/v1/campaigns/{campaign_id}/stats", headers=headers, timeout=10)
    check_error(answer, 401, "invalid_key")


@pytest.mark.parametrize("campaign_id", ["cmp_abc123", "unknown"])
def test_403(session, server, campaign_id) -> None:
    answer = get(session, server, campaign_id, key=server.key_without_permission)
    check_error(answer, 403, "insufficient_permissions")


def test_404_unknown_campaign(session, server) -> None:
    check_error(get(session, server, "unknown"), 404, "campaign_not_found")


@pytest.mark.parametrize("path", ["", "/", "/v1/campaigns/", "/v1/campaigns//stats", "/v1/campaigns/cmp_abc123/stats/"])
def test_404_unknown_path(session, server, path) -> None:
    check_error(ask(session, server, path), 404, "not_found")
    assert server.calls[-1].campaign_id is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_405(session, server, method) -> None:
    answer = ask(session, server, "/v1/campaigns/cmp_abc123/stats", method=method)
    check_error(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_405_with_a_body_and_for_head(session, server) -> None:
    url = f"{server.url}/v1/campaigns/cmp_abc123/stats"
    check_error(session.post(url, data=b"x" * 200_000, timeout=10), 405, "method_not_allowed")
    head = session.head(url, timeout=10)
    assert (head.status_code, head.content) == (405, b"")
    assert get(session, server).status_code == 200


def test_a_body_of_a_get_is_not_taken_for_the_next_request(session, server) -> None:
    url, headers = f"{server.url}/v1/campaigns/cmp_abc123/stats", {"Authorization": f"Bearer {server.api_key}"}
    for data in (b"GET / HTTP/1.1\r\n\r\n", iter([b"chunk", b"chunk"])):
        assert session.get(url, headers=headers, data=data, timeout=10).status_code == 200
    assert [call.status for call in server.calls] == [200, 200]


def test_what_is_no_http_is_answered_with_json_and_all_headers(server) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        received = connection.makefile("rb").read().decode()
    assert received.startswith("HTTP/1.1 400 ")
    assert '"code": "bad_request"' in received
    assert "X-Request-ID: req_" in received
    assert "X-RateLimit-Remaining: 999999" in received
    assert [(call.campaign_id, call.status) for call in server.calls] == [(None, 400)]


# faults


def test_429_and_500_are_json(session, server) -> None:
    server.fail(429)
    server.fail(500)
    check_error(get(session, server), 429, "rate_limited")
    check_error(get(session, server), 500, "internal_error")
    assert get(session, server).status_code == 200


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway_failures_are_html(session, server, status) -> None:
    server.fail(status)
    answer = get(session, server)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<html>")
    assert "Retry-After" not in answer.headers
    check_headers(answer)
    assert get(session, server).status_code == 200


def test_drop_closes_a_new_and_a_kept_connection(session, server) -> None:
    server.fail("drop")
    with pytest.raises(requests.ConnectionError):
        get(session, server)
    assert get(session, server).status_code == 200
    server.fail("drop")
    with pytest.raises(requests.ConnectionError):
        get(session, server)
    assert [call.status for call in server.calls] == [None, 200, None]


def test_times(session, server) -> None:
    server.fail(503, times=2)
    assert [get(session, server).status_code for _ in range(3)] == [503, 503, 200]
    server.fail(500, times=None)
    assert {get(session, server).status_code for _ in range(5)} == {500}


def test_faults_of_one_campaign_leave_the_others(session, server) -> None:
    first, second = (str(text) for text in server.campaigns.index[:2])
    server.fail(503, campaign_id=first)
    server.fail(429, campaign_id="cmp_abc123", times=None)
    assert get(session, server, second).status_code == 200
    assert [get(session, server, first).status_code for _ in range(2)] == [503, 200]
    assert [get(session, server).status_code for _ in range(2)] == [429, 429]


def test_faults_wait_in_line(session, server) -> None:
    server.fail(429, times=2)
    server.fail(503, campaign_id="cmp_abc123")
    assert [get(session, server).status_code for _ in range(4)] == [429, 429, 503, 200]


@pytest.mark.parametrize(
    ("given", "expected"), [(7, "7"), (0, "0"), (1.5, "1.5"), ("soon", "soon"), ("Wed, 21 Oct 2015 07:28:00 GMT",) * 2]
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(session, server, status, given, expected) -> None:
    server.fail(status, retry_after=given)
    assert get(session, server).headers["Retry-After"] == expected
    server.fail(status)
    assert "Retry-After" not in get(session, server).headers


@pytest.mark.parametrize(
    ("kind", "options", "text"),
    [
        (404, {}, "fail: status_or_kind must be 429, 500, 502, 503, 504 or 'drop', not 404."),
        ("429", {}, "fail: status_or_kind must be 429, 500, 502, 503, 504 or 'drop', not '429'."),
        ([], {}, "fail: status_or_kind must be 429, 500, 502, 503, 504 or 'drop', not []."),
        (503, {"times": 0}, "fail: times must be a whole number from 1, or None for always, not 0."),
        (503, {"times": True}, "fail: times must be a whole number from 1, or None for always, not True."),
        (503, {"times": 1.5}, "fail: times must be a whole number from 1, or None for always, not 1.5."),
        (503, {"campaign_id": "x"}, "fail: no campaign 'x' is served here. See the index of .campaigns."),
        (503, {"campaign_id": 7}, "fail: no campaign 7 is served here. See the index of .campaigns."),
        (
            "drop",
            {"retry_after": 1},
            "fail: a dropped connection has no headers: leave out retry_after, or choose a status.",
        ),
        (
            429,
            {"retry_after": "1\r\nX: y"},
            "fail: retry_after must be a number, or the text of one line in ASCII, not '1\\r\\nX: y'.",
        ),
        (
            429,
            {"retry_after": float("nan")},
            "fail: retry_after must be a number, or the text of one line in ASCII, not nan.",
        ),
        (429, {"retry_after": ""}, "fail: retry_after must be a number, or the text of one line in ASCII, not ''."),
    ],
)
def test_wrong_faults_are_refused(session, server, kind, options, text) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        server.fail(kind, **options)
    assert get(session, server).status_code == 200


# calls, latency, concurrency


def test_calls_and_remaining(session, server) -> None:
    before = time.monotonic()
    remaining = [int(get(session, server).headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert remaining == [999_999, 999_998, 999_997]
    calls = server.calls
    assert [(call.campaign_id, call.status) for call in calls] == [("cmp_abc123", 200)] * 3
    assert before <= calls[0].at <= calls[1].at <= calls[2].at <= time.monotonic()
    with pytest.raises(AttributeError):
        calls[0].status = 500  # type: ignore[misc]


def test_latency_is_before_each_answer_and_can_be_set(session, server) -> None:
    get(session, server)
    server.latency = 0.5
    assert server.latency == 0.5
    began = time.monotonic()
    get(session, server, "unknown")
    assert time.monotonic() - began >= 0.5
    server.latency = 0
    began = time.monotonic()
    get(session, server)
    assert time.monotonic() - began < 0.5


def test_kept_connections_do_not_stall(session, server) -> None:
    get(session, server)
    began = time.monotonic()
    for _ in range(50):
        get(session, server)
    # a delayed acknowledgement costs 40 ms a call, two seconds in all
    assert time.monotonic() - began < 1.5


def test_many_clients_at_once() -> None:
    def read(_: int) -> tuple[int, str, str]:
        with requests.Session() as own:
            own.trust_env = False
            answers = [get(own, server) for _ in range(3)]
        headers = answers[-1].headers
        return (
            sum(answer.status_code == 200 for answer in answers),
            headers["X-Request-ID"],
            headers["X-RateLimit-Remaining"],
        )

    with sandbox.start(latency=0.05) as server, ThreadPoolExecutor(100) as pool:
        results = list(pool.map(read, range(100)))
        assert len(server.calls) == 300
    assert {good for good, _, _ in results} == {3}
    assert len({request_id for _, request_id, _ in results}) == 100
    assert len({remaining for _, _, remaining in results}) == 100


def test_times_are_exact_under_concurrency(server) -> None:
    def read(_: int) -> int:
        with requests.Session() as own:
            own.trust_env = False
            return int(get(own, server).status_code)

    server.fail(503, times=10)
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(read, range(40)))
    assert statuses.count(503) == 10


# starting and closing


def test_close_with_kept_connections_leaves_no_thread(session) -> None:
    before = threads()
    server = sandbox.start()
    get(session, server)
    assert len(threads() - before) == 2
    began = time.monotonic()
    server.close()
    assert time.monotonic() - began < 1
    assert threads() <= before
    with pytest.raises(requests.ConnectionError):
        get(session, server)


def test_close_while_an_answer_waits() -> None:
    before = threads()
    server = sandbox.start(latency=60)
    failures: list[BaseException] = []

    def read() -> None:
        with requests.Session() as own:
            own.trust_env = False
            try:
                get(own, server)
            except requests.ConnectionError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not server.calls:
        time.sleep(0.005)
    began = time.monotonic()
    server.close()
    reader.join(5)
    assert time.monotonic() - began < 1
    assert len(failures) == 1
    assert threads() <= before


def test_close_with_a_half_sent_request() -> None:
    before = threads()
    server = sandbox.start()
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"GET /functions HTTP/1.1\r\nHost: x\r\n")
        while len(threads() - before) < 2:
            time.sleep(0.005)
        server.close()
        assert threads() <= before


def test_a_client_that_goes_away_is_no_error(session, server, capfd) -> None:
    server.latency = 0.1
    address = urlsplit(server.url)
    for _ in range(3):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(b"GET /functions HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    assert get(session, server).status_code == 200
    time.sleep(0.3)
    assert capfd.readouterr() == ("", "")


def test_close_twice_and_leave_the_with_block() -> None:
    with sandbox.start() as server:
        server.close()
        server.close()
    assert server.campaigns.shape == (40, 7)
    assert repr(server) == f"<Sandbox closed, seed {DEFAULT_SEED}, 40 campaigns>"


def test_the_port_is_free_again(session) -> None:
    with sandbox.start() as server:
        port = urlsplit(server.url).port
        with pytest.raises(OSError, match="in use"):
            sandbox.start(port=port)
        get(session, server)
    with sandbox.start(port=port) as server:
        assert urlsplit(server.url).port == port


def test_url_keys_and_repr(server) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/functions/v1/api-gateway", server.url)
    for key in (server.api_key, server.key_without_permission):
        assert re.fullmatch(r"wbk_[0-9A-Za-z]{48}", key)
        assert key not in repr(server)
    with sandbox.start() as other:
        keys = {server.api_key, server.key_without_permission, other.api_key, other.key_without_permission}
    assert len(keys) == 4
    assert repr(server) == f"<Sandbox {server.url}, seed 3, 40 campaigns>"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"seed": -1}, "seed must be an integer from 0, not -1."),
        ({"port": 65_536}, "port must be an integer from 0 (any free one) to 65535, not 65536."),
        ({"port": "80"}, "port must be an integer from 0 (any free one) to 65535, not '80'."),
        ({"latency": -1}, "latency must be a number of seconds from 0, not -1."),
        ({"latency": float("nan")}, "latency must be a number of seconds from 0, not nan."),
        ({"latency": float("inf")}, "latency must be a number of seconds from 0, not inf."),
        ({"latency": "1"}, "latency must be a number of seconds from 0, not '1'."),
        ({"latency": None}, "latency must be a number of seconds from 0, not None."),
    ],
)
def test_wrong_arguments_are_refused_and_leave_nothing_behind(options, text) -> None:
    before = threads()
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        sandbox.start(**options)
    assert threads() <= before


def test_a_wrong_latency_changes_nothing(server) -> None:
    with pytest.raises(ValueError, match="latency must be"):
        server.latency = -0.5
    assert server.latency == 0


def test_public_names() -> None:
    assert sandbox.__all__ == ["DEFAULT_SEED", "Call", "Sandbox", "start"]


# python -m leadlex_pandas.sandbox


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to one process there")
def test_the_command_serves_until_interrupted(session) -> None:
    command = [sys.executable, "-W", "error", "-m", "leadlex_pandas.sandbox", "--seed", "3"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    # where tests run in the background, Ctrl-C may be ignored, and a child would inherit that
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGINT, ours)
    with process:
        try:
            lines = [process.stdout.readline().strip() for _ in range(3)]
            url = re.fullmatch(r"export LEADLEX_BASE_URL=(http\S+)", lines[0])[1]
            key = re.fullmatch(r"export LEADLEX_API_KEY=(wbk_\w{48})", lines[1])[1]
            stats_url = f"{url}/v1/campaigns/cmp_abc123/stats"
            assert lines[2] == f'curl -H "Authorization: Bearer {key}" "{stats_url}"'
            answer = session.get(stats_url, headers={"Authorization": f"Bearer {key}"}, timeout=10)
            assert answer.json()["data"]["stats"] == EXAMPLE
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10) == ("", "")
            assert process.returncode == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("option", "value"), [("--seed", "-1"), ("--port", "70000"), ("--seed", "x"), ("--day", "-1"), ("--day", "x")]
)
def test_the_command_refuses_wrong_options(option, value, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main([option, value])
    assert caught.value.code == 2
    assert option.strip("-") in capsys.readouterr().err


def test_the_command_has_a_clock_that_can_be_set(monkeypatch, capsys) -> None:
    days = []
    monkeypatch.setattr("leadlex_pandas.sandbox.__main__._print_usage", lambda server: days.append(server.day) or 1 / 0)
    for options in ([], ["--day", "20"], ["--day", "0.5"]):
        with pytest.raises(ZeroDivisionError):
            main(options)
    assert days == [None, 20, 0.5]


def test_the_command_says_that_a_port_is_taken(server, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--port", str(urlsplit(server.url).port)])
    assert "in use" in capsys.readouterr().err
