"""Transfers, weights, diagnoses, treatments, times and people: tables on both sides of each boundary."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from patients.domain.people import Identity, reasons_not_to_register
from patients.domain.times import reasons_of_time
from patients.domain.transfer import may_become, reason_not_to
from patients.domain.treatment import (
    Diagnosis,
    TransferState,
    TreatmentEntry,
    TreatmentKind,
    TreatmentOutcome,
    reasons_not_to_enter,
    reasons_of_diagnosis,
)
from patients.domain.weight import reasons_not_to_weigh

AT = datetime(2026, 9, 22, 8, tzinfo=UTC)
WAITING, ACCEPTED, DECLINED, CANCELLED = TransferState
POSSIBLE = {(WAITING, ACCEPTED), (WAITING, DECLINED), (WAITING, CANCELLED)}


@pytest.mark.parametrize(("state", "to"), list(product(TransferState, repeat=2)))
def test_a_transfer_changes_once_and_only_while_it_waits(state, to):
    assert may_become(state, to) == ((state, to) in POSSIBLE)
    reason = reason_not_to(state, to)
    assert (reason is None) == ((state, to) in POSSIBLE)
    if reason is not None:
        assert state.value in reason.sentence


@pytest.mark.parametrize(
    ("kg", "codes"),
    [
        ("0", ["weight_impossible"]),
        ("0.99", ["weight_impossible"]),
        ("1", []),
        ("70.25", []),
        ("70.250", []),
        ("70.255", ["too_precise"]),
        ("400", []),
        ("400.01", ["weight_impossible"]),
        ("-70", ["weight_impossible"]),
    ],
)
def test_a_weight_is_a_persons_to_two_places(kg, codes):
    found = reasons_not_to_weigh(Decimal(kg), measured_at=AT, admitted_at=AT, at=AT)
    assert [each.code for each in found] == codes


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("instant", "before", "codes"),
    [
        (AT, DAY, []),
        (AT + 2 * MINUTE, DAY, []),
        (AT + 2 * MINUTE + timedelta(seconds=1), DAY, ["in_the_future"]),
        (AT - 2 * DAY, DAY, []),
        (AT - 2 * DAY - MINUTE, DAY, ["before_admission"]),
        (AT - DAY, 0 * DAY, []),
        (AT - DAY - MINUTE, 0 * DAY, ["before_admission"]),
    ],
)
def test_a_time_lies_neither_ahead_nor_too_far_back(instant, before, codes):
    found = reasons_of_time(instant, field="x", words="It", admitted_at=AT - DAY, before=before, at=AT)
    assert [each.code for each in found] == codes


@pytest.mark.parametrize(
    ("diagnosis", "note", "pain", "codes"),
    [
        *((diagnosis, "", 7, []) for diagnosis in Diagnosis if diagnosis is not Diagnosis.OTHER),
        (Diagnosis.OTHER, "", None, ["diagnosis_note_missing"]),
        (Diagnosis.OTHER, "   ", None, ["diagnosis_note_missing"]),
        (Diagnosis.OTHER, "hemicrania continua", None, []),
        (Diagnosis.NDPH, "x" * 200, 0, []),
        (Diagnosis.NDPH, "x" * 201, 10, ["too_long"]),
        (Diagnosis.NDPH, "", 11, ["pain_impossible"]),
        (Diagnosis.NDPH, "", -1, ["pain_impossible"]),
        (Diagnosis.OTHER, "", 11, ["diagnosis_note_missing", "pain_impossible"]),
    ],
)
def test_another_diagnosis_is_named_and_pain_is_0_to_10(diagnosis, note, pain, codes):
    assert [each.code for each in reasons_of_diagnosis(diagnosis, note, pain)] == codes


@pytest.mark.parametrize("kind", TreatmentKind)
def test_a_treatment_is_named_where_its_class_does_not_say_it(kind):
    needs = kind in (TreatmentKind.INFUSION, TreatmentKind.OTHER)
    without = TreatmentEntry(kind, TreatmentOutcome.NO_RELIEF)
    assert [each.code for each in reasons_not_to_enter(without)] == (["name_missing"] if needs else [])
    assert not reasons_not_to_enter(TreatmentEntry(kind, TreatmentOutcome.NO_RELIEF, name="lidocaine"))


def test_a_long_name_and_a_long_note_are_refused_together():
    entry = TreatmentEntry(TreatmentKind.CGRP, TreatmentOutcome.RELIEF_LOST, "x" * 121, "x" * 501)
    found = reasons_not_to_enter(entry, field="failed_treatments.0.")
    assert [each.field for each in found] == ["failed_treatments.0.name", "failed_treatments.0.note"]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"family_name": " "}, ["missing"]),
        ({"medical_record_number": "", "given_name": "x" * 81}, ["missing", "too_long"]),
        ({"birth_date": date(2026, 9, 22)}, []),
        ({"birth_date": date(2026, 9, 23)}, ["in_the_future"]),
        ({"birth_date": date(1896, 9, 22)}, []),
        ({"birth_date": date(1895, 9, 22)}, ["too_old"]),
    ],
)
def test_a_person_has_a_name_a_number_and_a_birth_that_can_be(changed, codes):
    said = {"medical_record_number": "1", "family_name": "A", "given_name": "B", "birth_date": date(1980, 1, 1)}
    identity = Identity(**{**said, **changed}, administrative_gender="female")
    assert [each.code for each in reasons_not_to_register(identity, today=AT.date())] == codes
