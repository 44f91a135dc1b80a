"""The hold clock and the reassessment after it (DOMAIN 1): what counts, what stands still, what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.domain.delivery import DeliveryKind, Event, segments
from infusion.domain.hold import Target, broken_at, hold, reassessment_at
from infusion.domain.rules import HoldRules
from infusion.domain.words import TargetKind

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
RESET = 60 * MINUTE
STARTED, CHANGED, PAUSED, RESUMED, STOPPED, BAG, FOUND = list(DeliveryKind)[:7]


def after(minutes):
    return START + minutes * MINUTE


def act(number, kind, minutes, dose=None, strength="2"):
    rate = None if dose is None else D(dose) * 70 / D(strength)
    return Event(
        number,
        kind,
        after(minutes),
        after(minutes),
        rate,
        None if dose is None else D(strength),
        None if dose is None else D(dose),
    )


def target(minutes=120, *, ended=None):
    return Target(D("0.30"), TargetKind.RELIEF, after(minutes), None if ended is None else after(ended))


BEFORE = [act(1, STARTED, 0, "0.10"), act(2, CHANGED, 60, "0.30")]


def counted(*acts, ended=None, declared=120):
    events = [*BEFORE, *[act(n, *each) for n, each in enumerate(acts, start=3)]]
    return hold(target(declared, ended=ended), events, reset_pause=RESET)


def held(found, minutes):
    return found.held_at(after(minutes)) / MINUTE


def test_it_counts_from_the_declaration_and_never_backwards():
    found = counted()
    assert (held(found, 120), held(found, 180)) == (0, 60)
    assert found.done_at(6 * HOUR) == after(120 + 360)
    assert held(found, 100) == 0


@pytest.mark.parametrize(
    ("acts", "at", "expected", "over"),
    [
        ([(PAUSED, 150)], 200, 30, None),
        ([(PAUSED, 150), (RESUMED, 210)], 220, 40, None),
        ([(PAUSED, 150), (RESUMED, 211)], 220, 30, 210),
        ([(PAUSED, 150), (RESUMED, 160), (PAUSED, 170), (RESUMED, 230)], 240, 50, None),
        ([(PAUSED, 150), (RESUMED, 180, "0.25")], 220, 30, 180),
        ([(STOPPED, 150)], 200, 30, 150),
        ([(STOPPED, 150), (RESUMED, 151, "0.30")], 200, 30, 150),
        ([(PAUSED, 150), (STOPPED, 170)], 200, 30, 170),
        ([(PAUSED, 150), (STOPPED, 300)], 400, 30, 210),
        ([(CHANGED, 150, "0.35")], 200, 30, 150),
        ([(CHANGED, 150, "0.25")], 200, 30, 150),
        ([(CHANGED, 150, "0.35"), (CHANGED, 160, "0.30")], 200, 30, 150),
        ([(FOUND, 150, "0.30")], 200, 80, None),
        ([(FOUND, 150, "0.70")], 200, 30, 150),
        ([(BAG, 150, "0.30")], 200, 80, None),
        ([(BAG, 150, "0.30", "5")], 200, 80, None),
        ([(BAG, 150, "0.30", "5"), (PAUSED, 160), (RESUMED, 190)], 200, 50, None),
    ],
)
def test_what_counts_stands_still_or_ends_it(acts, at, expected, over):
    found = counted(*acts)
    assert held(found, at) == expected
    assert found.ended_at == (None if over is None else after(over))


@pytest.mark.parametrize(("at", "over"), [(209, None), (210, None), (211, 210), (400, 210)])
def test_a_pause_that_lasts_too_long_ends_it_though_nobody_does_anything(at, over):
    found = counted((PAUSED, 150))
    assert broken_at(found, at=after(at), reset_pause=RESET) == (None if over is None else after(over))
    assert broken_at(counted(), at=after(at), reset_pause=RESET) is None


@pytest.mark.parametrize(
    ("acts", "ended", "expected", "over"),
    [
        ([], 200, 80, 200),
        ([(PAUSED, 150), (RESUMED, 170)], 200, 60, 200),
        ([(PAUSED, 150)], 200, 30, 200),
        ([(CHANGED, 150, "0.35")], 200, 30, 150),
        ([(CHANGED, 230, "0.35")], 200, 80, 200),
    ],
)
def test_a_physician_ends_it_early(acts, ended, expected, over):
    found = counted(*acts, ended=ended)
    assert (held(found, 500), found.ended_at, found.is_counting) == (expected, after(over), False)


def test_a_dose_corrected_away_under_the_declaration_leaves_no_hold():
    found = hold(target(), [act(1, STARTED, 0, "0.10")], reset_pause=RESET)
    assert (found.held, found.ended_at) == (timedelta(0), after(120))


@st.composite
def courses(draw):
    """What happens after a declaration at 120 min, pauses of any length among it."""
    acts, minutes = [], 120
    for _ in range(draw(st.integers(0, 6))):
        minutes += draw(st.integers(1, 100))
        kind = draw(st.sampled_from([PAUSED, RESUMED, BAG, CHANGED, FOUND, STOPPED]))
        dose = draw(st.sampled_from(["0.30", "0.30", "0.35"])) if kind in (RESUMED, BAG, CHANGED, FOUND) else None
        acts.append((kind, minutes, dose))
    return acts


def at_target(acts, at):
    """Minute by minute: how long it flowed at the target since the declaration."""
    flowed = segments([*BEFORE, *[act(n, *each) for n, each in enumerate(acts, start=3)]])
    minutes = range(120, at)
    return sum(any(s.covers(after(m)) and s.dose_mg_per_kg_h == D("0.30") for s in flowed) for m in minutes)


@settings(max_examples=200)
@given(courses(), st.integers(120, 900))
def test_it_never_counts_a_pause_nor_another_dose(acts, at):
    known = [each for each in acts if each[1] <= at]
    found = counted(*known)
    assert held(found, at) <= at_target(known, at)
    if found.ended_at is None:
        assert held(found, at) == at_target(known, at)


@settings(max_examples=200)
@given(courses(), st.integers(120, 900))
def test_once_over_it_stays_over_whatever_follows(acts, at):
    before = counted(*[each for each in acts if each[1] <= at])
    if before.ended_at is not None:
        assert counted(*acts) == before


@given(courses())
def test_a_bag_at_the_same_dose_changes_nothing(acts):
    plain, last = counted(*acts), max([120, *(each[1] for each in acts)])
    if plain.is_counting:
        with_bag = counted(*acts, (BAG, last + 10, "0.30"))
        assert with_bag.held_at(after(last + 60)) == plain.held_at(after(last + 60))


NIGHT = HoldRules(RESET, time(22), time(7), time(7, 30), 7)
NEW_YORK = "America/New_York"


def in_new_york(*, day, hour, minute=0, month=9):
    """An instant by the wall of the ward; on an ordinary day New York is four hours behind."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) + 4 * HOUR


@pytest.mark.parametrize(
    ("day", "hour", "minute", "moved_to"),
    [
        (22, 21, 59, None),
        (22, 22, 0, (23, 7, 30)),
        (22, 23, 59, (23, 7, 30)),
        (23, 0, 0, (23, 7, 30)),
        (23, 6, 59, (23, 7, 30)),
        (23, 7, 0, None),
        (23, 7, 30, None),
        (30, 22, 30, (31, 7, 30)),
    ],
)
def test_a_reassessment_in_the_night_waits_for_the_morning(day, hour, minute, moved_to):
    done = in_new_york(day=day, hour=hour, minute=minute)
    day, hour, minute = moved_to or (day, hour, minute)
    expected = in_new_york(day=1, hour=hour, minute=minute) + (day - 1) * 24 * HOUR
    assert reassessment_at(done, zone=ZoneInfo(NEW_YORK), awake_pain=None, rule=NIGHT) == expected


@pytest.mark.parametrize(("pain", "waits"), [(None, True), (0, True), (6, True), (7, False), (10, False)])
def test_who_is_awake_in_pain_is_reassessed_at_night(pain, waits):
    done = in_new_york(day=23, hour=2)
    moved = reassessment_at(done, zone=ZoneInfo(NEW_YORK), awake_pain=pain, rule=NIGHT)
    assert (moved != done) is waits


@pytest.mark.parametrize(
    ("done", "morning"),
    [
        # The clocks go back on 1 November 2026 at 06:00 UTC: 01:30 is there twice, the night has 25 hours.
        (datetime(2026, 11, 1, 2, 0, tzinfo=UTC), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 11, 59, tzinfo=UTC), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 12, 0, tzinfo=UTC), datetime(2026, 11, 1, 12, 0, tzinfo=UTC)),
        # They go forward on 14 March 2027 at 07:00 UTC: the night has 23 hours.
        (datetime(2027, 3, 14, 3, 0, tzinfo=UTC), datetime(2027, 3, 14, 11, 30, tzinfo=UTC)),
        (datetime(2027, 3, 14, 6, 59, tzinfo=UTC), datetime(2027, 3, 14, 11, 30, tzinfo=UTC)),
        (datetime(2027, 3, 14, 7, 0, tzinfo=UTC), datetime(2027, 3, 14, 11, 30, tzinfo=UTC)),
        (datetime(2027, 3, 14, 10, 59, tzinfo=UTC), datetime(2027, 3, 14, 11, 30, tzinfo=UTC)),
        (datetime(2027, 3, 14, 11, 0, tzinfo=UTC), datetime(2027, 3, 14, 11, 0, tzinfo=UTC)),
    ],
)
def test_both_nights_in_which_the_clocks_change(done, morning):
    assert reassessment_at(done, zone=ZoneInfo(NEW_YORK), awake_pain=None, rule=NIGHT) == morning


@pytest.mark.parametrize("start", [datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2027, 3, 13, 22, tzinfo=UTC)])
def test_the_hold_knows_no_daylight_saving(start):
    events = [Event(1, STARTED, start, start, D(7), D(1), D("0.10"))]
    found = hold(Target(D("0.10"), TargetKind.RELIEF, start), events, reset_pause=RESET)
    assert found.done_at(6 * HOUR) == start + 6 * HOUR
    assert found.held_at(start + 12 * HOUR) == 12 * HOUR


@given(st.timedeltas(timedelta(0), timedelta(days=500)), st.sampled_from([NEW_YORK, "Europe/London", "UTC"]))
def test_it_is_never_earlier_than_done_and_never_in_the_night(done, zone):
    done = START + done
    moved = reassessment_at(done, zone=ZoneInfo(zone), awake_pain=None, rule=NIGHT)
    here = moved.astimezone(ZoneInfo(zone)).time()
    assert done <= moved <= done + 11 * HOUR
    assert time(7) <= here < time(22)


def test_an_early_end_after_the_hold_was_broken_changes_nothing():
    broken = counted((CHANGED, 150, "0.35"))
    late = replace(target(), ended_at=after(300))
    events = [*BEFORE, act(3, CHANGED, 150, "0.35")]
    assert hold(late, events, reset_pause=RESET) == broken


@pytest.mark.parametrize(("again_at", "flows"), [(130, True), (None, False)])
def test_a_target_declared_on_a_pump_that_stood_stopped_as_is_told_later_is_not_held(again_at, flows):
    acts = [(STOPPED, 119), *([(RESUMED, again_at, "0.30")] if flows else [])]
    found = counted(*acts)
    assert (held(found, 300), found.ended_at) == (0, after(120))


def test_a_stop_that_was_over_before_the_declaration_is_none_of_its_own():
    found = counted((STOPPED, 100), (RESUMED, 110, "0.30"), (PAUSED, 150), (RESUMED, 160, "0.30"))
    assert (held(found, 180), found.ended_at) == (50, None)
