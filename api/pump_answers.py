"""The answers about the pump, described; `api.pump_shapes` builds them."""

from rest_framework import serializers

from api.answers import Described, Listed
from api.order_answers import dose, quantity, word
from infusion.domain.days import TaskStage
from infusion.domain.delivery import DeliveryKind
from infusion.domain.tasks import TaskKind
from infusion.domain.words import CheckedAct, EventSource, PauseReason, PumpCheckKind, TargetKind
from infusion.models import DeliveryState


def rate(*, null: bool = False) -> serializers.CharField:
    """A rate of the pump."""
    return quantity("mL/h", null=null)


def concentration(*, null: bool = False) -> serializers.CharField:
    """A concentration."""
    return quantity("mg/mL", null=null)


class DeliveryEvent(Described):
    """One act at the pump, as somebody recorded it."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    order = serializers.IntegerField()
    client_id = serializers.UUIDField()
    kind = word(DeliveryKind)
    effective_at = serializers.DateTimeField(help_text="When it was done at the pump")
    recorded_at = serializers.DateTimeField(help_text="When it reached the server")
    recorded_by = serializers.CharField(allow_null=True)
    second_checker = serializers.CharField(allow_null=True)
    dose_mg_per_kg_h = dose(null=True)
    rate_ml_per_h = rate(null=True)
    concentration_mg_per_ml = concentration(null=True)
    pump = serializers.CharField(allow_blank=True)
    pause_reason = word(PauseReason, blank=True)
    until_at = serializers.DateTimeField(allow_null=True, help_text="Until when a pause was meant to last")
    reason = serializers.CharField(allow_blank=True)
    source = word(EventSource)  # type: ignore[assignment]  # also the name of a field's own property
    approval = serializers.IntegerField(allow_null=True)
    double_check = serializers.IntegerField(allow_null=True)
    bag = serializers.IntegerField(allow_null=True)
    single_signed_reason = serializers.CharField(allow_blank=True)
    supersedes = serializers.IntegerField(allow_null=True, help_text="The event that this one corrects or withdraws")
    superseded_by = serializers.IntegerField(allow_null=True)


class ListedEvents(Listed):
    """Acts at the pump, newest first by when they were done."""

    results = DeliveryEvent(many=True)


class Segment(Described):
    """A stretch of constant rate; a pause is a gap."""

    id = serializers.IntegerField()
    order = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="null: it runs")
    dose_mg_per_kg_h = dose()
    rate_ml_per_h = rate()
    concentration_mg_per_ml = concentration()
    pump = serializers.CharField(allow_blank=True)


class ListedSegments(Listed):
    """Segments, newest first."""

    results = Segment(many=True)


class Course(Described):
    """How the delivery stands. The dose is the one running, or that ran before the pause or stop."""

    order = serializers.IntegerField()
    state = word(DeliveryState)
    first_started_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    dose_mg_per_kg_h = dose()
    rate_ml_per_h = rate()
    concentration_mg_per_ml = concentration()
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True)
    pause_reason = word(PauseReason, blank=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    found_differing_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when the pump runs at a rate that nobody ordered"
    )
    target_dose_mg_per_kg_h = dose(null=True)
    target_declared_at = serializers.DateTimeField(allow_null=True)


class RecordedAct(DeliveryEvent):
    """An act that was just recorded, and how the delivery stands after it."""

    sentence = serializers.CharField(allow_blank=True, help_text="What to do at the pump, or what follows")
    course = Course(allow_null=True, help_text="null: nothing is known to have flowed yet")


class DoubleCheck(Described):
    """What two people read, the second blind, beside what was computed."""

    id = serializers.IntegerField()
    order = serializers.IntegerField()
    act = word(CheckedAct)
    at = serializers.DateTimeField()
    computed_rate_ml_per_h = rate()
    ordered_concentration_mg_per_ml = concentration()
    first_by = serializers.CharField()
    first_rate_ml_per_h = rate()
    first_concentration_mg_per_ml = concentration()
    second_by = serializers.CharField()
    second_rate_ml_per_h = rate()
    second_concentration_mg_per_ml = concentration()
    agrees = serializers.BooleanField()


class ListedDoubleChecks(Listed):
    """Double checks, newest first, those that did not agree among them."""

    results = DoubleCheck(many=True)


class PumpCheck(Described):
    """A look at the pump by another person, which an act left behind."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    event = serializers.IntegerField()
    kind = word(PumpCheckKind)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    rate_ml_per_h = rate(null=True)
    concentration_mg_per_ml = concentration(null=True)
    agrees = serializers.BooleanField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True, help_text="Where it ended without a look")


class ListedPumpChecks(Listed):
    """Pump checks, latest due first."""

    results = PumpCheck(many=True)


class SecondPersonCall(Described):
    """A call for a second person."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    client_id = serializers.UUIDField()
    act = word(CheckedAct)
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()


class ListedCalls(Listed):
    """Calls, newest first."""

    results = SecondPersonCall(many=True)


class Target(Described):
    """A declared target."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    order = serializers.IntegerField()
    client_id = serializers.UUIDField()
    dose_mg_per_kg_h = dose()
    kind = word(TargetKind)
    pain = serializers.IntegerField(allow_null=True)
    declared_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    declared_by = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Where a physician ended the hold early")
    ended_by = serializers.CharField(allow_null=True)
    end_reason = serializers.CharField(allow_blank=True)


class ListedTargets(Listed):
    """Targets, newest first."""

    results = Target(many=True)


class HoldEnd(Described):
    """The early end of a hold."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    client_id = serializers.UUIDField()
    target = serializers.IntegerField()
    reason = serializers.CharField()
    ended_by = serializers.CharField()
    ended_at = serializers.DateTimeField()


class Figures(Described):
    """The figures of a course; doses and rates are those of the running pump, null while nothing flows."""

    day = serializers.IntegerField(help_text="Day of the course, pauses included")
    dose_ordered_mg_per_kg_h = dose(null=True)
    dose_delivered_mg_per_kg_h = quantity("mg/kg/h that the rounded rate delivers", null=True)
    mg_per_h = quantity("mg/h", null=True)
    mcg_per_kg_min = quantity("mcg/kg/min", null=True)
    rate_ml_per_h = rate(null=True)
    concentration_mg_per_ml = concentration(null=True)
    cumulative_mg = quantity("mg")
    cumulative_mg_per_kg = quantity("mg/kg")
    time_at_target_min = serializers.IntegerField(allow_null=True)
    hold_remaining_min = serializers.IntegerField(allow_null=True)
    hold_done_at = serializers.DateTimeField(allow_null=True, help_text="If nothing comes between")
    hold_ended_at = serializers.DateTimeField(allow_null=True, help_text="Ended early, or broken")
    bag_remaining_ml = quantity("mL", null=True)
    run_out_at = serializers.DateTimeField(allow_null=True)


class CourseInFigures(Described):
    """How a delivery stands at a moment."""

    at = serializers.DateTimeField()
    course = Course(allow_null=True)
    figures = Figures(allow_null=True)


class Task(Described):
    """Something that a course asks of a physician."""

    kind = word(TaskKind)
    due_at = serializers.DateTimeField(help_text="From here on it waits")
    stage = word(TaskStage, help_text="early: still to come; yellow and red: how long the course lasts already")
    sentence = serializers.CharField()


class PhysiciansTasks(Described):
    """All of them: those that wait longest first, those to come at the end."""

    at = serializers.DateTimeField()
    tasks = Task(many=True)


class Bag(Described):
    """A bag of the controlled drug."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    order = serializers.IntegerField()
    client_id = serializers.UUIDField()
    lot = serializers.CharField()
    expires_on = serializers.DateField()
    volume_ml = quantity("mL")
    concentration_mg_per_ml = concentration()
    primed_ml = quantity("mL")
    line_is_new = serializers.BooleanField()
    hung_at = serializers.DateTimeField()
    hung_by = serializers.CharField()
    witnessed_by = serializers.CharField(allow_null=True)
    single_signed_reason = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    close_witnessed_by = serializers.CharField(allow_null=True)
    infused_ml = quantity("mL", null=True)
    wasted_ml = quantity("mL", null=True)
    left_ml = quantity("mL", null=True)
    missing_ml = quantity("mL", null=True)
    incident_open = serializers.BooleanField()


class ListedBags(Listed):
    """Bags, newest first."""

    results = Bag(many=True)
