"""Days of a titration, told in what people do, with the delays that people have (DOMAIN 1 to 3)."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from infusion.domain.words import PauseReason
from infusion.models import DeliveryEvent, Override
from tests.factories import HOUR, MINUTE
from tests.stories.telling import a_patient_running, refused

pytestmark = pytest.mark.django_db

# When each step is asked for, allowed, done at the pump, and recorded once the second checker had come.
STEPS = (
    ("0.15", "10:02", "10:04", "10:06", "10:13"),
    ("0.20", "12:10", "12:11", "12:15", "12:17"),
    ("0.25", "14:16", "14:25", "14:31", "14:31"),
    ("0.30", "16:40", "16:41", "16:44", "16:52"),
    ("0.35", "18:50", "19:06", "19:10", "19:11"),
    ("0.40", "21:12", "21:14", "21:20", "21:32"),
    ("0.45", "23:25", "23:31", "23:40", "23:40"),
    ("0.50", "01:42", "01:44", "01:50", "01:58"),
)


def test_from_a_tenth_to_a_half_in_a_day_of_late_charting_and_late_checkers():
    day = a_patient_running("2026-09-22 08:00")
    assert (day.dose, day.rate) == ("0.10", D("3.5"))
    for dose, asked, allowed, done, recorded in STEPS:
        day.watched_until(asked)
        day.nurse.charts()
        day.nurse.asks_for(dose)
        # Half a day in, the rise of the last 24 h is over 0.30: a physician says why it goes on.
        over = {"rise_in_24_h": "calm at every step"} if D(dose) > D("0.40") else {}
        day.at(allowed).physician.approves(dose, **over)
        day.at(recorded).nurse.raises_to(dose, done=done)
        assert day.dose == dose
        assert day.shown(day.course.dose_changed_at).endswith(done)
        assert day.approval.state == "used"
    assert Override.objects.count() == 2
    # 0.50 x 70 / 2 = 17.5 mL/h; the sum is that of what was set at the pump, not of when it was written down.
    assert day.rate == D("17.5")
    rates = (
        ("3.5", 126), ("5.2", 129), ("7.0", 136), ("8.7", 133), ("10.5", 146), ("12.2", 130), ("14.0", 140),
        ("15.7", 130), ("17.5", 8),
    )  # fmt: skip
    assert day.mg == round(sum(D(rate) * 2 * minutes for rate, minutes in rates) / 60, 6)

    day.watched_until("03:10").second.declares_target(pain=2)
    assert day.shown(day.figures.hold_done_at) == "Wed 09:10"
    # 172.3 mL by ten to two, then 17.5 mL/h: of the 240 mL in the bag the last is gone at 05:41.
    assert day.watched_until("04:40", pain=2).swept().rings == {}
    assert day.at("04:41").swept().rings == {"bag_empty": "yellow"}
    day.at("05:00").nurse.changes_the_bag(infused="227.8", left="12.2")
    assert (day.rings, day.shown(day.figures.hold_done_at)) == ({}, "Wed 09:10")
    # So much pain again, twice, rings yellow: it forbids no increase, it is why one is asked for.
    day.watched_until("08:30", pain=6).nurse.charts(pain=6)
    assert day.rings == {"pain": "yellow"}
    day.nurse.asks_for("0.55")
    day.physician.approves("0.55", rise_in_24_h="a little more", valid_for=3 * HOUR)
    with refused("hold_running") as said:
        day.nurse.raises_to("0.55")
    assert said.value.sentence == "Not before 09:10 (in 40 min): the target is held for 6 h."
    day.at("09:09:59").nurse.charts(pain=6)
    with refused("hold_running"):
        day.nurse.raises_to("0.55")
    assert day.at("09:10").figures.time_at_target == 6 * HOUR
    day.nurse.raises_to("0.55")
    assert (day.dose, day.figures.hold_done_at) == ("0.55", None)
    assert day.course.hold_ended_at == day.now


def test_a_step_waits_for_its_time_and_for_a_set_of_just_now():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("09:50").nurse.charts()
    day.nurse.asks_for("0.15")
    day.physician.approves("0.15")
    with refused("step_interval_running") as said:
        day.at("09:59:59").nurse.raises_to("0.15")
    assert said.value.sentence == "Not before 10:00 (in 1 min): a step takes 2 h."
    day.at("10:00").nurse.raises_to("0.15")
    # The set due 15 min after an increase was seen, but two hours later nobody has looked again.
    day.watched_until("10:20").after(hours=1, minutes=45)
    with refused("full_set_old", "sedation_old", "psychotomimetic_old", "pain_not_rated", "set_overdue"):
        day.physician.approves("0.20")
    day.nurse.charts()
    day.physician.approves("0.20")
    day.nurse.raises_to("0.20")
    assert DeliveryEvent.objects.filter(approval__isnull=False).count() == 2


def test_a_ceiling_carries_two_steps_and_lapses():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("10:00").nurse.charts()
    day.physician.approves("0.25", valid_for=timedelta(hours=4))
    day.nurse.raises_to("0.15")
    day.watched_until("12:00").nurse.charts()
    day.nurse.raises_to("0.20")
    assert day.approval.state == "live"
    day.watched_until("14:00").nurse.charts()
    with refused("no_approval") as said:
        day.nurse.raises_to("0.25")
    assert said.value.sentence == "No physician's approval stands. The one up to 0.25 lapsed at 14:00."


@pytest.mark.parametrize(("minutes", "is_kept"), [(45, True), (60, True), (61, False)])
def test_a_pause_stands_the_hold_still_and_breaks_it_after_an_hour(minutes, is_kept):
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("12:00").nurse.declares_target()
    day.watched_until("13:30")
    assert day.figures.time_at_target == 90 * MINUTE
    day.nurse.pauses(PauseReason.IMAGING, minutes=minutes)
    assert day.figures.hold_done_at is None
    day.after(minutes=minutes)
    assert day.figures.time_at_target == 90 * MINUTE
    day.nurse.charts()
    day.nurse.resumes("0.10")
    if is_kept:
        assert day.course.hold_ended_at is None
        assert day.figures.hold_done_at == day.instant("18:00", since=day.now) + minutes * MINUTE
        with refused("already_declared"):
            day.nurse.declares_target()
        return
    # The hold was over when the hour was, not when the pump ran again.
    assert day.shown(day.course.hold_ended_at) == "Tue 14:30"
    assert day.figures.hold_done_at is None
    day.nurse.declares_target()
    assert day.figures.time_at_target == timedelta(0)
    assert day.figures.hold_done_at == day.now + 6 * HOUR


def test_two_pauses_that_are_each_short_keep_the_hold_and_both_are_left_out():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("12:00").nurse.declares_target()
    for pause, resume in (("13:00", "13:40"), ("14:00", "14:55")):
        day.at(pause).nurse.pauses(PauseReason.LINE)
        day.at(resume).nurse.charts()
        day.nurse.resumes("0.10")
    assert day.shown(day.figures.hold_done_at) == "Tue 19:35"


def test_a_physician_ends_the_hold_before_its_time():
    day = a_patient_running("2026-09-22 08:00")
    day.watched_until("11:00").nurse.declares_target(pain=3)
    day.watched_until("13:00", pain=7).nurse.charts(pain=7)
    day.physician.approves("0.15")
    with refused("hold_running"):
        day.nurse.raises_to("0.15")
    with refused("role_not_allowed"):
        day.nurse.ends_the_hold("pain came back")
    day.physician.ends_the_hold("pain came back")
    day.nurse.raises_to("0.15")
    assert day.dose == "0.15"


def test_a_decrease_at_night_voids_what_was_allowed_and_blocks_nothing():
    night = a_patient_running("2026-09-22 22:00")
    night.watched_until("01:50").nurse.charts()
    night.nurse.asks_for("0.15")
    night.physician.approves("0.20")
    night.at("01:55").nurse.raises_to("0.15")
    assert night.approval.state == "live"
    lowered = night.at("02:16").nurse.lowers_to("0.12", reason="vivid dreams, afraid")
    assert lowered.sentence == "Set the pump to 4.2 mL/h."
    assert (night.approval.state, night.approval.close_reason) == ("voided", "the dose was lowered")
    assert night.shown(night.check.due_at) == "Wed 02:46"
    night.watched_until("04:20").nurse.charts()
    with refused("no_approval"):
        night.nurse.raises_to("0.17")
    # The look at the pump comes late and by somebody else; in the meantime the dose went down once more.
    with refused("same_person"):
        night.nurse.looks_at_the_pump("4.2")
    assert night.charge.looks_at_the_pump("4.2").agrees
    night.nurse.lowers_to("0")
    assert (night.dose, night.rate) == ("0.00", D("0.0"))
    assert night.course.state == "running"


def test_a_reassessment_at_night_waits_for_the_morning_unless_the_patient_lies_awake_in_pain():
    day = a_patient_running("2026-09-22 14:00")
    day.watched_until("17:00").nurse.declares_target()
    assert day.shown(day.figures.hold_done_at) == "Tue 23:00"
    assert day.reassessment() == "Wed 07:30"
    assert day.reassessment(awake_pain=6) == "Wed 07:30"
    assert day.reassessment(awake_pain=7) == "Tue 23:00"
