"""From a request through an approval to the dose: who asked, who allowed what, and what they saw."""

from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of
from core.posted import Posted
from infusion.domain.words import ApprovalKind, ApprovalState, CheckedAct, RequestState
from infusion.models.columns import concentration_column, dose_column, person, rate_column, words
from infusion.models.orders import Order
from patients.models import PATIENT_OF_ADMISSION, Admission


class IncreaseRequest(Posted):
    """A nurse asks for a higher dose. `view` is what the requester saw, frozen."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="increase_requests")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    dose_mg_per_kg_h = dose_column()
    note = models.CharField(max_length=500, blank=True)
    requested_by = person()
    requested_at = models.DateTimeField()
    view = models.JSONField()
    state = models.CharField(max_length=10, choices=words(RequestState), default=RequestState.WAITING)
    closed_at = models.DateTimeField(null=True)
    closed_by = person(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            one_of("state", [str(state) for state in RequestState], name="request_state_known"),
            models.UniqueConstraint(fields=["admission"], condition=Q(state="waiting"), name="request_one_waiting"),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at=None) | (~Q(state="waiting") & Q(closed_at__isnull=False)),
                name="request_closed_has_time",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(close_reason=""), name="rejection_has_reason"),
        ]
        indexes = [models.Index(fields=["admission", "-requested_at"], name="request_latest")]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"request {self.pk}: {self.dose_mg_per_kg_h} mg/kg/h"


class Approval(Posted):
    """A physician's ceiling with an expiry: the running dose may go up to it, or flow again at it or below.

    `view` is what the physician saw, frozen. `requested_by` is copied, so that the database itself holds that nobody
    approves their own request.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="approvals")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=words(ApprovalKind), default=ApprovalKind.INCREASE)
    request = models.OneToOneField(IncreaseRequest, on_delete=models.PROTECT, null=True, related_name="approval")
    requested_by = person(null=True)
    ceiling_mg_per_kg_h = dose_column()
    approved_by = person()
    approved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    view = models.JSONField()
    state = models.CharField(max_length=10, choices=words(ApprovalState), default=ApprovalState.LIVE)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-approved_at", "-id"]
        constraints = [
            one_of("kind", [str(kind) for kind in ApprovalKind], name="approval_kind_known"),
            one_of("state", [str(state) for state in ApprovalState], name="approval_state_known"),
            models.UniqueConstraint(fields=["admission"], condition=Q(state="live"), name="approval_one_live"),
            models.CheckConstraint(
                condition=Q(requested_by=None) | ~Q(requested_by=F("approved_by")), name="approval_by_another"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("approved_at")), name="approval_expires_after_signature"
            ),
            models.CheckConstraint(condition=Q(ceiling_mg_per_kg_h__gt=0), name="approval_ceiling_positive"),
            models.CheckConstraint(
                condition=Q(state="live", closed_at=None) | (~Q(state="live") & Q(closed_at__isnull=False)),
                name="approval_closed_has_time",
            ),
        ]
        indexes = [models.Index(fields=["admission", "-approved_at"], name="approval_latest")]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"approval {self.pk}: up to {self.ceiling_mg_per_kg_h} mg/kg/h"


class Override(models.Model):
    """A physician's reason that opens one soft reason of the gate; counted in a report."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="overrides")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="overrides")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="overrides", null=True)
    code = models.CharField(max_length=40, help_text="The reason's code, as the gate says it")
    sentence = models.CharField(max_length=300, help_text="What the gate said")
    reason = models.CharField(max_length=500)
    by = person()
    at = models.DateTimeField()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason")]
        indexes = [models.Index(fields=["admission", "code"], name="override_by_code")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"override of {self.code}"


class DoubleCheck(models.Model):
    """Two people read the pump, the second blind; kept also where they differ, which stops the act."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="double_checks")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    act = models.CharField(max_length=20, choices=words(CheckedAct))
    at = models.DateTimeField()
    computed_rate_ml_per_h = rate_column()
    ordered_concentration_mg_per_ml = concentration_column()
    first_by = person()
    first_rate_ml_per_h = rate_column()
    first_concentration_mg_per_ml = concentration_column()
    second_by = person()
    second_rate_ml_per_h = rate_column()
    second_concentration_mg_per_ml = concentration_column()
    agrees = models.BooleanField()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            one_of("act", [str(act) for act in CheckedAct], name="check_act_known"),
            models.CheckConstraint(condition=~Q(first_by=F("second_by")), name="check_by_two_people"),
            models.CheckConstraint(
                condition=Q(agrees=False)
                | Q(
                    first_rate_ml_per_h=F("computed_rate_ml_per_h"),
                    second_rate_ml_per_h=F("computed_rate_ml_per_h"),
                    first_concentration_mg_per_ml=F("ordered_concentration_mg_per_ml"),
                    second_concentration_mg_per_ml=F("ordered_concentration_mg_per_ml"),
                ),
                name="check_agreement_is_equality",
            ),
        ]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"double check of {self.act}: {'agrees' if self.agrees else 'differs'}"


class SecondPersonCall(Posted):
    """Somebody asked for a second person: after ten minutes without one, two acts may be signed by one alone."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="second_person_calls")
    act = models.CharField(max_length=20, choices=words(CheckedAct))
    asked_by = person()
    asked_at = models.DateTimeField()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [one_of("act", [str(act) for act in CheckedAct], name="call_act_known")]
        indexes = [models.Index(fields=["admission", "-asked_at"], name="call_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"call for a second person, {self.asked_at:%d.%m. %H:%M}"
