"""Screening, decision and consent as they are kept, and what the gate is told of them."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor
from accounts.models import Signature, SignatureMethod
from accounts.roles import Permission, Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from patients.actions import (
    decide_screening,
    discharge_patient,
    record_consent,
    record_screening,
    record_weight,
    withdraw_consent,
)
from patients.domain.screening import Answer, BriefingItem, Ecg, PregnancyTest, ScreeningItem
from patients.models import Consent, Disposition, Screening, ScreeningDecision, WeightSource
from patients.selectors import treatment_facts
from tests.factories import HOUR, MINUTE, MORNING, actor, person, signed, stay

pytestmark = pytest.mark.django_db

CALM = dict.fromkeys(ScreeningItem, Answer.NO)
APNOEA = CALM | {ScreeningItem.SLEEP_APNOEA: Answer.YES}
WHY = {ScreeningItem.SLEEP_APNOEA: "CPAP goes on"}


@pytest.fixture
def patient():
    return stay()


def screen(patient, answers=CALM, test=PregnancyTest.NEGATIVE, ecg=Ecg.NORMAL, **changed):
    said = {"by": patient.by_nurse, "at": MORNING, **changed}
    return record_screening(patient.id, answers=answers, pregnancy_test=test, ecg=ecg, **said)


def decide(patient, screening, *, accepted=True, reasons=WHY, by=None, **changed):
    by = by or patient.by_physician
    said = {"signed": signed(by, at=MORNING), "at": MORNING, **changed}
    return decide_screening(screening.pk, accepted=accepted, reasons=reasons, by=by, **said)


def consent(patient, briefed=tuple(BriefingItem), **changed):
    said = {"given_at": MORNING, "by": patient.by_nurse, "at": MORNING, **changed}
    return record_consent(patient.id, briefed=briefed, **said)


def test_of_a_stay_without_anything_the_facts_say_so_in_sentences(patient):
    facts = treatment_facts(stay(on=patient.ward).id)
    assert (facts.screening_decided, facts.screening_sentence) == (False, "No screening is recorded.")
    assert (facts.consent_given, facts.consent_sentence) == (False, "No consent is recorded.")
    assert facts.weight.kg == 70
    assert facts.measured_weight_at == facts.weight.measured_at


def test_a_screening_with_a_yes_is_decided_by_a_physicians_signed_reason(patient):
    made = screen(patient, APNOEA)
    assert "sleep apnoea" in treatment_facts(patient.id).screening_sentence
    decision = decide(patient, made)
    facts = treatment_facts(patient.id)
    assert facts.screening_decided
    assert facts.watch_etco2
    name = Signature.objects.get(row_id=decision.pk, table_name="patients_screeningdecision")
    assert (name.meaning, name.method, name.user_id) == ("decided", "password", patient.physician.pk)


def test_a_new_version_of_the_answers_takes_a_new_decision(patient):
    decide(patient, screen(patient, APNOEA))
    newer = screen(patient, APNOEA, note="asked again")
    assert not treatment_facts(patient.id).screening_decided
    decide(patient, newer)
    assert treatment_facts(patient.id).screening_decided


def test_nobody_decides_on_answers_that_no_longer_stand(patient):
    old = screen(patient, APNOEA)
    screen(patient, CALM)
    with pytest.raises(Conflict, match="recorded anew"):
        decide(patient, old)
    assert treatment_facts(patient.id).screening_decided


def test_the_newest_decision_on_the_answers_counts(patient):
    made = screen(patient, APNOEA)
    decide(patient, made)
    decide(patient, made, accepted=False, reasons={ScreeningItem.SLEEP_APNOEA: "no CPAP after all"})
    assert not treatment_facts(patient.id).screening_decided


def test_a_decision_takes_the_physicians_own_password_typed_just_now(patient):
    made, by = screen(patient, APNOEA), patient.by_physician
    other = actor(person(Role.PHYSICIAN, ward=patient.ward))
    for name in (
        signed(other, at=MORNING),
        signed(by, at=MORNING, method=SignatureMethod.SESSION),
        signed(by, at=MORNING, method=SignatureMethod.PIN),
        signed(by, at=MORNING - timedelta(minutes=3)),
    ):
        with pytest.raises(Forbidden, match="your own password"):
            decide(patient, made, signed=name)
    with pytest.raises(Forbidden, match="It takes a physician"):
        decide(patient, made, by=patient.by_nurse)
    with pytest.raises(NotFound):
        decide(patient, made, by=stay().by_physician)
    with pytest.raises(NotFound):
        decide_screening(10**9, accepted=True, reasons={}, signed=signed(by, at=MORNING), by=by, at=MORNING)
    assert not ScreeningDecision.objects.exists()
    assert not Signature.objects.filter(table_name="patients_screeningdecision").exists()


@pytest.mark.parametrize(
    ("answers", "accepted", "reasons", "codes"),
    [
        (APNOEA, True, {}, ["reason_missing"]),
        (CALM, False, {}, ["reason_missing"]),
        ({ScreeningItem.ALLERGY: Answer.NO}, True, {}, ["screening_incomplete"]),
    ],
)
def test_a_decision_without_its_reasons_is_refused(patient, answers, accepted, reasons, codes):
    with pytest.raises(Refused) as caught:
        decide(patient, screen(patient, answers), accepted=accepted, reasons=reasons)
    assert [reason.code for reason in caught.value.reasons] == codes


def test_answers_that_say_nothing_or_contradict_are_refused(patient):
    with pytest.raises(Refused, match="No question is answered"):
        screen(patient, {})
    with pytest.raises(Refused, match="look again"):
        screen(patient, CALM | {ScreeningItem.PREGNANCY: Answer.NOT_APPLICABLE}, PregnancyTest.POSITIVE)
    assert not Screening.objects.exists()


def test_a_consent_without_the_whole_briefing_is_none(patient):
    with pytest.raises(Refused, match="not told of: dreams, help to walk"):
        consent(patient, (BriefingItem.DOUBLE_VISION, BriefingItem.NO_DRIVING_OR_SIGNING))
    with pytest.raises(Refused, match="ahead of the clock"):
        consent(patient, given_at=MORNING + HOUR)
    assert not treatment_facts(patient.id).consent_given
    consent(patient)
    assert treatment_facts(patient.id).consent_given


def test_a_consent_is_withdrawn_without_a_reason_and_may_be_given_again(patient):
    own = {"by": patient.by_nurse, "at": MORNING + MINUTE}
    with pytest.raises(Refused, match="No consent stands"):
        withdraw_consent(patient.id, withdrawn_at=MORNING, **own)
    consent(patient)
    withdraw_consent(patient.id, withdrawn_at=MORNING, **own)
    assert treatment_facts(patient.id).consent_sentence == "The patient withdrew the consent."
    with pytest.raises(Refused, match="No consent stands"):
        withdraw_consent(patient.id, withdrawn_at=MORNING, **own)
    consent(patient)
    assert treatment_facts(patient.id).consent_given


def test_what_is_sent_again_is_one_row_and_other_content_is_refused(patient):
    name = uuid.uuid4()
    for act, other in (
        (lambda: screen(patient, APNOEA, client_id=name), lambda: screen(patient, CALM, client_id=name)),
        (lambda: consent(patient, client_id=name), lambda: consent(patient, note="x", client_id=name)),
    ):
        first, again = act(), act()
        assert (first.pk, first.sent_again, again.sent_again) == (again.pk, False, True)
        with pytest.raises(Refused, match="used before, with other content"):
            other()
    made = Screening.objects.get()
    first, again = (decide(patient, made, client_id=name) for _ in range(2))
    assert first.pk == again.pk
    with pytest.raises(Refused, match="used before"):
        decide(patient, made, accepted=False, client_id=name)
    assert (Consent.objects.count(), ScreeningDecision.objects.count()) == (1, 1)


def test_of_who_left_nothing_more_is_recorded(patient):
    made = screen(patient, APNOEA)
    discharge_patient(patient.id, disposition=Disposition.HOME, by=patient.by_physician, at=MORNING)
    for act in (lambda: screen(patient), lambda: decide(patient, made), lambda: consent(patient)):
        with pytest.raises(Refused, match="the chart is closed"):
            act()


def test_a_person_records_what_a_person_answers_for(patient):
    process = Actor.process("import", Permission.CHART)
    with pytest.raises(Forbidden, match="by a person"):
        screen(patient, by=process)


def test_the_newest_weight_counts_by_when_it_was_taken_and_a_measured_one_is_told_apart(patient):
    for kg, source, hours in ((72, WeightSource.STATED, 0), (71, WeightSource.MEASURED, 1)):
        record_weight(
            patient.id,
            kg=Decimal(kg),
            source=source,
            measured_at=MORNING - hours * HOUR,
            by=patient.by_nurse,
            at=MORNING,
        )
    facts = treatment_facts(patient.id)
    assert (facts.weight.kg, facts.weight.source) == (72, "stated")
    assert facts.measured_weight_at == MORNING - HOUR


def test_the_facts_are_one_statement(patient):
    screen(patient)
    with CaptureQueriesContext(connection) as captured:
        treatment_facts(patient.id)
    assert len(captured) == 1
