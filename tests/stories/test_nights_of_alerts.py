"""Nights on which something rings: who is told when, what a look is worth, and what nobody sleeps through (DOMAIN 5)."""

from decimal import Decimal as D

import pytest

from accounts.roles import Role
from monitoring.actions import acknowledge_alert, note_alert, record_liver_panel, resolve_alert, snooze_alert
from monitoring.domain.assessments import Analyte
from monitoring.domain.liver import LiverEntry, Measured
from monitoring.models import Alert, AlertNote, Notification
from monitoring.selectors.ladders import ladders_of
from patients.models import WardMembership
from tests.factories import actor, person
from tests.stories.telling import Somebody, a_patient_running

pytestmark = pytest.mark.django_db

EVENING = "2026-09-22 16:00"


def a_night(*, until="02:00", evening=EVENING):
    """A pump that runs since the afternoon, watched without a word of alarm until then."""
    night = a_patient_running(evening)
    return night.watched_until(until, late=(0,))


def swept_each_minute(night, until):
    """The sweep comes by every minute, as it does every second, until the clock shows that."""
    end = night.instant(until, since=night.now)
    night.swept()
    while night.now < end:
        night.after(minutes=1).swept()
    return night


def alert(night, rule="systolic"):
    return Alert.objects.filter(admission_id=night.stay.id, rule=rule).latest("id")


def told(night, rule="systolic"):
    """All that was told of the rule, by the ward's clock: over every ring, in order."""
    found = Notification.objects.filter(alert__admission_id=night.stay.id, alert__rule=rule).order_by("told_at", "step")
    return [f"{night.shown(each.told_at)[4:]} {'no ' if each.skipped else ''}{each.tier}" for each in found]


def looks(who, rule="systolic", **how):
    night = who.story
    seen = alert(night, rule)
    return who.does(acknowledge_alert, seen.pk, seen_rang_at=seen.rang_at, **how)


def nobody_in_charge(night):
    WardMembership.objects.filter(user_id=night.charge.who.user_id).update(ended_at=night.now)


def test_the_night_of_a_red_value():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    assert told(night) == ["02:16 nurse"]
    swept_each_minute(night, "02:21")
    assert told(night) == ["02:16 nurse", "02:18 charge_nurse", "02:21 physician"]
    night.at("02:22")
    looks(night.physician)
    shown = ladders_of([night.stay.id], at=night.now)[alert(night).pk]
    assert (shown.next, night.shown(alert(night).acknowledgement_expires_at)) == (None, "Wed 02:37")
    swept_each_minute(night, "02:36")
    assert len(told(night)) == 3
    swept_each_minute(night, "02:42")
    assert told(night)[3:] == ["02:37 nurse", "02:39 charge_nurse", "02:42 physician"]
    assert ladders_of([night.stay.id], at=night.now)[alert(night).pk].rings == 2


def test_a_call_that_is_written_down_lets_the_ward_be_quiet():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    night.at("02:17")
    looks(night.nurse)
    night.at("02:30").nurse.does(
        note_alert, alert(night).pk, kind=AlertNote.Kind.CALL, text="Dr. on call: watch, no more"
    )
    swept_each_minute(night, "03:00")
    assert told(night) == ["02:16 nurse"]
    assert alert(night).acknowledged_by_id == night.nurse.who.user_id


def test_a_night_without_a_charge_nurse_says_so_and_calls_the_physician_in_her_place():
    night = a_night()
    nobody_in_charge(night)
    night.at("02:16").nurse.charts(systolic=184)
    swept_each_minute(night, "02:30")
    assert told(night) == ["02:16 nurse", "02:18 no charge_nurse", "02:18 physician"]
    said = Notification.objects.get(alert=alert(night), tier="charge_nurse")
    assert said.skipped == "no charge nurse works on this ward"


def test_who_comes_on_duty_while_it_rings_is_told_at_the_step_that_is_theirs():
    night = a_night()
    nobody_in_charge(night)
    night.at("02:16").nurse.charts(systolic=184)
    night.at("02:17")
    late = Somebody(night, actor(person(Role.CHARGE_NURSE, ward=night.stay.ward)))
    swept_each_minute(night, "02:18")
    assert Notification.objects.get(alert=alert(night), tier="charge_nurse").people == [late.who.user_id]


def test_a_patient_who_drifts_off_brings_the_physician_at_once_and_the_charge_nurse_after_5_min():
    night = a_night()
    night.at("02:16").nurse.charts(sedation="3")
    assert sorted(told(night, "sedation")) == ["02:16 nurse", "02:16 physician"]
    swept_each_minute(night, "02:30")
    assert told(night, "sedation")[2:] == ["02:21 charge_nurse"]


def test_a_yellow_value_is_told_twice_to_the_nurse_before_anybody_else():
    night = a_night()
    night.at("02:16").nurse.charts(spo2=93)
    swept_each_minute(night, "03:10")
    assert told(night, "spo2") == ["02:16 nurse", "02:26 nurse", "02:31 charge_nurse", "02:46 physician"]


def test_a_worsening_rings_though_a_physician_has_just_looked():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    night.at("02:17")
    looks(night.physician, with_patient=True)
    swept_each_minute(night, "02:25").nurse.charts(systolic=195)
    swept_each_minute(night, "02:30")
    assert told(night) == ["02:16 nurse", "02:25 nurse", "02:27 charge_nurse", "02:30 physician"]


def test_what_came_back_though_nobody_looked_calls_nobody_more_and_stays_to_be_seen():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    swept_each_minute(night, "02:19").nurse.charts()
    swept_each_minute(night, "03:00")
    assert told(night) == ["02:16 nurse", "02:18 charge_nurse"]
    assert (alert(night).closed_at, night.shown(alert(night).recovered_at)) == (None, "Wed 02:19")
    looks(night.at("06:00").charge)
    assert alert(night).close_reason == "back in range"


def test_what_comes_back_and_leaves_again_rings_anew():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    night.at("02:20").nurse.charts()
    night.at("02:35").nurse.charts(systolic=182)
    assert told(night) == ["02:16 nurse", "02:35 nurse"]


def test_a_ring_that_is_put_off_comes_back_and_is_not_put_off_twice():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    night.at("02:17").nurse.does(snooze_alert, alert(night).pk, minutes=10, seen_rang_at=alert(night).rang_at)
    swept_each_minute(night, "02:29")
    assert told(night) == ["02:16 nurse", "02:27 nurse", "02:29 charge_nurse"]
    assert alert(night).snoozes == 1


def test_a_physicians_note_ends_it_and_a_later_red_value_is_a_new_one():
    night = a_night()
    night.at("02:16").nurse.charts(systolic=184)
    first = alert(night)
    night.at("02:20").physician.does(
        resolve_alert, first.pk, text="known from home, treated by mouth", seen_rang_at=first.rang_at
    )
    swept_each_minute(night, "02:40").nurse.charts(systolic=186)
    assert alert(night).pk != first.pk
    assert told(night) == ["02:16 nurse", "02:40 nurse"]


def test_a_liver_result_of_the_night_lets_the_physician_sleep_until_seven():
    night = a_night(until="22:50")
    measured = {Analyte.ALT: Measured(D(90), D(40))}
    night.at("23:00").nurse.at_the_stay(record_liver_panel, entry=LiverEntry(night.now, measured))
    assert (alert(night, "liver").ladder_class, told(night, "liver")) == ("task", [])
    swept_each_minute(night, "06:59")
    assert told(night, "liver") == []
    swept_each_minute(night, "07:05")
    assert told(night, "liver") == ["07:00 physician"]
    looks(night.physician, "liver")
    assert alert(night, "liver").acknowledgement_expires_at is None, "a task waits for its day, not for minutes"


@pytest.mark.parametrize("evening", ["2026-03-07 16:00", "2026-10-31 16:00"])
def test_five_minutes_are_five_minutes_on_the_nights_when_the_clock_jumps(evening):
    night = a_night(until="01:50", evening=evening)
    night.at("01:58").nurse.charts(systolic=184)
    rang = night.now
    for _ in range(6):
        night.after(minutes=1).swept()
    found = Notification.objects.filter(alert=alert(night)).order_by("step")
    assert [(each.told_at - rang).total_seconds() / 60 for each in found] == [0, 2, 5]
