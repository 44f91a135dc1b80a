"""What is due beside the sets, with the database: each kind opened, done by its record, missed, cancelled, asked again."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from infusion.actions import stop_infusion
from monitoring.demo_answers import ANSWERED, answer
from monitoring.domain.watching import PromptKind
from monitoring.models import Prompt
from monitoring.sweeps import settle_due_stays
from tests.factories import HOUR, MINUTE, MORNING, actor, person, running, ward
from tests.integration.test_odd_times import after, charted

pytestmark = pytest.mark.django_db
K = PromptKind


@pytest.fixture
def patient():
    """A pump that runs since MORNING in a ward of UTC."""
    return running(on=ward(time_zone="UTC"))


def told(patient, kind):
    """(due in minutes after the start, state) of every prompt of a kind."""
    prompts = Prompt.objects.filter(admission_id=patient.id, kind=kind).order_by("due_at", "id")
    return [((each.due_at - MORNING) / MINUTE, each.state) for each in prompts]


def open_prompt(patient, kind):
    return Prompt.objects.get(admission_id=patient.id, kind=kind, state="open")


def swept(until):
    """The sweeps of every minute at which something is due, up to `until`."""
    at = MORNING
    while at <= until:
        settle_due_stays(at=at)
        at += 5 * MINUTE


def test_a_start_opens_one_prompt_of_each_kind_that_is_due_in_a_rhythm(patient):
    opened = Prompt.objects.open().filter(admission_id=patient.id)
    assert sorted(each.kind for each in opened) == sorted([K.FULL_SET, *ANSWERED])


@pytest.mark.parametrize("kind", ANSWERED)
def test_a_record_ends_the_prompt_of_its_kind_and_opens_the_next(patient, kind):
    first = open_prompt(patient, kind)
    answer(patient.id, kind, nurse=patient.by_nurse, physician=patient.by_physician, at=first.due_at)
    first.refresh_from_db()
    assert (first.state, first.closed_by_set) == ("done", None)
    assert first.closed_by_record is not None
    following = open_prompt(patient, kind)
    assert first.due_at < following.due_at <= first.due_at + timedelta(days=1)
    others = Prompt.objects.filter(admission_id=patient.id, state="done").exclude(kind=K.FULL_SET)
    assert list(others) == [first], "one record answers one kind"


def test_nobody_looked_at_the_line_all_night_and_every_look_that_was_due_is_told(patient):
    settle_due_stays(at=MORNING + 13 * HOUR)
    line = told(patient, K.LINE_CHECK)
    assert [state for _, state in line] == ["missed"] * (len(line) - 1) + ["open"]
    assert line[0] == (240, "missed")
    settle_due_stays(at=MORNING + 13 * HOUR)
    assert told(patient, K.LINE_CHECK) == line, "settling again changes nothing"


def test_a_stop_cancels_what_is_due_beside_the_sets_and_says_why(patient):
    stop_infusion(patient.id, effective_at=after(20), by=patient.by_nurse, at=after(20))
    others = Prompt.objects.filter(admission_id=patient.id).exclude(kind=K.FULL_SET)
    assert {(each.state, each.close_reason) for each in others} == {("cancelled", "the infusion was stopped")}
    assert Prompt.objects.open().get(admission_id=patient.id).kind == K.FULL_SET


def test_a_yellow_value_is_to_be_read_again_and_the_set_that_does_ends_it(patient):
    charted(patient, 15, heart_rate=115)
    asked = open_prompt(patient, K.SECOND_READING)
    assert (asked.due_at, asked.about) == (after(20), "heart_rate")
    read = charted(patient, 21, heart_rate=80)
    asked.refresh_from_db()
    assert (asked.state, asked.closed_by_record) == ("done", read.pk)


def test_a_second_reading_that_nobody_took_is_missed(patient):
    charted(patient, 15, heart_rate=115)
    swept(after(30))
    assert told(patient, K.SECOND_READING) == [(20, "missed")]


def test_a_low_saturation_is_looked_at_again(patient):
    charted(patient, 15, spo2=89)
    assert (open_prompt(patient, K.RECHECK).due_at, told(patient, K.FULL_SET)[-1]) == (after(17), (30, "open"))
    charted(patient, 18, spo2=95)
    assert told(patient, K.RECHECK) == [(17, "done")]


def test_after_two_hours_of_red_a_physician_is_asked_for_the_interval(patient):
    for minutes in range(15, 136, 15):
        charted(patient, minutes, heart_rate=135)
    assert told(patient, K.SET_INTERVAL) == [(135, "open")]
    for minutes in (150, 165):
        charted(patient, minutes, heart_rate=80)
    assert told(patient, K.SET_INTERVAL) == [(135, "cancelled")]


def test_a_red_set_is_followed_each_quarter_of_an_hour_until_two_are_calm(patient):
    for minutes in (15, 30, 45, 60, 90, 120, 150, 180, 240):
        charted(patient, minutes)
    charted(patient, 300, spo2=90)
    dues = [open_prompt(patient, K.FULL_SET).due_at]
    for minutes in (315, 330):
        charted(patient, minutes)
        dues.append(open_prompt(patient, K.FULL_SET).due_at)
    assert dues == [after(315), after(330), after(390)]


def test_somebody_of_another_ward_changes_nothing_of_what_is_due_here(patient):
    before = told(patient, K.LINE_CHECK)
    other = running(on=ward(time_zone="Europe/Berlin"))
    answer(
        other.id, K.LINE_CHECK, nurse=other.by_nurse, physician=actor(person(Role.PHYSICIAN, ward=other.ward)),
        at=after(30),
    )  # fmt: skip
    assert told(patient, K.LINE_CHECK) == before
