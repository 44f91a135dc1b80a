"""The whole record of one stay, read row by row, and the laws that hold of it whatever people did (DOMAIN 1 to 3).

Nothing of the product's own judgement is asked here: each law is counted again from the stored rows.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal as D
from fractions import Fraction
from functools import lru_cache
from types import SimpleNamespace

from django.db import connection, models

from accounts.models import Signature
from infusion.models import (
    Approval,
    Bag,
    Course,
    DeliveryEvent,
    DoubleCheck,
    HoldEnd,
    IncreaseRequest,
    Order,
    Override,
    PumpCheck,
    SecondPersonCall,
    Segment,
    TargetDeclaration,
)
from infusion.selectors.figures import figures_of
from monitoring.models import Alert, ObservationSet
from patients.models import Weight
from tests.integration.infusion import naively

# Written once, never again.
HISTORY = (DeliveryEvent, DoubleCheck, HoldEnd, ObservationSet, Override, SecondPersonCall, Signature,
           TargetDeclaration, Weight)  # fmt: skip
# Changed by later acts, never taken away.
KEPT = (Approval, Alert, Bag, IncreaseRequest, Order, PumpCheck)
TECHNICAL = {"line", "occlusion", "pump_fault", "extravasation", "imaging", "transport"}
TICK = D("0.1")  # mL/h, the pump's


@dataclass
class Record:
    """Every row of the stay, by model and key."""

    rows: dict[type, dict[int, object]]

    def all(self, model):
        return list(self.rows[model].values())

    @property
    def events(self):
        return self.all(DeliveryEvent)

    @property
    def order(self):
        return next((order for order in self.all(Order) if order.ended_at is None), None)

    @property
    def course(self):
        return next(iter(self.all(Course)), None)

    @property
    def dose_meant(self):
        return naively.dose_meant(
            self.events,
            ceilings={each.id: each.ceiling_mg_per_kg_h for each in self.all(Approval)},
            initials={each.id: each.initial_dose_mg_per_kg_h for each in self.all(Order)},
        )

    @property
    def waiting(self):
        return [request for request in self.all(IncreaseRequest) if request.state == "waiting"]

    @property
    def live(self):
        return [approval for approval in self.all(Approval) if approval.state == "live"]

    @property
    def red(self):
        return {alert.id for alert in self.all(Alert) if alert.severity == "red" and alert.closed_at is None}

    @property
    def newest_set(self):
        corrected = {each.corrects_id for each in self.all(ObservationSet)}
        sets = [each for each in self.all(ObservationSet) if each.id not in corrected]
        return max(sets, key=lambda each: (each.observed_at, each.id), default=None)

    @property
    def newest_weight(self):
        return max(self.all(Weight), key=lambda each: (each.measured_at, each.id), default=None)


_MODELS = {model._meta.db_table: model for model in (*HISTORY, *KEPT, Course, Segment)}
_READ = " UNION ALL ".join(
    f"SELECT '{table}', t.id, to_jsonb(t)::text FROM {table} t WHERE t.admission_id = %(stay)s" for table in _MODELS
)


def read(admission_id) -> Record:
    """The record as it is stored now, in one statement; a row that is as it was is not read a second time."""
    rows: dict[type, dict[int, object]] = {model: {} for model in _MODELS.values()}
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"stay": admission_id})
        for table, key, stored in cursor.fetchall():
            rows[_MODELS[table]][key] = _row(table, stored)
    return Record(rows)


@lru_cache(maxsize=2000)
def _row(table, stored):
    said = json.loads(stored, parse_float=D)
    for field in _MODELS[table]._meta.concrete_fields:
        value = said[field.attname]
        if isinstance(field, models.DateTimeField) and value is not None:
            said[field.attname] = datetime.fromisoformat(value)
        elif isinstance(field, models.DecimalField) and value is not None:
            said[field.attname] = D(value)
    return SimpleNamespace(**said, stored=stored)


def changed_rows(before: Record, after: Record):
    """Names of the tables in which anything is new, gone or different."""
    return {model.__name__ for model, rows in after.rows.items() if _stored(before.rows[model]) != _stored(rows)}


def _stored(rows):
    return {key: row.stored for key, row in rows.items()}


def new_rows(before: Record, after: Record, model):
    return [row for key, row in after.rows[model].items() if key not in before.rows[model]]


def history_stands(before: Record, after: Record) -> None:
    """No row vanishes; what is history is not rewritten either."""
    for model in (*HISTORY, *KEPT):
        assert before.rows[model].keys() <= after.rows[model].keys(), f"{model.__name__} lost a row"
    for model in HISTORY:
        for key, old in before.rows[model].items():
            assert old.stored == after.rows[model][key].stored, f"{model.__name__} {key} was rewritten"


def one_of_each(record: Record) -> None:
    """At most one live approval, one waiting request, one open order, one hanging bag, one running segment."""
    assert len(record.live) <= 1
    assert len(record.waiting) <= 1
    assert len([order for order in record.all(Order) if order.ended_at is None]) <= 1
    assert len([bag for bag in record.all(Bag) if bag.closed_at is None]) <= 1
    assert len([segment for segment in record.all(Segment) if segment.ended_at is None]) <= 1


def projection_is_a_replay(record: Record, *, at) -> None:
    """Segments and course are what anybody gets who reads the events once more; so are the sums and the hold."""
    flowed = naively.flows(record.events)
    kept = [
        naively.Flow(s.started_at, s.ended_at, s.rate_ml_per_h, s.concentration_mg_per_ml, s.dose_mg_per_kg_h)
        for s in sorted(record.all(Segment), key=lambda s: s.started_at)
    ]
    assert naively.joined(kept) == flowed
    course, now = record.course, naively.setting_at(record.events)
    if course is None:
        assert not flowed
        return
    assert course.state == now.state
    running = [each for each in naively.settings(record.events) if each.flows]
    last = running[-1]
    assert (course.rate_ml_per_h, course.concentration_mg_per_ml, course.dose_mg_per_kg_h) == (
        last.rate, last.concentration, last.dose,
    )  # fmt: skip
    assert course.first_started_at == _first_flow(record.events)
    meant = record.dose_meant
    if now.flows and (meant is None or now.dose > meant):
        assert course.found_differing_at is not None, "what nobody ordered passes for ordered"
    figures = figures_of(course.admission_id, at=at)
    # The product divides once, to 60 digits.
    assert abs(Fraction(figures.cumulative_mg) - naively.milligrams(flowed, at)) < Fraction(1, 10**40)
    hold_is_counted_right(record, figures, at=at)


def _first_flow(events):
    return next(e.effective_at for e in naively.that_stand(events) if e.kind in ("started", "resumed", "found"))


def hold_is_counted_right(record: Record, figures, *, at) -> None:
    """The hold counts what flowed at the target since its declaration, never a pause, and never beyond a break."""
    course = record.course
    target = max(record.all(TargetDeclaration), key=lambda each: (each.declared_at, each.id), default=None)
    if target is None:
        assert figures.time_at_target is None
        return
    end = next((end for end in record.all(HoldEnd) if end.declaration_id == target.id), None)
    counted = naively.held(
        record.events, dose=target.dose_mg_per_kg_h, declared_at=target.declared_at,
        ended_at=end and end.ended_at, until=at,
    )  # fmt: skip
    assert figures.time_at_target == counted
    assert course.target_dose_mg_per_kg_h == target.dose_mg_per_kg_h


def nothing_is_pending(record: Record, why: str) -> None:
    assert not record.waiting, f"a request still waits although {why}"
    assert not record.live, f"an approval still stands although {why}"


def nothing_pending_stands_on_broken_ground(before: Record, after: Record) -> None:
    """No wish for more outlives a new red alert, POSS 3, or a weight that changed by a twentieth."""
    if after.red - before.red:
        nothing_is_pending(after, "a red alert was raised")
    seen = after.newest_set
    if seen is not None and seen.id not in before.rows[ObservationSet] and seen.sedation in ("3", "4"):
        nothing_is_pending(after, "the patient is too sedated")
    weight, order = after.newest_weight, after.order
    is_new = weight.id not in before.rows[Weight]
    if order is not None and is_new and abs(weight.kg - order.dosing_weight_kg) * 20 >= order.dosing_weight_kg:
        nothing_is_pending(after, "the weight changed by 5 %")
    if after.red or (seen is not None and seen.sedation in ("3", "4")):
        assert not [each for each in after.live if each.kind == "increase"]
        assert not after.waiting


def increase_is_allowed(before: Record, after: Record, event, *, at) -> None:
    """No increase without an approval live at that instant, by somebody who neither asked, nor executed, nor checked."""
    approval = before.rows[Approval][event.approval_id]
    order = before.order
    assert (approval.state, approval.kind) == ("live", "increase")
    assert approval.approved_at <= event.effective_at
    assert approval.approved_at <= at < approval.expires_at
    assert approval.approved_by_id not in {event.recorded_by_id, event.second_checker_id, approval.requested_by_id}
    assert event.dose_mg_per_kg_h <= approval.ceiling_mg_per_kg_h
    assert event.dose_mg_per_kg_h <= order.maximum_dose_mg_per_kg_h
    assert at < order.expires_at
    assert event.order_id == approval.order_id == order.id
    now = naively.setting_at(before.events)
    assert now.flows
    assert now.dose < event.dose_mg_per_kg_h
    assert not before.red
    used = event.dose_mg_per_kg_h == approval.ceiling_mg_per_kg_h
    assert after.rows[Approval][approval.id].state == ("used" if used else "live")


def setting_back_is_allowed(before: Record, after: Record, event, *, at) -> None:
    """Without an approval a dose only rises back to what was meant, from what nobody ordered, while nothing else is red."""
    now = naively.setting_at(before.events)
    assert now.flows
    assert now.dose < event.dose_mg_per_kg_h == before.dose_meant <= before.order.maximum_dose_mg_per_kg_h
    assert before.course.found_differing_at is not None
    assert at - before.course.found_differing_at <= timedelta(hours=2)
    assert after.course.found_differing_at is None
    assert {before.rows[Alert][each].rule for each in before.red} <= {"pump_differs"}
    assert not any(alert.rule == "pump_differs" and alert.closed_at is None for alert in after.all(Alert))


def resume_is_allowed(before: Record, event, *, at) -> None:
    """Flow again never above what was meant before; after a stop, a clinical, unexplained or long pause by a physician."""
    halts = _halts(naively.that_stand(before.events))
    assert event.dose_mg_per_kg_h <= before.dose_meant
    said = {each.pause_reason for each in halts} - {""}
    stopped = any(each.kind == "stopped" for each in halts)
    short = event.effective_at - halts[0].effective_at <= timedelta(hours=2)
    if said and said <= TECHNICAL and short and not stopped and not before.red:
        return
    assert event.approval_id is not None, f"resumed without a physician after {said or 'a halt that nobody explained'}"
    approval = before.rows[Approval][event.approval_id]
    assert (approval.state, approval.kind) == ("live", "restart")
    assert approval.approved_at <= at < approval.expires_at
    assert event.dose_mg_per_kg_h <= approval.ceiling_mg_per_kg_h
    assert approval.approved_by_id not in {event.recorded_by_id, event.second_checker_id}


def _halts(stands):
    """The pauses and stops since the last flow."""
    halts = []
    for each in stands:
        if each.kind in ("started", "resumed", "found"):
            halts = []
        elif each.kind in ("paused", "stopped"):
            halts.append(each)
    return halts


def rate_never_exceeds_the_dose(after: Record, event) -> None:
    """The rate is the dose rounded down by less than one tick of the pump."""
    order = after.rows[Order][event.order_id]
    exact = event.dose_mg_per_kg_h * order.dosing_weight_kg / event.concentration_mg_per_ml
    assert exact - TICK < event.rate_ml_per_h <= exact


def two_people_signed(before: Record, after: Record, event, *, may_be_alone: bool) -> None:
    """A double check that agrees and two names; or, for what one may do alone, a reason and a look at the pump to come."""
    names = {(s.user_id, s.meaning) for s in after.all(Signature)
             if (s.table_name, s.row_id) == ("infusion_deliveryevent", event.id)}  # fmt: skip
    assert (event.recorded_by_id, "administered") in names
    if event.double_check_id is None:
        assert may_be_alone
        assert event.single_signed_reason
        checks = [each for each in new_rows(before, after, PumpCheck) if each.event_id == event.id]
        assert [(each.kind, each.closed_at) for each in checks] == [("single_signed", None)]
        return
    two_people_checked(after, event)
    assert (event.second_checker_id, "witnessed") in names


def two_people_checked(after: Record, event) -> None:
    """Two people read at the pump what runs now, and it was what Plateau computed."""
    check = after.rows[DoubleCheck][event.double_check_id]
    assert check.agrees
    assert (check.first_by_id, check.second_by_id) == (event.recorded_by_id, event.second_checker_id)
    assert check.first_by_id != check.second_by_id
    assert check.first_rate_ml_per_h == check.second_rate_ml_per_h == event.rate_ml_per_h
    assert check.first_concentration_mg_per_ml == check.second_concentration_mg_per_ml == event.concentration_mg_per_ml


def bag_is_signed(after: Record, bag) -> None:
    """Two names on the bag, or one with a reason."""
    names = {
        (s.user_id, s.meaning) for s in after.all(Signature) if (s.table_name, s.row_id) == ("infusion_bag", bag.id)
    }
    assert (bag.hung_by_id, "administered") in names
    assert bag.single_signed_reason or (bag.witnessed_by_id, "witnessed") in names
    assert bag.hung_by_id != bag.witnessed_by_id


def decisions_are_signed(before: Record, after: Record) -> None:
    """Who asked, allowed, ordered: by name, the physician with a password."""
    for model, table, person, meanings in (
        (IncreaseRequest, "infusion_increaserequest", "requested_by_id", {"requested"}),
        (Approval, "infusion_approval", "approved_by_id", {"approved", "restarted"}),
        (Order, "infusion_order", "signed_by_id", {"ordered"}),
    ):
        for row in new_rows(before, after, model):
            names = [s for s in after.all(Signature) if (s.table_name, s.row_id) == (table, row.id)]
            own = [s for s in names if s.user_id == getattr(row, person) and s.meaning in meanings]
            assert own
            assert model is IncreaseRequest or own[0].method == "password"
