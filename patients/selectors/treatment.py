"""What must be known before an order and before a start: screening, consent, weight; one statement for one stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from patients.domain.consent import standing_consent
from patients.domain.screening import Answer, Answers, Decision, Ecg, PregnancyTest, ScreeningItem, standing
from patients.models import Weight


@dataclass(frozen=True, slots=True)
class TreatmentFacts:
    """How a stay stands before an order. Sentences are whole ones, for a refusal or for a page.

    `weight` is the newest by when it was taken, measured or not; `measured_weight_at` the newest that was measured.
    """

    screening_decided: bool
    screening_sentence: str
    consent_given: bool
    consent_sentence: str
    weight: Weight | None
    measured_weight_at: datetime | None
    watch_etco2: bool


_WEIGHT = [field.attname for field in Weight._meta.concrete_fields]
_FACTS = f"""
SELECT s.answers::json, s.pregnancy_test, s.ecg, d.accepted, d.reasons::json, c.given, c.briefed::json, m.measured_at,
       {", ".join(f"w.{name}" for name in _WEIGHT)}
FROM (SELECT %(stay)s::bigint AS id) a
LEFT JOIN LATERAL (SELECT id, answers, pregnancy_test, ecg FROM patients_screening
    WHERE admission_id = a.id ORDER BY id DESC LIMIT 1) s ON true
LEFT JOIN LATERAL (SELECT accepted, reasons FROM patients_screeningdecision
    WHERE screening_id = s.id ORDER BY id DESC LIMIT 1) d ON true
LEFT JOIN LATERAL (SELECT given, briefed FROM patients_consent
    WHERE admission_id = a.id ORDER BY id DESC LIMIT 1) c ON true
LEFT JOIN LATERAL (SELECT measured_at FROM patients_weight
    WHERE admission_id = a.id AND source = 'measured' ORDER BY measured_at DESC, id DESC LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT * FROM patients_weight
    WHERE admission_id = a.id ORDER BY measured_at DESC, id DESC LIMIT 1) w ON true
"""


def treatment_facts(admission_id: int) -> TreatmentFacts:
    """The facts of one stay, whose row the caller may have locked; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"stay": admission_id})
        answers, test, ecg, accepted, reasons, given, briefed, measured_at, *weight = cursor.fetchone()
    read = answers_of(answers, test, ecg) if test is not None else None
    screening = standing(read, decision_of(accepted, reasons) if accepted is not None else None)
    consent_given, consent_sentence = standing_consent(given, briefed or ())
    return TreatmentFacts(
        screening_decided=screening.is_decided,
        screening_sentence=screening.sentence,
        consent_given=consent_given,
        consent_sentence=consent_sentence,
        weight=Weight.from_db("default", _WEIGHT, weight) if weight[0] is not None else None,
        measured_weight_at=measured_at,
        watch_etco2=read is not None and bool(read.recommends),
    )


def answers_of(answers: Mapping[str, str], pregnancy_test: str, ecg: str) -> Answers:
    """Stored answers as the domain reads them."""
    by_item = {ScreeningItem(item): Answer(answer) for item, answer in answers.items()}
    return Answers(by_item, PregnancyTest(pregnancy_test), Ecg(ecg))


def decision_of(accepted: bool, reasons: Mapping[str, str]) -> Decision:
    """A stored decision, likewise."""
    return Decision(accepted, {ScreeningItem(item): reason for item, reason in reasons.items()})
