"""Corrections through the database: what a corrected set has shown does not count, neither for an alert nor against it."""

import pytest

from core.errors import Conflict, NotFound, Refused
from monitoring.actions import acknowledge_alert, correct_set, record_set
from monitoring.models import Alert, ObservationSet, Prompt
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP
from tests.factories import MINUTE, MORNING, entry, running, stay

pytestmark = pytest.mark.django_db


def after(minutes):
    return MORNING + minutes * MINUTE


def charted(patient, minutes, **changed):
    return record_set(patient.id, entry=entry(after(minutes), **changed), by=patient.by_nurse, at=after(minutes)).set


def corrected(patient, wrong, minutes, **changed):
    """The set put right so many minutes after the start; settling once more changes nothing."""
    right = entry(changed.pop("seen_at", wrong.observed_at), late_reason="x", **changed)
    made = correct_set(wrong.pk, entry=right, reason="typed wrong", by=patient.by_nurse, at=after(minutes)).set
    assert settle_stays([patient.id], by=SWEEP, at=after(minutes)) == {}
    return made


def looked(patient, rule, minutes):
    alert = Alert.objects.get(rule=rule, closed_at=None)
    return acknowledge_alert(alert.pk, seen_rang_at=alert.rang_at, by=patient.by_nurse, at=after(minutes))


def test_an_alert_follows_the_sets_that_stand():
    patient = running()
    charted(patient, 5, heart_rate=133)
    charted(patient, 15, heart_rate=141)
    wrong = charted(patient, 25, heart_rate=190)
    corrected(patient, wrong, 26, heart_rate=91)
    alert = Alert.objects.get(rule="heart_rate")
    assert (alert.count, alert.number, alert.value, alert.stop_advised) == (2, 141, "141", False)
    assert (alert.last_observed_at, alert.recovered_at, alert.closed_at) == (after(15), after(25), None)


def test_a_correction_that_still_meets_the_rule_is_one_piece_of_evidence_with_its_own_value():
    patient = running()
    wrong = charted(patient, 5, heart_rate=190)
    right = corrected(patient, wrong, 6, heart_rate=133)
    alert = Alert.objects.get(rule="heart_rate")
    assert (alert.evidence, alert.count, alert.number, alert.stop_advised) == ([right.pk], 1, 133, False)
    assert alert.sentence == "Heart rate 133 /min: red at 131 or more."


def test_a_red_alert_of_a_slip_of_the_pen_becomes_the_yellow_one_it_was():
    patient = running()
    charted(patient, 5, spo2=93)
    wrong = charted(patient, 15, spo2=72)
    corrected(patient, wrong, 16, spo2=92)
    alert = Alert.objects.get(rule="spo2")
    assert (alert.severity, alert.count, alert.number) == ("yellow", 2, 92)


def test_a_correction_of_a_correction_counts_once():
    patient = running()
    wrong = charted(patient, 5, heart_rate=190)
    second = corrected(patient, wrong, 6, heart_rate=160)
    third = corrected(patient, second, 7, heart_rate=135)
    assert Alert.objects.get(rule="heart_rate").evidence == [third.pk]
    corrected(patient, third, 8)
    assert Alert.objects.get(rule="heart_rate").close_reason == "corrected"
    assert ObservationSet.objects.count() == 4


def test_an_alert_closed_by_another_patients_values_stands_again():
    patient = running()
    charted(patient, 5, heart_rate=140)
    looked(patient, "heart_rate", 6)
    wrong = charted(patient, 15, heart_rate=72)
    alert = Alert.objects.get(rule="heart_rate")
    assert (alert.close_reason, alert.recovered_at) == ("back in range", after(15))
    corrected(patient, wrong, 16, heart_rate=None)
    alert.refresh_from_db()
    assert (alert.closed_at, alert.close_reason, alert.recovered_at) == (None, "", None)
    assert alert.acknowledged_at == after(6)


def test_an_alert_that_only_seemed_to_recover_has_not():
    patient = running()
    charted(patient, 5, heart_rate=140)
    wrong = charted(patient, 15, heart_rate=72)
    corrected(patient, wrong, 16, heart_rate=None)
    assert Alert.objects.get(rule="heart_rate").recovered_at is None
    charted(patient, 30)
    assert Alert.objects.get(rule="heart_rate").recovered_at == after(30)


def test_a_correction_into_the_past_leaves_the_prompt_that_was_done():
    patient = running()
    wrong = charted(patient, 20)
    corrected(patient, wrong, 21, seen_at=after(14))
    prompts = Prompt.objects.filter(kind="full_set").order_by("due_at").values_list("due_at", "state")
    assert list(prompts) == [(after(15), "done"), (after(35), "open")]


def test_a_correction_to_the_time_when_it_was_due_ends_the_prompt():
    patient = running()
    wrong = charted(patient, 5)
    corrected(patient, wrong, 16, seen_at=after(15))
    assert Prompt.objects.get(kind="full_set", state="done").due_at == after(15)


@pytest.mark.parametrize(("reason", "code"), [("  ", "correction_reason_missing"), ("x" * 201, "too_long")])
def test_a_correction_says_why_in_so_many_words(reason, code):
    patient = running()
    wrong = charted(patient, 5)
    with pytest.raises(Refused) as refused:
        correct_set(wrong.pk, entry=entry(after(5)), reason=reason, by=patient.by_nurse, at=after(6))
    assert [each.code for each in refused.value.reasons] == [code]
    assert ObservationSet.objects.count() == 1


def test_what_was_corrected_or_is_not_there_cannot_be_corrected():
    patient, elsewhere = running(), stay()
    wrong = charted(patient, 5)
    corrected(patient, wrong, 6)
    with pytest.raises(Conflict, match="newest version"):
        correct_set(wrong.pk, entry=entry(after(5)), reason="again", by=patient.by_nurse, at=after(7))
    with pytest.raises(NotFound):
        correct_set(wrong.pk, entry=entry(after(5)), reason="again", by=elsewhere.by_nurse, at=after(7))
    with pytest.raises(NotFound):
        correct_set(10**9, entry=entry(after(5)), reason="again", by=patient.by_nurse, at=after(7))
