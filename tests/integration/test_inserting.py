"""The hand-written insert of a set, held against the model: no column forgotten, each value as it was given."""

from decimal import Decimal

import pytest

from monitoring.actions import correct_set, record_set
from monitoring.domain.values import (
    AbsentReason,
    Consciousness,
    Mobility,
    Parameter,
    SedationScale,
    Symptom,
    WarningSymptom,
)
from monitoring.models import ObservationSet
from tests.factories import MINUTE, MORNING, entry, running

pytestmark = pytest.mark.django_db

# Every value and every word that a set can carry, so that no two columns can be taken for one another unnoticed.
FULL = {
    "heart_rate": 71,
    "systolic": 122,
    "diastolic": 78,
    "respiratory_rate": 17,
    "spo2": 96,
    "on_oxygen": True,
    "oxygen_l_per_min": Decimal("2.5"),
    "temperature": None,
    "consciousness": Consciousness.A,
    "sedation_scale": SedationScale.POSS,
    "sedation": "2",
    "psychotomimetic": 1,
    "pain": 4,
    "symptoms": (Symptom.DOUBLE_VISION,),
    "warning_symptoms": (WarningSymptom.SYNCOPE,),
    "mobility": Mobility.NEEDS_HELP,
    "comment": "a 'quoted' %s word, and ümlauts",
    "absent": {Parameter.TEMPERATURE: AbsentReason.REFUSED},
    "confirmed": frozenset({"heart_rate"}),
    "late_reason": "nobody was free",
}


def columns(made):
    return {field.attname: getattr(made, field.attname) for field in ObservationSet._meta.concrete_fields}


def test_a_recorded_set_and_its_correction_are_stored_in_every_column_as_they_were_answered():
    stay = running()
    at = MORNING + 55 * MINUTE
    record_set(stay.id, entry=entry(MORNING + 5 * MINUTE), by=stay.by_nurse, at=MORNING + 5 * MINUTE)
    first = record_set(stay.id, entry=entry(MORNING + 15 * MINUTE, **FULL), by=stay.by_nurse, at=at).set
    again = entry(MORNING + 15 * MINUTE, **{**FULL, "pain": 5})
    second = correct_set(first.pk, entry=again, reason="misread", by=stay.by_nurse, at=at + MINUTE).set
    for made in (first, second):
        assert columns(made) == columns(ObservationSet.objects.get(pk=made.pk))
        assert not made._state.adding
    never_empty = {name for name, value in columns(second).items() if value not in (None, "", [], {})}
    assert set(columns(second)) - never_empty <= {"temperature"}
