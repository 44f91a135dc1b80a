"""The answers about events, own limits and intervals, looks, time off the ward; `api.watching_shapes` builds them."""

from rest_framework import serializers

from api.answers import Described, Listed
from api.order_answers import quantity, word
from api.pump_answers import concentration, rate
from monitoring.domain.limit_entry import LIMITABLE
from monitoring.domain.severity import STOP_LIST, Direction
from monitoring.domain.watching import ReviewKind, ReviewOutcome


class _Row(Described):
    """What every one of them says of itself."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    client_id = serializers.UUIDField()


class AdverseEvent(_Row):
    """Something of the stop list happened; or a row that says of another that it never did."""

    kind = serializers.ChoiceField(choices=sorted(str(rule) for rule in STOP_LIST))
    words = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    withdraws = serializers.IntegerField(allow_null=True, help_text="The event that this row says never happened")
    withdrawn_by = serializers.IntegerField(allow_null=True, help_text="The row that says so of this one")


class ListedAdverseEvents(Listed):
    """Events, newest first by when they happened."""

    results = AdverseEvent(many=True)


class PatientLimit(_Row):
    """A physician's own limits for one value on one side; null leaves the protocol's."""

    rule = serializers.ChoiceField(choices=[str(rule) for rule in LIMITABLE])
    direction = word(Direction)
    yellow = quantity("The value's own unit", null=True)
    red = quantity("The value's own unit", null=True)
    reason = serializers.CharField()
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    until = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_null=True, help_text="null: its time was over")
    holds = serializers.BooleanField()


class ListedLimits(Listed):
    """Limits, newest first by when they were set."""

    results = PatientLimit(many=True)


class SetInterval(_Row):
    """A physician's own interval between full sets."""

    every_min = serializers.IntegerField()
    reason = serializers.CharField()
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="null: until somebody ends it")
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_null=True, help_text="null: its time was over")
    holds = serializers.BooleanField()


class ListedIntervals(Listed):
    """Intervals, newest first by when they were set."""

    results = SetInterval(many=True)


class Review(_Row):
    """A look at the whole."""

    kind = word(ReviewKind)
    outcome = word(ReviewOutcome)
    note = serializers.CharField(allow_blank=True)
    reviewed_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    reviewed_by = serializers.CharField()


class ListedReviews(Listed):
    """Looks at the whole, newest first by when they were."""

    results = Review(many=True)


class LineCheck(_Row):
    """A look at pump, line and site."""

    checked_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    rate_ml_per_h = rate()
    concentration_mg_per_ml = concentration()
    agrees = serializers.BooleanField(
        allow_null=True, help_text="Whether the pump ran as it should; null: nothing should run and nothing did"
    )
    dedicated_labelled_line = serializers.BooleanField()
    anti_siphon_valve = serializers.BooleanField()
    pump_locked = serializers.BooleanField()
    nothing_else_through_it = serializers.BooleanField()
    site_is_well = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)


class ListedLineChecks(Listed):
    """Looks at the line, newest first by when they were."""

    results = LineCheck(many=True)


class TimeOffWard(_Row):
    """A time off the ward."""

    destination = serializers.CharField()
    escort = serializers.CharField(allow_blank=True, help_text="Who goes along and charts; empty: nobody")
    left_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    back_at = serializers.DateTimeField(allow_null=True, help_text="null: still off the ward")
    back_recorded_by = serializers.CharField(allow_null=True)


class ListedTimesOffWard(Listed):
    """Times off the ward, newest first by when the patient left."""

    results = TimeOffWard(many=True)


class CoSignature(_Row):
    """Somebody stands beside another's very late entry."""

    set = serializers.IntegerField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField()
