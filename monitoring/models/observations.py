"""Observation sets and the prompts that ask for them and for whatever else is due."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of, within
from monitoring.domain.values import Consciousness, Mobility, SedationScale, Source
from monitoring.domain.watching import PromptKind
from monitoring.models.columns import words
from patients.models import PATIENT_OF_ADMISSION, Admission


class ObservationSets(models.QuerySet["ObservationSet"]):
    """Filters named as the ward speaks."""

    def current(self) -> "ObservationSets":
        """The versions that stand: those which no correction has replaced."""
        # A scalar question for each row: a join makes the planner sort a whole stay rather than walk its index.
        newer = ObservationSet.objects.filter(corrects=OuterRef("pk")).order_by().values("pk")
        return self.alias(newer_version=Subquery(newer)).filter(newer_version=None)


class ObservationSet(models.Model):
    """What was seen at the bedside at one time; a correction is a new row that names the one it replaces.

    Two times: `observed_at` is the truth at the bedside, `recorded_at` the server's. Values that could not be had carry
    a coded reason in `absent`. NEWS2 is computed when the set is written and stays with this version.
    """

    # Its index is the one below that also answers which set was recorded last.
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="observation_sets", db_index=False)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=20, choices=words(Source), default=Source.BEDSIDE)
    client_id = models.UUIDField(unique=True)
    fingerprint = models.BinaryField(help_text="Hash of what was sent: the same id with other content is refused")

    heart_rate = models.PositiveSmallIntegerField(null=True)
    systolic = models.PositiveSmallIntegerField(null=True)
    diastolic = models.PositiveSmallIntegerField(null=True)
    respiratory_rate = models.PositiveSmallIntegerField(null=True)
    spo2 = models.PositiveSmallIntegerField(null=True)
    on_oxygen = models.BooleanField(null=True)
    oxygen_l_per_min = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    consciousness = models.CharField(max_length=1, choices=words(Consciousness), blank=True)
    sedation_scale = models.CharField(max_length=10, choices=words(SedationScale), blank=True)
    sedation = models.CharField(max_length=2, blank=True)
    psychotomimetic = models.PositiveSmallIntegerField(null=True)
    pain = models.PositiveSmallIntegerField(null=True)
    symptoms = ArrayField(models.CharField(max_length=20), default=list)
    warning_symptoms = ArrayField(
        models.CharField(max_length=30),
        null=True,
        help_text="Asked where the systolic pressure is red; null: not asked",
    )
    mobility = models.CharField(max_length=20, choices=words(Mobility), blank=True)
    comment = models.CharField(max_length=2000, blank=True)
    absent = models.JSONField(default=dict)
    confirmed = ArrayField(models.CharField(max_length=20), default=list)

    news2_total = models.PositiveSmallIntegerField(null=True)
    news2_sub_scores = models.JSONField(default=dict)
    news2_temperature_at = models.DateTimeField(null=True, help_text="Where the score used an earlier temperature")

    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    correction_reason = models.CharField(max_length=200, blank=True)
    late_reason = models.CharField(max_length=200, blank=True)

    objects = ObservationSets.as_manager()
    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-observed_at", "-id"]
        constraints = [
            one_of("source", [str(s) for s in Source], name="set_source_known"),
            one_of("consciousness", [str(c) for c in Consciousness], name="set_consciousness_acvpu", blank=True),
            one_of("sedation_scale", [str(s) for s in SedationScale], name="set_sedation_scale_known", blank=True),
            one_of("mobility", [str(m) for m in Mobility], name="set_mobility_known", blank=True),
            within("heart_rate", 0, 350, name="set_heart_rate_possible"),
            within("systolic", 0, 350, name="set_systolic_possible"),
            within("diastolic", 0, 300, name="set_diastolic_possible"),
            within("respiratory_rate", 0, 120, name="set_respiratory_rate_possible"),
            within("spo2", 0, 100, name="set_spo2_possible"),
            within("temperature", 20, 45, name="set_temperature_possible"),
            within("psychotomimetic", 0, 3, name="set_psychotomimetic_0_to_3"),
            within("pain", 0, 10, name="set_pain_0_to_10"),
            models.CheckConstraint(
                condition=Q(sedation="", sedation_scale="") | (~Q(sedation="") & ~Q(sedation_scale="")),
                name="set_sedation_has_scale",
            ),
            models.CheckConstraint(
                condition=Q(
                    observed_at__lte=F("recorded_at") + models.Value("2 minutes", output_field=models.DurationField())
                ),
                name="set_not_from_the_future",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(correction_reason=""), name="set_correction_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["admission", "-observed_at", "-id"], name="set_latest"),
            models.Index(fields=["admission", "-id"], name="set_recorded_last"),
            models.Index(fields=["recorded_at"], name="set_recorded"),
        ]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"set {self.pk} of {self.observed_at:%d.%m. %H:%M}"


class Prompts(models.QuerySet["Prompt"]):
    """Filters named as the ward speaks."""

    def open(self) -> "Prompts":
        """Those that still ask for something."""
        return self.filter(state=Prompt.State.OPEN)


class PromptState(models.TextChoices):
    """Open, or how it ended."""

    OPEN = "open", "open"
    DONE = "done", "done"
    MISSED = "missed", "missed"
    CANCELLED = "cancelled", "cancelled"
    SUPERSEDED = "superseded", "superseded"


class Prompt(models.Model):
    """Something is due. `due_at` never moves; the prompt is done, missed, cancelled or superseded instead.

    `about` says of a second reading which values are to be read again; `closed_by_record` is the row that answered it,
    in the table of its kind (sets have a key of their own).
    """

    Kind = PromptKind

    State = PromptState

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="prompts", db_index=False)
    kind = models.CharField(max_length=20, choices=words(PromptKind))
    about = models.CharField(max_length=200, blank=True, db_default="")
    due_at = models.DateTimeField()
    interval = models.DurationField()
    overdue_at = models.DateTimeField(help_text="From here it is late enough to alert")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_set = models.ForeignKey(
        ObservationSet, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_by_record = models.BigIntegerField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    objects = Prompts.as_manager()
    record = Record.KEPT

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "kind"], condition=Q(state="open"), name="prompt_one_open_of_a_kind"
            ),
            one_of("kind", [str(kind) for kind in PromptKind], name="prompt_kind_known"),
            one_of("state", PromptState, name="prompt_state_known"),
            models.CheckConstraint(
                condition=Q(state="open") ^ Q(closed_at__isnull=False), name="prompt_closed_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["admission", "-due_at"], name="prompt_by_admission"),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%d.%m. %H:%M}"
