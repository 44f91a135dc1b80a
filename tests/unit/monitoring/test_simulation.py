"""The first day on paper: what the schedule asks of wards that are prompt, and of those that are not."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.domain.schedule import earliest_satisfying, rolls_at
from monitoring.domain.stay import Ending
from monitoring.domain.watching import PromptKind
from monitoring.simulation import DAY, START, first_day
from tests.unit.seed_protocol import SCHEDULE, content

MINUTE = timedelta(minutes=1)
AT_ONCE = [timedelta(0)]
LATE = st.lists(st.integers(0, 35).map(lambda minutes: minutes * MINUTE), min_size=1, max_size=40)


def of_sets(day, ending=None):
    return [
        each for each in day.ended if each.kind is PromptKind.FULL_SET and (ending is None or each.ending is ending)
    ]


def must_be_in_order(day):
    """Every set ended exactly one prompt, which it satisfied; no two set prompts were open at once; none was left out."""
    done = of_sets(day, Ending.DONE)
    assert [each.at for each in done] == list(day.sets)
    assert [each.done_by for each in done] == list(range(1, len(day.sets) + 1))
    for each in done:
        assert earliest_satisfying(each.prompt, SCHEDULE.lateness) <= each.at < rolls_at(each.prompt)
    for each in of_sets(day, Ending.MISSED):
        assert not any(each.prompt.due_at <= seen < rolls_at(each.prompt) for seen in day.sets)
    kept = [
        each.prompt.due_at
        for each in day.ended
        if each.kind is PromptKind.FULL_SET and each.ending is not Ending.SUPERSEDED
    ]
    kept += [prompt.due_at for kind, prompt in day.open if kind is PromptKind.FULL_SET]
    assert kept == sorted(set(kept))
    assert Counter(kind for kind, _ in day.open)[PromptKind.FULL_SET] == 1


@pytest.mark.parametrize("minutes", range(0, 40, 5))
def test_a_first_day_of_titration_has_some_41_to_48_sets(minutes):
    """With every increase so late [DOMAIN 4: about 41 to 48]."""
    day = first_day(content(), late=AT_ONCE, step_late=minutes * MINUTE)
    must_be_in_order(day)
    assert 41 <= len(day.sets) <= 49
    assert day.prompts(Ending.MISSED) == 0


def test_a_prompt_ward_raises_the_dose_each_two_hours_and_sees_the_patient_at_15_30_60_and_120():
    day = first_day(content(), late=AT_ONCE)
    assert [(at - START) / MINUTE for at in day.steps] == [120 * n for n in range(1, 12)]
    assert [(at - START) / MINUTE for at in day.sets[:10]] == [15, 30, 45, 60, 90, 120, 135, 150, 180, 240]
    assert str(day.dose_mg_per_kg_h) == "0.65"


@pytest.mark.parametrize("minutes", range(0, 40, 5))
def test_a_ward_that_is_late_does_fewer_sets_and_every_one_ends_one_prompt(minutes):
    day, prompt_day = (first_day(content(), late=[late * MINUTE]) for late in (minutes, 0))
    must_be_in_order(day)
    assert len(day.sets) <= len(prompt_day.sets)
    assert (day.prompts(Ending.MISSED) > 0) is (minutes >= 15), "a quarter of an hour late is as late as the next one"


@given(LATE, st.integers(0, 60))
@settings(max_examples=25, deadline=None)
def test_however_late_each_set_is_no_two_prompts_are_open_and_every_set_ends_one(late, step_late):
    must_be_in_order(first_day(content(), late=late, step_late=step_late * MINUTE))


@given(LATE)
@settings(max_examples=15, deadline=None)
def test_the_dose_is_never_raised_sooner_than_allowed_nor_on_a_stale_set(late):
    day = first_day(content(), late=late)
    steps = [START, *day.steps]
    assert all(later - earlier >= 120 * MINUTE for earlier, later in pairwise(steps))
    for at in day.steps:
        assert at - max(each for each in day.sets if each <= at) <= 30 * MINUTE


def test_what_else_is_due_is_asked_for_and_answered():
    day = first_day(content(), late=AT_ONCE)
    kinds = Counter(each.kind for each in day.ended if each.kind is not PromptKind.FULL_SET)
    # 12:00, 16:00, 19:00, 23:00, 03:00, 07:00; the falls score at both handovers; what is daily is due as the day ends.
    assert kinds == {PromptKind.LINE_CHECK: 6, PromptKind.FALLS: 2}
    assert {kind for kind, _ in day.open} >= {PromptKind.MOOD, PromptKind.PHYSICIAN_REVIEW, PromptKind.LIVER_ENZYMES}
    assert all(each.at - START < DAY for each in day.ended)


def test_the_command_prints_a_row_for_each_delay():
    out = StringIO()
    call_command("first_day", stdout=out)
    rows = [line.split() for line in out.getvalue().splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == [str(minutes) for minutes in range(0, 40, 5)] * 2
    assert all(row[1] == row[3] for row in rows), "every set ends one prompt"
