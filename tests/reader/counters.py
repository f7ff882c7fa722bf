"""The other side of the pacing tests: three ways to count a minute, and a key's calls played through on a virtual clock."""

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field

from leadlex_pandas.pacing import Limits, Pace

DAYS = {10: 100, 50: 1_000, 200: 10_000}
MIDNIGHT = 86_400.0
LATENCY = 0.08


class FixedMinute:
    """Counts by the clock's minutes; `phase` is where in one of them the read begins."""

    def __init__(self, allowance, phase, refused_count):
        self.allowance, self.phase, self.refused_count = allowance, phase, refused_count
        self.minute, self.count = None, 0

    def allows(self, now):
        minute = (now + self.phase) // 60
        if minute != self.minute:
            self.minute, self.count = minute, 0
        allowed = self.count < self.allowance
        self.count += allowed or self.refused_count
        return allowed


class SlidingMinute:
    """Counts the 60 s before each call."""

    def __init__(self, allowance, phase, refused_count):
        self.allowance, self.refused_count = allowance, refused_count
        self.times = deque()

    def allows(self, now):
        while self.times and now - self.times[0] >= 60:
            self.times.popleft()
        allowed = len(self.times) < self.allowance
        if allowed or self.refused_count:
            self.times.append(now)
        return allowed


class Bucket:
    """Holds at most the allowance, and is filled up evenly; a refused call takes nothing out that is there."""

    def __init__(self, allowance, phase, refused_count):
        self.allowance, self.refused_count = allowance, refused_count
        self.tokens, self.at = float(allowance), None

    def allows(self, now):
        elapsed = 0 if self.at is None else now - self.at
        self.tokens = min(self.tokens + elapsed * self.allowance / 60, self.allowance)
        self.at = now
        allowed = self.tokens >= 1
        if allowed or self.refused_count:
            self.tokens = max(self.tokens - 1, 0)
        return allowed


COUNTERS = (FixedMinute, SlidingMinute, Bucket)


@dataclass
class Service:
    """What answers: a counter, and what it tells in its headers."""

    counter: object
    told: object = "plan"  # the day's limit in the headers: that of the counter's plan, a number, or None
    retry_after: float | None = None
    used: int = 0
    refused: list = field(default_factory=list)

    def take(self, now, who="us"):
        """One call arrives: whether it is let in."""
        allowed = self.counter.allows(now)
        self.used += allowed
        if not allowed and who == "us":
            self.refused.append(now)
        return allowed

    @property
    def limits(self):
        limit = DAYS.get(self.counter.allowance) if self.told == "plan" else self.told
        return Limits() if limit is None else Limits(limit, max(limit - self.used, 0), MIDNIGHT)


@dataclass
class Read:
    """So many calls that all have to be answered."""

    missing: int
    in_flight: int = 0
    ended: float | None = None


def play(service, *counts, pace=None, at_once=16, jitter=None, others=(), changes=(), until=4_000.0, latency=LATENCY):
    """Read so many campaigns each, all sharing one Pace; give when the last was answered, and when calls were sent.

    `others` are the times at which somebody else calls, `changes` are (time, function of the service).
    """
    rng = random.Random(jitter)
    pace = pace or Pace()
    reads = [Read(count) for count in counts]
    order, events, sent = iter(range(10**9)), [], []
    now = 0.0

    def at(time, action, *args):
        heapq.heappush(events, (time, next(order), action, args))

    def send(read):
        read.missing -= 1
        read.in_flight += 1
        sent.append(now)
        took = latency * (rng.uniform(0.5, 1.5) if jitter is not None else 1)
        at(now + took / 2, arrive, read, pace.sent(now), took / 2)

    def arrive(read, call, back):
        allowed = service.take(now)
        at(now + back, leave, read, call, allowed, service.limits)

    def leave(read, call, allowed, limits):
        read.in_flight -= 1
        if allowed:
            pace.answered(call, now, limits)
            read.ended = now
        else:
            pace.refused(call, now, service.retry_after, limits)
            read.missing += 1

    for time in others:
        at(time, lambda: service.take(now, "other"))
    for time, change in changes:
        at(time, change, service)
    wake = None
    while any(read.missing or read.in_flight for read in reads) and now < until and not pace.patience_over(now):
        for turn in range(sum(read.missing for read in reads)):
            ready = [read for read in reads if read.missing and read.in_flight < at_once]
            if not ready or pace.pause(now) != 0:
                break
            send(ready[turn % len(ready)])
        wake = pace.pause(now) if any(read.missing and read.in_flight < at_once for read in reads) else None
        if not events or (wake is not None and now + wake < events[0][0]):
            assert wake is not None, "nothing is under way, and nothing may go"
            now += wake
            continue
        now, _, action, args = heapq.heappop(events)
        action(*args)
    return max(read.ended or 0.0 for read in reads), sent


def bound(campaigns, allowance, latency=LATENCY):
    """The minutes that cannot be avoided, and one burst: the calls before the first answer, then 16 at a time."""
    rounds = 1 + math.ceil(max(min(campaigns, allowance) - 10, 0) / 16)
    return (math.ceil(campaigns / allowance) - 1) * 60 + rounds * latency


def services(seed, allowance, **options):
    """Services of every way of counting, at a random phase."""
    phase = random.Random(seed).uniform(0, 60)
    return [Service(kind(allowance, phase, bool(seed % 2)), **options) for kind in COUNTERS]
