"""What the tests over sockets share."""

import re
import time

import pytest
import requests


@pytest.fixture
def ask():
    """Call a path of a sandbox over one session; every answer must have the headers that all have."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy, no netrc of the machine

        def call(server, path="/v1/campaigns/cmp_abc123/stats", *, key=None, method="GET"):
            headers = {"Authorization": f"Bearer {key or server.api_key}"}
            answer = session.request(method, server.url + path, headers=headers, timeout=10)
            check_headers(answer)
            return answer

        yield call


def check_headers(answer):
    headers = answer.headers
    assert 0 <= int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"])
    reset = int(headers["X-RateLimit-Reset"])
    assert reset % 86_400 == 0
    assert -5 < reset - time.time() <= 86_400
    assert re.fullmatch(r"req_[0-9a-f]+", headers["X-Request-ID"])
    assert int(headers["Content-Length"]) == len(answer.content)
    if answer.status_code >= 400:
        assert list(answer.json()) == ["error"]
        assert list(answer.json()["error"]) == ["code", "message", "details"]
