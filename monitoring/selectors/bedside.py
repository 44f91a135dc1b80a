"""What a bedside page and its charting form show: the board's own facts, the order, and the sets of the last 24 h."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, F, OuterRef

from accounts.actor import Actor
from core.errors import Conflict, NotFound
from infusion.domain.units import Rounding
from infusion.models import Order
from infusion.selectors import dose_rules
from monitoring.domain.rules import WatchRules
from monitoring.domain.severity import Rule
from monitoring.domain.values import Values
from monitoring.models import AdverseEvent, Alert, AlertNote, AlertNoteKind, ObservationSet
from monitoring.selectors.board import WINDOW, BedFacts, ward_board
from monitoring.selectors.facts_rows import values_of
from monitoring.selectors.rules import watch_rules
from patients.models import Admission
from patients.selectors import visible_admission


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The signed order: weight in kg, concentration in mg/mL, doses in mg/kg/h, pump resolution in mL/h."""

    drug: str
    dosing_weight_kg: Decimal
    concentration: Decimal
    maximum_dose: Decimal
    pump_resolution: Decimal
    signed_by: str
    expires_at: datetime
    weight_source: str
    weight_measured_at: datetime
    protocol_id: int
    pump_rounding: Rounding


@dataclass(frozen=True, slots=True)
class SetFacts:
    """One version of an observation set; `is_current` until a correction replaces it."""

    id: int
    corrects_id: int | None
    is_current: bool
    observed_at: datetime
    recorded_at: datetime
    recorded_by: str
    source: str
    values: Values
    absent: dict[str, str]
    symptoms: tuple[str, ...]
    mobility: str
    comment: str
    news2_total: int | None
    news2_parts: dict[str, int]
    correction_reason: str
    late_reason: str
    warning_symptoms: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An adverse event of the stop list that stands."""

    id: int
    kind: Rule
    occurred_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What somebody wrote about an open alert: a note, a call, an action."""

    alert_id: int
    kind: AlertNoteKind
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bedside:
    """One patient as the bedside shows them. `sets` holds every version of the last 24 h, oldest first.

    `rules` are its protocol's about watching. `events` are those of the stop list in the last 24 h that
    nobody withdrew, the newest first. `notes` are those of open alerts, the oldest first.
    """

    admission: Admission
    bed: BedFacts
    order: OrderFacts | None
    sets: tuple[SetFacts, ...]
    rules: WatchRules
    events: tuple[EventFacts, ...] = ()
    notes: tuple[NoteFacts, ...] = ()

    @property
    def current(self) -> tuple[SetFacts, ...]:
        """The versions that stand, oldest first."""
        return tuple(each for each in self.sets if each.is_current)


def bedside(admission_id: int, *, by: Actor, at: datetime) -> Bedside:
    """A present patient on one of the person's wards; `NotFound` otherwise. Nine statements."""
    admission = visible_admission(admission_id, by=by)
    beds = ward_board(admission.ward_id, at=at, admission_id=admission.pk)
    if not beds:
        raise NotFound("admission_not_present", "This patient has left the ward.")
    order = _order(admission)
    return Bedside(
        admission,
        beds[0],
        order,
        _sets(admission, at=at),
        watch_rules(order and order.protocol_id),
        _events(admission, at=at),
        _notes(alert.id for alert in beds[0].alerts),
    )


def visible_set(set_id: int, *, must_stand: bool, by: Actor) -> ObservationSet:
    """A set on one of the person's wards, to be corrected; `NotFound` where there is none.

    Raises `Conflict` where `must_stand` and somebody corrected it meanwhile.
    """
    found = ObservationSet.objects.filter(pk=set_id).first()
    if found is None:
        raise NotFound("set_not_found", "There is no such set on your wards.")
    visible_admission(found.admission_id, by=by)
    if must_stand and ObservationSet.objects.filter(corrects=found).exists():
        raise Conflict("already_corrected", "Somebody corrected this set already. The bedside shows what it says now.")
    return found


def _order(admission: Admission) -> OrderFacts | None:
    orders = Order.objects.filter(admission=admission).select_related("signed_by", "weight")
    order = orders.order_by(F("ended_at").desc(nulls_first=True)).first()  # the open one, else the last
    if order is None:
        return None
    rules = dose_rules(order.protocol_id)
    return OrderFacts(
        drug=rules.drug,
        dosing_weight_kg=order.dosing_weight_kg,
        concentration=order.concentration_mg_per_ml,
        maximum_dose=order.maximum_dose_mg_per_kg_h,
        pump_resolution=rules.pump_resolution_ml_per_h,
        signed_by=order.signed_by.display_name,
        expires_at=order.expires_at,
        weight_source=order.weight.source,
        weight_measured_at=order.weight.measured_at,
        protocol_id=order.protocol_id,
        pump_rounding=rules.pump_rounding,
    )


def _sets(admission: Admission, *, at: datetime) -> tuple[SetFacts, ...]:
    newer = ObservationSet.objects.filter(corrects=OuterRef("pk"))
    sets = (
        ObservationSet.objects.filter(admission=admission, observed_at__gt=at - WINDOW)
        .select_related("recorded_by")
        .annotate(is_corrected=Exists(newer))
        .order_by("observed_at", "id")
    )
    return tuple(set_facts(each, is_current=not vars(each)["is_corrected"]) for each in sets)


def _events(admission: Admission, *, at: datetime) -> tuple[EventFacts, ...]:
    standing = AdverseEvent.objects.filter(
        admission=admission, occurred_at__gt=at - WINDOW, withdraws=None, withdrawn_by=None
    )
    return tuple(
        EventFacts(each.pk, Rule(each.kind), each.occurred_at, each.recorded_by.display_name)
        for each in standing.select_related("recorded_by")
    )


def _notes(alert_ids: Iterable[int]) -> tuple[NoteFacts, ...]:
    written = AlertNote.objects.filter(
        alert_id__in=list(alert_ids), kind__in=(AlertNoteKind.NOTE, AlertNoteKind.CALL, AlertNoteKind.ACTION)
    )
    return tuple(
        NoteFacts(each.alert_id, AlertNoteKind(each.kind), each.text, each.by.display_name, each.at)
        for each in written.select_related("by").order_by("at", "id")
    )


def set_facts(row: ObservationSet, *, is_current: bool) -> SetFacts:
    """A stored set as a page needs it."""
    return SetFacts(
        id=row.pk,
        corrects_id=row.corrects_id,
        is_current=is_current,
        observed_at=row.observed_at,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by.display_name if row.recorded_by else row.source,
        source=row.source,
        values=values_of(vars(row)),
        absent=dict(row.absent),
        symptoms=tuple(row.symptoms),
        mobility=row.mobility,
        comment=row.comment,
        news2_total=row.news2_total,
        news2_parts=dict(row.news2_sub_scores),
        correction_reason=row.correction_reason,
        late_reason=row.late_reason,
        warning_symptoms=None if row.warning_symptoms is None else tuple(row.warning_symptoms),
    )


def newest_with(sets: Sequence[SetFacts], field: str) -> SetFacts | None:
    """The newest standing set that carries this value."""
    return next((each for each in reversed(sets) if each.is_current and getattr(each.values, field) is not None), None)


def admission_of_alert(alert_id: int, *, by: Actor) -> int:
    """The stay an alert belongs to; `NotFound` where the person does not work."""
    admission_id = Alert.objects.filter(pk=alert_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("alert_not_found", "There is no such alert on your wards.")
    return visible_admission(admission_id, by=by).pk


def visible_event(event_id: int, *, by: Actor) -> AdverseEvent:
    """An adverse event on one of the person's wards; `NotFound` otherwise."""
    event = AdverseEvent.objects.filter(pk=event_id, withdraws=None).select_related("recorded_by").first()
    if event is None:
        raise NotFound("event_not_found", "There is no such event on your wards.")
    visible_admission(event.admission_id, by=by)
    return event
