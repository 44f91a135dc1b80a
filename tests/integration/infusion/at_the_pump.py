"""Patients who may be treated, and two people at their pump: every step through the real actions, by a clock moved by hand."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor
from accounts.roles import Role
from infusion.actions import (
    NewBag,
    allow_restart,
    decrease,
    hang_bag,
    pause_infusion,
    resume_infusion,
    sign_order,
    start_infusion,
    stop_infusion,
)
from infusion.checking import computed_reading
from infusion.domain.double_check import PumpReading
from infusion.domain.order import OrderElements
from infusion.domain.words import PauseReason
from infusion.models import Approval, Bag, Course, IncreaseRequest, Order, Segment
from infusion.selectors import dose_rules
from monitoring.actions import record_set
from monitoring.actions.assessments import record_falls, record_liver_panel, record_mood
from monitoring.domain.assessments import Analyte, Mood
from monitoring.domain.falls import FallsEntry
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.mood import MoodEntry
from patients.actions import record_consent, record_screening
from patients.domain.screening import Answer, BriefingItem, Ecg, PregnancyTest, ScreeningItem
from tests.factories import MINUTE, MORNING, Stay, actor, entry, person, protocol, signed, stay

STRENGTH = D(2)
BAG = NewBag("L-1", (MORNING + timedelta(days=60)).date(), D(250), STRENGTH, D(10), line_is_new=True)


@dataclass
class Pumped(Stay):
    """A stay with a second nurse, who checks."""

    second: Actor

    def witness(self, at):
        return signed(self.second, at=at)

    @property
    def order(self):
        return Order.objects.get(admission_id=self.id, ended_at=None)

    @property
    def course(self):
        return Course.objects.select_related("order").get(admission_id=self.id)

    def reading(self, dose, strength=None):
        """What the pump has to be set to."""
        return computed_reading(self.order, dose=D(dose), concentration=strength)


def after(minutes):
    return MORNING + minutes * MINUTE


def screened(made, *, at):
    record_screening(
        made.id,
        answers=dict.fromkeys(ScreeningItem, Answer.NO),
        pregnancy_test=PregnancyTest.NEGATIVE,
        ecg=Ecg.NORMAL,
        by=made.by_nurse,
        at=at,
    )


def consented(made, *, at):
    record_consent(made.id, briefed=list(BriefingItem), given_at=at, by=made.by_nurse, at=at)


def ordered(made, *, at, strength=STRENGTH):
    rules = protocol(at=at)
    elements = OrderElements.proposed(dose_rules(rules.pk), concentration_mg_per_ml=strength)
    sign_order(
        made.id,
        protocol=rules,
        elements=elements,
        signed=signed(made.by_physician, at=at),
        by=made.by_physician,
        at=at,
    )


def liver_known(made, *, at):
    measured = {analyte: Measured(D(20), D(40)) for analyte in (Analyte.ALT, Analyte.AST)}
    record_liver_panel(made.id, entry=LiverEntry(at, measured), by=made.by_nurse, at=at)


def mood_known(made, *, at):
    record_mood(made.id, entry=MoodEntry(at, Mood.USUAL), by=made.by_nurse, at=at)


def falls_known(made, *, at):
    record_falls(made.id, entry=FallsEntry(at, 20), by=made.by_nurse, at=at)


def charted(made, *, at, **changed):
    record_set(made.id, entry=entry(at, **changed), by=made.by_nurse, at=at)


def bag_hung(made, *, at, new=BAG):
    return hang_bag(
        made.id,
        new=new,
        hung_at=at,
        witness=signed(made.second, at=at),
        seen_version=made.order.version,
        by=made.by_nurse,
        at=at,
    )


def hanging(made):
    """The id of the bag that hangs; of none, where none does."""
    return Bag.objects.filter(admission_id=made.id, closed_at=None).values_list("pk", flat=True).first() or 0


STEPS = {
    "screening": screened,
    "consent": consented,
    "order": ordered,
    "liver": liver_known,
    "mood": mood_known,
    "falls": falls_known,
    "set": charted,
    "bag": bag_hung,
}


def prepared(*, at=MORNING, on=None, without=()):
    """A patient who may be started at `at`: everything done a quarter of an hour before, in order."""
    plain = stay(at=at, on=on)
    second = actor(person(Role.NURSE, ward=plain.ward))
    made = Pumped(plain.admission, plain.ward, plain.nurse, plain.physician, second)
    before = at - 15 * MINUTE
    for name, step in STEPS.items():
        if name not in without:
            step(made, at=before)
    return made


def start(made, *, at=MORNING, **changed):
    """Start at the initial dose, both reading what they should."""
    right = made.reading("0.10") if Order.objects.filter(admission_id=made.id).exists() else PumpReading(D("3.5"), D(2))
    how = {
        "effective_at": at, "pump": "P-7", "first": right, "second": right, "witness": made.witness(at),
        "line_checked": True, "seen_version": 1, "by": made.by_nurse, "at": at,
    }  # fmt: skip
    return start_infusion(made.id, **{**how, **changed})


def started(*, at=MORNING, on=None):
    """A pump that runs at 0.10 mg/kg/h (70 kg, 2 mg/mL: 3.5 mL/h), started through the whole gate."""
    made = prepared(at=at, on=on)
    start(made, at=at)
    return made


def resume(made, minutes, dose="0.10", **changed):
    """The pump runs again, both reading what they should."""
    at = after(minutes)
    how = {
        "effective_at": at, "dose_mg_per_kg_h": D(dose), "first": made.reading(dose), "second": made.reading(dose),
        "witness": made.witness(at), "seen_version": made.order.version, "by": made.by_nurse, "at": at,
    }  # fmt: skip
    return resume_infusion(made.id, **{**how, **changed})


def restart_allowed(made, minutes, dose="0.10"):
    at = after(minutes)
    return allow_restart(
        made.id,
        dose=D(dose),
        reason="seen at the bed",
        seen_version=made.order.version,
        signed=signed(made.by_physician, at=at),
        by=made.by_physician,
        at=at,
    )


def codes(refused):
    """The codes of every reason of a refusal."""
    return [reason.code for reason in refused.value.reasons]


def statements(act):
    """How many statements an act takes, savepoints left out (a test runs inside a transaction), and what it answers."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = act()
    return [each["sql"] for each in captured if "SAVEPOINT" not in each["sql"]], answer


def segments(made):
    rows = Segment.objects.filter(admission_id=made.id).values_list("started_at", "ended_at", "dose_mg_per_kg_h")
    return [((a - MORNING) / MINUTE, b and (b - MORNING) / MINUTE, str(dose.normalize())) for a, b, dose in rows]


def request_waiting(made, minutes=0):
    return IncreaseRequest.objects.create(
        admission_id=made.id, order=made.order, dose_mg_per_kg_h=D("0.15"), requested_by=made.nurse,
        requested_at=after(minutes), view={},
    )  # fmt: skip


def approval_live(made, minutes=0):
    return Approval.objects.create(
        admission_id=made.id, order=made.order, kind="increase", ceiling_mg_per_kg_h=D("0.15"),
        approved_by=made.physician, approved_at=after(minutes), expires_at=after(minutes + 600), view={},
    )  # fmt: skip


def pending(made):
    """The states of everything that waits to be executed."""
    return [*IncreaseRequest.objects.values_list("state", flat=True), *Approval.objects.values_list("state", flat=True)]


def pause(made, minutes, reason=PauseReason.LINE, **changed):
    at = after(minutes)
    how = {"effective_at": at, "reason": reason, "by": made.by_nurse, "at": at}
    return pause_infusion(made.id, **{**how, **changed})


def stop(made, minutes, **changed):
    at = after(minutes)
    return stop_infusion(made.id, **{"effective_at": at, "by": made.by_nurse, "at": at, **changed})


def lower(made, minutes, dose, **changed):
    at = after(minutes)
    return decrease(
        made.id, **{"effective_at": at, "dose_mg_per_kg_h": D(dose), "by": made.by_nurse, "at": at, **changed}
    )
