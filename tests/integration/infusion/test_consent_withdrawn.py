"""Who takes the consent back gets no more of the drug; nothing stops by itself (DOMAIN 3, "Before the order")."""

import pytest

from core.errors import Refused
from infusion.models import Course
from patients.actions import record_consent, withdraw_consent
from patients.domain.screening import BriefingItem
from tests.factories import MINUTE
from tests.integration.infusion.a_course import TEN, ACourse, a_course
from tests.integration.infusion.at_the_pump import after, codes, lower, pause, restart_allowed, resume, started, stop

pytestmark = pytest.mark.django_db


def consents(made, at):
    record_consent(made.id, briefed=list(BriefingItem), given_at=at, by=made.by_nurse, at=at)


def withdraws(made, at):
    withdraw_consent(made.id, withdrawn_at=at, by=made.by_nurse, at=at)


@pytest.mark.parametrize("act", [ACourse.request, ACourse.approve, ACourse.execute])
def test_no_dose_is_raised_at_any_stage(act):
    course = a_course()
    consents(course, TEN - 3 * MINUTE)
    if act is ACourse.execute:
        course.approve()
    withdraws(course, TEN - MINUTE)
    with pytest.raises(Refused) as refused:
        act(course)
    assert codes(refused) == ["consent_withdrawn"]
    consents(course, TEN)
    act(course)


@pytest.mark.parametrize("act", [resume, restart_allowed])
def test_the_pump_does_not_run_again(act):
    made = started()
    pause(made, 10)
    withdraws(made, after(11))
    with pytest.raises(Refused) as refused:
        act(made, 20)
    assert codes(refused) == ["consent_withdrawn"]
    consents(made, after(25))
    act(made, 30)


def test_what_runs_is_recorded_lowered_and_stopped_as_ever():
    made = started()
    withdraws(made, after(5))
    assert Course.objects.get(admission_id=made.id).state == "running"
    lower(made, 10, "0.05")
    assert stop(made, 12).course.state == "stopped"
