"""Who is told of an alert, when, and who is not: ladders with real people on real wards, the clock moved by hand."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from infusion.actions import stop_infusion
from monitoring.actions import record_set
from monitoring.domain.severity import Tier
from monitoring.models import Alert, Notification
from monitoring.selectors.ladders import ladders_of
from monitoring.settling import settle_stays
from monitoring.sweeps import SWEEP, settle_due_stays
from patients.actions import discharge_patient
from patients.models import Admission, Disposition, Ward, WardMembership
from tests.factories import MINUTE, MORNING, entry, person, running, ward
from tests.integration.a_ring import (
    RANG,
    SYSTOLIC,
    acknowledges,
    acts_at,
    after,
    alert_of,
    chart,
    somebody_red,
    sweep,
    tiers,
    told,
)
from tests.integration.test_races import at_once, unexpected


@pytest.fixture
def patient():
    return somebody_red()


@pytest.mark.django_db
def test_the_set_that_shows_it_tells_the_nurse_in_its_own_transaction_and_sets_the_clock(patient):
    assert told(patient) == [(0, "nurse", [patient.nurse.pk], "")]
    alert = alert_of(patient)
    assert (alert.ladder_class, alert.told, alert.next_escalation_at) == ("physiological_red", 1, after(2))
    assert acts_at(patient) == after(2)


@pytest.mark.django_db
def test_a_sweep_tells_each_tier_at_its_time_and_a_late_one_says_when_it_was_told(patient):
    sweep(after(1, 59))
    assert tiers(patient) == [(0, "nurse")]
    sweep(after(2, 1))
    assert told(patient)[1:] == [(2 + 1 / 60, "charge_nurse", [patient.charge.pk], "")]
    assert acts_at(patient) == after(5)
    sweep(after(4, 59))
    assert len(told(patient)) == 2
    versions = list(Admission.objects.values_list("version", flat=True))
    sweep(after(5))
    assert told(patient)[2:] == [(5, "physician", [patient.physician.pk], "")]
    assert list(Admission.objects.values_list("version", flat=True)) != versions, "pages see who was told"
    assert alert_of(patient).next_escalation_at is None


@pytest.mark.django_db
def test_settling_twice_tells_nobody_twice(patient):
    for _ in range(3):
        assert settle_stays([patient.id], by=SWEEP, at=after(2)).get(patient.id) in (False, None)
    assert tiers(patient) == [(0, "nurse"), (2, "charge_nurse")]


@pytest.mark.django_db
def test_who_left_the_ward_is_inactive_or_there_for_an_emergency_alone_is_told_of_nothing():
    made = running()
    gone, inactive, guest = (person(Role.CHARGE_NURSE, ward=made.ward) for _ in range(3))
    WardMembership.objects.filter(user=gone).update(ended_at=MORNING)
    inactive.is_active = False
    inactive.save()
    WardMembership.objects.filter(user=guest).update(emergency_reason="alone", emergency_until=after(60))
    person(Role.CHARGE_NURSE, ward=ward())
    chart(made, RANG, **SYSTOLIC)
    sweep(after(2))
    assert told(made)[1:] == [
        (2, "charge_nurse", [], "no charge nurse works on this ward"),
        (2, "physician", [made.physician.pk], ""),
    ]
    sweep(after(5))
    assert len(told(made)) == 3


@pytest.mark.django_db
def test_a_rapid_response_team_is_prompted_for_only_where_the_ward_has_one():
    place = ward()
    Ward.objects.filter(pk=place.pk).update(rapid_response="2222")
    made = running(on=place)
    person(Role.CHARGE_NURSE, ward=place)
    chart(made, RANG, **SYSTOLIC)
    sweep(after(5))
    shown = ladders_of([made.id], at=after(5))[alert_of(made).pk]
    assert (shown.next.tier, shown.next.at, shown.next.call) == (Tier.RAPID_RESPONSE, after(10), "2222")
    sweep(after(10))
    assert told(made)[3:] == [(10, "rapid_response", [], "")]


@pytest.mark.django_db
def test_what_was_back_in_range_when_it_was_charted_tells_nobody():
    made = running()
    chart(made, RANG)
    record_set(
        made.id, entry=entry(RANG - 5 * MINUTE, late_reason="busy", systolic=184), by=made.by_nurse, at=after(40)
    )
    alert = Alert.objects.get(rule="systolic")
    assert (alert.rang_at, alert.told, Notification.objects.filter(alert=alert).count()) == (None, 0, 0)


@pytest.mark.django_db
def test_what_turns_red_takes_the_red_ladder():
    made = running()
    chart(made, RANG, spo2=93)
    assert alert_of(made, "spo2").ladder_class == "yellow"
    chart(made, after(5), spo2=90)
    assert (alert_of(made, "spo2").ladder_class, alert_of(made, "spo2").next_escalation_at) == (
        "physiological_red",
        after(7),
    )


@pytest.mark.django_db
def test_back_in_range_tells_nobody_more_and_waits_to_be_seen(patient):
    chart(patient, after(4))
    sweep(after(30))
    alert = alert_of(patient)
    assert (tiers(patient), alert.next_escalation_at, alert.recovered_at) == ([(0, "nurse")], None, after(4))
    assert acknowledges(patient, after(31)).close_reason == "back in range"


@pytest.mark.django_db
def test_nobody_is_told_any_more_of_a_patient_who_left(patient):
    stop_infusion(patient.id, effective_at=after(1), by=patient.by_nurse, at=after(1))
    discharge_patient(patient.id, disposition=Disposition.ICU, reason="worse", by=patient.by_physician, at=after(1, 30))
    sweep(after(30))
    assert tiers(patient) == [(0, "nurse")]
    left = Alert.objects.get(rule="systolic")
    assert (left.close_reason[:16], left.next_escalation_at) == ("the patient left", None)


@pytest.mark.django_db
def test_an_overdue_set_tells_the_nurse_then_the_charge_nurse_and_never_the_physician():
    made = running()
    charge = person(Role.CHARGE_NURSE, ward=made.ward)
    for minutes in range(20, 300, 5):
        sweep(MORNING + minutes * MINUTE)
    found = Notification.objects.filter(alert__rule="set_overdue").order_by("told_at", "step")
    assert [(each.tier, each.people) for each in found] == [
        ("nurse", [made.nurse.pk]),
        ("charge_nurse", [charge.pk]),
    ]
    assert found[1].told_at - found[0].told_at == 15 * MINUTE


@pytest.mark.django_db
def test_the_page_reads_who_was_told_who_is_next_and_how_long_a_look_holds_in_one_statement(patient):
    other = running(on=patient.ward)
    chart(other, RANG, **SYSTOLIC)
    sweep(after(2))
    with CaptureQueriesContext(connection) as captured:
        shown = ladders_of([patient.id, other.id], at=after(3))
    assert len(captured) == 1
    mine = shown[alert_of(patient).pk]
    names = sorted([patient.nurse.display_name, other.nurse.display_name])
    assert [(each.tier_words, sorted(each.names), each.told_at) for each in mine.told] == [
        ("nurse", sorted([patient.nurse.display_name]), RANG),
        ("charge nurse", [patient.charge.display_name], after(2)),
    ]
    assert sorted(shown[alert_of(other).pk].told[0].names) == names
    doctors = sorted([patient.physician.display_name, other.physician.display_name])
    assert (mine.next.tier_words, sorted(mine.next.names), mine.next.at) == ("physician", doctors, after(5))
    assert (mine.rings, mine.is_overdue) == (1, False)
    assert ladders_of([patient.id], at=after(6))[alert_of(patient).pk].is_overdue
    acknowledges(patient, after(6))
    seen = ladders_of([patient.id], at=after(7))[alert_of(patient).pk]
    assert (seen.next, alert_of(patient).acknowledgement_expires_at) == (None, after(21))
    sweep(after(21))
    assert ladders_of([patient.id], at=after(21))[alert_of(patient).pk].rings == 2


@pytest.mark.django_db
def test_the_ladder_says_who_was_not_there():
    made = running()
    chart(made, RANG, **SYSTOLIC)
    sweep(after(2))
    shown = ladders_of([made.id], at=after(2))[alert_of(made).pk]
    assert [each.skipped for each in shown.told] == ["", "no charge nurse works on this ward", ""]
    assert shown.next is None


@pytest.mark.django_db
def test_many_stays_tell_their_next_people_in_as_many_statements_as_one():
    counts = {}
    for size in (1, 30):
        place = ward()
        stays = [running(on=place) for _ in range(size)]
        person(Role.CHARGE_NURSE, ward=place)
        for each in stays:
            chart(each, RANG, **SYSTOLIC)
        with CaptureQueriesContext(connection) as captured:
            settle_stays([each.id for each in stays], by=SWEEP, at=after(2))
        counts[size] = len(captured)
        assert Notification.objects.filter(admission__ward=place, tier="charge_nurse").count() == size
    assert counts[1] == counts[30] <= 7


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_four_sweepers_at_once_tell_each_step_once(turn, patient):
    for minutes in (2, 5):
        answers = at_once(*[partial(settle_due_stays, at=after(minutes))] * 4)
        assert not unexpected(answers)
    assert tiers(patient) == [(0, "nurse"), (2, "charge_nurse"), (5, "physician")]
