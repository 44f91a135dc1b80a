"""What is due beside the sets (DOMAIN 4, "Other prompts"): opened, done, missed, superseded, cancelled, on both sides."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.hold import Hold
from monitoring.domain import reassessment
from monitoring.domain.other_prompts import reconcile_others
from monitoring.domain.reconcile_prompt import PromptChange
from monitoring.domain.rhythms import due_after
from monitoring.domain.rules import Rhythm
from monitoring.domain.schedule import Course
from monitoring.domain.stay import Done, Ending, OpenPrompt, Target
from monitoring.domain.watching import PromptKind
from tests.unit.monitoring.domain.a_stay import HOUR, MINUTE, START, after, alert, minutes_of, only, seen, stay

K = PromptKind
# The start is at 10:00 of a ward in UTC: handovers at 19:00 (540 min) and 07:00 (1260 min).
EVENING, MORNING, DAY = 540, 1260, 1440
IN_RHYTHM = (K.LINE_CHECK, K.FALLS, K.MOOD, K.PHYSICIAN_REVIEW, K.LIVER_ENZYMES)


def change(facts, kind, minutes):
    return reconcile_others(facts, at=after(minutes)).get(kind, PromptChange())


def told(change):
    """How the open one ends, those in between, what is open now with its interval."""
    between = [(minutes_of(each.facts.due_at), each.ending.value) for each in change.past]
    now = change.open and (minutes_of(change.open.due_at), change.open.interval / MINUTE)
    return change.ends and change.ends.value, between, now


def with_prompt(facts, kind, due, interval, *, opened=0, about=""):
    is_open = OpenPrompt(5, after(due), interval * MINUTE, after(opened), about)
    return replace(facts, prompts={**facts.prompts, kind: is_open})


def with_done(facts, kind, minutes, number=9):
    return replace(facts, done={**facts.done, kind: Done(after(minutes), number)})


def settled(facts, minutes):
    """The stay after all kinds were written."""
    for kind, each in reconcile_others(facts, at=after(minutes)).items():
        is_open = facts.prompts.get(kind) if each.ends is None else None
        if each.open is not None:
            assert is_open is None, f"two prompts of the kind {kind}"
            is_open = OpenPrompt(6, each.open.due_at, each.open.interval, after(minutes), each.about)
        others = {other: known for other, known in facts.prompts.items() if other is not kind}
        facts = replace(facts, prompts=others if is_open is None else {**others, kind: is_open})
    return facts


@pytest.mark.parametrize(
    ("kind", "due", "interval"),
    [
        (K.LINE_CHECK, 240, 240),
        (K.FALLS, EVENING, 720),
        (K.MOOD, DAY, DAY),
        (K.PHYSICIAN_REVIEW, DAY, DAY),
        (K.LIVER_ENZYMES, DAY, DAY),
    ],
)
def test_a_start_opens_each_kind_at_its_first_time(kind, due, interval):
    found = change(stay(), kind, 0)
    assert told(found) == (None, [], (due, interval))
    assert found.acts_at == after(due + interval)


def test_nothing_else_is_due_on_a_calm_first_day():
    assert set(reconcile_others(stay(seen(1, 0)), at=after(0))) == set(IN_RHYTHM)


@pytest.mark.parametrize(
    ("kind", "done", "due"),
    [
        (K.LINE_CHECK, 100, 340),
        (K.LINE_CHECK, 479, EVENING),
        (K.LINE_CHECK, 480, 720),
        (K.LINE_CHECK, 541, 781),
        (K.FALLS, 479, EVENING),
        (K.FALLS, 480, MORNING),
        (K.FALLS, 900, MORNING),
        (K.MOOD, 100, 100 + DAY),
        (K.MOOD, -600, 840),
        (K.MOOD, -DAY, 0),
        (K.MOOD, -DAY - 1, DAY),
        (K.LIVER_ENZYMES, -2000, DAY),
    ],
)
def test_the_next_is_counted_from_the_last_and_what_was_due_before_the_start_from_the_start(kind, done, due):
    """A check within the hour before a handover counts for it."""
    facts = with_done(stay(), kind, done)
    assert told(change(facts, kind, max(done, 0)))[2][0] == due


@pytest.mark.parametrize(("done", "ends"), [(479.99, None), (480, "done"), (540, "done"), (700, "done")])
def test_a_check_counts_for_a_handover_from_an_hour_before(done, ends):
    facts = with_done(with_prompt(stay(), K.LINE_CHECK, EVENING, 240), K.LINE_CHECK, done)
    found = change(facts, K.LINE_CHECK, done)
    assert (found.ends and found.ends.value) == ends
    if ends:
        assert found.done_by == 9
        assert minutes_of(found.open.due_at) == done + 240


def test_what_is_done_long_before_it_is_due_takes_its_place():
    facts = with_done(with_prompt(stay(), K.MOOD, DAY, DAY), K.MOOD, 300)
    assert told(change(facts, K.MOOD, 300)) == ("superseded", [], (300 + DAY, DAY))
    late = with_done(with_prompt(stay(), K.MOOD, DAY, DAY), K.MOOD, DAY - 360)
    assert told(change(late, K.MOOD, DAY - 360)) == ("done", [], (2 * DAY - 360, DAY))


def test_left_open_until_the_next_would_fall_due_it_is_missed():
    facts = with_prompt(stay(), K.LINE_CHECK, 240, 240)
    assert change(facts, K.LINE_CHECK, 479.9).is_nothing
    assert change(facts, K.LINE_CHECK, 479.9).acts_at == after(480)
    assert told(change(facts, K.LINE_CHECK, 480)) == ("missed", [], (480, 240))


def test_a_line_check_that_is_missed_at_a_handover_is_asked_for_there():
    facts = with_prompt(stay(), K.LINE_CHECK, 400, 140)
    assert told(change(facts, K.LINE_CHECK, 540)) == ("missed", [], (540, 240))


def test_after_a_nights_gap_every_one_that_came_and_went_is_told():
    facts = with_prompt(stay(), K.LINE_CHECK, 240, 240)
    # 480 counts for the handover at 540; 1200 counts for the one at 1260.
    assert told(change(facts, K.LINE_CHECK, 1300)) == (
        "missed",
        [(480, "missed"), (720, "missed"), (960, "missed")],
        (1200, 240),
    )


def test_what_is_told_late_answers_the_one_that_was_open_when_it_was_done():
    facts = with_done(with_prompt(stay(), K.LINE_CHECK, 240, 240), K.LINE_CHECK, 490)
    assert told(change(facts, K.LINE_CHECK, 1000)) == ("missed", [(480, "done"), (730, "missed")], (970, 240))


def test_what_nobody_was_asked_for_is_not_missed():
    assert told(change(stay(), K.LINE_CHECK, 1000)) == (None, [], (960, 240))


def test_a_physician_may_extend_the_liver_enzymes_to_three_days():
    for every, due in ((None, DAY), (timedelta(hours=48), DAY), (timedelta(hours=72), 3 * DAY)):
        facts = with_done(stay(liver_every=every), K.LIVER_ENZYMES, 0)
        assert minutes_of(change(facts, K.LIVER_ENZYMES, 0).open.due_at) == due
    extended = with_done(
        with_prompt(stay(liver_every=timedelta(hours=72)), K.LIVER_ENZYMES, DAY, DAY), K.LIVER_ENZYMES, 0
    )
    assert told(change(extended, K.LIVER_ENZYMES, 10)) == ("superseded", [], (3 * DAY, 3 * DAY))


@pytest.mark.parametrize("kind", [*IN_RHYTHM, K.REASSESSMENT])
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"course": Course(START, stopped_at=after(100))}, "the infusion was stopped"),
        ({"is_present": False}, "the patient left"),
        ({"is_present": False, "left_as": "intensive care"}, "the patient left: intensive care"),
    ],
)
def test_a_stop_and_a_discharge_cancel_with_their_reason(kind, changed, reason):
    facts = replace(with_prompt(stay(), kind, 90, 240), **changed)
    found = change(facts, kind, 101)
    assert (found.ends, found.reason, found.open) == (Ending.CANCELLED, reason, None)
    assert change(replace(facts, prompts={}), kind, 101) == PromptChange()


def test_without_a_start_nothing_in_rhythm_is_asked_for():
    facts = replace(stay(), course=None)
    assert reconcile_others(facts, at=after(0)) == {}
    assert change(with_prompt(facts, K.MOOD, 10, DAY), K.MOOD, 0).reason == "no infusion was started"


def test_a_pause_goes_on_asking():
    paused = stay(course=Course(START, paused_at=after(100)))
    assert told(change(paused, K.LINE_CHECK, 101)) == (None, [], (240, 240))


def test_a_restart_asks_at_once_for_what_is_older_than_its_rhythm():
    restarted = stay(course=Course(START, last_decrease_or_restart_at=after(3000)))
    facts = with_done(with_done(restarted, K.MOOD, 100), K.LINE_CHECK, 2900)
    assert minutes_of(change(facts, K.MOOD, 3000).open.due_at) == 3000
    assert minutes_of(change(facts, K.LINE_CHECK, 3000).open.due_at) == 3140


def test_a_clock_behind_the_last_one_takes_nothing_back():
    facts = with_prompt(stay(), K.LINE_CHECK, 480, 240, opened=480)
    for minutes in (300, 479, 480):
        assert change(facts, K.LINE_CHECK, minutes).is_nothing


BERLIN = ZoneInfo("Europe/Berlin")
HANDOVERS = Rhythm(None, (time(7), time(19)), HOUR)


@pytest.mark.parametrize(
    ("done", "due"),
    [
        ((2026, 3, 28, 19, 0), (2026, 3, 29, 7, 0)),
        ((2026, 10, 24, 19, 0), (2026, 10, 25, 7, 0)),
        ((2026, 3, 29, 6, 0), (2026, 3, 29, 19, 0)),
        ((2026, 3, 29, 5, 59), (2026, 3, 29, 7, 0)),
    ],
)
def test_handovers_are_at_seven_whatever_the_clocks_do_in_the_night(done, due):
    found = due_after(HANDOVERS, datetime(*done, tzinfo=BERLIN).astimezone(UTC), zone=BERLIN)
    assert found == datetime(*due, tzinfo=BERLIN).astimezone(UTC)
    assert found.tzinfo is UTC


def test_the_night_with_a_lost_hour_is_eleven_hours_between_handovers():
    for month, day, hours in ((3, 28, 11), (10, 24, 13), (5, 1, 12)):
        evening = datetime(2026, month, day, 19, tzinfo=BERLIN).astimezone(UTC)
        assert due_after(HANDOVERS, evening, zone=BERLIN) - evening == timedelta(hours=hours)


def test_the_ward_of_another_zone_has_its_own_handovers():
    facts = replace(stay(), zone="Pacific/Auckland")
    assert change(facts, K.FALLS, 0).open.due_at == datetime(2026, 9, 22, 19, 0, tzinfo=UTC)


@given(
    st.sampled_from(IN_RHYTHM),
    st.lists(st.tuples(st.integers(1, 2000), st.booleans()), min_size=1, max_size=12),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
)
def test_settling_again_changes_nothing_and_what_is_next_lies_ahead(kind, steps, zone):
    minutes, facts = 0, settled(replace(stay(), zone=zone), 0)
    for number, (later, is_done) in enumerate(steps):
        minutes += later
        if is_done:
            facts = with_done(facts, kind, minutes, number)
        facts = settled(facts, minutes)
        again = change(facts, kind, minutes)
        assert again.is_nothing
        assert again.acts_at > after(minutes)


# Reassessment: the hold of six hours from 10:00 is full at 16:00 (360 min).


def holding(minutes=0, *, held=0, counting=True, ended=None, declared=0, **changed):
    hold = Hold(held * MINUTE, after(minutes), counting, None if ended is None else after(ended))
    return stay(hold=hold, target=Target(after(declared), 3), **changed)


def test_a_hold_asks_for_a_reassessment_when_it_is_full():
    assert told(change(holding(), K.REASSESSMENT, 0)) == (None, [], (360, 60))
    assert change(stay(), K.REASSESSMENT, 0) == PromptChange()


@pytest.mark.parametrize(("reviewed", "ends"), [(344.9, None), (345, "done"), (400, "done")])
def test_a_review_answers_from_a_quarter_of_an_hour_before(reviewed, ends):
    facts = with_done(with_prompt(holding(), K.REASSESSMENT, 360, 60), K.REASSESSMENT, reviewed)
    found = change(facts, K.REASSESSMENT, reviewed)
    assert (found.ends and found.ends.value, found.open) == (ends, None)
    if ends:
        assert found.done_by == 9
        assert change(replace(facts, prompts={}), K.REASSESSMENT, reviewed + 500) == PromptChange()


def test_unanswered_it_is_asked_for_again_each_hour():
    facts = with_prompt(holding(), K.REASSESSMENT, 360, 60)
    assert told(change(facts, K.REASSESSMENT, 500)) == ("missed", [(420, "missed")], (480, 60))
    reviewed = with_done(facts, K.REASSESSMENT, 430)
    assert told(change(reviewed, K.REASSESSMENT, 500))[0] == "done"


@pytest.mark.parametrize(
    ("full", "due", "interval"),
    [(719, 719, 1290 - 719), (720, 1290, 60), (1259, 1290, 60), (1260, 1260, 60), (1290, 1290, 60)],
)
def test_in_the_night_it_waits_until_half_past_seven(full, due, interval):
    """22:00 is 720 min, 07:00 is 1260, 07:30 is 1290. What is asked at 21:59 is not asked again before the morning."""
    facts = holding(full - 360, declared=full - 360)
    assert told(change(facts, K.REASSESSMENT, full - 360))[2] == (due, interval)


@pytest.mark.parametrize(("pain", "due"), [(6, 1290), (7, 800)])
def test_who_is_awake_in_pain_at_night_is_not_made_to_wait(pain, due):
    facts = with_prompt(holding(390, declared=390), K.REASSESSMENT, 1290, 60)
    found = change(replace(facts, runs=((only(1, 800, pain=pain),),)), K.REASSESSMENT, 800)
    assert (found.ends, found.open and minutes_of(found.open.due_at)) == (
        (Ending.SUPERSEDED, due) if pain == 7 else (None, None)
    )
    asleep = only(1, 800, pain=8, sedation_scale="poss", sedation="S")
    assert change(replace(facts, runs=((asleep,),)), K.REASSESSMENT, 800).is_nothing


def test_while_the_pump_is_paused_the_hold_stands_still_and_nothing_is_asked_for():
    paused = with_prompt(holding(100, held=100, counting=False), K.REASSESSMENT, 360, 60)
    found = change(paused, K.REASSESSMENT, 110)
    assert (found.ends, found.reason, found.open) == (Ending.CANCELLED, reassessment.STANDS_STILL, None)
    resumed = holding(130, held=100)
    assert told(change(resumed, K.REASSESSMENT, 130)) == (None, [], (390, 60))


def test_a_reassessment_that_is_due_stays_through_a_pause_until_the_hold_is_over():
    paused = with_prompt(holding(370, held=370, counting=False), K.REASSESSMENT, 360, 60)
    found = change(paused, K.REASSESSMENT, 375)
    assert found.is_nothing
    later = with_prompt(paused, K.REASSESSMENT, 420, 60, opened=420)
    assert change(later, K.REASSESSMENT, 425).acts_at == after(430) + timedelta(microseconds=1)
    assert change(later, K.REASSESSMENT, 430).is_nothing
    assert change(later, K.REASSESSMENT, 430.1).reason == reassessment.NO_LONGER_HELD


def test_another_dose_ends_what_was_asked_about_the_old_target():
    ended = with_prompt(holding(ended=400), K.REASSESSMENT, 360, 60)
    assert change(ended, K.REASSESSMENT, 401).reason == reassessment.NO_LONGER_HELD
    assert change(replace(ended, hold=None, target=None), K.REASSESSMENT, 401).reason == reassessment.NO_TARGET
    anew = with_prompt(holding(400, declared=400), K.REASSESSMENT, 360, 60)
    assert told(change(anew, K.REASSESSMENT, 401)) == ("cancelled", [], (1290, 60))


def test_a_review_just_after_the_hold_is_not_asked_for_again_behind_a_short_pause():
    facts = with_done(holding(400, held=370), K.REASSESSMENT, 361)
    assert change(facts, K.REASSESSMENT, 401) == PromptChange()


# Second readings and rechecks.


def waiting(*sets, **changed):
    return stay(*sets, course=Course(START - 50 * HOUR), **changed)


def test_a_yellow_value_asks_for_a_second_reading_after_five_minutes():
    facts = waiting(only(1, 300, heart_rate=115, systolic=165))
    found = change(facts, K.SECOND_READING, 300)
    assert told(found) == (None, [], (305, 10))
    assert found.about == "heart_rate systolic"
    assert found.acts_at == after(315)
    assert change(settled(facts, 300), K.SECOND_READING, 304).is_nothing


@pytest.mark.parametrize(("read", "ends"), [(304.9, Ending.SUPERSEDED), (305, Ending.DONE), (314.9, Ending.DONE)])
def test_a_reading_within_the_window_answers_it(read, ends):
    facts = settled(waiting(only(1, 300, heart_rate=115)), 300)
    facts = replace(facts, runs=((*facts.sets, only(2, read, heart_rate=80)),))
    found = change(facts, K.SECOND_READING, read)
    assert (found.ends, found.open) == (ends, None)
    assert found.done_by == (2 if ends is Ending.DONE else None)


def test_a_set_without_the_value_leaves_it_open_and_without_any_it_is_missed():
    facts = settled(waiting(only(1, 300, heart_rate=115)), 300)
    other = replace(facts, runs=((*facts.sets, only(2, 308, spo2=97)),))
    assert change(other, K.SECOND_READING, 314.9).is_nothing
    assert told(change(other, K.SECOND_READING, 315)) == ("missed", [], None)
    assert change(settled(other, 315), K.SECOND_READING, 316) == PromptChange()


def test_a_value_that_was_corrected_away_is_not_read_again():
    facts = settled(waiting(only(1, 300, heart_rate=115)), 300)
    corrected = replace(facts, runs=((only(3, 300, heart_rate=80),),))
    assert told(change(corrected, K.SECOND_READING, 302))[0] == "cancelled"


def test_the_values_of_a_later_set_wait_until_those_of_the_first_are_read():
    facts = settled(waiting(only(1, 300, heart_rate=115), only(2, 303, systolic=165)), 303)
    assert facts.prompts[K.SECOND_READING].about == "heart_rate"
    read = replace(facts, runs=((*facts.sets, only(3, 306, heart_rate=80)),))
    found = change(read, K.SECOND_READING, 306)
    assert (told(found), found.about) == (("done", [], (308, 10)), "systolic")


def test_a_low_saturation_is_looked_at_again_after_two_minutes():
    facts = waiting(only(1, 300, spo2=89))
    found = change(facts, K.RECHECK, 300)
    assert (told(found), found.about) == ((None, [], (302, 13)), "spo2")
    asked = settled(facts, 300)
    for read, ends in ((301, None), (302, Ending.DONE)):
        again = replace(asked, runs=((*asked.sets, only(2, read, spo2=95)),))
        assert change(again, K.RECHECK, read).ends is ends
    assert change(asked, K.RECHECK, 314.9).ends is None
    assert change(asked, K.RECHECK, 315).ends is Ending.MISSED
    assert change(waiting(only(1, 300, spo2=91)), K.RECHECK, 300) == PromptChange()


def test_second_readings_are_asked_for_after_a_stop_and_before_a_start_but_not_of_who_left():
    for course in (Course(START, stopped_at=after(200)), None):
        facts = replace(waiting(only(1, 300, heart_rate=115)), course=course)
        assert change(facts, K.SECOND_READING, 300).open is not None
    gone = settled(waiting(only(1, 300, heart_rate=115)), 300)
    assert change(replace(gone, is_present=False), K.SECOND_READING, 301).reason == "the patient left"


# A physician's interval, after two hours of red.


def red_for_long(**changed):
    known = alert(evidence=[(1, 300)], red_since=after(300), number=135)
    return stay(*[only(n, 360 + 15 * n, heart_rate=135) for n in (1, 2, 3)], alerts=[known], **changed)


def test_after_two_hours_of_red_a_physician_is_asked_for_the_interval_at_once():
    assert change(red_for_long(), K.SET_INTERVAL, 419) == PromptChange(acts_at=after(420))
    assert told(change(red_for_long(), K.SET_INTERVAL, 420)) == (None, [], (420, 120))


def test_it_ends_with_the_physicians_word_or_with_calm_and_is_asked_for_again():
    facts = with_prompt(red_for_long(), K.SET_INTERVAL, 420, 120)
    assert change(facts, K.SET_INTERVAL, 539).is_nothing
    assert told(change(facts, K.SET_INTERVAL, 540)) == ("missed", [], (540, 120))
    said = with_done(facts, K.SET_INTERVAL, 430, 8)
    assert (change(said, K.SET_INTERVAL, 430).ends, change(said, K.SET_INTERVAL, 430).done_by) == (Ending.DONE, 8)
    calm = replace(facts, runs=((only(5, 430, heart_rate=80), only(6, 445, heart_rate=80)),))
    assert change(calm, K.SET_INTERVAL, 445).reason == "no longer outside"
