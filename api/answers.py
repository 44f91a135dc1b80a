"""The answers of the API, described. `api.shapes` builds them; a test holds the two together, field by field."""

from typing import Any

from rest_framework import serializers

from core.errors import Kind
from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.news2 import PARAMETERS
from monitoring.domain.severity import LadderClass, Tier
from monitoring.domain.values import (
    AbsentReason,
    Consciousness,
    Mobility,
    SedationScale,
    Source,
    Symptom,
    WarningSymptom,
)
from monitoring.domain.watching import PromptKind
from monitoring.models import AlertNoteKind, PromptState

Described = serializers.Serializer[Any]


def _word(words: type, **kwargs: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[str(word) for word in words], **kwargs)  # type: ignore[attr-defined]


def _number(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, **kwargs)


def _instant(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, **kwargs)


class RefusalReason(Described):
    """One reason: for machines, for people, and the field it is about (empty: the whole)."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    kind = _word(Kind, help_text="soft: a physician's reason opens it")


class Refusal(Described):
    """Every refusal and failure. All reasons at once, so that nobody mends one to meet the next."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    reasons = RefusalReason(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`fields` is also the name of a serializer's own property, so it cannot be an attribute here."""
        by_field = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), help_text="The same sentences by their field"
        )
        return {**super().get_fields(), "fields": by_field}


class Done(Described):
    """It is done."""

    sentence = serializers.CharField()


class News2(Described):
    """The score (Royal College of Physicians 2017), computed when the set was recorded."""

    total = _number(help_text="null while a parameter is missing")
    complete = serializers.BooleanField()
    sub_scores = serializers.DictField(child=serializers.IntegerField())
    missing = serializers.ListField(child=serializers.ChoiceField(choices=list(PARAMETERS)))
    temperature_at = _instant(help_text="When the earlier temperature was taken that the score uses")


class ObservationSet(Described):
    """One version of a set."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    client_id = serializers.UUIDField()
    observed_at = serializers.DateTimeField(help_text="When it was seen at the bedside")
    recorded_at = serializers.DateTimeField(help_text="When it reached the server")
    recorded_by = serializers.CharField(allow_blank=True, help_text="Empty: by the installation itself")
    source = _word(Source)  # type: ignore[assignment]  # also the name of a field's own property
    heart_rate = _number(help_text="/min")
    systolic = _number(help_text="mmHg")
    diastolic = _number(help_text="mmHg")
    respiratory_rate = _number(help_text="/min")
    spo2 = _number(help_text="%")
    on_oxygen = serializers.BooleanField(allow_null=True)
    oxygen_l_per_min = serializers.CharField(allow_null=True, help_text="L/min, a decimal")
    temperature = serializers.CharField(allow_null=True, help_text="Degrees Celsius, a decimal")
    consciousness = _word(Consciousness, allow_null=True)
    sedation_scale = _word(SedationScale, allow_null=True)
    sedation = serializers.CharField(allow_null=True)
    psychotomimetic = _number()
    pain = _number()
    symptoms = serializers.ListField(child=_word(Symptom))
    warning_symptoms = serializers.ListField(
        child=_word(WarningSymptom), allow_null=True, help_text="null: not asked; empty: none of them"
    )
    mobility = _word(Mobility, allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    absent = serializers.DictField(child=_word(AbsentReason))
    confirmed = serializers.ListField(child=serializers.CharField())
    late_reason = serializers.CharField(allow_blank=True)
    news2 = News2()
    corrects = _number(help_text="The version that this one replaces")
    correction_reason = serializers.CharField(allow_blank=True)
    corrected = serializers.BooleanField()
    corrected_by = _number(help_text="The version that replaced this one")


class DuePrompt(Described):
    """What is due next. `due_at` never moves."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in PromptKind])
    words = serializers.CharField(help_text="What is asked for")
    due_at = serializers.DateTimeField()
    overdue_at = serializers.DateTimeField(help_text="From here it is late enough to alert")
    interval_min = serializers.IntegerField()
    opened_at = serializers.DateTimeField()


class Prompt(DuePrompt):
    """A prompt and how late it is at the moment of reading."""

    admission = serializers.IntegerField()
    about = serializers.ListField(child=serializers.CharField(), help_text="The values that are to be read again")
    state = serializers.ChoiceField(choices=PromptState.values)
    is_overdue = serializers.BooleanField()
    minutes_late = _number(help_text="0 until due; null once it is closed")
    closed_at = _instant()
    closed_by_set = _number()
    closed_by_record = _number(help_text="The row that answered it, in the list of its kind")
    close_reason = serializers.CharField(allow_blank=True)


class CompletedPrompt(Described):
    """A prompt that a set ended."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in PromptKind])
    due_at = serializers.DateTimeField()


class AlertInBrief(Described):
    """An alert, as far as somebody needs it to go and look."""

    id = serializers.IntegerField()
    rule = _word(Rule)
    direction = _word(Direction)
    severity = _word(Severity)
    value = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    stop_advised = serializers.BooleanField(help_text="The protocol advises to stop the infusion, at the pump")
    retrospective = serializers.BooleanField(help_text="Raised by a set that was charted late")
    raised_at = serializers.DateTimeField()
    rang_at = _instant(help_text="When it last rang: give it back as `seen_rang_at` to acknowledge what was seen")
    acknowledged_at = _instant()
    recovered_at = _instant(help_text="Back in range since; it stays open until somebody looked")


class Offer(Described):
    """An act that is offered beside an alert."""

    act = serializers.CharField(help_text="decrease")
    dose_mg_per_kg_h = serializers.CharField(help_text="mg/kg/h, a decimal: the last tolerated dose")


class Alert(AlertInBrief):
    """The whole of an alert."""

    admission = serializers.IntegerField()
    number = serializers.CharField(allow_null=True, help_text="The worst number so far, a decimal")
    count = serializers.IntegerField()
    evidence = serializers.ListField(child=serializers.IntegerField(), help_text="The last sets that met the rule")
    dose_context = serializers.CharField(allow_blank=True, help_text="The dose it happened at, in words")
    first_observed_at = serializers.DateTimeField()
    last_observed_at = serializers.DateTimeField()
    red_since = _instant(help_text="When its value was first seen red, since it last was in range")
    asks = serializers.CharField(allow_blank=True, help_text="What is to be asked or read again, in words")
    offer = Offer(allow_null=True, help_text="What is offered: nothing happens until somebody records it")
    acknowledged_by = serializers.CharField(allow_null=True)
    acknowledgement_expires_at = _instant(help_text="Rings again then unless something follows")
    snoozed_until = _instant(help_text="Rings again then")
    snoozes = serializers.IntegerField(help_text="How often this ring was put off")
    closed_at = _instant()
    closed_by = serializers.CharField(allow_null=True, help_text="null: nobody; the reason says what did")
    close_reason = serializers.CharField(allow_blank=True)


class _Step(Described):
    """One step of a ladder."""

    step = serializers.IntegerField()
    tier = _word(Tier)
    words = serializers.CharField(help_text="The tier as the ward says it")
    names = serializers.ListField(child=serializers.CharField())


class ToldStep(_Step):
    """Whom this ring told, and when; or why nobody was there to be told."""

    told_at = serializers.DateTimeField()
    skipped = serializers.CharField(allow_blank=True, help_text="Why nobody was told; empty: they were")


class NextStep(_Step):
    """Who is told next, and when; `names` are who works on the ward in that tier now."""

    at = serializers.DateTimeField()
    call = serializers.CharField(allow_blank=True, help_text="How the rapid-response team is called")


class Ladder(Described):
    """How far the ring of an alert has got."""

    ladder_class = _word(LadderClass, allow_blank=True)
    rings = serializers.IntegerField(help_text="How often it rang so far")
    told = ToldStep(many=True, help_text="The steps of this ring that are done, in their order")
    next = NextStep(allow_null=True, help_text="null: nobody more, or it rings no more for now")
    is_overdue = serializers.BooleanField(help_text="The next step's time is past and nothing has told them yet")


class ListedAlert(Alert):
    """An alert with its ladder."""

    ladder = Ladder(allow_null=True, help_text="null once the alert is closed")


class AlertNote(Described):
    """What somebody said or did about an alert."""

    id = serializers.IntegerField()
    admission = serializers.IntegerField()
    alert = serializers.IntegerField()
    client_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=AlertNoteKind.values)
    text = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class RecordedSet(ObservationSet):
    """A set that was just recorded, and how things stand after it."""

    sentence = serializers.CharField(help_text="What became of the set prompt")
    awaits_co_signature = serializers.BooleanField(
        help_text="Seen so long ago that a charge nurse or a physician is to stand beside it"
    )
    completed_prompt = CompletedPrompt(allow_null=True, help_text="The prompt that this set ended")
    prompt = DuePrompt(allow_null=True, help_text="The prompt that is open now")
    alerts = AlertInBrief(many=True, help_text="The open alerts that this set raised or is evidence of")


class Listed(Described):
    """One answer's part of a list, newest first."""

    next = serializers.CharField(allow_null=True, help_text="The address of what comes after; null: that was all")


class ListedSets(Listed):
    """Sets, newest first by when they were seen."""

    results = ObservationSet(many=True)


class ListedPrompts(Listed):
    """Prompts, latest due first."""

    results = Prompt(many=True)


class ListedAlerts(Listed):
    """Alerts, last raised first."""

    results = ListedAlert(many=True)


class ListedAlertNotes(Listed):
    """What was said and done about alerts, newest first."""

    results = AlertNote(many=True)
