"""Plans over real sockets: what is refused, what the headers say, and how it is told."""

import math
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from leadlex_pandas import sandbox
from leadlex_pandas.sandbox import server as module
from leadlex_pandas.sandbox.counters import Limits

PLANS = {"starter": (100, 10), "pro": (1_000, 50), "org": (10_000, 200)}
COUNTINGS = ["fixed", "sliding", "bucket"]


def statuses(answers):
    return [answer.status_code for answer in answers]


def number(answer, name):
    return int(answer.headers[f"X-RateLimit-{name}"])


def allowed(counting, limit, minute, started, times):
    """Which calls a plain reading of the rule allows."""
    kept, level, filled_at = [], float(limit), started
    for now in times:
        if counting == "fixed":
            window = math.floor((now - started) / minute)
            room = sum(math.floor((then - started) / minute) == window for then in kept) < limit
        elif counting == "sliding":
            room = sum(then + minute > now for then in kept) < limit
        else:
            level, filled_at = min(limit, level + (now - filled_at) * limit / minute), now
            room = level >= 1
            level -= room
        kept += [now] if room else []
        yield room


@pytest.fixture
def started(monkeypatch):
    """When the counting of each sandbox began, on the clock of its log of calls."""
    found = []

    class Noting(Limits):
        def __init__(self, plan, counting, seconds, started):
            found.append(started)
            super().__init__(plan, counting, seconds, started)

    monkeypatch.setattr(module, "Limits", Noting)
    return found


@pytest.mark.parametrize("counting", COUNTINGS)
@pytest.mark.parametrize(("plan", "minute"), [("starter", 0.6), ("pro", 0.6), ("org", 1.5)])
def test_each_plan_counts_as_it_should(ask, started, plan, counting, minute) -> None:
    day, limit = PLANS[plan]
    with sandbox.start(plan=plan, counting=counting, minute=minute) as server:
        before, answers = time.monotonic(), []
        for call in range(3 * limit):  # twice what is allowed, over one and a half minutes
            time.sleep(max(0.0, before + call * minute / (2 * limit) - time.monotonic()))
            answers.append(ask(server))
        calls = server.calls
    expected = allowed(counting, limit, minute, started[0], [call.at for call in calls])
    assert statuses(answers) == [200 if room else 429 for room in expected] == [call.status for call in calls]
    assert statuses(answers)[:limit] == [200] * limit
    assert statuses(answers).count(429) >= 3
    assert {number(answer, "Limit") for answer in answers} == {day}
    assert [number(answer, "Remaining") for answer in answers] == list(range(day - 1, day - 1 - 3 * limit, -1))


@pytest.mark.parametrize("counting", COUNTINGS)
@pytest.mark.parametrize("plan", PLANS)
def test_a_burst_at_once_gets_no_more_than_the_minute(ask, plan, counting) -> None:
    limit = PLANS[plan][1]
    with (
        sandbox.start(plan=plan, counting=counting, minute=3_600) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        codes = statuses(pool.map(lambda _: ask(server), range(limit + 12)))
    assert Counter(codes) == {200: limit, 429: 12}


@pytest.mark.parametrize("counting", COUNTINGS)
def test_after_a_minute_there_is_room_again(ask, counting) -> None:
    with sandbox.start(plan="starter", counting=counting, minute=0.4) as server:
        for _ in range(3):
            assert statuses(ask(server) for _ in range(10)) == [200] * 10
            time.sleep(0.42)


def test_a_refusal_is_worded_as_the_service_does(ask) -> None:
    with sandbox.start(plan="starter") as server:
        answers = [ask(server) for _ in range(12)]
        assert server.day_calls_left == 88
    refused = answers[-1]
    assert statuses(answers) == [200] * 10 + [429] * 2
    assert refused.json()["error"] == {"code": "rate_limited", "message": "Too many requests.", "details": {}}
    assert refused.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Retry-After" not in refused.headers
    assert [number(answer, "Remaining") for answer in answers] == list(range(99, 87, -1))
    assert [(call.campaign_id, call.endpoint) for call in server.calls] == [("cmp_abc123", "stats")] * 12


def test_the_whole_day(ask) -> None:
    with sandbox.start(plan="starter", minute=0.001) as server:
        answers = [ask(server) for _ in range(103)]
        assert server.day_calls_left == 0
    assert statuses(answers) == [200] * 100 + [429] * 3
    assert [number(answer, "Remaining") for answer in answers] == [*range(99, -1, -1), 0, 0, 0]


@pytest.mark.parametrize("plan", PLANS)
def test_a_day_may_begin_with_few_calls_left(ask, plan) -> None:
    day = PLANS[plan][0]
    with sandbox.start(plan=plan) as server:
        assert server.day_calls_left == day
        server.day_calls_left = 3
        answers = [ask(server) for _ in range(5)]
        assert statuses(answers) == [200, 200, 200, 429, 429]
        assert [number(answer, "Remaining") for answer in answers] == [2, 1, 0, 0, 0]
        server.day_calls_left = day
        assert ask(server).status_code == 200
        assert server.day_calls_left == day - 1
        server.day_calls_left = 0
        assert ask(server).status_code == 429


@pytest.mark.parametrize("counting", COUNTINGS)
def test_retry_after_says_when_the_minute_has_room(ask, counting) -> None:
    with sandbox.start(plan="starter", counting=counting, minute=20.0) as server:
        server.retry_after = True
        answers = [ask(server) for _ in range(11)]
        assert statuses(answers) == [200] * 10 + [429]
        told = int(answers[-1].headers["Retry-After"])
        # a bucket has room for one when a tenth has passed
        assert (1 if counting == "bucket" else 15) <= told <= (2 if counting == "bucket" else 20)
        assert not any("Retry-After" in answer.headers for answer in answers[:10])
        server.retry_after = False
        assert "Retry-After" not in ask(server).headers


@pytest.mark.parametrize("counting", COUNTINGS)
def test_who_waits_as_told_is_not_refused_again(ask, counting) -> None:
    with sandbox.start(plan="starter", counting=counting, minute=0.8) as server:
        server.retry_after = True
        while (answer := ask(server)).status_code == 200:
            pass
        time.sleep(int(answer.headers["Retry-After"]))
        assert ask(server).status_code == 200


def test_retry_after_of_the_day_is_its_reset(ask) -> None:
    with sandbox.start(plan="starter") as server:
        server.retry_after, server.day_calls_left = True, 0
        answer = ask(server)
        assert answer.status_code == 429
        assert abs(int(answer.headers["Retry-After"]) - (number(answer, "Reset") - time.time())) < 5
        # refused by the minute with the day's last call: before the reset nothing is allowed either
        server.day_calls_left = 11
        answers = [ask(server) for _ in range(11)]
        assert statuses(answers) == [200] * 10 + [429]
        assert abs(int(answers[-1].headers["Retry-After"]) - (number(answers[-1], "Reset") - time.time())) < 5


def test_every_endpoint_and_every_answer_counts(ask) -> None:
    paths = ["/v1/campaigns", "/v1/campaigns/cmp_abc123", "/v1/campaigns/cmp_abc123/steps", "/v1/nothing",
             "/v1/campaigns/cmp_abc123/contacts", "/v1/campaigns/unknown/stats", "/v1/campaigns?page=0"]  # fmt: skip
    with sandbox.start(plan="starter") as server:
        got = [ask(server, path).status_code for path in paths]
        assert got == [200, 200, 200, 404, 200, 404, 400]
        assert ask(server, key="wbk_unknown").status_code == 401
        assert ask(server, key=server.key_without_permission).status_code == 403
        assert ask(server, method="POST").status_code == 405
        assert {ask(server, path).status_code for path in paths} == {429}
        assert ask(server, key="wbk_unknown").status_code == 429
        assert server.day_calls_left == 100 - 10 - len(paths) - 1


def test_faults_are_behind_the_limits(ask) -> None:
    with sandbox.start(plan="starter", minute=3_600) as server:
        server.fail(500, times=9)
        assert statuses(ask(server) for _ in range(9)) == [500] * 9
        server.fail(429, retry_after=7)
        assert ask(server).headers["Retry-After"] == "7"
        server.fail(500)
        assert ask(server).status_code == 429
        assert server.day_calls_left == 89


def test_without_a_plan_nothing_is_refused(ask) -> None:
    with sandbox.start(counting="sliding", minute=3_600) as server:
        answers = [ask(server) for _ in range(250)]
        assert set(statuses(answers)) == {200}
        assert number(answers[-1], "Limit") == 1_000_000
        assert number(answers[-1], "Remaining") == server.day_calls_left == 999_750
        with pytest.raises(
            ValueError,
            match=r"^day_calls_left: without a plan no call is ever refused\. Start the sandbox with plan='starter'\.$",
        ):
            server.day_calls_left = 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"plan": "free"}, "plan must be 'starter', 'pro' or 'org', or None for no limit, not 'free'."),
        ({"plan": ["pro"]}, "plan must be 'starter', 'pro' or 'org', or None for no limit, not ['pro']."),
        ({"counting": "token"}, "counting must be 'fixed', 'sliding' or 'bucket', not 'token'."),
        ({"counting": None}, "counting must be 'fixed', 'sliding' or 'bucket', not None."),
        ({"counting": []}, "counting must be 'fixed', 'sliding' or 'bucket', not []."),
        ({"minute": 0}, "minute must be a number of seconds from 0.001, not 0."),
        ({"minute": 1e-9}, "minute must be a number of seconds from 0.001, not 1e-09."),
        ({"minute": -1}, "minute must be a number of seconds from 0.001, not -1."),
        ({"minute": float("nan")}, "minute must be a number of seconds from 0.001, not nan."),
        ({"minute": float("inf")}, "minute must be a number of seconds from 0.001, not inf."),
        ({"minute": "60"}, "minute must be a number of seconds from 0.001, not '60'."),
        ({"minute": True}, "minute must be a number of seconds from 0.001, not True."),
    ],
)
def test_wrong_options_are_refused(options, text) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        sandbox.start(**options)


def test_wrong_settings_are_refused_and_change_nothing() -> None:
    with sandbox.start(plan="pro") as server:
        for left in (-1, 1_001, 1.5, "3", None, True):
            text = f"day_calls_left must be an integer from 0 to the plan's 1000, not {left!r}."
            with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
                server.day_calls_left = left
        for name in ("retry_after", "steps_in_campaign"):
            with pytest.raises(ValueError, match=f"^{name} must be True or False, not 1\\.$"):
                setattr(server, name, 1)
        assert (server.day_calls_left, server.retry_after, server.steps_in_campaign) == (1_000, False, True)
