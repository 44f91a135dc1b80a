"""The two nights on which the ward's clock jumps (New York, 8 March and 1 November 2026): durations do not.

In March the clock goes from 01:59 to 03:00, in November from 01:59 to 01:00 once more (DOMAIN 1).
"""

from datetime import timedelta
from itertools import pairwise

import pytest

from monitoring.models import Prompt
from tests.factories import HOUR
from tests.stories.telling import a_patient_running, refused

pytestmark = pytest.mark.django_db

SPRING, AUTUMN = "2026-03-07 16:00", "2026-10-31 16:00"


@pytest.mark.parametrize(
    ("evening", "done", "pause_over"), [(SPRING, "Sun 05:00", "Sun 05:40"), (AUTUMN, "Sun 03:00", "Sun 03:40")]
)
def test_six_hours_of_hold_are_six_hours_of_infusion(evening, done, pause_over):
    night = a_patient_running(evening)
    declared = night.watched_until("22:00").now
    night.nurse.declares_target()
    assert night.figures.hold_done_at == declared + 6 * HOUR
    assert night.shown(night.figures.hold_done_at) == done
    # A pause across the jump is as long as it was, whatever the clock on the wall says.
    night.watched_until("01:40")
    night.nurse.pauses(minutes=40)
    night.after(minutes=40).nurse.charts()
    night.physician.allows_restart("0.10")
    night.nurse.resumes("0.10")
    assert night.shown(night.figures.hold_done_at) == pause_over
    night.now = declared + 7 * HOUR
    assert night.figures.time_at_target == 6 * HOUR + timedelta(minutes=20)


@pytest.mark.parametrize(("evening", "done"), [(SPRING, "Sun 05:00"), (AUTUMN, "Sun 03:00")])
def test_a_reassessment_in_the_odd_night_waits_for_half_past_seven_of_the_ward(evening, done):
    night = a_patient_running(evening)
    night.watched_until("22:00").nurse.declares_target()
    assert night.reassessment() == "Sun 07:30"
    assert night.reassessment(awake_pain=8) == done


@pytest.mark.parametrize(("evening", "second_day"), [(SPRING, "Sun 17:00"), (AUTUMN, "Sun 15:00")])
def test_a_day_of_the_course_has_24_hours(evening, second_day):
    night = a_patient_running(evening)
    started = night.now
    night.now = started + 24 * HOUR - timedelta(seconds=1)
    assert night.figures.day == 1
    night.now = started + 24 * HOUR
    assert night.figures.day == 2
    assert night.shown(night.now) == second_day


@pytest.mark.parametrize(("evening", "expires"), [(SPRING, "Tue 16:45"), (AUTUMN, "Tue 14:45")])
def test_an_order_lives_72_hours_and_says_the_wards_own_time(evening, expires):
    night = a_patient_running(evening)
    assert night.order.expires_at == night.order.signed_at + 72 * HOUR
    assert night.shown(night.order.expires_at) == expires
    night.after(hours=68).nurse.changes_the_bag(infused="238", left="2")
    night.now = night.order.expires_at - timedelta(seconds=1)
    night.nurse.charts()
    night.nurse.takes_blood()
    night.nurse.asks_for("0.15")
    night.after(seconds=1)
    with refused("order_expired") as said:
        night.physician.approves("0.15")
    assert said.value.sentence == f"The order expired at {expires[-5:]}. It has to be renewed."


@pytest.mark.parametrize(
    ("evening", "due"),
    [
        (SPRING, ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        (AUTUMN, ["00:00", "01:00", "01:00", "02:00", "03:00"]),
    ],
)
def test_every_hour_has_its_set_and_no_hour_two(evening, due):
    night = a_patient_running(evening)
    night.watched_until("23:30", late=(0,))
    seen = []
    while len(seen) < len(due):
        prompt = Prompt.objects.get(admission_id=night.stay.id, kind="full_set", state="open")
        seen.append(prompt.due_at)
        night.now = prompt.due_at
        night.nurse.charts()
    assert [night.shown(each)[-5:] for each in seen] == due
    assert {after - before for before, after in pairwise(seen)} == {HOUR}


@pytest.mark.parametrize(("evening", "ready"), [(SPRING, "03:30"), (AUTUMN, "01:30")])
def test_a_step_takes_two_hours_across_the_jump_and_the_refusal_says_the_right_time(evening, ready):
    night = a_patient_running(evening)
    night.watched_until("00:30").nurse.charts()
    night.physician.approves("0.20", valid_for=6 * HOUR)
    night.nurse.raises_to("0.15")
    night.after(minutes=119).nurse.charts()
    with refused("step_interval_running") as said:
        night.nurse.raises_to("0.20")
    assert said.value.sentence == f"Not before {ready} (in 1 min): a step takes 2 h."
    night.after(minutes=1).nurse.raises_to("0.20")
    assert (night.dose, night.shown(night.now)) == ("0.20", f"Sun {ready}")
