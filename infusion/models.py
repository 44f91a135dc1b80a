"""Protocols, orders, and what was done at the pump.

The pump is not controlled from here. A delivery event is what a person says was done at it; segments are the projection
of those events into stretches of constant rate, rebuilt in the same transaction.
"""

from functools import partial
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import all_or_none, one_of, within
from infusion.domain.delivery import DeliveryKind
from patients.models import PATIENT_OF_ADMISSION, Admission, Weight


def _number(max_digits: int, decimal_places: int, *, null: bool = False, help_text: str = "") -> Any:
    """A decimal column; the unit stands in its name."""
    return models.DecimalField(max_digits=max_digits, decimal_places=decimal_places, null=null, help_text=help_text)


_dose = partial(_number, 6, 4)
_rate = partial(_number, 7, 2)
_concentration = partial(_number, 7, 3)


class ProtocolStatus(models.TextChoices):
    """Draft, then signed and active, then retired."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    RETIRED = "retired", "retired"


class Protocol(models.Model):
    """A version of the numbers a hospital signed for: dose, schedule and alert thresholds.

    Draft, then signed by a physician and active, then retired; its content never changes once it is signed, so that an
    order's key to it *is* the order's snapshot of those numbers.
    """

    Status = ProtocolStatus

    code = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    drug = models.CharField(max_length=80)
    content = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    record = Record.KEPT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(status="active"), name="protocol_one_active_version"),
            one_of("status", ProtocolStatus, name="protocol_status_known"),
            all_or_none("signed_by", "signed_at", name="protocol_signature_whole"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(signed_at__isnull=False), name="protocol_active_is_signed"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signed_content_stays",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.signed_at IS NOT NULL AND (OLD.content IS DISTINCT FROM NEW.content OR OLD.code <> NEW.code"
                    " OR OLD.version <> NEW.version OR OLD.drug <> NEW.drug)"
                ),
                func="RAISE EXCEPTION 'a signed protocol is never edited: make a new version' USING ERRCODE = '42501';",
            ),
            row_audit(Record.KEPT),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Order(models.Model):
    """A signed order: the frozen weight, the concentration, and the limits that doses keep to."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="orders")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="+")
    weight = models.ForeignKey(Weight, on_delete=models.PROTECT, related_name="+")
    dosing_weight_kg = models.DecimalField(max_digits=5, decimal_places=2)
    concentration_mg_per_ml = _concentration()
    initial_dose_mg_per_kg_h = _dose()
    increment_mg_per_kg_h = _dose()
    maximum_dose_mg_per_kg_h = _dose()
    limit_dose_mg_per_kg_h = _dose(help_text="The protocol's hard maximum when it was signed")
    planned_days = models.PositiveSmallIntegerField(default=5)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    client_id = models.UUIDField(unique=True)

    record = Record.KEPT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["admission"], condition=Q(ended_at=None), name="order_one_open"),
            models.CheckConstraint(
                condition=Q(maximum_dose_mg_per_kg_h__lte=F("limit_dose_mg_per_kg_h")),
                name="order_maximum_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(
                    initial_dose_mg_per_kg_h__gt=0, initial_dose_mg_per_kg_h__lte=F("maximum_dose_mg_per_kg_h")
                ),
                name="order_initial_within_maximum",
            ),
            models.CheckConstraint(condition=Q(increment_mg_per_kg_h__gt=0), name="order_increment_positive"),
            models.CheckConstraint(condition=Q(concentration_mg_per_ml__gt=0), name="order_concentration_positive"),
            within("dosing_weight_kg", 1, 400, name="order_weight_is_a_persons"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("signed_at")), name="order_expires_after_signature"),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"order {self.pk}"


class DeliveryEvent(models.Model):
    """What was done at the pump, said by a person: when it was done, and when it was recorded.

    Limits bind orders and approvals, not history: a rate found at the pump is kept as it was.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="delivery_events")
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="delivery_events")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in DeliveryKind])
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    dose_mg_per_kg_h = _dose(null=True)
    rate_ml_per_h = _rate(null=True)
    concentration_mg_per_ml = _concentration(null=True)
    pump = models.CharField(max_length=40, blank=True)
    second_checker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    client_id = models.UUIDField(unique=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["effective_at", "id"]
        constraints = [
            one_of("kind", [kind.value for kind in DeliveryKind], name="delivery_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind__in=["started", "rate_changed", "resumed", "bag_changed", "found"])
                | Q(
                    rate_ml_per_h__isnull=False,
                    concentration_mg_per_ml__isnull=False,
                    dose_mg_per_kg_h__isnull=False,
                    rate_ml_per_h__gte=0,
                    concentration_mg_per_ml__gt=0,
                    dose_mg_per_kg_h__gte=0,
                ),
                name="delivery_running_has_rate",
            ),
            models.CheckConstraint(
                condition=Q(second_checker=None) | ~Q(second_checker=F("recorded_by")),
                name="delivery_checked_by_another",
            ),
        ]
        indexes = [models.Index(fields=["admission", "effective_at", "id"], name="delivery_in_order")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.effective_at:%d.%m. %H:%M}"


class Segment(models.Model):
    """A stretch of constant rate: the projection of the delivery events, never written by hand."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="segments")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="segments")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    dose_mg_per_kg_h = _dose()
    rate_ml_per_h = _rate()
    concentration_mg_per_ml = _concentration()
    pump = models.CharField(max_length=40, blank=True)

    record = Record.MUTABLE

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["admission"], condition=Q(ended_at=None), name="segment_one_running"),
            models.UniqueConstraint(fields=["admission", "started_at"], name="segment_starts_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="segment_ends_after_start"
            ),
        ]
        triggers = [row_audit(Record.MUTABLE, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"{self.dose_mg_per_kg_h} mg/kg/h from {self.started_at:%d.%m. %H:%M}"


class DeliveryState(models.TextChoices):
    """What the pump was last recorded to do."""

    RUNNING = "running", "running"
    PAUSED = "paused", "paused"
    STOPPED = "stopped", "stopped"


class Course(models.Model):
    """How the delivery stands now: one small row a stay, rebuilt from the events together with the segments.

    What pages, schedule and alerts ask every few seconds is read here, so that its cost never grows with the course.
    """

    State = DeliveryState

    admission = models.OneToOneField(Admission, on_delete=models.PROTECT, related_name="course")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    first_started_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the present state or dose began")
    dose_mg_per_kg_h = _dose(help_text="The dose running, or that ran before the pause or stop")
    rate_ml_per_h = _rate()
    concentration_mg_per_ml = _concentration()
    previous_dose_mg_per_kg_h = _dose(null=True)
    dose_changed_at = models.DateTimeField(null=True)
    last_increase_at = models.DateTimeField(null=True)
    last_decrease_or_restart_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    record = Record.MUTABLE

    class Meta:
        constraints = [one_of("state", DeliveryState, name="course_state_known")]
        triggers = [row_audit(Record.MUTABLE, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"{self.state} at {self.dose_mg_per_kg_h} mg/kg/h"
