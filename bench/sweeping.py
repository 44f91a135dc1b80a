"""Sweeps: with nothing due, and with a thousand overdue at once."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

from bench.ward import Hospital
from core import clock
from monitoring.models import Alert, Prompt
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays

MANY, DUE = 100_000, 1_000


def measure(hospital: Hospital) -> None:
    """Before anything is stored, with many prompts open and none due, and with a thousand due among them."""
    print(f"idle sweep, no open prompt:          {_idle_ms(hospital):.2f} ms")
    now = clock.now()
    hospital.ward("many", MANY, started_at=now)
    hospital.analyze()
    assert Prompt.objects.filter(state="open").count() >= MANY
    print(f"idle sweep, {MANY:,} open prompts:    {_idle_ms(hospital):.2f} ms   (aim: under 2 ms)")
    hospital.ward("overdue", DUE, started_at=now - timedelta(minutes=26))
    before = Alert.objects.count()
    began, done, batches = time.perf_counter(), 0, 0
    while claimed := settle_due_stays(at=clock.now()):
        done += claimed
        batches += 1
    taken = time.perf_counter() - began
    assert Alert.objects.count() - before == done == DUE
    print(f"{DUE:,} overdue at once among {MANY + DUE:,}: {taken:.2f} s in {batches} batches")
    began = time.perf_counter()
    reevaluate_recent_sets(at=clock.now())
    print(f"re-evaluation with no recent set:     {(time.perf_counter() - began) * 1000:.2f} ms")


def _idle_ms(hospital: Hospital) -> float:
    taken = []
    for _ in range(300):
        at = clock.now()
        began = time.perf_counter()
        assert settle_due_stays(at=at) == 0
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
