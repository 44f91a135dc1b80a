"""Observation sets, the prompts that ask for them, and the alerts that they raise."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of, within
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.values import Consciousness, Mobility, SedationScale, Source
from patients.models import PATIENT_OF_ADMISSION, Admission


def _words(enum: type) -> list[tuple[str, str]]:
    """Choices of a plain enum: the word that is stored is the word that is shown."""
    return [(str(member), str(member)) for member in enum]  # type: ignore[attr-defined]


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
    source = models.CharField(max_length=20, choices=_words(Source), default=Source.BEDSIDE)
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
    consciousness = models.CharField(max_length=1, choices=_words(Consciousness), blank=True)
    sedation_scale = models.CharField(max_length=10, choices=_words(SedationScale), blank=True)
    sedation = models.CharField(max_length=2, blank=True)
    psychotomimetic = models.PositiveSmallIntegerField(null=True)
    pain = models.PositiveSmallIntegerField(null=True)
    symptoms = ArrayField(models.CharField(max_length=20), default=list)
    mobility = models.CharField(max_length=20, choices=_words(Mobility), blank=True)
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


class PromptKind(models.TextChoices):
    """What is asked for."""

    FULL_SET = "full_set", "full set"


class PromptState(models.TextChoices):
    """Open, or how it ended."""

    OPEN = "open", "open"
    DONE = "done", "done"
    MISSED = "missed", "missed"
    CANCELLED = "cancelled", "cancelled"
    SUPERSEDED = "superseded", "superseded"


class Prompt(models.Model):
    """Something is due. `due_at` never moves; the prompt is done, missed, cancelled or superseded instead.

    `acts_at` is the next instant at which a sweep has to look at it, and its partial index is the sweep's query.
    """

    Kind = PromptKind

    State = PromptState

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="prompts", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    due_at = models.DateTimeField()
    interval = models.DurationField()
    overdue_at = models.DateTimeField(help_text="From here it is late enough to alert")
    acts_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_set = models.ForeignKey(
        ObservationSet, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    close_reason = models.CharField(max_length=200, blank=True)

    objects = Prompts.as_manager()
    record = Record.KEPT

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "kind"], condition=Q(state="open"), name="prompt_one_open_of_a_kind"
            ),
            one_of("kind", PromptKind, name="prompt_kind_known"),
            one_of("state", PromptState, name="prompt_state_known"),
            models.CheckConstraint(
                condition=Q(state="open") ^ Q(closed_at__isnull=False), name="prompt_closed_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["acts_at"], condition=Q(state="open"), name="prompt_to_act_on"),
            models.Index(fields=["admission", "-due_at"], name="prompt_by_admission"),
        ]
        triggers = [
            row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION, ignore=["acts_at"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%d.%m. %H:%M}"


class Alerts(models.QuerySet["Alert"]):
    """Filters named as the ward speaks."""

    def open(self) -> "Alerts":
        """Those that still stand, seen or not."""
        return self.filter(closed_at=None)


class Alert(models.Model):
    """A rule is met. One is open for each (admission, rule, direction); new evidence updates it, worsening rings again.

    Recovered but never looked at, it stays open: `recovered_at` is set and it waits for somebody to see it.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    rule = models.CharField(max_length=20, choices=_words(Rule))
    direction = models.CharField(max_length=10, choices=_words(Direction))
    severity = models.CharField(max_length=10, choices=_words(Severity))
    sentence = models.CharField(max_length=300)
    value = models.CharField(max_length=40, blank=True)
    number = models.DecimalField(max_digits=6, decimal_places=1, null=True, help_text="The worst number so far")
    stop_advised = models.BooleanField(default=False)
    count = models.PositiveIntegerField(default=1)
    evidence = ArrayField(models.BigIntegerField(), default=list, help_text="The last sets that met the rule")
    dose_context = models.JSONField(default=dict)
    retrospective = models.BooleanField(default=False, help_text="Raised by a set that was charted late")
    first_observed_at = models.DateTimeField()
    last_observed_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    rang_at = models.DateTimeField(
        null=True, help_text="When it was raised or last became worse; empty where it was back in range when charted"
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    recovered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    objects = Alerts.as_manager()
    record = Record.KEPT

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "rule", "direction"], condition=Q(closed_at=None), name="alert_one_open_a_rule"
            ),
            one_of("rule", [str(r) for r in Rule], name="alert_rule_known"),
            one_of("direction", [str(d) for d in Direction], name="alert_direction_known"),
            one_of("severity", [str(s) for s in Severity], name="alert_severity_known"),
            models.CheckConstraint(
                condition=Q(last_observed_at__gte=F("first_observed_at")), name="alert_times_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["admission", "-last_observed_at"], name="alert_by_admission"),
            models.Index(fields=["admission"], condition=Q(closed_at=None), name="alert_open"),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"{self.severity} {self.rule} {self.direction}"


class Acknowledgement(models.Model):
    """Somebody looked. `with_patient` says that they are at the bedside."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="acknowledgements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    with_patient = models.BooleanField(default=False)
    severity = models.CharField(max_length=10, choices=_words(Severity))
    number = models.DecimalField(max_digits=6, decimal_places=1, null=True, help_text="The peak that was acknowledged")

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["at", "id"]
        constraints = [one_of("severity", [str(s) for s in Severity], name="acknowledged_severity_known")]
        triggers = [
            *history_guard(),
            row_audit(
                Record.APPEND_ONLY,
                admission="(SELECT admission_id FROM monitoring_alert WHERE id = r.alert_id)",
                patient=(
                    "SELECT a.patient_id FROM patients_admission a JOIN monitoring_alert l ON l.admission_id = a.id"
                    " WHERE l.id = r.alert_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"acknowledgement of alert {self.alert_id}"
