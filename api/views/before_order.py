"""What is found out before an order: failed treatments, screening with a physician's decision, consent."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import patient_answers as answers
from api.bodies import SECRET_IN_EXAMPLES, Posting, Signing, signed_by
from api.describing import WRITING, described
from api.fields import Flag, Instant, Several, Strict, Text, Word
from api.listing import of_stay
from api.operation import Operation, body
from api.paging import Paged
from api.patient_bodies import Treatment, treatment_of
from api.patient_shapes import consent_shape, decision_shape, screening_shape, treatment_shape
from core import clock
from patients.actions import (
    add_treatment,
    decide_screening,
    record_consent,
    record_screening,
    supersede_treatment,
    withdraw_consent,
    withdraw_treatment,
)
from patients.domain.screening import Answer, BriefingItem, Ecg, PregnancyTest, ScreeningItem
from patients.models import Consent, FailedTreatment, Screening, ScreeningDecision

_ID = "2e4b0c9e-5d17-4b43-9f0f-6f1f0f7a9c10"


def _note() -> Text:
    return Text(required=False, default="", allow_blank=True, max_length=500)


class ByItem(Strict):
    """An answer to each question; what is left out is still open."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {item.value: Word(Answer, required=False) for item in ScreeningItem}


class ReasonsByItem(Strict):
    """A reason for each yes."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {item.value: Text(required=False, max_length=500, allow_blank=True) for item in ScreeningItem}


class TreatmentToAdd(Posting, Treatment):
    """A treatment that failed before."""


class TreatmentToWithdraw(Posting):
    """That an entry was made by mistake."""

    note = Text(max_length=500, allow_blank=True, help_text="Why; never empty.")


class ScreeningToRecord(Posting):
    """The answers as they stand."""

    answers = ByItem()
    pregnancy_test = Word(PregnancyTest)
    ecg = Word(Ecg)
    note = _note()


class DecisionToSign(Posting, Signing):
    """Whether the patient may be treated."""

    accepted = Flag()
    reasons = ReasonsByItem(required=False, default=dict, help_text="By item; to accept takes one for each yes.")


class ConsentToRecord(Posting):
    """That the patient was told and consented."""

    briefed = Several(
        child=Word(BriefingItem), max_length=len(BriefingItem), help_text="What they were told: all of it."
    )
    given_at = Instant(help_text="When, with the offset from UTC.")
    note = _note()


class WithdrawalToRecord(Posting):
    """That the patient takes the consent back."""

    withdrawn_at = Instant(help_text="When, with the offset from UTC.")
    note = _note()


def _example(title: str, /, **value: object) -> OpenApiExample:
    return OpenApiExample(title, value={"client_id": _ID, **value}, request_only=True)


_CALM = {item.value: "no" for item in ScreeningItem}


class FailedTreatments(Operation):
    """What was tried before, in one stay's words."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_failed_treatments", tag="before an order", parameters=[Paged],
               answers={200: answers.ListedTreatments})  # fmt: skip
    def get(self, request: Request, admission_id: int) -> Response:
        """Every entry, superseded ones included, last recorded first."""
        return of_stay(
            request, admission_id, rows=_treatments(), newest="recorded_at", shape=treatment_shape,
            verb="treatments.viewed", by=self.by,
        )  # fmt: skip

    @described(
        "add_failed_treatment",
        tag="before an order",
        takes=TreatmentToAdd,
        answers={200: answers.FailedTreatment, 201: answers.FailedTreatment},
        refused=WRITING,
        examples=[_example("An earlier infusion", kind="infusion", outcome="relief_lost", name="lidocaine, two days")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Add a treatment that failed before."""
        sent = body(TreatmentToAdd, request)
        row = add_treatment(
            admission_id, entry=treatment_of(sent), client_id=sent["client_id"], by=self.by, at=clock.now()
        )
        return _treatment(row)


class Supersedings(Operation):
    """A better entry in the place of one."""

    permission = Permission.CHART

    @described(
        "supersede_failed_treatment",
        tag="before an order",
        takes=TreatmentToAdd,
        answers={200: answers.FailedTreatment, 201: answers.FailedTreatment},
        refused=WRITING,
        examples=[_example("Not tolerated, rather", kind="triptan", outcome="not_tolerated")],
    )
    def post(self, request: Request, treatment_id: int) -> Response:
        """Put another entry in the place of a wrong one; 409 when somebody did so first."""
        sent = body(TreatmentToAdd, request)
        row = supersede_treatment(
            treatment_id, entry=treatment_of(sent), client_id=sent["client_id"], by=self.by, at=clock.now()
        )
        return _treatment(row)


class TreatmentWithdrawals(Operation):
    """The withdrawal of an entry."""

    permission = Permission.CHART

    @described(
        "withdraw_failed_treatment",
        tag="before an order",
        takes=TreatmentToWithdraw,
        answers={200: answers.FailedTreatment, 201: answers.FailedTreatment},
        refused=WRITING,
        examples=[_example("Of another patient", note="entered for the neighbour")],
    )
    def post(self, request: Request, treatment_id: int) -> Response:
        """Say that an entry was made by mistake, and why; 409 when somebody changed it first."""
        sent = body(TreatmentToWithdraw, request)
        return _treatment(withdraw_treatment(treatment_id, **sent, by=self.by, at=clock.now()))


class Screenings(Operation):
    """The screenings of one stay."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_screenings", tag="before an order", parameters=[Paged], answers={200: answers.ListedScreenings})
    def get(self, request: Request, admission_id: int) -> Response:
        """Every version of the answers with the decisions on it, last recorded first: the first one counts."""
        return of_stay(
            request, admission_id, rows=_screenings(), newest="recorded_at", shape=screening_shape,
            verb="screenings.viewed", by=self.by,
        )  # fmt: skip

    @described(
        "record_screening",
        tag="before an order",
        takes=ScreeningToRecord,
        answers={200: answers.Screening, 201: answers.Screening},
        refused=WRITING,
        examples=[
            _example("Sleep apnoea, treated", answers={**_CALM, "sleep_apnoea": "yes"},
                     pregnancy_test="negative", ecg="normal", note="CPAP at home")
        ],
    )  # fmt: skip
    def post(self, request: Request, admission_id: int) -> Response:
        """Record the answers as they stand now. A new version takes a new decision."""
        sent = body(ScreeningToRecord, request)
        said = {ScreeningItem(item): answer for item, answer in sent.pop("answers").items()}
        row = record_screening(admission_id, answers=said, **sent, by=self.by, at=clock.now())
        made = _screenings().get(pk=row.pk)
        return Response(screening_shape(made), status=200 if row.sent_again else 201)


class Decisions(Operation):
    """The decisions on one screening."""

    permission = Permission.DECIDE_SCREENING

    @described(
        "decide_screening",
        tag="before an order",
        takes=DecisionToSign,
        answers={200: answers.ScreeningDecision, 201: answers.ScreeningDecision},
        refused=WRITING,
        examples=[
            _example("Accepted with a reason", accepted=True, reasons={"sleep_apnoea": "CPAP goes on, EtCO2 is watched"},
                     password=SECRET_IN_EXAMPLES)
        ],
    )  # fmt: skip
    def post(self, request: Request, screening_id: int) -> Response:
        """A physician decides whether the patient may be treated, and signs with their password.

        409 when the screening was recorded anew since.
        """
        sent, by, at = body(DecisionToSign, request), self.by, clock.now()
        row = decide_screening(
            screening_id,
            accepted=sent["accepted"],
            reasons={ScreeningItem(item): reason for item, reason in sent["reasons"].items()},
            signed=signed_by(by, sent, at=at),
            client_id=sent["client_id"],
            by=by,
            at=at,
        )
        made = ScreeningDecision.objects.select_related("decided_by").get(pk=row.pk)
        return Response(decision_shape(made), status=200 if row.sent_again else 201)


class Consents(Operation):
    """The patient's word."""

    permission = Permission.VIEW_WARD
    permission_of = {"POST": Permission.CHART}

    @described("list_consents", tag="before an order", parameters=[Paged], answers={200: answers.ListedConsents})
    def get(self, request: Request, admission_id: int) -> Response:
        """Consents and withdrawals, last recorded first: the first one counts."""
        rows = Consent.objects.select_related("recorded_by")
        return of_stay(
            request, admission_id, rows=rows, newest="recorded_at", shape=consent_shape, verb="consents.viewed",
            by=self.by,
        )  # fmt: skip

    @described(
        "record_consent",
        tag="before an order",
        takes=ConsentToRecord,
        answers={200: answers.Consent, 201: answers.Consent},
        refused=WRITING,
        examples=[
            _example("Told everything", briefed=[item.value for item in BriefingItem],
                     given_at="2026-09-22T08:20:00-04:00")
        ],
    )  # fmt: skip
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the patient was told what to expect and consented; without all of it, it is no consent."""
        return _consent(record_consent(admission_id, **body(ConsentToRecord, request), by=self.by, at=clock.now()))


class ConsentWithdrawals(Operation):
    """The end of a consent."""

    permission = Permission.CHART

    @described(
        "withdraw_consent",
        tag="before an order",
        takes=WithdrawalToRecord,
        answers={200: answers.Consent, 201: answers.Consent},
        refused=WRITING,
        examples=[_example("Taken back", withdrawn_at="2026-09-23T14:00:00-04:00")],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        """Record that the patient takes the consent back. Plateau does not stop the pump: go there first."""
        sent = body(WithdrawalToRecord, request)
        return _consent(withdraw_consent(admission_id, **sent, by=self.by, at=clock.now()))


def _treatments() -> QuerySet[FailedTreatment]:
    return FailedTreatment.objects.select_related("recorded_by", "superseded_by")


def _screenings() -> QuerySet[Screening]:
    return Screening.objects.select_related("recorded_by").prefetch_related("decisions__decided_by")


def _treatment(row: FailedTreatment) -> Response:
    made = _treatments().get(pk=row.pk)
    return Response(treatment_shape(made), status=200 if row.sent_again else 201)


def _consent(row: Consent) -> Response:
    made = Consent.objects.select_related("recorded_by").get(pk=row.pk)
    return Response(consent_shape(made), status=200 if row.sent_again else 201)
