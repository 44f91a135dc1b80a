"""A stay that Plateau cannot watch: every page of its ward says so, with its bed and nothing else of the patient."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.roles import Role
from monitoring.models import StayClock
from monitoring.presenters import words
from patients.models import Bed, Patient
from tests import factories
from tests.factories import MINUTE, person, running

pytestmark = pytest.mark.django_db


def now():
    return datetime.now(UTC)


@pytest.fixture
def place():
    return factories.ward("Ward 6 East")


@pytest.fixture
def client(place):
    opened = Client()
    opened.force_login(person(Role.NURSE, ward=place), backend="accounts.backends.RosterBackend")
    return opened


def patient_in(bed, place):
    made = running(at=now() - 5 * MINUTE, on=place)
    Bed.objects.filter(pk=made.admission.bed_id).update(name=bed)
    return made


def set_aside(patient):
    StayClock.objects.filter(admission=patient.admission).update(failures=2, failed_at=now(), error="KeyError")


def banner_of(page):
    """The words of the banner, or None while it is hidden."""
    opening, _, rest = page.content.decode().partition('id="set-aside"')[2].partition(">")
    return None if "hidden" in opening else " ".join(rest.partition("</div>")[0].split())


@pytest.fixture
def stays(place):
    return patient_in("3", place), patient_in("4", place)


@pytest.fixture(params=["/wards/{ward}/", "/admissions/{other}/", "/admissions/{other}/sets/new"])
def page(request, place, stays, client):
    address = request.param.format(ward=place.pk, other=stays[1].id)
    return lambda: client.get(address)


def test_while_everything_is_watched_no_page_says_otherwise(page):
    assert banner_of(page()) is None


def test_every_page_of_the_ward_names_the_bed_and_nothing_else_of_the_patient(page, stays):
    set_aside(stays[0])
    said = banner_of(page())
    assert said is not None
    assert ">bed 3</span>. Watch it by hand." in said
    patient = Patient.objects.get(pk=stays[0].admission.patient_id)
    assert patient.family_name not in said
    assert "KeyError" not in said


def test_another_ward_is_not_bothered(client, place):
    patient_in("1", place)
    set_aside(patient_in("9", factories.ward("Ward 7 West")))
    assert banner_of(client.get(f"/wards/{place.pk}/")) is None


def test_a_patient_who_has_left_needs_nobody_to_watch(client, place, stays):
    set_aside(stays[0])
    type(stays[0].admission).objects.filter(pk=stays[0].id).update(discharged_at=now(), disposition="home")
    assert banner_of(client.get(f"/wards/{place.pk}/")) is None


def test_an_open_page_is_told_with_its_next_poll(client, place, stays):
    def pulse():
        return client.get(f"/wards/{place.pk}/pulse", headers={"HX-Request": "true"}).content.decode()

    assert 'data-set-aside=""' in pulse()
    for each in stays:
        set_aside(each)
    assert 'data-set-aside="beds 3 and 4"' in pulse()


def test_its_row_on_the_board_is_marked_and_stands_no_lower_than_a_late_set(client, place, stays):
    calm, aside = stays
    set_aside(aside)
    rows = client.get(f"/wards/{place.pk}/").content.decode().split('<li class="bedrow"')[1:]
    assert f'id="row-{aside.id}"' in rows[0]
    assert "Not watched" in rows[0]
    assert "Plateau cannot watch this bed. Watch it by hand." in rows[0]
    assert 'data-rank="2"' in rows[0]
    assert f'id="row-{calm.id}"' in rows[1]
    assert "Not watched" not in rows[1]


@pytest.mark.parametrize(
    ("beds", "said"),
    [((), ""), (("3",), "bed 3"), (("3", "4"), "beds 3 and 4"), (("3", "4", "7"), "beds 3, 4 and 7")],
)
def test_beds_in_one_breath(beds, said):
    assert words.beds(beds) == said
