"""Admitting, weighing and letting go: what is kept, what is refused, and that sending again is one act."""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounts.actor import Actor
from accounts.roles import Permission, Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion.actions import stop_infusion
from monitoring.models import Alert, Prompt
from patients.actions import (
    add_treatment,
    admit_patient,
    discharge_patient,
    record_weight,
    request_transfer,
    supersede_treatment,
    withdraw_treatment,
)
from patients.domain.people import Identity
from patients.domain.treatment import Diagnosis, TransferState, TreatmentEntry, TreatmentKind, TreatmentOutcome
from patients.models import Admission, Bed, Disposition, FailedTreatment, Patient, Transfer, Weight, WeightSource
from tests.factories import HOUR, MINUTE, MORNING, actor, person, running, stay, ward
from tests.integration.test_races import at_once

pytestmark = pytest.mark.django_db

LARSEN = Identity("00471193", "Larsen", "M.", date(1983, 4, 2), "female")
TRIPTAN = TreatmentEntry(TreatmentKind.TRIPTAN, TreatmentOutcome.NO_RELIEF)


@pytest.fixture
def place():
    return ward()


@pytest.fixture
def nurse(place):
    return actor(person(Role.NURSE, ward=place))


@pytest.fixture
def bed(place):
    return Bed.objects.create(ward=place, name="12A")


def admit(bed, nurse, patient=LARSEN, **changed):
    said = {"admitted_at": MORNING, "diagnosis": Diagnosis.CHRONIC_MIGRAINE, "at": MORNING, **changed}
    return admit_patient(patient, bed=bed, by=nurse, **said)


def test_somebody_unknown_is_registered_and_admitted_with_what_was_tried(bed, nurse):
    entries = [TRIPTAN, TreatmentEntry(TreatmentKind.INFUSION, TreatmentOutcome.RELIEF_LOST, "lidocaine")]
    made = admit(bed, nurse, admission_pain=8, failed_treatments=entries)
    assert (made.patient.family_name, made.ward_id, made.admission_pain) == ("Larsen", bed.ward_id, 8)
    kept = made.failed_treatments.values_list("kind", "name", "recorded_by_id")
    assert list(kept) == [("triptan", "", nurse.user_id), ("infusion", "lidocaine", nurse.user_id)]


def test_the_same_admission_sent_again_is_the_same_stay(bed, nurse):
    first, again = admit(bed, nurse), admit(bed, nurse, at=MORNING + MINUTE)
    assert (first.pk, first.sent_again, again.pk, again.sent_again) == (again.pk, False, first.pk, True)
    assert (Admission.objects.count(), Patient.objects.count()) == (1, 1)


def test_another_bed_or_another_person_in_the_bed_is_refused(bed, nurse, place):
    admit(bed, nurse)
    with pytest.raises(Refused, match="admitted already"):
        admit(Bed.objects.create(ward=place, name="12B"), nurse)
    with pytest.raises(Refused, match="The bed holds somebody"):
        admit(bed, nurse, patient=replace(LARSEN, medical_record_number="2"))


def test_a_number_that_is_somebody_elses_is_refused_with_every_difference(bed, nurse):
    discharge_patient(admit(bed, nurse).pk, disposition=Disposition.HOME, by=leaver(bed), at=MORNING)
    with pytest.raises(Refused) as caught:
        admit(bed, nurse, patient=replace(LARSEN, family_name="Larssen", birth_date=date(1983, 2, 4)))
    assert [reason.field for reason in caught.value.reasons] == ["family_name", "birth_date"]
    assert "Larsen" not in str(caught.value.reasons), "whose number it is, is not told"


def leaver(bed):
    return actor(person(Role.PHYSICIAN, ward=bed.ward))


def test_who_does_not_work_on_the_ward_admits_nobody_there(bed):
    for stranger in (person(Role.NURSE, ward=ward()), person(Role.PHYSICIAN)):
        with pytest.raises(NotFound, match="no such bed on your wards"):
            admit(bed, actor(stranger))
    with pytest.raises(Forbidden):
        admit(bed, actor(person(Role.ADMINISTRATOR, ward=bed.ward)))
    assert not Patient.objects.exists()


def test_a_process_may_admit_where_it_holds_the_permission(bed):
    assert admit(bed, Actor.process("import", Permission.ADMIT_PATIENT)).pk


def test_every_reason_against_an_admission_comes_at_once_and_nothing_is_kept(bed, nurse):
    with pytest.raises(Refused) as caught:
        admit(
            bed, nurse, patient=replace(LARSEN, given_name=" ", birth_date=date(2030, 1, 1)), diagnosis=Diagnosis.OTHER,
            admission_pain=11, admitted_at=MORNING + MINUTE,
            failed_treatments=[TRIPTAN, TreatmentEntry(TreatmentKind.OTHER, TreatmentOutcome.NO_RELIEF)],
        )  # fmt: skip
    assert [reason.field for reason in caught.value.reasons] == [
        "diagnosis_note", "admission_pain", "admitted_at", "given_name", "birth_date", "failed_treatments.1.name",
    ]  # fmt: skip
    assert not Patient.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_admissions_into_one_bed_at_once_one_is_refused(bed, nurse, turn):
    other = replace(LARSEN, medical_record_number="2")
    answers = at_once(lambda: admit(bed, nurse), lambda: admit(bed, nurse, patient=other))
    assert sorted(type(each).__name__ for each in answers) == ["Admission", "Refused"]


def weigh(made, kg="70", *, minutes=0, at=MORNING, **changed):
    said = {"source": WeightSource.MEASURED, "measured_at": MORNING + minutes * MINUTE, **changed}
    return record_weight(made.id, kg=Decimal(kg), by=made.by_nurse, at=at, **said)


def test_a_weight_sent_again_is_one_row_and_other_content_is_refused():
    made, name = stay(), uuid.uuid4()
    first = weigh(made, "71.4", client_id=name)
    again = weigh(made, "71.40", client_id=name, at=MORNING + MINUTE)
    assert (first.pk, first.sent_again, again.sent_again) == (again.pk, False, True)
    with pytest.raises(Refused, match="used before, with other content"):
        weigh(made, "71.5", client_id=name)
    assert Weight.objects.count() == 2


@pytest.mark.parametrize(
    ("kg", "minutes", "fields"),
    [("0.5", 0, ["kg"]), ("401", 5, ["measured_at", "kg"]), ("70", -60 * 24 * 31, ["measured_at"])],
)
def test_a_weight_that_cannot_be_is_refused_with_every_reason(kg, minutes, fields):
    made = stay()
    with pytest.raises(Refused) as caught:
        weigh(made, kg, minutes=minutes)
    assert [reason.field for reason in caught.value.reasons] == fields
    assert Weight.objects.count() == 1


def stopped():
    made = running()
    stop_infusion(made.id, effective_at=MORNING + HOUR, by=made.by_nurse, at=MORNING + HOUR)
    return made


def leave(made, hours, disposition=Disposition.HOME, **changed):
    at = MORNING + hours * HOUR
    return discharge_patient(made.id, disposition=disposition, by=made.by_physician, at=at, **changed)


def test_while_the_pump_runs_nobody_leaves_whatever_the_reason_and_wherever_to():
    made = running()
    for disposition in Disposition:
        with pytest.raises(Refused, match="Record its stop first"):
            leave(made, 1, disposition, reason="wants to")


@pytest.mark.parametrize(("hours", "needs"), [(1, True), (4.99, True), (5, False), (20, False)])
def test_until_four_hours_after_the_stop_leaving_takes_a_physicians_reason(hours, needs):
    made = stopped()
    if needs:
        with pytest.raises(Refused, match="takes a physician's reason") as caught:
            leave(made, hours)
        assert caught.value.reasons[0].kind == "soft"
    left = leave(made, hours, reason=" lives next door " if needs else "")
    assert left.discharge_reason == ("lives next door" if needs else "")


@pytest.mark.parametrize("disposition", [Disposition.DIED, Disposition.ABSCONDED])
def test_nobody_is_asked_why_who_died_or_ran_away_left_early(disposition):
    assert leave(stopped(), 1, disposition).disposition == disposition


def test_what_is_open_ends_with_where_the_patient_went_and_a_waiting_transfer_too():
    made = stopped()
    request_transfer(made.id, to_ward_id=ward().pk, by=made.by_nurse, at=MORNING + HOUR)
    leave(made, 2, Disposition.ICU, reason="drowsy")
    assert not Alert.objects.filter(closed_at=None).exists()
    assert not Prompt.objects.filter(state="open").exists()
    assert Prompt.objects.filter(close_reason="the patient left: intensive care").exists()
    moved = Transfer.objects.get()
    assert (moved.state, moved.close_reason) == (TransferState.CANCELLED, "the patient left: intensive care")


def test_leaving_once_more_changes_nothing_and_leaving_elsewhere_is_refused():
    made = stopped()
    first = leave(made, 6)
    assert leave(made, 7).discharged_at == first.discharged_at
    with pytest.raises(Refused, match="the chart is closed"):
        leave(made, 7, Disposition.DIED)


def test_only_a_physician_lets_go():
    made = stay()
    with pytest.raises(Forbidden, match="It takes a physician"):
        discharge_patient(made.id, disposition=Disposition.HOME, by=made.by_nurse, at=MORNING)


def test_a_treatment_is_superseded_once_and_withdrawn_with_a_reason_and_stays_readable():
    made = stay()
    own = {"by": made.by_nurse, "at": MORNING}
    wrong = add_treatment(made.id, entry=TRIPTAN, **own)
    right = supersede_treatment(wrong.pk, entry=replace(TRIPTAN, outcome=TreatmentOutcome.NOT_TOLERATED), **own)
    with pytest.raises(Conflict, match="changed this entry already"):
        withdraw_treatment(wrong.pk, note="x", **own)
    with pytest.raises(Refused, match="Say why"):
        withdraw_treatment(right.pk, note=" ", **own)
    gone = withdraw_treatment(right.pk, note="of another patient", **own)
    assert (gone.withdrawn, gone.supersedes_id, right.supersedes_id) == (True, right.pk, wrong.pk)
    assert FailedTreatment.objects.count() == 3
    with pytest.raises(NotFound):
        supersede_treatment(right.pk, entry=TRIPTAN, by=stay().by_nurse, at=MORNING)
    with pytest.raises(NotFound):
        supersede_treatment(10**9, entry=TRIPTAN, **own)
    with pytest.raises(Refused, match="Say what was tried"):
        add_treatment(made.id, entry=TreatmentEntry(TreatmentKind.OTHER, TreatmentOutcome.NO_RELIEF), **own)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_supersede_one_entry_at_once_one_is_a_conflict(turn):
    made = stay()
    wrong = add_treatment(made.id, entry=TRIPTAN, by=made.by_nurse, at=MORNING)
    answers = at_once(
        *[lambda: supersede_treatment(wrong.pk, entry=TRIPTAN, by=made.by_nurse, at=MORNING)] * 2,
    )
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "FailedTreatment"]
