"""Liver panels, mood screens and falls scores: kept, corrected, sent again, two at once."""

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.actor import Actor
from accounts.roles import Permission, Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion import ports
from monitoring.actions import (
    correct_falls,
    correct_liver_panel,
    correct_mood,
    record_falls,
    record_liver_panel,
    record_mood,
)
from monitoring.domain.assessments import Analyte, Mood
from monitoring.domain.falls import FallsEntry
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.domain.mood import Cssrs, MoodEntry
from monitoring.models import FallsScore, LiverPanel, MoodScreen
from patients.actions import discharge_patient
from patients.models import Disposition
from tests.factories import HOUR, MINUTE, MORNING, actor, person, stay
from tests.integration.test_races import at_once

pytestmark = pytest.mark.django_db

PANEL = LiverEntry(
    MORNING, {Analyte.ALT: Measured(Decimal(90), Decimal(40)), Analyte.GGT: Measured(Decimal(60), Decimal(60))}
)
SCREEN = MoodEntry(MORNING, Mood.LOW, Cssrs(cssrs_1=False, cssrs_2=False, cssrs_6=False))
SCORE = FallsEntry(MORNING, 35)
KINDS = {
    "panel": (LiverPanel, record_liver_panel, correct_liver_panel, PANEL, LiverEntry(MORNING), "empty"),
    "screen": (MoodScreen, record_mood, correct_mood, SCREEN, replace(SCREEN, cssrs=Cssrs(cssrs_1=True)), "unanswered"),
    "score": (FallsScore, record_falls, correct_falls, SCORE, replace(SCORE, score=36), "not_on_the_scale"),
}
each_kind = pytest.mark.parametrize(("model", "record", "correct", "entry", "wrong", "code"), KINDS.values(), ids=KINDS)


@pytest.fixture
def patient():
    return stay()


def bedside(patient):
    (told,) = ports.readiness.ask_all(patient.admission, at=MORNING)
    return told


def test_what_is_recorded_is_what_the_gate_reads(patient):
    own = {"by": patient.by_nurse, "at": MORNING}
    panel = record_liver_panel(patient.id, entry=PANEL, **own)
    record_mood(patient.id, entry=SCREEN, **own)
    record_falls(patient.id, entry=SCORE, **own)
    told = bedside(patient)
    assert (told.liver.worst, told.liver.worst_uln) == ("ALT", Decimal("2.25"))
    assert (told.mood_screened_at, told.falls_scored_at) == (MORNING, MORNING)
    assert (panel.alt, panel.alt_upper, panel.ast, panel.recorded_by_id) == (90, 40, None, patient.nurse.pk)
    better = LiverEntry(MORNING - HOUR, {Analyte.ALT: Measured(Decimal(30), Decimal(40))})
    correct_liver_panel(panel.pk, entry=better, reason="of another patient", **own)
    told = bedside(patient)
    assert (told.liver.collected_at, told.liver.worst_uln) == (MORNING - HOUR, Decimal("0.75"))


@each_kind
def test_an_entry_that_cannot_be_is_refused_and_nothing_is_kept(patient, model, record, correct, entry, wrong, code):
    with pytest.raises(Refused) as caught:
        record(patient.id, entry=wrong, by=patient.by_nurse, at=MORNING - HOUR)
    assert {reason.code for reason in caught.value.reasons} == {code, "in_the_future"}
    assert not model.objects.exists()


@each_kind
def test_a_correction_is_a_new_version_with_its_reason(patient, model, record, correct, entry, wrong, code):
    own = {"by": patient.by_nurse, "at": MORNING}
    made = record(patient.id, entry=entry, **own)
    for reason, found in ((" ", "correction_reason_missing"), ("x" * 201, "too_long")):
        with pytest.raises(Refused) as caught:
            correct(made.pk, entry=entry, reason=reason, **own)
        assert [each.code for each in caught.value.reasons] == [found]
    newer = correct(made.pk, entry=entry, reason=" mistyped ", **own)
    assert (newer.corrects_id, newer.correction_reason) == (made.pk, "mistyped")
    with pytest.raises(Conflict, match="corrected this already"):
        correct(made.pk, entry=entry, reason="again", **own)
    assert correct(newer.pk, entry=entry, reason="again", **own).corrects_id == newer.pk


@each_kind
def test_the_same_sent_again_is_one_row(patient, model, record, correct, entry, wrong, code):
    own, name, other = {"by": patient.by_nurse, "at": MORNING}, uuid.uuid4(), uuid.uuid4()
    first, again = (record(patient.id, entry=entry, client_id=name, **own) for _ in range(2))
    assert (first.pk, first.sent_again, again.sent_again) == (again.pk, False, True)
    newer, again = (correct(first.pk, entry=entry, reason="x", client_id=other, **own) for _ in range(2))
    assert (newer.pk, again.sent_again) == (again.pk, True)
    with pytest.raises(Refused, match="used before, with other content"):
        correct(first.pk, entry=entry, reason="y", client_id=other, **own)
    with pytest.raises(Refused, match="used before, with other content"):
        record(stay(on=patient.ward).id, entry=entry, client_id=name, **own)
    assert model.objects.count() == 2


@each_kind
def test_another_ward_another_role_and_a_process_are_turned_away(patient, model, record, correct, entry, wrong, code):
    made = record(patient.id, entry=entry, by=patient.by_nurse, at=MORNING)
    elsewhere, clerk = stay().by_nurse, actor(person(Role.ADMINISTRATOR, ward=patient.ward))
    for by, refusal in ((elsewhere, NotFound), (clerk, Forbidden)):
        with pytest.raises(refusal):
            record(patient.id, entry=entry, by=by, at=MORNING)
        with pytest.raises(refusal):
            correct(made.pk, entry=entry, reason="x", by=by, at=MORNING)
    with pytest.raises(NotFound):
        correct(10**9, entry=entry, reason="x", by=patient.by_nurse, at=MORNING)
    with pytest.raises(Forbidden, match="by a person"):
        record(patient.id, entry=entry, by=Actor.process("import", Permission.CHART), at=MORNING)


@each_kind
def test_of_who_left_nothing_more_is_recorded(patient, model, record, correct, entry, wrong, code):
    made = record(patient.id, entry=entry, by=patient.by_nurse, at=MORNING)
    discharge_patient(patient.id, disposition=Disposition.HOME, by=patient.by_physician, at=MORNING)
    later = {"by": patient.by_nurse, "at": MORNING + MINUTE}
    with pytest.raises(Refused, match="the chart is closed"):
        record(patient.id, entry=entry, **later)
    with pytest.raises(Refused, match="the chart is closed"):
        correct(made.pk, entry=entry, reason="x", **later)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
@each_kind
def test_of_two_corrections_at_once_one_is_a_conflict(model, record, correct, entry, wrong, code, turn):
    patient = stay()
    made = record(patient.id, entry=entry, by=patient.by_nurse, at=MORNING)
    by = [patient.by_nurse, actor(person(Role.NURSE, ward=patient.ward))]
    answers = at_once(
        *(lambda who=who: correct(made.pk, entry=entry, reason="x", by=who, at=MORNING + MINUTE) for who in by)
    )
    assert sorted(type(each).__name__ for each in answers) == sorted(["Conflict", model.__name__])
    assert model.objects.filter(corrects=made).count() == 1
