"""Random people do random acts, most of them refused; no law of the record breaks (DOMAIN 1 to 3).

Each act is a real one against the database, by a clock moved by hand. A refusal is fine and leaves nothing behind but a
double check; anything else that is raised is a fault.
"""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from core.errors import Kind
from infusion import actions
from infusion.domain.delivery import DeliveryKind
from infusion.domain.double_check import PumpReading
from infusion.domain.order import OrderElements
from infusion.domain.words import CheckedAct, PauseReason, TargetKind
from infusion.models import Approval, Bag, IncreaseRequest, PumpCheck
from infusion.selectors import dose_rules
from monitoring.models import Alert
from patients.models import WeightSource
from tests.factories import MINUTE, entry, protocol
from tests.integration.infusion import a_record as law
from tests.integration.infusion.a_walk import DOCTORS, NURSES, OTHER_ACTS, PEOPLE, Walk, done, rule, walk
from tests.integration.infusion.at_the_pump import BAG, liver_known

pytestmark = pytest.mark.django_db

WAITS = (1, 3, 5, 6, 9, 10, 14, 15, 16, 30, 45, 60, 61, 90, 119, 120, 121, 240, 360, 1440)
STEPS = ("0.05", "0.05", "0.05", "0.10", "0.15", "0.30", "-0.05", "0")
STRENGTHS = ("1", "2", "5")

# Who does it, and with what: one of each is drawn for every act. What stands more often is drawn more often.
WHO = PEOPLE
NURSE = (*NURSES, *NURSES, "physician")
DOCTOR = (*DOCTORS, *DOCTORS, "nurse")
CHECKER = (*NURSES, "nurse of another ward", "physician")
NOBODY_OR_CHECKER = (None, *CHECKER)
MOSTLY = (True,) * 9 + (False,)
EITHER = (True, False)
AGO = (0, 0, 0, 1, 5, 20)


class Ward(Walk):
    """What people do on a ward."""

    # Time, and the bedside.

    @rule(minutes=WAITS)
    def wait(self, minutes):
        self.at += minutes * MINUTE

    @rule(by=NURSE, minutes=AGO, pain=(2, 4, 6, 8))
    def calm_set(self, by, minutes, pain):
        self.chart(by, minutes, pain=pain)

    @rule(often=1, by=NURSE)
    def red_set(self, by):
        self.chart(by, 0, spo2=88)

    @rule(often=1, by=NURSE)
    def drowsy_set(self, by):
        self.chart(by, 0, sedation="3")

    def chart(self, by, minutes, **changed):
        return self.do("record_set", by, self.stay.id, entry=entry(self.at - minutes * MINUTE, **changed))

    @rule(by=NURSE)
    def look_at_alerts(self, by):
        for alert in self.before.all(Alert):
            if alert.closed_at is None:
                self.do("acknowledge_alert", by, alert.id, seen_rang_at=alert.rang_at)

    @rule(often=1, by=NURSE, kg=("70", "71", "66.5", "73.5", "73.49", "80"), measured=MOSTLY)
    def weigh(self, by, kg, measured):
        source = WeightSource.MEASURED if measured else WeightSource.STATED
        self.do("record_weight", by, self.stay.id, kg=D(kg), source=source, measured_at=self.at)

    @rule()
    def liver(self):
        liver_known(self.stay, at=self.at)
        self.before = law.read(self.stay.id)

    # From the order to the dose.

    @rule(by=DOCTOR, strength=(*STRENGTHS, "2", "2"), most=("1.00", "0.30"), right=MOSTLY)
    def order(self, by, strength, most, right):
        rules = dose_rules(protocol().pk)
        elements = OrderElements.proposed(rules, concentration_mg_per_ml=D(strength))
        before = self.before.order
        self.do_safely(
            "sign_order", by, self.stay.id, why="the order changed", protocol=protocol(),
            elements=replace(elements, maximum_dose_mg_per_kg_h=D(most)),
            replaces_version=self.seen(right) if before else None, unmeasured_weight_reason="cannot stand",
        )  # fmt: skip

    @rule(often=1, by=DOCTOR)
    def end_course(self, by):
        why = "the course ended"
        self.do_safely("end_course", by, self.stay.id, why=why, reason="relief", seen_version=self.seen())

    @rule(by=WHO, more=STEPS, right=MOSTLY)
    def request(self, by, more, right):
        self.do("request_increase", by, self.stay.id, dose=self.dose + D(more), seen_version=self.seen(right))

    @rule(by=WHO)
    def withdraw(self, by):
        for request in self.before.all(IncreaseRequest)[-1:]:
            self.do("withdraw_request", by, request.id)

    @rule(by=DOCTOR, right=MOSTLY)
    def reject(self, by, right):
        for request in self.before.all(IncreaseRequest)[-1:]:
            self.do("reject_request", by, request.id, reason="not now", seen_version=self.seen(right))

    @rule(by=DOCTOR, more=STEPS, own=EITHER, opens=EITHER, minutes=(None, 5, 600), right=MOSTLY)
    def approve(self, by, more, own, opens, minutes, right):
        request = None if own else next(iter(self.before.waiting), None)
        how = {
            "request_id": request and request.id,
            "ceiling": self.dose + D(more),
            "valid_for": minutes and minutes * MINUTE,
            "seen_version": self.seen(right),
            "seen_approval": next((each.id for each in self.before.live), None) if right else None,
        }
        made = self.do("approve_increase", by, self.stay.id, **how)
        soft = {} if made else {r.code: "known well" for r in self.refused.reasons if r.kind is Kind.SOFT}
        if soft and opens:
            self.do("approve_increase", by, self.stay.id, **how, overrides={**soft, "step_interval_running": "urgent"})

    @rule(by=DOCTOR, code=("step_interval_running", "hold_running", "step_over_increment", "red_alert"))
    def open_the_gate(self, by, code):
        for approval in self.before.all(Approval)[-1:]:
            self.do("override_gate", by, approval.id, code=code, reason="known well")

    @rule(by=NURSE, other=CHECKER, more=STEPS, minutes=AGO, right=MOSTLY, also_right=MOSTLY, seen=MOSTLY)
    def execute(self, by, other, more, minutes, right, also_right, seen):
        dose = self.dose + D(more)
        self.do(
            "execute_increase", by, self.stay.id, dose=dose, effective_at=self.at - minutes * MINUTE,
            first=self.read(dose, right), second=self.read(dose, also_right), witness=self.witness(other),
            seen_version=self.seen(seen),
        )  # fmt: skip

    @rule(
        often=10, by=NURSE, other=CHECKER, doctors=(DOCTORS, DOCTORS[::-1]), asked=EITHER,
        ceiling=("0.05", "0.05", "0.03"), eager=(False, False, True),
    )  # fmt: skip
    def a_step_by_the_book(self, by, other, doctors, asked, ceiling, eager):
        """What a good shift does; only so does a walk get anywhere. Some allow too little, or would do it themselves."""
        self.at += 121 * MINUTE
        self.chart(by, 0)
        self.look_at_alerts(by)
        if self.course is None or self.course.state != "running" or self.before.live:
            return
        made = self.do("request_increase", by, self.stay.id, dose=self.dose + D("0.05"), seen_version=self.seen())
        if made or not asked:
            self.approve(doctors[0], ceiling, not made, True, None, True)
        if eager:
            self.execute(doctors[0], other, "0.05", 0, True, True, True)
        self.execute(by, other, "0.05", 0, True, True, True)

    @rule(often=6, by=NURSE, other=CHECKER, doctor=DOCTORS)
    def a_shift_that_puts_things_right(self, by, other, doctor):
        """Without it a walk ends where nothing runs and nothing is ordered."""
        self.at += 15 * MINUTE
        self.chart(by, 0)
        self.look_at_alerts(by)
        order = self.before.order
        if order is None or self.at >= order.expires_at or order.weight_id != self.before.newest_weight.id:
            self.order(doctor, "2", "1.00", True)
        self.change_bag(
            by, other, None if self.before.order is None else str(self.before.order.concentration_mg_per_ml), True
        )
        if self.course is None:
            self.start(by, other, True, True)
        elif self.course.state != "running":
            self.allow_restart(doctor, "0", True)
            self.resume(by, other, "0", True)

    # At the pump.

    @rule(by=NURSE, other=CHECKER, right=MOSTLY, also_right=MOSTLY)
    def start(self, by, other, right, also_right):
        if self.course is not None:
            return
        dose = D("0.10")
        self.do(
            "start_infusion", by, self.stay.id, effective_at=self.at, pump="P-7", first=self.read(dose, right),
            second=self.read(dose, also_right), witness=self.witness(other), line_checked=True,
            seen_version=self.seen(),
        )  # fmt: skip

    @rule(by=NURSE, less=("0.05", "0.0333", "0", "0.50"), minutes=AGO)
    def decrease(self, by, less, minutes):
        self.do_safely(
            "decrease", by, self.stay.id, why="the dose was lowered", effective_at=self.at - minutes * MINUTE,
            dose_mg_per_kg_h=self.dose - D(less),
        )  # fmt: skip

    @rule(by=NURSE, reason=(None, *PauseReason, PauseReason.LINE, PauseReason.IMAGING), minutes=AGO)
    def pause(self, by, reason, minutes):
        how = {"effective_at": self.at - minutes * MINUTE, "reason": reason, "until_at": self.at + 30 * MINUTE}
        if reason is not None and reason.is_technical:
            self.do("pause_infusion", by, self.stay.id, **how)
        else:
            self.do_safely("pause_infusion", by, self.stay.id, why="of a clinical pause", **how)

    @rule(by=NURSE, reason=tuple(PauseReason))
    def say_why(self, by, reason):
        for event in law.naively.that_stand(self.before.events)[-1:]:
            self.do("say_why", by, event.id, reason=reason)

    @rule(often=1, by=NURSE, minutes=AGO)
    def stop(self, by, minutes):
        why = "the pump was stopped"
        self.do_safely("stop_infusion", by, self.stay.id, why=why, effective_at=self.at - minutes * MINUTE)

    @rule(by=NURSE, latest=MOSTLY)
    def undo(self, by, latest):
        halts = [each for each in self.before.events if each.kind in ("paused", "stopped")]
        for event in halts[-1:] if latest else halts[:1]:
            self.do("undo_tap", by, event.id)

    @rule(by=DOCTOR, less=("0", "0", "0.05", "-0.05"), right=MOSTLY)
    def allow_restart(self, by, less, right):
        self.do(
            "allow_restart", by, self.stay.id, dose=self.dose - D(less), reason="seen at the bed",
            seen_version=self.seen(right), seen_approval=next((each.id for each in self.before.live), None),
        )  # fmt: skip

    @rule(by=NURSE, other=NOBODY_OR_CHECKER, less=("0", "0", "0.05", "-0.05"), right=MOSTLY)
    def resume(self, by, other, less, right):
        dose = self.dose - D(less)
        how = {"second": self.read(dose, right), "witness": self.witness(other)} if other else {}
        self.do(
            "resume_infusion", by, self.stay.id, effective_at=self.at, dose_mg_per_kg_h=dose, first=self.read(dose),
            single_signed_reason="" if other else "nobody came", seen_version=self.seen(), **how,
        )  # fmt: skip

    @rule(by=NURSE, act=tuple(CheckedAct))
    def call(self, by, act):
        self.do("call_second_person", by, self.stay.id, act=act)

    @rule(by=WHO, more=("0", "0.1", "7", "-1"))
    def look_at_the_pump(self, by, more):
        for check in self.before.all(PumpCheck)[-1:]:
            self.do("check_pump", by, check.id, reading=self.rate_of(more))

    def rate_of(self, more):
        if self.course is None:
            return PumpReading(D("3.5"), D(2))
        return PumpReading(max(self.course.rate_ml_per_h + D(more), D(0)), self.course.concentration_mg_per_ml)

    @rule(often=1, by=NURSE, more=("0", "0.1", "7", "-1"), minutes=AGO)
    def found(self, by, more, minutes):
        self.do(
            "record_found", by, self.stay.id, reading=self.rate_of(more), effective_at=self.at - minutes * MINUTE,
            note="looked",
        )  # fmt: skip

    @rule(often=1, by=NURSE, kind=tuple(DeliveryKind), more=("0", "0.7"), minutes=tuple(range(301)))
    def from_paper(self, by, kind, more, minutes):
        halts = kind in (DeliveryKind.PAUSED, DeliveryKind.STOPPED)
        self.do(
            "enter_afterwards", by, self.stay.id, kind=kind, effective_at=self.at - minutes * MINUTE,
            reading=None if halts else self.rate_of(more), note="downtime sheet",
        )  # fmt: skip

    @rule(often=1, by=NURSE, number=tuple(range(21)), earlier=(-10, 0, 3, 30), more=(None, "0.3"))
    def correct(self, by, number, earlier, more):
        if not self.before.events:
            return
        event = self.before.events[number % len(self.before.events)]
        self.do(
            "correct_event", by, event.id, reason="typed wrong", effective_at=event.effective_at - earlier * MINUTE,
            reading=more and self.rate_of(more),
        )  # fmt: skip

    # Bags, the target, its hold.

    @rule(by=NURSE, other=NOBODY_OR_CHECKER, strength=(None, *STRENGTHS), right=MOSTLY)
    def change_bag(self, by, other, strength, right):
        hangs = next((bag for bag in self.before.all(Bag) if bag.closed_at is None), None)
        strength = D(strength) if strength else hangs.concentration_mg_per_ml if hangs else D(2)
        new = replace(BAG, concentration_mg_per_ml=strength, line_is_new=right)
        how = {"second": self.read(self.dose, right, strength), "witness": self.witness(other)} if other else {}
        first = (
            {"first": self.read(self.dose, True, strength), "changed_at": self.at} if hangs else {"hung_at": self.at}
        )
        if not hangs:
            how.pop("second", None)
        alone = "" if other else "nobody came"
        used = {"used": actions.UsedBag(D(200), left_ml=D(40)), "seen_bag": hangs.id} if hangs else {}
        self.do(
            "change_bag" if hangs else "hang_bag", by, self.stay.id, new=new, single_signed_reason=alone,
            seen_version=self.seen(), **used, **first, **how,
        )  # fmt: skip

    @rule(by=NURSE)
    def take_bag_down(self, by):
        hangs = next((bag.id for bag in self.before.all(Bag) if bag.closed_at is None), 0)
        used = actions.UsedBag(D(200), left_ml=D(40))
        self.do("close_bag", by, self.stay.id, used=used, closed_at=self.at, seen_bag=hangs)

    @rule(by=NURSE, kind=tuple(TargetKind), right=MOSTLY)
    def target(self, by, kind, right):
        self.do("declare_target", by, self.stay.id, kind=kind, pain=3, seen_version=self.seen(right))

    @rule(by=DOCTOR)
    def end_hold(self, by):
        self.do("end_hold_early", by, self.stay.id, reason="needs more", seen_version=self.seen())


def test_some_hundred_random_acts_break_no_law():
    walk(Ward, seeds=range(4), acts=80)
    assert sum(done.values()) > 300
    assert done["execute_increase"] > 2


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_thousands_of_random_acts_break_no_law():
    walk(Ward, seeds=range(100, 200), acts=100)
    assert sum(done.values()) > 9000
    # A walk in which something is never done proves nothing of it.
    assert not {name for name in (*actions.__all__, *OTHER_ACTS) if name not in _NOT_IN_A_STAY and not done[name]}


_NOT_IN_A_STAY = {"NewBag", "UsedBag", "draft_protocol", "redraft_protocol", "retire_protocol", "sign_protocol"}
