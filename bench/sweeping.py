"""Sweeps: with nothing due, with a thousand sets overdue in one second, and one at a time, among 100,000 open prompts."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from statistics import median

from bench.client import Taken
from bench.ward import Hospital, stays_of
from core import clock
from monitoring.models import Alert, Prompt
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from realtime.heartbeat import marks

MANY, DUE, TURNS, SINGLES = 100_000, 1_000, 3, 40
OVERDUE_AFTER = timedelta(minutes=25)
# From writing the rows to their instant, so that they are in and every process has had a few idle seconds.
AHEAD, PATIENCE = timedelta(seconds=6), timedelta(seconds=30)
LOOK_EVERY_S = 0.02
UP_WITHIN_S = 60.0


def measure(hospital: Hospital) -> None:
    """In this process: idle sweeps. Then with a real worker and beat: from the due instant to each alert's commit."""
    print(f"idle sweep, no open prompt:          {_idle_ms():.2f} ms")
    hospital.ward("many", MANY, started_at=clock.now())
    hospital.analyze()
    assert Prompt.objects.filter(state="open").count() >= MANY
    print(f"idle sweep, {MANY:,} open prompts:    {_idle_ms():.2f} ms   (aim: under 2 ms)")
    began = time.perf_counter()
    reevaluate_recent_sets(at=clock.now())
    print(f"re-evaluation with no recent set:     {(time.perf_counter() - began) * 1000:.2f} ms")
    with hospital.place.processes("worker", "beat"):
        _until_the_chain_beats()
        _a_thousand_at_once(hospital)
        _one_at_a_time(hospital)


def _idle_ms() -> float:
    taken = []
    for _ in range(300):
        at = clock.now()
        began = time.perf_counter()
        assert settle_due_stays(at=at) == 0
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _until_the_chain_beats() -> None:
    until = time.monotonic() + UP_WITHIN_S
    while (marks().chain or clock.now() - timedelta(hours=1)) < clock.now() - timedelta(seconds=3):
        if time.monotonic() > until:
            raise RuntimeError("no heartbeat came through beat, broker and worker")
        time.sleep(0.1)


def _a_thousand_at_once(hospital: Hospital) -> None:
    """Three times, each a third of a second later after the full one: beat wakes at the same fraction all the time."""
    taken = []
    for turn in range(TURNS):
        overdue_at = (clock.now() + AHEAD).replace(microsecond=turn * 1_000_000 // TURNS)
        after = _last_alert()
        ward = hospital.ward(f"overdue {turn}", DUE, started_at=overdue_at - OVERDUE_AFTER)
        taken += _seconds_until_read(DUE, after=after, until=overdue_at + PATIENCE)
        assert Alert.objects.filter(admission__in=stays_of(ward), count=1).count() == DUE
    print(f"{DUE:,} overdue in one instant among {MANY + DUE:,}, {TURNS} times: {_words(taken)}   (aim: p99 1.5 s)")


def _one_at_a_time(hospital: Hospital) -> None:
    """Each at a fraction of a second of its own: beat wakes at the same one all the time."""
    spread, overdue_at, after = random.Random(7), clock.now() + AHEAD, _last_alert()
    for number in range(SINGLES):
        overdue_at += timedelta(seconds=1 + spread.random())
        hospital.ward(f"single {number}", 1, started_at=overdue_at - OVERDUE_AFTER)
    taken = _seconds_until_read(SINGLES, after=after, until=overdue_at + PATIENCE)
    print(f"a single one among {MANY + DUE:,}, {SINGLES} times: {_words(taken)}   (aim: p99 1.2 s)")


def _last_alert() -> int:
    newest = Alert.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _seconds_until_read(number: int, *, after: int, until: datetime) -> list[float]:
    """From each set's overdue instant until another connection could read its alert: its commit, and the next look."""
    lags: dict[int, float] = {}
    while len(lags) < number:
        found = list(Alert.objects.filter(pk__gt=after).values_list("pk", "first_observed_at"))
        seen_at = clock.now()
        for alert, overdue_at in found:
            lags.setdefault(alert, (seen_at - overdue_at).total_seconds())
        if seen_at > until:
            raise RuntimeError(f"only {len(lags)} of {number} alerts were raised")
        time.sleep(LOOK_EVERY_S)
    return list(lags.values())


def _words(seconds: list[float]) -> str:
    taken = Taken(seconds)
    p50, p99 = taken.percentile(0.5), taken.percentile(0.99)
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, latest {max(seconds):.2f} s (n {len(seconds)})"
