"""The alerts that a stay raises: who looked, who was told, what was done."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of
from core.posted import Posted
from monitoring.domain.severity import Direction, LadderClass, Rule, Severity, Tier
from monitoring.models.columns import words
from patients.models import PATIENT_OF_ADMISSION, Admission


class Alerts(models.QuerySet["Alert"]):
    """Filters named as the ward speaks."""

    def open(self) -> "Alerts":
        """Those that still stand, seen or not."""
        return self.filter(closed_at=None)


class Alert(models.Model):
    """A rule is met. One is open for each (admission, rule, direction); new evidence updates it, worsening rings again.

    Recovered but never looked at, it stays open: `recovered_at` is set and it waits for somebody to see it. `evidence`
    are rows of the table that its rule rests on: sets, liver panels, mood screens, adverse events, bags, acts that another
    person is still to look at; none where it rests on time alone.

    `ladder` is the protocol's ladder for its class as it was when it rang, `told` how many of its steps are done since;
    `next_escalation_at` the next one's time, empty while it is acknowledged, snoozed, or at the end.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    rule = models.CharField(max_length=20, choices=words(Rule))
    direction = models.CharField(max_length=10, choices=words(Direction))
    severity = models.CharField(max_length=10, choices=words(Severity))
    sentence = models.CharField(max_length=400)
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
    worse_at = models.DateTimeField(
        null=True,
        help_text="When it was raised or its value last became worse: a ring for want of an answer is neither",
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    acknowledgement_expires_at = models.DateTimeField(
        null=True, help_text="Rings again then unless something followed; empty once something did"
    )
    recovered_at = models.DateTimeField(null=True)
    red_since = models.DateTimeField(
        null=True, help_text="When its value was first seen red, since it last was in range"
    )
    asks = models.CharField(
        max_length=200, blank=True, db_default="", help_text="What is to be asked or read again, in words"
    )
    offer = models.JSONField(
        default=dict, db_default={}, help_text="What is offered: a decrease to the last tolerated dose"
    )
    ladder_class = models.CharField(max_length=20, choices=words(LadderClass), blank=True, db_default="")
    ladder = models.JSONField(default=list, db_default=[])
    told = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_escalation_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snoozes = models.PositiveSmallIntegerField(default=0, db_default=0)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    close_reason = models.CharField(max_length=400, blank=True)

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
            one_of("ladder_class", [str(c) for c in LadderClass], name="alert_ladder_class_known", blank=True),
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
    severity = models.CharField(max_length=10, choices=words(Severity))
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


class AlertNoteKind(models.TextChoices):
    """What somebody did about an alert, beside acknowledging it."""

    NOTE = "note", "note"
    CALL = "call", "call"
    ACTION = "action", "action"
    SNOOZE = "snooze", "snooze"
    RESOLUTION = "resolution", "resolution"


class AlertNote(Posted):
    """What was said or done about an alert, in words."""

    Kind = AlertNoteKind

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="alert_notes", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            one_of("kind", AlertNoteKind, name="alert_note_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="alert_note_says_something"),
        ]
        indexes = [models.Index(fields=["admission", "-at"], name="alert_note_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on alert {self.alert_id}"


class Notification(models.Model):
    """One step of an alert's ladder: whom it told, and when; or why nobody was there to be told.

    `people` are the users of the ward in that role at that moment. It names no patient: the page does.
    """

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="notifications", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notifications", db_index=False)
    rang_at = models.DateTimeField(help_text="The ring that it belongs to")
    step = models.PositiveSmallIntegerField()
    tier = models.CharField(max_length=20, choices=words(Tier))
    people = ArrayField(models.BigIntegerField(), default=list)
    told_at = models.DateTimeField()
    skipped = models.CharField(max_length=100, blank=True, help_text="Why nobody was told")

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["told_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "rang_at", "step"], name="notification_once_a_step"),
            one_of("tier", [str(t) for t in Tier], name="notification_tier_known"),
        ]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.tier} of alert {self.alert_id}, {self.told_at:%d.%m. %H:%M}"
