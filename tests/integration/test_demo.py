"""The demonstration ward: who and what stands in it, how it is placed anew, and where it is refused."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Installation, User
from accounts.roles import Role
from core.embedded import DEMO_PASSWORD
from infusion.models import Course, Protocol
from monitoring.demo import SCENES, WARD, place_demonstration
from monitoring.models import Alert, ObservationSet, Prompt
from monitoring.sweeps import reevaluate_recent_sets, settle_due_stays
from patients.models import Admission, Bed, Patient, Ward, WardMembership
from tests.factories import HOUR, MINUTE, MORNING, actor, person
from tests.factories import ward as another_ward

pytestmark = pytest.mark.django_db
NIGHT = MORNING + timedelta(hours=21, minutes=37, seconds=21)


def place(at=MORNING):
    return place_demonstration(password=DEMO_PASSWORD, at=at)


def lying_in(bed):
    return Admission.objects.present().get(ward__name=WARD, bed__name=bed)


def test_six_people_can_sign_in_and_all_but_the_administrator_work_on_the_ward():
    place()
    assert Installation.is_demonstration()
    people = {user.username: user for user in User.objects.all()}
    assert {name: user.role for name, user in people.items()} == {
        "nurse1": Role.NURSE,
        "nurse2": Role.NURSE,
        "charge1": Role.CHARGE_NURSE,
        "physician1": Role.PHYSICIAN,
        "physician2": Role.PHYSICIAN,
        "admin1": Role.ADMINISTRATOR,
    }
    assert all(user.is_demo and user.check_password("plateau-demo") for user in people.values())
    members = WardMembership.objects.filter(ward__name=WARD, ended_at=None)
    assert set(members.values_list("user__username", flat=True)) == people.keys() - {"admin1"}
    protocol = Protocol.objects.get(status="active")
    assert (protocol.signed_by.username, protocol.signed_at) == ("physician1", MORNING)


@pytest.mark.parametrize("at", [MORNING, NIGHT])
def test_six_patients_stand_in_differing_states_around_now(at):
    place(at)
    prompts = {
        p.admission.bed.name: p for p in Prompt.objects.open().filter(kind="full_set").select_related("admission__bed")
    }
    courses = {c.admission.bed.name: c.state for c in Course.objects.select_related("admission__bed")}
    assert courses == dict.fromkeys("12345", "running") | {"6": "stopped"}
    assert at + 30 * MINUTE < prompts["1"].due_at <= at + HOUR
    assert at < prompts["2"].due_at <= at + MINUTE
    assert prompts["3"].due_at == at - 9 * MINUTE
    assert prompts["3"].overdue_at == at + MINUTE
    assert all(prompts[bed].due_at > at for bed in "12456")
    assert (prompts["6"].due_at, prompts["6"].interval) == (at + 10 * MINUTE, 30 * MINUTE)
    alerts = {(a.admission.bed.name, a.rule, a.severity, a.acknowledged_at is None) for a in Alert.objects.open()}
    assert alerts == {
        ("4", "systolic", "red", True),
        ("5", "spo2", "red", False),
        ("5", "news2", "yellow", False),
    }
    assert Alert.objects.count() == len(alerts), "nothing rang on the way to now"


def test_the_sweeps_find_nothing_to_mend_but_the_set_that_comes_overdue():
    place()
    assert not ObservationSet.objects.filter(observed_at__gt=MORNING).exists()
    assert not Prompt.objects.filter(state="missed").exists()
    before = list(Prompt.objects.order_by("pk").values())
    assert settle_due_stays(at=MORNING) == 0
    reevaluate_recent_sets(at=MORNING)
    assert list(Prompt.objects.order_by("pk").values()) == before
    assert settle_due_stays(at=MORNING + MINUTE) == 2, "bed 3 rings, and a physician is told of bed 4"
    assert Alert.objects.get(rule="set_overdue").admission == lying_in("3")


def test_placed_again_the_ward_stands_around_the_new_now_without_a_storm():
    place()
    left = lying_in("4")
    later = MORNING + 3 * 24 * HOUR
    place(later)
    left.refresh_from_db()
    assert (left.discharged_at, left.disposition) == (later, "home")
    assert Admission.objects.present().count() == len(SCENES)
    assert Bed.objects.count() == Patient.objects.count() == len(SCENES)
    assert User.objects.count() == 6
    assert Protocol.objects.count() == Ward.objects.count() == Installation.objects.count() == 1
    assert not Alert.objects.open().filter(admission=left).exists()
    assert not Prompt.objects.open().filter(admission__discharged_at__isnull=False).exists()
    assert Alert.objects.open().count() == 3
    assert Prompt.objects.open().filter(kind="full_set").count() == len(SCENES)


def test_a_bed_that_somebody_gave_to_a_patient_of_their_own_is_left_to_them():
    place()
    theirs = lying_in("2")
    Patient.objects.filter(pk=theirs.patient_id).update(medical_record_number="12345678")
    placed = place(MORNING + HOUR)
    assert [each.bed for each in placed] == ["1", "3", "4", "5", "6"]
    assert lying_in("2") == theirs


def test_placed_twice_at_the_same_instant_it_stands_once_with_the_password_that_is_printed():
    place()
    nurse = User.objects.get(username="nurse1")
    nurse.set_password("something else")
    nurse.save()
    place()
    nurse.refresh_from_db()
    assert nurse.check_password("plateau-demo")
    assert Admission.objects.present().count() == len(SCENES)


def test_refused_in_a_hospitals_installation():
    Installation.found(Installation.Kind.CLINICAL, at=MORNING)
    with pytest.raises(CommandError, match="This installation is clinical: nothing invented is put into it"):
        call_command("seed_demo")
    assert not User.objects.exists()
    assert not Ward.objects.exists()


def test_refused_where_people_work_in_an_installation_that_never_said_what_it_is():
    person(ward=another_ward())
    with pytest.raises(CommandError, match="has people already and was never made a demonstration"):
        call_command("seed_demo")
    assert not Installation.objects.exists()


def test_refused_where_a_demonstration_name_is_somebodys_own():
    Installation.found(Installation.Kind.DEMONSTRATION, at=MORNING)
    person(name="nurse1")
    with pytest.raises(CommandError, match="nurse1 is somebody's own sign-in name here"):
        call_command("seed_demo")
    assert User.objects.count() == 1


def test_the_command_says_who_lies_where():
    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[1] == (
        f"6 East, bed 2: Whitfield, Anna (admission {lying_in('2').pk}), a set falls due within a minute"
    )


def test_charting_goes_on_from_where_the_demonstration_stands():
    from monitoring.actions import record_set
    from tests.factories import entry

    place()
    nurse = actor(User.objects.get(username="nurse1"))
    at = MORNING + MINUTE
    record_set(lying_in("2").pk, entry=entry(at), by=nurse, at=at)
    assert Prompt.objects.open().get(admission=lying_in("2"), kind="full_set").due_at == at + 15 * MINUTE
