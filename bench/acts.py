"""What the acts of an infusion cost: from the order's signature to the end of the course, below the API.

At a page or through the API, a signature's password or PIN is verified before: printed apart, since a hash is slow on purpose.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal as D
from statistics import median
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password, verify_password
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.ward import Hospital
from infusion.actions import (
    UsedBag,
    allow_restart,
    approve_increase,
    change_bag,
    close_bag,
    declare_target,
    decrease,
    end_course,
    end_hold_early,
    execute_increase,
    pause_infusion,
    record_found,
    reject_request,
    request_increase,
    resume_infusion,
    stop_infusion,
    undo_tap,
)
from infusion.domain.words import PauseReason, Stage, TargetKind
from infusion.models import Bag
from infusion.policies import gate
from infusion.selectors.figures import figures_of
from patients.actions import record_weight
from patients.models import WeightSource
from tests.factories import HOUR, MINUTE, MORNING, signed
from tests.integration.infusion import at_the_pump as pump

STAYS, MOST_STATEMENTS = 40, 20
# What the edge asks before an act: the token with its person, the secrets of who signs and who witnesses.
SIGN_IN = 3
A = TypeVar("A")


class Watch:
    """How long each act took, or, since counting slows, how many statements: BEGIN, COMMIT and NOTIFY among them."""

    def __init__(self, *, counts: bool = False) -> None:
        self.ms: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, int] = {}
        self.counts = counts

    def of(self, name: str, act: Callable[[], A]) -> A:
        """Do it, and remember."""
        if self.counts:
            with CaptureQueriesContext(connection) as captured:
                answer = act()
            self.statements[name] = len(captured)
            return answer
        began = time.perf_counter()
        answer = act()
        self.ms[name].append((time.perf_counter() - began) * 1000)
        return answer


def measure(hospital: Hospital) -> None:
    """So many stays go through the same course. The first warms what is kept; in the second the statements are counted."""
    _a_course(Watch(), MORNING)
    counted = Watch(counts=True)
    _a_course(counted, MORNING)
    hospital.analyze()
    watch = Watch()
    for number in range(STAYS):
        _a_course(watch, MORNING + number * MINUTE)
    print(
        f"acts of an infusion, {STAYS} stays (aim: 15 ms; {MOST_STATEMENTS} statements, of which {SIGN_IN} for the sign-in)"
    )
    for name, taken in watch.ms.items():
        ordered = sorted(taken)
        worst = ordered[int(0.95 * len(ordered))]
        count = f"{counted.statements[name]:3} + {SIGN_IN}"
        print(f"  {name:32} {count}   p50 {median(taken):5.1f} ms   p95 {worst:5.1f} ms")
    print(f"  verifying one password or PIN: {_verifying_ms():.0f} ms, before any lock")


def _a_course(watch: Watch, begins: datetime) -> None:
    made = pump.prepared(at=begins, without=("order", "bag"))
    watch.of("sign an order", lambda: pump.ordered(made, at=begins - 10 * MINUTE))
    new = pump.BAG
    watch.of("hang a bag", lambda: pump.bag_hung(made, at=begins - 5 * MINUTE))
    watch.of("start", lambda: pump.start(made, at=begins))
    at = begins + 2 * HOUR
    pump.charted(made, at=at - MINUTE)
    by, doctor = made.by_nurse, made.by_physician

    def act(name: str, what: Callable[..., A], *args: Any, **how: Any) -> A:
        return watch.of(name, lambda: what(*args, **{"by": by, "at": at, **how}))

    def by_doctor(at: datetime) -> dict[str, Any]:
        return {"by": doctor, "signed": signed(doctor, at=at), "seen_version": 1}

    def by_two(dose: str, at: datetime) -> dict[str, Any]:
        read = made.reading(dose)
        return {"first": read, "second": read, "witness": made.witness(at), "seen_version": 1, "effective_at": at}

    refused = act("request an increase", request_increase, made.id, dose=D("0.15"), seen_version=1)
    act("reject a request", reject_request, refused.pk, reason="wait for the blood", **by_doctor(at))
    asked = request_increase(made.id, dose=D("0.15"), seen_version=1, by=by, at=at)
    watch.of("the gate, as a page asks it", lambda: gate(made.admission, stage=Stage.EXECUTION, dose=D("0.15"), at=at))
    act("approve a request", approve_increase, made.id, request_id=asked.pk, ceiling=D("0.15"), **by_doctor(at))
    act("carry out an increase", execute_increase, made.id, dose=D("0.15"), **by_two("0.15", at))
    at += 5 * MINUTE
    act("declare the target", declare_target, made.id, kind=TargetKind.RELIEF, pain=3, seen_version=1)
    act("end the hold early", end_hold_early, made.id, reason="needs more", **by_doctor(at))
    at += 5 * MINUTE
    act("pause", pause_infusion, made.id, effective_at=at, reason=PauseReason.LINE)
    at += 5 * MINUTE
    act("resume", resume_infusion, made.id, dose_mg_per_kg_h=D("0.15"), **by_two("0.15", at))
    at += 5 * MINUTE
    hangs = Bag.objects.get(admission_id=made.id, closed_at=None).pk
    used = {"used": UsedBag(D(10), left_ml=D(230)), "changed_at": at, "witness": made.witness(at)}
    act("change a bag", change_bag, made.id, new=new, seen_version=1, seen_bag=hangs, **used)
    at += 5 * MINUTE
    act("decrease", decrease, made.id, effective_at=at, dose_mg_per_kg_h=D("0.10"))
    act("own increase of a physician", approve_increase, made.id, ceiling=D("0.15"), reason="pain", **by_doctor(at))
    weighed = {"kg": D(70), "source": WeightSource.MEASURED, "measured_at": at}
    act("record a weight", record_weight, made.id, **weighed)
    at += 5 * MINUTE
    act(
        "pump found at another rate",
        record_found,
        made.id,
        effective_at=at,
        reading=made.reading("0.12"),
        note="found so",
    )
    at += 5 * MINUTE
    tapped = act("stop", stop_infusion, made.id, effective_at=at)
    act("tapped by mistake", undo_tap, tapped.event.pk)
    stop_infusion(made.id, effective_at=at + MINUTE, by=by, at=at + MINUTE)
    at += 5 * MINUTE
    act("allow a restart", allow_restart, made.id, dose=D("0.10"), reason="seen", **by_doctor(at))
    act("restart", resume_infusion, made.id, dose_mg_per_kg_h=D("0.10"), **by_two("0.10", at))
    watch.of("course figures", lambda: figures_of(made.id, at=at))
    at += 5 * MINUTE
    stop_infusion(made.id, effective_at=at, by=by, at=at)
    hangs = Bag.objects.get(admission_id=made.id, closed_at=None).pk
    gone = {"used": UsedBag(D(5), left_ml=D(235)), "closed_at": at, "witness": made.witness(at), "seen_bag": hangs}
    act("account for the last bag", close_bag, made.id, **gone)
    act("end the course", end_course, made.id, reason="done", **by_doctor(at))


def _verifying_ms() -> float:
    kept = make_password("plateau-demo")
    began = time.perf_counter()
    verify_password("plateau-demo", kept)
    return (time.perf_counter() - began) * 1000
