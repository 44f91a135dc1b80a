"""What else is recorded at the bedside and what a physician decides about watching: events, limits, intervals, reviews, line."""

from django.db import models
from django.db.models import F, Q

from audit.triggers import row_audit
from core.append_only import Record, history_guard
from core.constraints import one_of
from core.posted import Posted
from infusion.models.columns import concentration_column, rate_column
from monitoring.domain.severity import STOP_LIST, Direction, Rule
from monitoring.domain.watching import ReviewKind, ReviewOutcome
from monitoring.models.columns import person, words
from monitoring.models.observations import ObservationSet
from patients.models import PATIENT_OF_ADMISSION, Admission


class StayClock(models.Model):
    """When a stay has to be settled next though nobody does anything: `acts_at`, and its partial index is the sweep's query.

    A stay that could not be settled is set aside: `failures` in a row, since when, and the kind of the error.
    """

    admission = models.OneToOneField(Admission, on_delete=models.PROTECT, primary_key=True, related_name="clock")
    acts_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    failed_at = models.DateTimeField(null=True, help_text="When it was set aside first, of the failures in a row")
    error = models.CharField(max_length=80, blank=True, db_default="")

    record = Record.KEPT

    class Meta:
        indexes = [
            models.Index(fields=["acts_at"], condition=Q(acts_at__isnull=False), name="clock_to_act_on"),
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="clock_set_aside"),
        ]

    def __str__(self) -> str:
        return f"clock of stay {self.admission_id}"


class AdverseEvent(Posted):
    """Something of the stop list happened. A row that `withdraws` another says that it never did."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="adverse_events", db_index=False)
    kind = models.CharField(max_length=20, choices=[(str(rule), str(rule)) for rule in sorted(STOP_LIST)])
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    note = models.CharField(max_length=500, blank=True)
    withdraws = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="withdrawn_by")

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            one_of("kind", sorted(str(rule) for rule in STOP_LIST), name="adverse_event_kind_known"),
            models.CheckConstraint(condition=Q(withdraws=None) | ~Q(note=""), name="adverse_event_withdrawal_says_why"),
        ]
        indexes = [models.Index(fields=["admission", "-occurred_at"], name="adverse_event_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%d.%m. %H:%M}"


class PatientLimit(Posted):
    """A physician's own limits for one value of one patient, on one side, until noon of the next day at the latest."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="patient_limits", db_index=False)
    rule = models.CharField(max_length=20, choices=words(Rule))
    direction = models.CharField(max_length=10, choices=words(Direction))
    yellow = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    red = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    reason = models.CharField(max_length=300)
    set_by = person()
    set_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = person(null=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-set_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "rule", "direction"], condition=Q(ended_at=None), name="limit_one_a_side"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="limit_has_reason"),
            models.CheckConstraint(condition=Q(until__gt=F("set_at")), name="limit_until_later"),
            models.CheckConstraint(
                condition=Q(yellow__isnull=False) | Q(red__isnull=False), name="limit_sets_something"
            ),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"limit of {self.rule} {self.direction}"


class SetInterval(Posted):
    """A physician's own interval between full sets; the shortest of all that apply still rules. `until` None: until ended."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="set_intervals", db_index=False)
    every = models.DurationField()
    reason = models.CharField(max_length=300)
    set_by = person()
    set_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = person(null=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-set_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["admission"], condition=Q(ended_at=None), name="interval_one_at_a_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="interval_has_reason"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("set_at")), name="interval_until_later"),
        ]
        indexes = [models.Index(fields=["admission", "-set_at", "-id"], name="interval_latest")]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"a set every {self.every}"


class Review(Posted):
    """Somebody looked at the whole: a physician each day, or whoever assesses after the hold whether to increase."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    kind = models.CharField(max_length=20, choices=words(ReviewKind))
    outcome = models.CharField(max_length=20, choices=words(ReviewOutcome))
    note = models.CharField(max_length=1000, blank=True)
    reviewed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reviewed_by = person()

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-reviewed_at", "-id"]
        constraints = [
            one_of("kind", [str(kind) for kind in ReviewKind], name="review_kind_known"),
            one_of("outcome", [str(outcome) for outcome in ReviewOutcome], name="review_outcome_known"),
        ]
        indexes = [models.Index(fields=["admission", "kind", "-reviewed_at"], name="review_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.outcome}"


class LineCheck(Posted):
    """Somebody looked at pump, line and site. `agrees`: the pump was set as Plateau has it; null while nothing should run."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="line_checks", db_index=False)
    checked_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    rate_ml_per_h = rate_column()
    concentration_mg_per_ml = concentration_column()
    agrees = models.BooleanField(null=True)
    dedicated_labelled_line = models.BooleanField()
    anti_siphon_valve = models.BooleanField()
    pump_locked = models.BooleanField()
    nothing_else_through_it = models.BooleanField()
    site_is_well = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)

    record = Record.APPEND_ONLY

    class Meta:
        ordering = ["-checked_at", "-id"]
        indexes = [models.Index(fields=["admission", "-checked_at", "-id"], name="line_check_latest")]
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"look at the pump, {self.checked_at:%d.%m. %H:%M}"


class OffWard(Posted):
    """The patient is off the ward. While the pump runs a named escort goes along and charts: no set is switched off."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="times_off_ward", db_index=False)
    destination = models.CharField(max_length=100)
    escort = person(null=True)
    escort_name = models.CharField(max_length=100, blank=True)
    left_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = person()
    back_at = models.DateTimeField(null=True)
    back_recorded_at = models.DateTimeField(null=True)
    back_recorded_by = person(null=True)

    record = Record.KEPT

    class Meta:
        ordering = ["-left_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["admission"], condition=Q(back_at=None), name="off_ward_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(back_at=None) | Q(back_at__gte=F("left_at")), name="off_ward_back_later"
            ),
            models.CheckConstraint(condition=~Q(destination=""), name="off_ward_says_where"),
        ]
        triggers = [row_audit(Record.KEPT, admission="r.admission_id", patient=PATIENT_OF_ADMISSION)]

    def __str__(self) -> str:
        return f"off the ward: {self.destination}"


class CoSignature(Posted):
    """A charge nurse or physician stands beside what another charted more than twelve hours late."""

    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="+", db_index=False)
    set = models.OneToOneField(ObservationSet, on_delete=models.PROTECT, related_name="co_signature")
    signed_by = person()
    signed_at = models.DateTimeField()

    record = Record.APPEND_ONLY

    class Meta:
        triggers = [
            *history_guard(),
            row_audit(Record.APPEND_ONLY, admission="r.admission_id", patient=PATIENT_OF_ADMISSION),
        ]

    def __str__(self) -> str:
        return f"co-signature of set {self.set_id}"
