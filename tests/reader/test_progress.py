"""What is shown while a read goes on, and what becomes of one whose onlooker fails."""

import threading
import time

import pytest

import leadlex_pandas
from leadlex_pandas import InputError, PartialReadError, ProgressWarning, ReadInterrupted
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import answer, stats_answer

IDS = list(portfolio().counts.index)


def test_function_is_told_each_step(own, read):
    told = []
    read(own, IDS, progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 40), (40, 40))
    assert [total for _, total in told] == [40] * len(told)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert len(told) > 3


def test_failures_count_as_done(own, read):
    told = []
    with pytest.raises(PartialReadError):
        read(own, ["no such", *IDS[:3]], progress=lambda *now: told.append(now))
    assert told[-1] == (4, 4)


def test_kept_rows_count_as_done(own, read):
    told = []
    read(own, IDS[:5], resume=read(own, IDS[:3]), progress=lambda *now: told.append(now))
    assert (told[0], told[-1]) == ((3, 5), (5, 5))


def test_function_that_fails_costs_nothing_that_was_read(own, read):
    calls = []

    def fails(done, total):
        calls.append(done)
        raise ZeroDivisionError("so it goes")

    with pytest.warns(ProgressWarning) as caught:
        stats = read(own, IDS, progress=fails)
    assert (len(stats), len(calls)) == (40, 1)
    assert str(caught[0].message) == (
        "the function given as progress raised ZeroDivisionError: so it goes. The read goes on without it."
    )


def test_where_warnings_are_errors_that_too_carries_what_came(own, read):
    with pytest.raises(ProgressWarning) as caught:
        read(own, IDS, progress=lambda done, total: 1 // (done < 5))
    assert len(caught.value.stats) >= 5
    assert threading.active_count() < 20


def test_function_that_interrupts_is_an_interrupt(own, read):
    def stop(done, total):
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(ReadInterrupted) as caught:
        read(own, IDS, progress=stop)
    assert 5 <= len(caught.value.stats) < 40


@pytest.mark.parametrize("progress", ["yes", 1, [], 0.5])
def test_what_is_no_onlooker(progress):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats("a", api_key="wbk_x", progress=progress)
    assert str(caught.value) == (
        f"read_stats: progress must be True, False, None or a function (done, total), not {progress!r}."
    )


def test_bar_at_once(own, read, capfd):
    own.latency = 0.05
    read(own, IDS, progress=True)
    said = capfd.readouterr()
    assert said.out == ""
    assert "40 campaigns:" in said.err
    assert "40/40" in said.err


def test_bar_after_two_seconds_only(own, read, capfd):
    own.latency = 0.4
    read(own, IDS[:4], concurrency=1)
    assert "4/4" not in capfd.readouterr().err
    read(own, IDS[:7], concurrency=1)
    assert "/7" in capfd.readouterr().err
    read(own, IDS[:7], concurrency=1, progress=False)
    assert capfd.readouterr().err == ""


def test_bar_says_what_is_waited_for_and_until_when(raw, read, capfd):
    """The minute's limit first, then a refusal."""
    limit = b"HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 90"
    server = raw(lambda request: stats_answer().replace(b"HTTP/1.1 200 OK", limit))
    begin = time.time()
    with pytest.raises(leadlex_pandas.DeadlineExceededError):
        read(server, [f"c{n}" for n in range(12)], progress=True, deadline=0.6)
    said = capfd.readouterr().err
    possible = {time.strftime("%H:%M:%S", time.localtime(begin + 60 + more)) for more in range(4)}
    assert any(f"waiting for the minute's limit until {at}" in said for at in possible)
    refusing = raw(lambda request: answer(b"", "429 Too Many", Retry_After="30"))
    with pytest.raises(leadlex_pandas.DeadlineExceededError):
        read(refusing, "a", progress=True, deadline=0.5)
    assert "waiting for the service, which refused a call, until " in capfd.readouterr().err


def test_no_thread_watches_the_bar(own, read):
    read(own, IDS, progress=True)
    assert [thread.name for thread in threading.enumerate() if "tqdm" in type(thread).__module__] == []
