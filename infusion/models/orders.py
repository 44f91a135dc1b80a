"""Signed orders, version by version."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record
from core.constraints import one_of, within
from core.posted import Posted
from infusion.domain.words import OrderEnd
from infusion.models.columns import concentration_column, dose_column, person, words
from infusion.models.protocols import Protocol
from patients.models import PATIENT_OF_ADMISSION, Admission, Weight


class Order(Posted):
    """One signed version of a stay's order: the frozen weight, the concentration, and the limits that doses keep to.

    A new version (another weight, a renewal, other limits) is a new row that ends the one it replaces, so that what was
    signed never changes. Every dose of the stay is in the weight of the version under which it was set.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="orders")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    drug = models.CharField(max_length=80, blank=True)
    route = models.CharField(max_length=40, default="intravenous")
    weight = models.ForeignKey(Weight, on_delete=models.PROTECT, related_name="+")
    dosing_weight_kg = models.DecimalField(max_digits=5, decimal_places=2)
    unmeasured_weight_reason = models.CharField(max_length=200, blank=True)
    reweigh_by = models.DateTimeField(null=True, help_text="Where the weight is not measured")
    concentration_mg_per_ml = concentration_column()
    initial_dose_mg_per_kg_h = dose_column()
    increment_mg_per_kg_h = dose_column()
    step_interval = models.DurationField(default=timedelta(minutes=120))
    maximum_dose_mg_per_kg_h = dose_column()
    limit_dose_mg_per_kg_h = dose_column(help_text="The protocol's hard maximum when it was signed")
    pain_goal = models.PositiveSmallIntegerField(default=3, help_text="The objective endpoint: pain at or below it")
    endpoint = models.CharField(max_length=200, blank=True, help_text="What else the infusion is to reach")
    planned_days = models.PositiveSmallIntegerField(default=5)
    liver_max_age = models.DurationField(
        default=timedelta(hours=48), help_text="How old liver enzymes may be; a physician extends it to 72 h at most"
    )
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person(null=True)
    end_cause = models.CharField(max_length=20, choices=words(OrderEnd), blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-version"]
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
            within("pain_goal", 0, 10, name="order_pain_goal_0_to_10"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("signed_at")), name="order_expires_after_signature"),
            one_of("end_cause", [str(cause) for cause in OrderEnd], name="order_end_cause_known", blank=True),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_cause="") | Q(ended_at__isnull=False), name="order_end_has_time"
            ),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"order {self.pk}, version {self.version}"
