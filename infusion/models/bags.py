"""Bags of the controlled drug: what was hung, and where all of it went."""

from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record
from core.constraints import within
from core.posted import Posted
from infusion.models.columns import concentration_column, person, volume_column
from infusion.models.orders import Order
from patients.models import PATIENT_OF_ADMISSION, Admission


class Bag(Posted):
    """A bag from hanging to reconciling: hung = infused + primed + wasted + left, or an incident is open."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="bags")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.CharField(max_length=60)
    expires_on = models.DateField()
    volume_ml = volume_column()
    concentration_mg_per_ml = concentration_column()
    primed_ml = volume_column(default=0, help_text="Lost in priming the line")
    line_is_new = models.BooleanField(default=False, help_text="A newly primed line: needed with another concentration")
    hung_at = models.DateTimeField()
    hung_by = person()
    witnessed_by = person(null=True)
    single_signed_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = person(null=True)
    close_witnessed_by = person(null=True)
    infused_ml = volume_column(null=True, help_text="As the pump said at the change")
    wasted_ml = volume_column(null=True)
    left_ml = volume_column(null=True)
    missing_ml = volume_column(null=True, help_text="Hung less infused, primed, wasted and left")
    incident_open = models.BooleanField(default=False)

    record = Record.KEPT

    class Meta:
        ordering = ["-hung_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["admission"], condition=Q(closed_at=None), name="bag_one_hanging"),
            within("volume_ml", 1, 5000, name="bag_volume_possible"),
            models.CheckConstraint(condition=Q(concentration_mg_per_ml__gt=0), name="bag_concentration_positive"),
            models.CheckConstraint(
                condition=Q(primed_ml__gte=0, primed_ml__lte=F("volume_ml")), name="bag_primed_within"
            ),
            models.CheckConstraint(
                condition=Q(witnessed_by=None) | ~Q(witnessed_by=F("hung_by")), name="bag_witnessed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(witnessed_by__isnull=False) | ~Q(single_signed_reason=""),
                name="bag_two_signatures_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(close_witnessed_by=None) | ~Q(close_witnessed_by=F("closed_by")),
                name="bag_waste_witnessed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None)
                | Q(
                    closed_at__gte=F("hung_at"),
                    infused_ml__gte=0,
                    wasted_ml__gte=0,
                    left_ml__gte=0,
                    missing_ml__isnull=False,
                ),
                name="bag_closed_is_reconciled",
            ),
        ]
        indexes = [models.Index(fields=["admission", "-hung_at"], name="bag_latest")]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"bag {self.lot}"
