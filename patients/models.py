"""Wards and beds, patients and their admissions, and the weight a dose rests on."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import all_or_none, one_of, within
from core.posted import Posted
from patients.domain.screening import Ecg, PregnancyTest
from patients.domain.treatment import Diagnosis, TransferState, TreatmentKind, TreatmentOutcome


def _words(enum: type) -> list[tuple[str, str]]:
    """Choices of a plain enum: the word that is stored is the word that is shown."""
    return [(str(member), str(member)) for member in enum]  # type: ignore[attr-defined]


# The trail's two values for a table that hangs on an admission.
PATIENT_OF_ADMISSION = "SELECT patient_id FROM patients_admission WHERE id = r.admission_id"


class Ward(models.Model):
    """A ward with its own clock on the wall: daily times and what is shown follow its zone, storage never does."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC", help_text="IANA name: America/New_York")
    increases_from = models.TimeField(
        null=True, blank=True, help_text="Doses are raised from this time of the ward's day"
    )
    increases_until = models.TimeField(null=True, blank=True)
    keeps_bag_ledger = models.BooleanField(
        default=True, help_text="Bags are reconciled here; false where the cabinet keeps the ledger"
    )
    rapid_response = models.CharField(
        max_length=60, blank=True, help_text="How the rapid-response team is called; empty: there is none"
    )

    record = Record.KEPT

    class Meta:
        ordering = ["name"]
        constraints = [all_or_none("increases_from", "increases_until", name="ward_increase_window_whole")]
        triggers = [row_audit(Record.KEPT)]

    def __str__(self) -> str:
        return self.name


class WardMembership(models.Model):
    """A person works on a ward, from then until then. It decides whose patients they see.

    Where a clinician of another ward let themselves in for an emergency, it carries the reason and its end, and waits
    for an administrator's review.
    """

    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ward_memberships")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    emergency_reason = models.CharField(max_length=200, blank=True)
    emergency_until = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    review_note = models.CharField(max_length=500, blank=True)

    record = Record.KEPT

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "ward"], condition=Q(ended_at=None), name="membership_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(emergency_reason="", emergency_until=None)
                | (~Q(emergency_reason="") & Q(emergency_until__isnull=False)),
                name="membership_emergency_whole",
            ),
            all_or_none("reviewed_at", "reviewed_by", name="membership_review_whole"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")), name="membership_reviewed_by_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["emergency_until"],
                condition=Q(ended_at=None, emergency_until__isnull=False),
                name="membership_emergency_open",
            ),
        ]
        triggers = [row_audit(Record.KEPT)]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.ward_id}"


class Bed(models.Model):
    """A place on a ward."""

    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="beds")
    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on the board among equals")

    record = Record.KEPT

    class Meta:
        ordering = ["ward", "position", "name"]
        constraints = [models.UniqueConstraint(fields=["ward", "name"], name="bed_name_once_a_ward")]
        triggers = [row_audit(Record.KEPT)]

    def __str__(self) -> str:
        return self.name


class AdministrativeGender(models.TextChoices):
    """FHIR's administrative gender."""

    FEMALE = "female", "F"
    MALE = "male", "M"
    OTHER = "other", "X"
    UNKNOWN = "unknown", "?"


class Patient(models.Model):
    """A person in care. Sex as FHIR's administrative gender; the number is the hospital's own."""

    Gender = AdministrativeGender

    medical_record_number = models.CharField(max_length=40, unique=True)
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    administrative_gender = models.CharField(max_length=10, choices=Gender.choices)

    record = Record.KEPT
    identifying = ("medical_record_number", "family_name", "given_name", "birth_date")

    class Meta:
        constraints = [one_of("administrative_gender", AdministrativeGender, name="patient_gender_as_fhir")]
        triggers = [row_audit(Record.KEPT, patient="r.id")]

    def __str__(self) -> str:
        return f"patient {self.pk}"


class Admissions(models.QuerySet["Admission"]):
    """Filters named as the ward speaks."""

    def present(self) -> "Admissions":
        """Patients who have not left."""
        return self.filter(discharged_at=None)

    def on_wards_of(self, user_id: int) -> "Admissions":
        """Those whom this person may see."""
        return self.filter(ward__memberships__user_id=user_id, ward__memberships__ended_at=None)


class Disposition(models.TextChoices):
    """Where a patient goes."""

    HOME = "home", "home"
    OTHER_WARD = "other_ward", "other ward"
    ICU = "icu", "intensive care"
    OTHER_HOSPITAL = "other_hospital", "other hospital"
    AGAINST_ADVICE = "against_advice", "left against advice"
    ABSCONDED = "absconded", "absconded"
    DIED = "died", "died"


class Admission(models.Model):
    """A stay. Everything clinical hangs on it; its row is the lock that every change of the stay takes first.

    `version` counts settled changes: an open page learns the new number and fetches that bed's row again. `sent_again`
    says of a stay in hand that this call did not make it: the same admission was sent before.
    """

    Disposition = Disposition
    sent_again = False

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="admissions")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="admissions")
    bed = models.ForeignKey(Bed, on_delete=models.PROTECT, related_name="admissions")
    admitted_at = models.DateTimeField()
    discharged_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=20, choices=Disposition.choices, null=True, blank=True)
    discharge_reason = models.CharField(
        max_length=200, blank=True, help_text="A physician's, where it is soon after the stop"
    )
    diagnosis = models.CharField(max_length=20, choices=_words(Diagnosis), blank=True)
    diagnosis_note = models.CharField(max_length=200, blank=True)
    admission_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    spo2_scale = models.PositiveSmallIntegerField(
        default=1, help_text="NEWS2 SpO2 scale; 2 only when a physician set it"
    )
    version = models.PositiveBigIntegerField(default=0)

    objects = Admissions.as_manager()
    record = Record.KEPT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bed"], condition=Q(discharged_at=None), name="bed_holds_one_patient"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(discharged_at=None), name="patient_admitted_once_at_a_time"
            ),
            models.CheckConstraint(condition=Q(spo2_scale__in=[1, 2]), name="spo2_scale_is_1_or_2"),
            models.CheckConstraint(
                condition=Q(discharged_at=None) | Q(discharged_at__gte=F("admitted_at")),
                name="discharge_after_admission",
            ),
            all_or_none("discharged_at", "disposition", name="discharge_has_disposition"),
            one_of("diagnosis", [str(d) for d in Diagnosis], name="admission_diagnosis_known", blank=True),
            within("admission_pain", 0, 10, name="admission_pain_0_to_10"),
        ]
        indexes = [models.Index(fields=["ward"], condition=Q(discharged_at=None), name="admission_present_by_ward")]
        triggers = [row_audit(Record.KEPT, admission="r.id", patient="r.patient_id", ignore=["version"])]

    def __str__(self) -> str:
        return f"admission {self.pk}"


class WeightBasis(models.TextChoices):
    """Which weight it is."""

    ACTUAL = "actual", "actual"
    IDEAL = "ideal", "ideal"
    ADJUSTED = "adjusted", "adjusted"


class WeightSource(models.TextChoices):
    """Where the number comes from."""

    MEASURED = "measured", "measured"
    STATED = "stated", "stated"
    ESTIMATED = "estimated", "estimated"


class Weight(Posted):
    """A weighing or an estimate. Basis and source are two things: an actual weight may still be merely stated."""

    Basis = WeightBasis

    Source = WeightSource

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="weights")
    kg = models.DecimalField(max_digits=5, decimal_places=2)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.ACTUAL)
    source = models.CharField(max_length=10, choices=Source.choices)
    measured_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-measured_at", "-id"]
        constraints = [
            one_of("basis", WeightBasis, name="weight_basis_known"),
            one_of("source", WeightSource, name="weight_source_known"),
            within("kg", 1, 400, name="weight_is_a_persons"),
        ]
        indexes = [models.Index(fields=["admission", "-measured_at"], name="weight_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.kg} kg"


def _history() -> list[pgtrigger.Trigger]:
    return [
        *history_guard(),
        row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
    ]


def _person(*, null: bool = False) -> Any:
    """Who did it; nobody looks a row up by it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=null, related_name="+", db_index=False
    )


class FailedTreatment(Posted):
    """Something that was tried before and did not help, or not for long. A wrong entry is superseded, never deleted."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="failed_treatments")
    kind = models.CharField(max_length=20, choices=_words(TreatmentKind))
    name = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=20, choices=_words(TreatmentOutcome))
    note = models.CharField(max_length=500, blank=True)
    withdrawn = models.BooleanField(default=False, help_text="What it supersedes was entered by mistake")
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    recorded_at = models.DateTimeField()
    recorded_by = _person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["recorded_at", "id"]
        constraints = [
            one_of("kind", [str(kind) for kind in TreatmentKind], name="treatment_kind_known"),
            one_of("outcome", [str(outcome) for outcome in TreatmentOutcome], name="treatment_outcome_known"),
            models.CheckConstraint(
                condition=Q(withdrawn=False) | Q(supersedes__isnull=False), name="treatment_withdrawal_names_entry"
            ),
        ]
        triggers = _history()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Screening(Posted):
    """One version of the answers before an order; the newest counts. `answers` holds yes, no or not applicable by item."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="screenings")
    answers = models.JSONField()
    pregnancy_test = models.CharField(max_length=20, choices=_words(PregnancyTest))
    ecg = models.CharField(max_length=20, choices=_words(Ecg))
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = _person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-id"]
        constraints = [
            one_of("pregnancy_test", [str(test) for test in PregnancyTest], name="screening_pregnancy_test_known"),
            one_of("ecg", [str(ecg) for ecg in Ecg], name="screening_ecg_known"),
        ]
        triggers = _history()

    def __str__(self) -> str:
        return f"screening {self.pk}"


class ScreeningDecision(Posted):
    """A physician's word on a screening: the reason for each yes, and whether the patient may be treated."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="+", db_index=False)
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="decisions")
    accepted = models.BooleanField()
    reasons = models.JSONField(default=dict, help_text="By item")
    decided_at = models.DateTimeField()
    decided_by = _person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-id"]
        triggers = _history()

    def __str__(self) -> str:
        return f"decision on screening {self.screening_id}"


class Consent(Posted):
    """The patient's consent with what they were told before it, or its withdrawal; the newest counts."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="consents")
    given = models.BooleanField()
    briefed = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    given_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = _person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-id"]
        triggers = _history()

    def __str__(self) -> str:
        return "consent" if self.given else "consent withdrawn"


class Transfer(Posted):
    """A move to another ward. Beds, prompts, escalation and access follow when the receiver accepts."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="transfers")
    from_ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="+", db_index=False)
    to_ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="transfers_in")
    reason = models.CharField(max_length=200, blank=True)
    requested_by = _person()
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=_words(TransferState), default=TransferState.WAITING)
    bed = models.ForeignKey(Bed, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = _person(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            one_of("state", [str(state) for state in TransferState], name="transfer_state_known"),
            models.UniqueConstraint(fields=["admission"], condition=Q(state="waiting"), name="transfer_one_waiting"),
            models.CheckConstraint(condition=~Q(from_ward=F("to_ward")), name="transfer_to_another_ward"),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at=None) | (~Q(state="waiting") & Q(closed_at__isnull=False)),
                name="transfer_closed_has_time",
            ),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"transfer {self.pk}"
