"""What was done at the pump, and what therefore flowed.

The pump is not controlled from here. A delivery event is what a person says was done at it; segments are the projection
of those events into stretches of constant rate, rebuilt in the same transaction.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of
from core.posted import Posted
from infusion.domain.delivery import DeliveryKind
from infusion.domain.words import EventSource, PauseReason, PumpCheckKind, TargetKind
from infusion.models.bags import Bag
from infusion.models.columns import concentration_column, dose_column, person, rate_column, words
from infusion.models.orders import Order
from infusion.models.titration import Approval, DoubleCheck
from patients.models import PATIENT_OF_ADMISSION, Admission


class DeliveryEvent(Posted):
    """What was done at the pump, said by a person: when it was done, and when it was recorded.

    Limits bind orders and approvals, not history: a rate found at the pump is kept as it was.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="delivery_events")
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="delivery_events")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in DeliveryKind])
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    dose_mg_per_kg_h = dose_column(null=True)
    rate_ml_per_h = rate_column(null=True)
    concentration_mg_per_ml = concentration_column(null=True)
    pump = models.CharField(max_length=40, blank=True)
    second_checker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    pause_reason = models.CharField(max_length=20, choices=words(PauseReason), blank=True)
    until_at = models.DateTimeField(null=True, help_text="Until when a pause was meant to last")
    source = models.CharField(max_length=10, choices=words(EventSource), default=EventSource.BEDSIDE)
    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, related_name="executions", db_index=False
    )
    double_check = models.OneToOneField(DoubleCheck, on_delete=models.PROTECT, null=True, related_name="event")
    bag = models.ForeignKey(Bag, on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    single_signed_reason = models.CharField(max_length=200, blank=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["effective_at", "id"]
        constraints = [
            one_of("kind", [kind.value for kind in DeliveryKind], name="delivery_kind_known"),
            one_of("source", [str(source) for source in EventSource], name="delivery_source_known"),
            one_of("pause_reason", [str(r) for r in PauseReason], name="delivery_pause_reason_known", blank=True),
            models.CheckConstraint(
                condition=~Q(kind="withdrawn") | Q(supersedes__isnull=False), name="delivery_withdrawal_names_event"
            ),
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
    dose_mg_per_kg_h = dose_column()
    rate_ml_per_h = rate_column()
    concentration_mg_per_ml = concentration_column()
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
    dose_mg_per_kg_h = dose_column(help_text="The dose running, or that ran before the pause or stop")
    rate_ml_per_h = rate_column()
    concentration_mg_per_ml = concentration_column()
    previous_dose_mg_per_kg_h = dose_column(null=True)
    dose_changed_at = models.DateTimeField(null=True)
    last_increase_at = models.DateTimeField(null=True)
    last_decrease_or_restart_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=20, choices=words(PauseReason), blank=True)
    stopped_at = models.DateTimeField(null=True)
    found_differing_at = models.DateTimeField(
        null=True, help_text="When the pump was found at a rate that differs from the ordered one and runs on"
    )
    target_dose_mg_per_kg_h = dose_column(null=True)
    target_kind = models.CharField(max_length=20, choices=words(TargetKind), blank=True)
    target_declared_at = models.DateTimeField(null=True)
    held = models.DurationField(null=True, help_text="Infused at the target until `held_until`, pauses left out")
    held_until = models.DateTimeField(null=True, help_text="Up to when `held` is counted")
    hold_is_counting = models.BooleanField(default=False, help_text="The clock goes on from `held_until`")
    hold_ended_at = models.DateTimeField(null=True, help_text="Ended early by a physician, or broken")

    record = Record.MUTABLE

    class Meta:
        constraints = [one_of("state", DeliveryState, name="course_state_known")]
        triggers = [row_audit(Record.MUTABLE, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"{self.state} at {self.dose_mg_per_kg_h} mg/kg/h"


class TargetDeclaration(Posted):
    """The running dose is the target from now on: the hold counts from here, never backwards."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="target_declarations")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    dose_mg_per_kg_h = dose_column()
    kind = models.CharField(max_length=20, choices=words(TargetKind))
    pain = models.PositiveSmallIntegerField(null=True, help_text="The last awake value when it was declared")
    declared_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    declared_by = person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-declared_at", "-id"]
        constraints = [one_of("kind", [str(kind) for kind in TargetKind], name="target_kind_known")]
        indexes = [models.Index(fields=["admission", "-declared_at"], name="target_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"target {self.dose_mg_per_kg_h} mg/kg/h"


class HoldEnd(Posted):
    """A physician ended the hold early, and why."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="+", db_index=False)
    declaration = models.OneToOneField(TargetDeclaration, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(max_length=200)
    ended_by = person()
    ended_at = models.DateTimeField()

    record = Record.APPEND_ONLY

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="hold_end_has_reason")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"end of hold {self.declaration_id}"


class PumpCheck(models.Model):
    """Another person is to look at the pump: after a decrease, after an act signed by one alone, after a rate found wrong."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="pump_checks")
    event = models.OneToOneField(DeliveryEvent, on_delete=models.PROTECT, related_name="pump_check")
    kind = models.CharField(max_length=20, choices=words(PumpCheckKind))
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = person(null=True)
    rate_ml_per_h = rate_column(null=True)
    concentration_mg_per_ml = concentration_column(null=True)
    agrees = models.BooleanField(null=True)
    close_reason = models.CharField(max_length=200, blank=True, help_text="Where it ended without a look")

    record = Record.KEPT

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            one_of("kind", [str(kind) for kind in PumpCheckKind], name="pump_check_kind_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None)
                | ~Q(close_reason="")
                | Q(
                    closed_by__isnull=False,
                    rate_ml_per_h__isnull=False,
                    concentration_mg_per_ml__isnull=False,
                    agrees__isnull=False,
                ),
                name="pump_check_closed_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["admission", "due_at"], condition=Q(closed_at=None), name="pump_check_open")]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"pump check {self.kind}, due {self.due_at:%d.%m. %H:%M}"
