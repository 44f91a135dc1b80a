"""Admitting, looking at a stay, weighing, and letting go."""

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import patient_answers as answers
from api.bodies import Posting
from api.describing import WRITING, described
from api.fields import Day, Exact, Instant, RowId, Several, Strict, Text, Whole, Word
from api.listing import of_stay
from api.operation import Operation, body, query
from api.paging import Paged, page
from api.patient_bodies import WEIGHT, Treatment, treatment_of
from api.patient_shapes import stay_in_brief, stay_shape, weight_shape
from audit.trail import record
from core import clock
from monitoring.domain.values import LIMITS
from patients.actions import admit_patient, discharge_patient, record_weight
from patients.domain.people import Identity
from patients.domain.treatment import Diagnosis
from patients.models import AdministrativeGender, Admission, Disposition, Weight, WeightBasis, WeightSource
from patients.selectors import treatment_facts, visible_admission, visible_ward
from patients.selectors.places import the_bed


class AdmissionToMake(Strict):
    """Who comes, into which bed, with what."""

    medical_record_number = Text(max_length=40, help_text="The hospital's own number of the patient.")
    family_name = Text(max_length=80)
    given_name = Text(max_length=80)
    birth_date = Day()
    administrative_gender = Word(AdministrativeGender)
    bed = RowId(help_text="A free bed of a ward where you work.")
    admitted_at = Instant(help_text="When the stay began, with the offset from UTC.")
    diagnosis = Word(Diagnosis)
    diagnosis_note = Text(required=False, default="", allow_blank=True, max_length=200, help_text="Needed for other.")
    admission_pain = Whole(LIMITS["pain"])
    failed_treatments = Several(child=Treatment(), required=False, default=list, max_length=50)


class DischargeToMake(Strict):
    """Where the patient goes."""

    disposition = Word(Disposition)
    reason = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="A physician's, where it is soon after the stop.",
    )


class WeightToRecord(Posting):
    """A weighing."""

    kg = Exact(WEIGHT, required=True, allow_null=False, help_text="1 to 400 kg, two places at most.")
    source = Word(WeightSource)  # type: ignore[assignment]  # also the name of a field's own property
    basis = Word(WeightBasis, required=False, default=WeightBasis.ACTUAL)
    measured_at = Instant(help_text="When it was taken, with the offset from UTC.")


_ADMISSION = OpenApiExample(
    "A patient after several treatments",
    value={
        "medical_record_number": "00471193",
        "family_name": "Larsen",
        "given_name": "M.",
        "birth_date": "1983-04-02",
        "administrative_gender": "female",
        "bed": 12,
        "admitted_at": "2026-09-22T07:30:00-04:00",
        "diagnosis": "chronic_migraine",
        "admission_pain": 8,
        "failed_treatments": [
            {"kind": "triptan", "outcome": "no_relief"},
            {"kind": "infusion", "outcome": "relief_lost", "name": "lidocaine, two days"},
        ],
    },
    request_only=True,
)
_WEIGHT = OpenApiExample(
    "A weighing",
    value={
        "client_id": "7c1cf0a4-08c6-4c25-a3f6-0a1d2b3c4d5e",
        "kg": "71.4",
        "source": "measured",
        "measured_at": "2026-09-22T08:00:00-04:00",
    },
    request_only=True,
)
_DISCHARGE = OpenApiExample(
    "Home, two hours after the stop",
    value={"disposition": "home", "reason": "lives across the street, her husband stays with her"},
    request_only=True,
)


class Admissions(Operation):
    """Stays."""

    permission = Permission.ADMIT_PATIENT
    http_method_names = ["post"]

    @described(
        "admit_patient",
        tag="stays",
        takes=AdmissionToMake,
        answers={200: answers.Stay, 201: answers.Stay},
        refused=WRITING,
        examples=[_ADMISSION],
    )
    def post(self, request: Request) -> Response:
        """Admit a patient into a free bed of a ward where one works.

        Whoever is unknown is registered; a number that is registered with other data is refused. 200 with the same stay
        when the same was sent before.
        """
        sent = body(AdmissionToMake, request)
        stay = admit_patient(
            Identity(**{name: sent[name] for name in Identity.__dataclass_fields__}),
            bed=the_bed(sent["bed"]),
            admitted_at=sent["admitted_at"],
            diagnosis=sent["diagnosis"],
            diagnosis_note=sent["diagnosis_note"],
            admission_pain=sent.get("admission_pain"),
            failed_treatments=[treatment_of(each) for each in sent["failed_treatments"]],
            by=self.by,
            at=clock.now(),
        )
        return _stay(self, stay.pk, status=200 if stay.sent_again else 201)


class OneAdmission(Operation):
    """One stay."""

    permission = Permission.VIEW_WARD

    @described("read_stay", tag="stays", answers={200: answers.Stay})
    def get(self, request: Request, admission_id: int) -> Response:
        """A stay: who, where, why, and how it stands before an order. The look is logged."""
        return _stay(self, admission_id, looks=True)


class AdmissionsOfWard(Operation):
    """The patients of one ward."""

    permission = Permission.VIEW_WARD

    @described("list_stays_of_ward", tag="stays", parameters=[Paged], answers={200: answers.ListedStays})
    def get(self, request: Request, ward_id: int) -> Response:
        """The patients who are on a ward now, last admitted first; every look is logged."""
        asked, by = query(Paged, request), self.by
        ward = visible_ward(ward_id, by=by)
        rows = Admission.objects.present().filter(ward=ward).select_related("patient", "ward", "bed")
        found = page(rows, asked, by="admitted_at")
        record("stays.viewed", by=by, content={"ward": ward.pk, "admissions": [row.pk for row in found.rows]})
        return Response(found.shape(request, [stay_in_brief(row) for row in found.rows]))


class Discharges(Operation):
    """The end of one stay."""

    permission = Permission.DISCHARGE_PATIENT

    @described(
        "discharge_patient",
        tag="stays",
        takes=DischargeToMake,
        answers={200: answers.Stay},
        refused=WRITING,
        examples=[_DISCHARGE],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Let a patient go: what is due or rings ends with where they went, and the bed is free.

        Refused while the pump runs; soon after the stop it takes a reason. Sent again it changes nothing.
        """
        sent = body(DischargeToMake, request)
        discharge_patient(
            admission_id, disposition=sent["disposition"], reason=sent["reason"], by=self.by, at=clock.now()
        )
        return _stay(self, admission_id)


class Weights(Operation):
    """The weights of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_weights", tag="stays", parameters=[Paged], answers={200: answers.ListedWeights})
    def get(self, request: Request, admission_id: int) -> Response:
        """The weighings of a patient, newest first: the first one counts."""
        rows = Weight.objects.select_related("recorded_by")
        return of_stay(
            request,
            admission_id,
            rows=rows,
            newest="measured_at",
            shape=weight_shape,
            verb="weights.viewed",
            by=self.by,
        )

    @described(
        "record_weight",
        tag="stays",
        takes=WeightToRecord,
        answers={200: answers.Weight, 201: answers.Weight},
        refused=WRITING,
        examples=[_WEIGHT],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record a weight with its basis and its source. The running rate stays as it is."""
        sent = body(WeightToRecord, request)
        row = record_weight(admission_id, **sent, by=self.by, at=clock.now())
        made = Weight.objects.select_related("recorded_by").get(pk=row.pk)
        return Response(weight_shape(made), status=200 if row.sent_again else 201)


def _stay(operation: Operation, admission_id: int, *, looks: bool = False, status: int = 200) -> Response:
    by = operation.by
    stay = visible_admission(admission_id, by=by)
    if looks:
        record("stay.viewed", by=by, admission_id=stay.pk, patient_id=stay.patient_id)
    return Response(stay_shape(stay, treatment_facts(stay.pk)), status=status)
