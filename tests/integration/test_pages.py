"""What the pages cost, and what they answer to those who may not or who typed nonsense."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.roles import Role
from audit.models import AuditEvent
from monitoring.actions import record_set
from monitoring.forms import ChartForm
from monitoring.models import ObservationSet
from monitoring.selectors.board import ward_board
from tests import factories
from tests.factories import HOUR, MINUTE, person, running

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def place():
    return factories.ward("Ward 6 East")


@pytest.fixture
def nurse(place):
    return person(Role.NURSE, ward=place, name="nurse1")


@pytest.fixture
def client(nurse):
    opened = Client()
    opened.force_login(nurse, backend="accounts.backends.RosterBackend")
    return opened


def chart(patient, *, minutes_ago=0, **changed):
    at = now() - minutes_ago * MINUTE
    return record_set(patient.id, entry=factories.entry(at, **changed), by=patient.by_nurse, at=at).set


def posted(**typed):
    return {"client_id": str(uuid.uuid4()), "opened_at": now().isoformat(), "sedation_scale": "poss", **typed}


@pytest.mark.parametrize("patients", [1, 12, 60])
def test_the_board_takes_twelve_statements_however_many_patients(
    place, client, patients, django_assert_max_num_queries
):
    for number in range(patients):
        patient = running(at=now() - 3 * HOUR, on=place)
        chart(patient, minutes_ago=30, heart_rate=150 if number % 2 else 72)
    client.get(f"/wards/{place.pk}/")  # the protocol is read once a process
    with django_assert_max_num_queries(12):
        page = client.get(f"/wards/{place.pk}/")
    assert page.content.decode().count('class="bedrow"') == patients


def test_one_row_takes_no_more_statements_than_the_board(place, client, django_assert_max_num_queries):
    patient = running(at=now() - HOUR, on=place)
    with django_assert_max_num_queries(8):
        answer = client.get(f"/wards/{place.pk}/rows/{patient.id}/")
    assert answer.content.decode().strip().startswith("<li")


def test_the_bedside_is_bounded_however_much_was_charted(place, client, django_assert_max_num_queries):
    patient = running(at=now() - 40 * HOUR, on=place)
    for hours in range(36, 0, -1):
        chart(patient, minutes_ago=hours * 60)
    client.get(f"/admissions/{patient.id}/")
    with django_assert_max_num_queries(14):
        page = client.get(f"/admissions/{patient.id}/").content.decode()
    assert len(re.findall(r'id="correct-\d+"', page)) == 23  # those of the last 24 h


def test_a_prompt_that_was_missed_is_late_since_it_was_first_due(place):
    patient = running(at=now() - 3 * HOUR, on=place)
    chart(patient, minutes_ago=150)
    chart(patient, minutes_ago=5, sedation=None)  # does not end the prompt, but settles
    bed = ward_board(place.pk, at=now())[0]
    first_due = ObservationSet.objects.order_by("observed_at")[0].observed_at + timedelta(minutes=15)
    assert bed.prompt is not None
    assert bed.prompt.due_at < now() - 90 * MINUTE
    assert bed.prompt.due_at >= first_due


def test_another_wards_patient_is_not_there(client):
    elsewhere = running(at=now() - HOUR)
    for address in (
        f"/admissions/{elsewhere.id}/",
        f"/admissions/{elsewhere.id}/sets/new",
        f"/wards/{elsewhere.ward.pk}/",
    ):
        assert client.get(address).status_code == 404
    assert client.post(f"/admissions/{elsewhere.id}/stop").status_code == 404
    assert client.post(f"/admissions/{elsewhere.id}/sets/preview", posted()).status_code == 404
    mine = ObservationSet.objects.count()
    assert client.post(f"/admissions/{elsewhere.id}/sets/new", posted(heart_rate="80")).status_code == 404
    assert ObservationSet.objects.count() == mine


def test_an_administrator_sees_no_patient(place):
    patient = running(at=now() - HOUR, on=place)
    opened = Client()
    opened.force_login(person(Role.ADMINISTRATOR, ward=place), backend="accounts.backends.RosterBackend")
    answer = opened.get(f"/admissions/{patient.id}/")
    assert answer.status_code == 403
    assert "Your role may not see the patients of a ward." in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"heart_rate": "8o"}, "A whole number is needed. You typed 8o."),
        ({"temperature": "warm"}, "A number is needed. You typed warm."),
        ({"temperature": "NaN"}, "A number is needed. You typed NaN."),
        ({"spo2": "104"}, "SpO2 104 % is not possible"),
        ({"heart_rate": "220"}, "Heart rate 220 /min is rare: check it and confirm."),
        ({"observed_at": "2031-01-01T10:00", "pain": "3"}, "ahead of the clock"),
        ({"observed_at": "soon", "pain": "3"}, "The time it was seen is needed"),
        ({"consciousness": "Z"}, "Z is not one of the choices."),
        ({"sedation": "9"}, "POSS has no level 9."),
        ({"client_id": "x", "pain": "3"}, "This page has lost its number."),
        ({}, "Nothing was entered."),
        ({"comment": "x" * 2001}, "At most 2000 characters fit."),
    ],
)
def test_what_cannot_be_taken_comes_back_with_a_sentence_and_everything_typed(place, client, typed, sentence):
    patient = running(at=now() - HOUR, on=place)
    answer = client.post(f"/admissions/{patient.id}/sets/new", posted(**typed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    for value in typed.values():
        assert value in page
    assert not ObservationSet.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"sedation_scale": "guess"},
        {"sedation_scale": "guess", "sedation": "1"},
        {"comment": "a\0b"},
        {"opened_at": "0001-01-01T00:00:00+00:00"},
        {"observed_at": "9999-12-31T23:59"},
        {"temperature": "1e99"},
        {"heart_rate": "٣"},
        {"corrects": "9" * 40},
        {"confirmed": "nonsense"},
        {"symptoms": "nonsense"},
        {"absent_pain": "nonsense"},
        {"oxygen": "nonsense"},
        {"late_reason": "x" * 300},
    ],
)
@pytest.mark.parametrize("address", ["sets/new", "sets/preview"])
def test_nonsense_is_never_a_fault_of_ours(place, client, typed, address):
    patient = running(at=now() - HOUR, on=place)
    answer = client.post(f"/admissions/{patient.id}/{address}", posted(**typed))
    assert answer.status_code == (422 if address == "sets/new" else 200)
    assert not ObservationSet.objects.exists()


def test_a_number_too_long_to_be_a_rows_is_no_address(place, client):
    for address in (f"/admissions/{'9' * 30}/", f"/wards/{place.pk}/rows/{'9' * 30}/", f"/sets/{'9' * 30}/correct"):
        assert client.get(address).status_code == 404
    assert client.post(f"/admissions/{'9' * 18}/stop").status_code == 404


def test_the_same_form_sent_twice_is_one_set(place, client):
    patient = running(at=now() - HOUR, on=place)
    form = posted(heart_rate="80")
    for _ in range(2):
        assert client.post(f"/admissions/{patient.id}/sets/new", form).status_code == 303
    assert ObservationSet.objects.count() == 1
    refused = client.post(f"/admissions/{patient.id}/sets/new", form | {"heart_rate": "81"})
    assert (refused.status_code, ObservationSet.objects.count()) == (422, 1)


def test_a_confirmation_is_for_the_value_that_was_looked_at_and_no_other(place, client):
    patient = running(at=now() - HOUR, on=place)
    form = posted(heart_rate="230", confirmed="heart_rate=220")
    refused = client.post(f"/admissions/{patient.id}/sets/new", form)
    assert (refused.status_code, ObservationSet.objects.count()) == (422, 0)
    asked = refused.context["page"].extremes
    assert [(each.name, each.number, each.is_checked) for each in asked] == [("Heart rate", "230", False)]
    taken = client.post(f"/admissions/{patient.id}/sets/new", form | {"confirmed": asked[0].sends})
    assert (taken.status_code, ObservationSet.objects.get().confirmed) == (303, ["heart_rate"])


def test_a_set_stays_due_with_the_reason_in_sight_when_a_charted_one_was_not_enough(place, client):
    patient = running(at=now() - 16 * MINUTE, on=place)
    page = f"/admissions/{patient.id}/"
    assert "done when breathing, SpO2 and sedation are charted" in client.get(page).context["page"].due[0].detail
    chart(patient, minutes_ago=1, sedation=None, sedation_scale=None)
    assert client.get(page).context["page"].due[0].detail.endswith("has no sedation")
    chart(patient, minutes_ago=0, sedation=None, sedation_scale=None, spo2=None)
    assert client.get(page).context["page"].due[0].detail.endswith("has no SpO2 or sedation")
    assert "stays due: the set of" in client.get(page).content.decode()


def test_a_set_that_somebody_corrected_meanwhile_is_not_corrected_again(place, client):
    patient = running(at=now() - HOUR, on=place)
    wrong = chart(patient, minutes_ago=10)
    form = posted(observed_at="", opened_at=wrong.observed_at.isoformat(), heart_rate="80", correction_reason="typo")
    assert client.post(f"/sets/{wrong.pk}/correct", form).status_code == 303
    assert client.post(f"/sets/{wrong.pk}/correct", form).status_code == 303  # the answer was lost, so it is sent again
    again = client.post(f"/sets/{wrong.pk}/correct", form | {"client_id": str(uuid.uuid4())})
    assert (again.status_code, again.context["page"].problems[0].sentence) == (
        409,
        "Somebody corrected this set already. Look at the newest version first.",
    )
    opened = client.get(f"/sets/{wrong.pk}/correct")
    assert opened.status_code == 409
    assert "Somebody corrected this set already. The bedside shows what it says now." in opened.content.decode()
    assert ObservationSet.objects.filter(corrects=wrong).count() == 1


def test_the_hour_that_comes_twice_is_the_later_one_unless_it_has_not_come():
    zone = ZoneInfo("America/New_York")
    typed = QueryDict("observed_at=2026-11-01T01:30&opened_at=2026-11-01T12:00:00%2B00:00")
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert ChartForm(typed, zone=zone, at=second + HOUR).read_what_can_be().observed_at == second
    assert ChartForm(typed, zone=zone, at=first + MINUTE).read_what_can_be().observed_at == first


def test_a_time_that_the_clock_jumped_over_is_refused():
    form = ChartForm(
        QueryDict("observed_at=2026-03-08T02:30&opened_at=2026-03-08T12:00:00%2B00:00"),
        zone=ZoneInfo("America/New_York"),
        at=datetime(2026, 3, 8, 12, 0, tzinfo=UTC),
    )
    form.read()
    assert form.errors["observed_at"] == ["That time did not exist: the clock went forward."]


def test_looking_at_a_patient_is_in_the_trail_once_a_page_and_not_for_its_own_polls(place, client):
    patient = running(at=now() - HOUR, on=place)
    client.get(f"/admissions/{patient.id}/")
    client.get(f"/admissions/{patient.id}/", headers={"HX-Request": "true"})
    assert AuditEvent.objects.filter(verb="bedside.viewed", admission_id=patient.id).count() == 1


def test_no_page_of_a_patient_stays_in_a_cache(place, client):
    patient = running(at=now() - HOUR, on=place)
    for address in (f"/wards/{place.pk}/", f"/admissions/{patient.id}/", f"/admissions/{patient.id}/sets/new"):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_a_form_of_an_earlier_sign_in_is_refused_in_words(place, nurse):
    patient = running(at=now() - HOUR, on=place)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(nurse, backend="accounts.backends.RosterBackend")
    answer = strict.post(f"/admissions/{patient.id}/stop")
    assert answer.status_code == 403
    assert "This page is from an earlier sign-in" in answer.content.decode()


def test_what_fails_inside_says_so_in_the_same_look(client, place, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("monitoring.views.pages.ward_board", lambda *args, **kwargs: 1 / 0)
    answer = client.get(f"/wards/{place.pk}/")
    assert answer.status_code == 500
    assert "Something failed inside Plateau" in answer.content.decode()


def test_an_address_that_does_not_exist_is_answered_in_the_same_look(client):
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is no such page on your wards" in answer.content.decode()
