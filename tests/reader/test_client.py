"""`Client`: many reads over the same connections, and a session of the user's own."""

import copy
import pickle
import threading
import time

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

from leadlex_pandas import (
    CampaignNotFoundError,
    Client,
    InputError,
    MissingKeyError,
    PartialReadError,
    Quota,
    QuotaExhaustedError,
    ServerError,
    read_campaigns,
    read_stats,
    sandbox,
)
from tests.reader.raw_server import COUNTS, RawServer, answer, stats_answer


@pytest.fixture
def client(own):
    with Client(own.api_key, base_url=own.url) as one:
        yield one


def test_it_reads_as_the_functions_do(own, client):
    options = {"api_key": own.api_key, "base_url": own.url}
    pd.testing.assert_frame_equal(client.read_campaigns(status="active"), read_campaigns(status="active", **options))
    ids = list(own.campaigns.index[:5])
    mine, theirs = client.read_stats(ids, keep_api_rates=True), read_stats(ids, keep_api_rates=True, **options)
    pd.testing.assert_frame_equal(mine.drop(columns="fetched_at"), theirs.drop(columns="fetched_at"))


def test_its_connections_are_kept_between_reads(monkeypatch):
    opened = []
    accept = RawServer._serve

    def counted(self, connection):
        opened.append(connection)
        accept(self, connection)

    monkeypatch.setattr(RawServer, "_serve", counted)
    with (
        RawServer(lambda request: stats_answer()) as server,
        Client("wbk_x", base_url=server.url, concurrency=3) as one,
    ):
        for _ in range(5):
            one.read_stats([f"c{n}" for n in range(20)])
        assert len(server.requests) == 100
        assert len(opened) <= 3


def test_it_is_used_by_several_threads(own, client):
    found = []
    ids = list(own.campaigns.index)
    threads = [threading.Thread(target=lambda: found.append(client.read_stats(ids))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for stats in found:
        pd.testing.assert_frame_equal(stats.drop(columns="fetched_at"), found[0].drop(columns="fetched_at"))
    assert len(own.calls) == 240


def test_one_campaign_as_a_dict(own, client):
    assert client.get_stats("cmp_abc123") == {**COUNTS, "open_rate": 0.491, "click_rate": 0.115, "reply_rate": 0.071}
    with pytest.raises(CampaignNotFoundError):
        client.get_stats("no such")
    with pytest.raises(InputError) as caught:
        client.get_stats("..")
    assert str(caught.value).startswith("get_stats: ids[0] must be one path segment, not '..': ")


def test_rates_that_are_not_there_are_none(raw):
    server = raw(lambda request: stats_answer(open_rate=None, click_rate="x"))
    with Client("wbk_x", base_url=server.url) as client:
        assert client.get_stats("a") == {**COUNTS, "open_rate": None, "click_rate": None, "reply_rate": None}


def test_one_campaign_too_many():
    with sandbox.start(plan="starter") as server, Client(server.api_key, base_url=server.url) as client:
        server.day_calls_left = 1
        client.get_stats("cmp_abc123")
        with pytest.raises(QuotaExhaustedError) as caught:
            client.get_stats("cmp_abc123")
    assert str(caught.value).startswith("the day's calls are used up after 0 of 1 campaigns. Calls come back at ")


@pytest.mark.parametrize("attempts", [1, 2, 6])
def test_max_attempts(own, short_pauses, attempts):
    own.fail(503, times=None)
    with Client(own.api_key, base_url=own.url, max_attempts=attempts) as client:
        with pytest.raises(PartialReadError) as caught:
            client.read_stats("cmp_abc123")
        with pytest.raises(ServerError):
            client.get_stats("cmp_abc123")
    assert type(caught.value.failures["cmp_abc123"]) is ServerError
    assert len(own.calls) == 2 * attempts


def test_a_closed_client_says_so(own):
    client = Client(own.api_key, base_url=own.url)
    assert repr(client) == f"<Client {own.url}>"
    client.close()
    client.close()
    assert repr(client) == "<Client closed>"
    for name, call in {
        "read_stats": lambda: client.read_stats("a"),
        "read_campaigns": client.read_campaigns,
        "get_stats": lambda: client.get_stats("a"),
    }.items():
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value) == (f"{name}: this client is closed. Make a new one, or read inside its `with` block.")
    assert own.calls == []


def test_what_it_is_made_of_is_checked():
    with pytest.raises(MissingKeyError) as caught:
        Client()
    assert str(caught.value).startswith("Client: no API key. ")
    for options, text in {
        ("max_attempts", 0): "max_attempts must be a whole number of at least 1, not 0.",
        ("max_attempts", 1.5): "max_attempts must be a whole number of at least 1, not 1.5.",
        ("session", "x"): "session must be a requests.Session, not str.",
        ("timeout", -1): "timeout must be a number above 0, not -1.",
    }.items():
        with pytest.raises(InputError) as wrong:
            Client("wbk_x", **{options[0]: options[1]})
        assert str(wrong.value) == f"Client: {text}"


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_pickled(client, way):
    with pytest.raises(TypeError) as caught:
        way(client)
    assert str(caught.value) == (
        "a Client holds a key and connections and is not pickled: make one where it is needed."
    )


def test_quota_is_plain_data():
    quota = Quota(1000, 3, pd.Timestamp("2026-11-25", tz="UTC"), 50)
    assert pickle.loads(pickle.dumps(quota)) == quota
    with pytest.raises(AttributeError):
        quota.remaining = 9


# --- a session of the user's own ------------------------------------------------------------------------------------


class Recorder(BaseAdapter):
    """Answers without a network, and keeps what it was sent."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def send(self, request, **options):
        self.sent.append((request, options))
        with RawServer(lambda _: stats_answer()) as server, requests.Session() as session:
            return session.get(f"{server.url}/v1/campaigns/a/stats")

    def close(self):
        self.closed = True


def test_its_adapters_proxies_and_certificates_hold_and_nothing_else(monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    session, recorder = requests.Session(), Recorder()
    session.mount("https://leadlex.invalid", recorder)
    session.headers.update({"Authorization": "Basic x", "X-Mine": "1"})
    session.auth = ("user", "password")
    session.cookies.set("sid", "1")
    session.proxies, session.verify, session.cert = {"https": "http://proxy.invalid:3128"}, "ca.pem", "client.pem"
    with Client("wbk_x", base_url="https://leadlex.invalid/v", session=session) as client:
        assert client.read_stats("a")["sent_count"].tolist() == [1247]
    request, options = recorder.sent[0]
    assert request.url == "https://leadlex.invalid/v/v1/campaigns/a/stats"
    assert request.headers["Authorization"] == "Bearer wbk_x"
    assert {"X-Mine", "Cookie"}.isdisjoint(request.headers)
    assert options["verify"] == "ca.pem"
    assert options["cert"] == "client.pem"
    assert options["proxies"]["https"] == "http://proxy.invalid:3128"
    assert options["timeout"] == 30
    assert not hasattr(recorder, "closed")
    assert "wbk_x" not in repr(vars(session))
    session.close()


def test_no_redirect_is_followed_with_it_either(raw):
    other = raw(lambda request: stats_answer())
    server = raw(lambda request: answer(b"", "302 Found", Location=f"{other.url}/x"))
    with requests.Session() as session, Client("wbk_x", base_url=server.url, session=session) as client:
        stats = client.read_stats("a", errors="coerce")
    assert stats["read_error"].tolist()[0].startswith("campaign 'a': unexpected answer, its status is 302. ")
    assert other.requests == []


def test_workers_that_come_back_are_used_again():
    """All of them hang for longer than their time: as soon as they are free, the read goes on."""

    class Slow(Recorder):
        def send(self, request, **options):
            if len(self.sent) < 2:
                self.sent.append(request)
                time.sleep(2)
            return super().send(request, **options)

    with requests.Session() as session:
        session.mount("https://leadlex.invalid", Slow())
        options = {"session": session, "timeout": 0.1, "concurrency": 2}
        with Client("wbk_x", base_url="https://leadlex.invalid", **options) as client:
            stats = client.read_stats(["a", "b", "c", "d"], progress=False)
    assert stats["sent_count"].tolist() == [1247] * 4


def test_an_attempt_that_cannot_be_ended_is_left_to_itself(raw):
    """Nobody holds the sockets of a foreign adapter: the read goes on without its worker."""
    over = threading.Event()

    class Stuck(Recorder):
        def send(self, request, **options):
            if request.url.endswith("/slow/stats"):
                over.wait(10)
            return super().send(request, **options)

    with requests.Session() as session:
        session.mount("https://leadlex.invalid", Stuck())
        with Client(
            "wbk_x", base_url="https://leadlex.invalid", session=session, timeout=0.2, max_attempts=1
        ) as client:
            begin = time.monotonic()
            stats = client.read_stats(["slow", "a", "b"], errors="coerce")
            assert time.monotonic() - begin < 5
            over.set()
    assert stats["sent_count"].isna().tolist() == [True, False, False]
    assert stats["read_error"].tolist()[0].startswith("campaign 'slow': no answer within 0.2 s. ")
