"""What calls for closer watching (DOMAIN 4: red, POSS 3, NEWS2, a physician's own interval), on both sides of each end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.alert_rules import Direction, Rule, Severity
from monitoring.domain.alerts_written import with_alerts
from monitoring.domain.closer_watch import asks_for_interval, asks_for_interval_next, watches
from monitoring.domain.news2 import stored
from monitoring.domain.reconcile import reconcile
from monitoring.domain.reconcile_prompt import reconcile_prompt
from monitoring.domain.schedule import Course, Watch
from monitoring.domain.stay import Done, Ending, OwnInterval, SeenEvent
from monitoring.domain.watching import PromptKind
from tests.unit.monitoring.domain.a_stay import (
    MINUTE,
    START,
    after,
    alert,
    charted,
    minutes_of,
    only,
    prompt,
    seen,
    settled,
    stay,
)

FAST = 135


def told(facts, minutes):
    """The watches as (since, until, interval) in minutes."""
    return [
        (minutes_of(each.since), minutes_of(each.until), each.interval / MINUTE)
        for each in watches(facts, at=after(minutes))
    ]


def scored(number, minutes, total, **sub_scores):
    """A calm set with a stored NEWS2."""
    calm = seen(number, minutes)
    return replace(calm, reading=replace(calm.reading, news2=stored(total, sub_scores)))


def asked(facts, minutes):
    return minutes_of(asks_for_interval(facts, after(minutes)))


def test_a_calm_stay_is_watched_by_its_ladders_alone():
    facts = stay(seen(1, 300), seen(2, 360))
    assert told(facts, 360) == []
    assert asked(facts, 360) is None


@pytest.mark.parametrize(
    ("values", "is_watched"),
    [
        ({"heart_rate": 130}, False),
        ({"heart_rate": 131}, True),
        ({"spo2": 92}, False),
        ({"spo2": 91}, True),
        ({"systolic": 179}, False),
        ({"systolic": 180}, True),
        ({"sedation": "2"}, False),
        ({"sedation": "3"}, True),
        ({"sedation": "4"}, True),
        ({"sedation": "S"}, False),
        ({"sedation_scale": "rass", "sedation": "-1"}, False),
        ({"sedation_scale": "rass", "sedation": "-2"}, True),
        ({"sedation_scale": "rass", "sedation": "+2"}, True),
        ({"psychotomimetic": 2}, False),
        ({"psychotomimetic": 3}, True),
    ],
)
def test_a_red_value_and_a_drowsy_patient_are_watched_from_the_set_that_showed_it(values, is_watched):
    facts = stay(only(1, 300, **{"sedation_scale": "poss", **values} if "sedation" in values else values))
    by_red = [each for each in told(facts, 300) if each[1] is not None]
    assert by_red == ([(300, 420, 15)] if is_watched else [])


def test_two_sets_in_a_row_outside_it_end_it_and_one_does_not():
    red = only(1, 300, heart_rate=FAST)
    assert told(stay(red, only(2, 315, heart_rate=90)), 315) == [(300, 420, 15)]
    assert told(stay(red, only(2, 315, heart_rate=90), only(3, 330, heart_rate=90)), 330) == []


def test_yellow_is_outside_red_but_a_drowsy_patient_is_not_outside_drowsiness():
    red = only(1, 300, heart_rate=FAST)
    assert told(stay(red, only(2, 315, heart_rate=125), only(3, 330, heart_rate=125)), 330) == []
    deep = [only(n, 285 + 15 * n, sedation_scale="poss", sedation=code) for n, code in enumerate(("4", "3", "3"), 1)]
    assert told(stay(*deep), 330) == [(300, 420, 15)]


def test_only_sets_that_carry_the_value_count():
    red, calm = only(1, 300, heart_rate=FAST), only(2, 315, heart_rate=90)
    assert told(stay(red, calm, only(3, 330, spo2=97)), 330) == [(300, 420, 15)]


def test_a_second_red_after_one_calm_set_starts_two_hours_anew():
    sets = only(1, 300, heart_rate=FAST), only(2, 315, heart_rate=90), only(3, 330, heart_rate=FAST)
    assert told(stay(*sets), 330) == [(330, 450, 15)]
    assert told(stay(sets[0], only(2, 315, heart_rate=125), sets[2]), 330) == [(300, 420, 15)]


@pytest.mark.parametrize(("between", "since"), [((125,), 300), ((125, 125), 345), ((None, 125), 300)])
def test_red_again_after_two_yellow_sets_is_remembered_from_there_though_it_was_never_in_range(between, since):
    known = alert(evidence=[(1, 300)], red_since=after(300), number=FAST)
    shown = [only(2 + n, 315 + 15 * n, spo2=97, heart_rate=rate) for n, rate in enumerate(between)]
    again = only(4, 345, heart_rate=FAST)
    facts = stay(only(1, 300, heart_rate=FAST), *shown, again, alerts=[known])
    change = reconcile(facts, at=after(345)).alerts
    assert [each.begins_anew for each in change.raised if each.row_id == 4] == [since == 345]
    now, *_ = with_alerts(facts, change).alerts
    assert minutes_of(now.red_since) == since
    later = stay(shown[-1], again, only(5, 360, heart_rate=FAST), alerts=[now])
    assert told(later, 360) == [(since, since + 120, 15)]


def test_what_the_loaded_sets_do_not_show_the_alert_remembers():
    known = alert(evidence=[(1, 300), (2, 315), (3, 330)], red_since=after(300), number=FAST)
    lately = [only(n, 300 + 15 * n, heart_rate=FAST) for n in (3, 4, 5)]
    assert told(stay(*lately, alerts=[known]), 375) == [(300, 420, 15)]
    partial = [only(n, 330 + n, spo2=97) for n in (4, 5, 6)]
    assert told(stay(*partial, alerts=[known]), 336) == [(300, 420, 15)]


def test_an_alert_that_was_closed_by_hand_does_not_end_the_watching_but_asks_no_physician():
    known = alert(evidence=[(1, 300)], red_since=after(300), is_open=False, close_reason="seen by the physician")
    facts = stay(only(1, 300, heart_rate=FAST), alerts=[known])
    assert told(facts, 310) == [(300, 420, 15)]
    assert asked(facts, 500) is None


def test_drowsiness_that_goes_on_is_counted_from_the_first_set():
    known = alert(Rule.SEDATION, Direction.LOW, Severity.YELLOW, evidence=[(1, 240)])
    drowsy = [only(n, 300 + 15 * n, sedation_scale="poss", sedation="3") for n in (1, 2, 3)]
    assert told(stay(*drowsy, alerts=[known]), 345) == [(240, 360, 15)]


def test_a_yellow_alert_of_another_value_calls_for_nothing():
    known = alert(severity=Severity.YELLOW, evidence=[(1, 300)])
    assert told(stay(only(1, 300, heart_rate=125), alerts=[known]), 300) == []


@pytest.mark.parametrize(
    ("total", "sub_scores", "interval"),
    [
        (4, {}, None),
        (5, {}, 60),
        (6, {}, 60),
        (7, {}, 15),
        (12, {"spo2": 3}, 15),
        (3, {"spo2": 3}, 60),
        (None, {"spo2": 3}, 60),
        (None, {"spo2": 2}, None),
    ],
)
def test_news2_says_how_often(total, sub_scores, interval):
    found = [each for each in told(stay(scored(1, 300, total, **sub_scores)), 300) if each[1] is None]
    assert found == ([] if interval is None else [(300, None, interval)])


def test_the_newest_scored_set_decides_and_an_unscored_one_says_nothing():
    high, low = scored(1, 300, 6), scored(2, 330, 2)
    assert told(stay(high, low), 330) == []
    assert told(stay(high, only(2, 330, heart_rate=80)), 330) == [(300, None, 60)]


def test_where_no_scored_set_is_loaded_the_open_alert_stands():
    partial = [only(n, 330 + n, heart_rate=80) for n in (1, 2, 3)]
    known = alert(Rule.NEWS2, Direction.NEITHER, Severity.YELLOW, evidence=[(9, 300)])
    assert told(stay(*partial, alerts=[known]), 333) == [(300, None, 60)]
    back = replace(known, recovered_at=after(320))
    assert told(stay(*partial, alerts=[back]), 333) == []


def test_a_physicians_own_interval_lasts_until_its_end():
    facts = stay(own_interval=OwnInterval(20 * MINUTE, after(300), after(500)))
    assert told(facts, 310) == [(300, 500, 20)]
    assert told(facts, 299) == [], "not before it was said"


def test_an_event_is_watched_from_when_it_happened_until_two_sets_without_red():
    fall = SeenEvent(7, Rule.FALL, after(300), after(305))
    facts = stay(events=(fall,))
    assert told(facts, 305) == [(300, 420, 15)]
    one = charted(facts, seen(1, 315))
    assert told(one, 315) == [(300, 420, 15)]
    assert told(charted(one, seen(2, 330)), 330) == []
    assert told(charted(one, only(2, 330, spo2=97)), 330) == [(300, 420, 15)], "half a set says too little"
    assert told(charted(facts, seen(1, 290), seen(2, 295)), 305) == [(300, 420, 15)], (
        "what was seen before says nothing"
    )


def test_an_event_that_was_recorded_by_mistake_calls_for_nothing():
    known = alert(Rule.FALL, Direction.NEITHER, evidence=[(7, 300)])
    assert told(stay(alerts=[known]), 305) == [(300, 420, 15)]
    assert told(stay(alerts=[known], withdrawn_events=frozenset({7})), 305) == []


def test_a_pump_at_another_rate_is_watched_and_a_liver_panel_is_not():
    assert told(stay(differs_since=after(300)), 305) == [(300, 420, 15)]
    assert told(stay(alerts=[alert(Rule.LIVER, evidence=[(3, 300)])]), 305) == []


def test_a_physician_is_asked_after_two_hours_of_red_and_not_sooner():
    known = alert(evidence=[(1, 300)], red_since=after(300), number=FAST)
    facts = stay(*[only(n, 360 + 15 * n, heart_rate=FAST) for n in (1, 2, 3)], alerts=[known])
    assert asked(facts, 419.99) is None
    assert minutes_of(asks_for_interval_next(facts, after(419.99))) == 420
    assert asked(facts, 420) == 420
    assert asks_for_interval_next(facts, after(420)) is None


def test_a_physician_is_not_asked_once_the_value_is_calm_or_the_interval_was_said():
    known = alert(evidence=[(1, 300)], red_since=after(300), number=FAST)
    calm = stay(only(2, 400, heart_rate=90), only(3, 415, heart_rate=90), alerts=[known])
    assert asked(calm, 430) is None
    red = stay(only(1, 300, heart_rate=FAST), alerts=[known])
    said = {PromptKind.SET_INTERVAL: Done(after(330), 1)}
    assert asked(replace(red, done=said), 430) is None
    before = {PromptKind.SET_INTERVAL: Done(after(299), 1)}
    assert asked(replace(red, done=before), 430) == 420


def test_a_value_that_came_back_into_range_long_ago_asks_no_physician():
    known = alert(evidence=[(1, 0)], red_since=after(0), recovered_at=after(60))
    partial = [only(n, 600 + n, spo2=97) for n in (4, 5, 6)]
    assert asked(stay(*partial, alerts=[known]), 610) is None


def change(facts, minutes):
    return reconcile_prompt(facts, at=after(minutes))


def test_a_red_set_takes_back_what_is_not_yet_due_and_asks_in_a_quarter_of_an_hour():
    facts = stay(only(1, 310, spo2=90), open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    found = change(facts, 310)
    assert (found.ends, found.reason) == (Ending.SUPERSEDED, "watched more closely")
    assert (minutes_of(found.open.due_at), found.open.interval) == (325, 15 * MINUTE)
    _, _, written = settled(facts, at=after(310))
    assert change(written, 310).is_nothing


def test_a_red_set_leaves_what_is_due_already():
    facts = stay(only(1, 361, spo2=90), open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    assert change(facts, 361).is_nothing


def test_a_whole_red_set_is_followed_in_a_quarter_of_an_hour_and_two_calm_ones_by_the_ladder():
    facts = stay(seen(1, 360, spo2=90), open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    dues = []
    for number, minutes in ((2, 375), (3, 390)):
        _, _, facts = settled(facts, at=facts.sets[-1].observed_at)
        dues.append(minutes_of(facts.open_prompt.due_at))
        facts = charted(facts, seen(number, minutes))
    _, _, facts = settled(facts, at=after(390))
    assert [*dues, minutes_of(facts.open_prompt.due_at)] == [375, 390, 450]


def test_the_sets_of_a_watch_run_on_to_two_hours_and_then_the_ladder_goes_on():
    known = alert(evidence=[(1, 300)], red_since=after(300), number=FAST)
    watched = Course(START, watches=(Watch(after(300), after(420), 15 * MINUTE),))
    facts = stay(only(1, 300, heart_rate=FAST), alerts=[known], open_prompt=prompt(405, 15), last_done_at=after(390))
    found = change(facts, 435)
    assert [minutes_of(each.facts.due_at) for each in found.past] == []
    assert (minutes_of(found.open.due_at), found.open.interval) == (420, 60 * MINUTE)
    assert watched.watches == watches(facts, at=after(435))


def test_what_calls_for_watching_when_the_pump_is_paused_or_stopped_is_watched_too():
    for course in (Course(START, paused_at=after(300)), Course(START, stopped_at=after(300))):
        facts = stay(
            only(1, 310, spo2=90), course=course, open_prompt=prompt(330, 30, opened=300), last_done_at=after(290)
        )
        assert minutes_of(change(facts, 310).open.due_at) == 325


def test_a_physicians_interval_that_was_ended_gives_back_the_ladders_time():
    facts = stay(open_prompt=prompt(320, 20, opened=300), last_done_at=after(300))
    found = change(facts, 310)
    assert (found.reason, minutes_of(found.open.due_at)) == ("no longer watched more closely", 360)


def test_a_shorter_interval_from_the_same_instant_on_takes_over():
    own = OwnInterval(15 * MINUTE, after(345), None)
    facts = stay(open_prompt=prompt(360, 60, opened=300), last_done_at=after(300), own_interval=own)
    found = change(facts, 350)
    assert (found.ends, found.open.interval) == (Ending.SUPERSEDED, 15 * MINUTE)


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from([80, 125, 135, 150, None])), min_size=1, max_size=12))
def test_two_calm_sets_in_a_row_always_end_the_watching_of_a_value(steps):
    minutes, facts = 300, stay(open_prompt=prompt(360, 60, opened=300), last_done_at=after(299))
    rates = []
    for number, (later, rate) in enumerate(steps, 1):
        minutes += later
        facts = charted(facts, only(number, minutes, heart_rate=rate, spo2=97))
        rates += [] if rate is None else [rate]
        _, _, facts = settled(facts, at=after(minutes))
        assert change(facts, minutes).is_nothing
        watched = [each for each in watches(facts, at=after(minutes)) if each.until is not None]
        if rates[-2:] and max(rates[-2:]) < 131 and len(rates) > 1:
            assert watched == []
        if rates and rates[-1] >= 131:
            assert watched
