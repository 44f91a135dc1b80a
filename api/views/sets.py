"""Recording, correcting and listing observation sets."""

from django.db.models import Exists, F, OuterRef, Subquery
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import answers
from api.describing import READING, WRITING, described
from api.operation import Operation, body, query
from api.paging import Paged, page
from api.set_input import SetCorrection, SetToRecord, entry_of
from api.shapes import recorded_shape, set_shape
from audit.trail import record
from core import clock
from monitoring.actions import Recorded, correct_set, record_set
from monitoring.models import ObservationSet
from monitoring.selectors.following import what_follows
from patients.selectors import visible_admission

_FULL_SET = {
    "client_id": "0b6ad0f4-3c3e-4b9b-9f0e-0a6f5a3a2f11",
    "observed_at": "2026-09-22T04:15:00-04:00",
    "heart_rate": 88,
    "systolic": 184,
    "diastolic": 104,
    "respiratory_rate": 16,
    "spo2": 97,
    "on_oxygen": False,
    "temperature": "36.8",
    "consciousness": "A",
    "sedation_scale": "poss",
    "sedation": "2",
    "psychotomimetic": 0,
    "pain": 6,
    "symptoms": ["double_vision"],
    "mobility": "needs_help",
    "units": {"temperature": "Cel"},
}
_ASLEEP = {
    "client_id": "5f0d8d52-2a4e-4c19-8a53-6a3f0f4b7e10",
    "observed_at": "2026-09-22T07:00:00Z",
    "respiratory_rate": 12,
    "spo2": 95,
    "on_oxygen": False,
    "sedation_scale": "poss",
    "sedation": "S",
    "absent": {"pain": "asleep", "consciousness": "asleep"},
}
_ASKED = {
    "client_id": "9c1b0f53-0f5e-4d51-8f0e-6d1f7c1a2b34",
    "observed_at": "2026-09-22T04:17:00-04:00",
    "systolic": 184,
    "diastolic": 104,
    "warning_symptoms": ["chest_pain"],
}
_EXAMPLES = (
    OpenApiExample("A full set with a high pressure", value=_FULL_SET, request_only=True),
    OpenApiExample("Asleep, roused easily", value=_ASLEEP, request_only=True),
    OpenApiExample("A red pressure, and what was asked with it", value=_ASKED, request_only=True),
    OpenApiExample(
        "A heart rate that nobody confirmed",
        value={
            "code": "set_refused",
            "sentence": "Heart rate 220 /min is rare: check it and confirm.",
            "reasons": [
                {
                    "code": "unconfirmed",
                    "sentence": "Heart rate 220 /min is rare: check it and confirm.",
                    "field": "heart_rate",
                }
            ],
            "fields": {"heart_rate": ["Heart rate 220 /min is rare: check it and confirm."]},
        },
        response_only=True,
        status_codes=["422"],
    ),
)


class SetsAsked(Paged):
    """Which sets."""

    versions = serializers.ChoiceField(
        choices=["current", "all"],
        default="current",
        help_text="all: with the versions that a correction replaced",
        error_messages={"invalid_choice": "must be current or all."},
    )


class Sets(Operation):
    """The observation sets of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described(
        "record_set",
        tag="sets",
        takes=SetToRecord,
        answers={200: answers.RecordedSet, 201: answers.RecordedSet},
        refused=WRITING,
        examples=_EXAMPLES,
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Chart an observation set.

        201 when it is new; 200 with the same set when the same `client_id` and content were sent before. It is scored,
        ends the prompt that it answers and raises its alerts before it is answered.
        """
        sent = body(SetToRecord, request)
        entry, with_patient = entry_of(sent), sent["with_patient"]
        return _recorded(record_set(admission_id, entry=entry, with_patient=with_patient, by=self.by, at=clock.now()))

    @described("list_sets", tag="sets", parameters=[SetsAsked], answers={200: answers.ListedSets}, refused=READING)
    def get(self, request: Request, admission_id: int) -> Response:
        """The sets of a stay, newest first by when they were seen; every look is logged."""
        asked, by = query(SetsAsked, request), self.by
        admission = visible_admission(admission_id, by=by)
        record("sets.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        # Neither the join that `current()` is, nor a filter on the subquery: the planner takes both for so selective that it
        # would rather sort every set of the stay than walk the index (100,000 sets: 100 ms and more, not 4).
        newer = ObservationSet.objects.filter(corrects=OuterRef("pk")).order_by().values("pk")
        sets = ObservationSet.objects.filter(admission=admission).annotate(
            recorder=F("recorded_by__display_name"), newer_id=Subquery(newer)
        )
        sets = sets if asked["versions"] == "all" else sets.filter(~Exists(newer))
        found = page(sets, asked, by="observed_at")
        results = [set_shape(row, recorded_by=row.recorder or "", corrected_by_id=row.newer_id) for row in found.rows]
        return Response(found.shape(request, results))


class Corrections(Operation):
    """The correction of one version of a set."""

    permission = Permission.CHART

    @described(
        "correct_set",
        tag="sets",
        takes=SetCorrection,
        answers={200: answers.RecordedSet, 201: answers.RecordedSet},
        refused=WRITING,
    )
    def post(self, request: Request, set_id: int) -> Response:
        """Put a new version in the place of a set; the old one stays readable, struck through.

        409 when somebody corrected this version first. Scores and alerts are settled again.
        """
        sent = body(SetCorrection, request)
        reason = sent["correction_reason"]
        return _recorded(correct_set(set_id, entry=entry_of(sent), reason=reason, by=self.by, at=clock.now()))


def _recorded(recorded: Recorded) -> Response:
    following = what_follows(recorded.set)
    shape = recorded_shape(recorded.set, following, awaits_co_signature=recorded.awaits_co_signature)
    return Response(shape, status=201 if recorded.is_new else 200)
