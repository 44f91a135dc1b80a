"""What the bedside shows and takes by one tap or a short form: what is due, events, offers, an alert's life, warning signs."""

import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts.roles import Role
from infusion.actions import decrease
from infusion.models import Course
from monitoring.actions import leave_ward, record_set
from monitoring.models import AdverseEvent, Alert, AlertNote, ObservationSet, Prompt
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


def open_prompt(patient, kind, *, due, interval, about=""):
    due_at = now() + due * MINUTE
    row = {"due_at": due_at, "interval": interval * MINUTE, "overdue_at": due_at + 30 * MINUTE, "about": about}
    key = {"admission_id": patient.id, "kind": kind, "state": "open"}
    Prompt.objects.update_or_create(**key, defaults=row | {"opened_at": now() - 9 * HOUR})


def bedside(client, patient):
    return client.get(f"/admissions/{patient.id}/").context["page"]


def test_everything_that_is_due_stands_in_the_order_of_its_time(place, client):
    patient = running(at=now() - 30 * HOUR, on=place)
    chart(patient, minutes_ago=10)
    open_prompt(patient, "liver_enzymes", due=-190, interval=1440)
    open_prompt(patient, "second_reading", due=3, interval=10, about="systolic heart_rate")
    open_prompt(patient, "recheck", due=1, interval=3)
    open_prompt(patient, "line_check", due=28, interval=240)
    due = {each.title: each for each in bedside(client, patient).due}
    expected = [
        "Liver enzymes",
        "SpO2 again: still 90 or less?",
        "Blood pressure and pulse again",
        "Pump, line and site",
    ]
    assert [title for title in due if title in expected] == expected
    assert "Full set" in due
    assert (due["Liver enzymes"].when.state, due["Liver enzymes"].when.words) == ("late", "3 h 10 late")
    assert due["Blood pressure and pulse again"].detail.endswith("not an alert yet")
    assert [each.by_a_set for each in due.values() if each.title in expected] == [False, True, True, False]


def test_a_second_reading_of_a_value_that_rings_does_not_say_that_it_is_no_alert(place, client):
    patient = running(at=now() - HOUR, on=place)
    chart(patient, minutes_ago=1, systolic=204)
    open_prompt(patient, "second_reading", due=4, interval=10, about="systolic")
    (item,) = [each for each in bedside(client, patient).due if each.title == "Blood pressure again"]
    assert "not an alert" not in item.detail


def test_a_look_at_the_pump_is_due_after_a_decrease(place, client):
    patient = running(at=now() - HOUR, on=place)
    decrease(patient.id, dose_mg_per_kg_h=Decimal("0.05"), by=patient.by_nurse, at=now() - 40 * MINUTE)
    (item,) = [each for each in bedside(client, patient).due if each.title == "Look at the pump"]
    assert (item.when.state, item.detail.partition(", ")[2]) == ("late", "after the decrease, by another person")


@pytest.mark.parametrize(
    ("minutes_ago", "said"), [(60, ""), (250, "with a temperature (last "), (25 * 60, "with a temperature")]
)
def test_a_set_asks_for_a_temperature_when_the_last_is_too_old(place, client, minutes_ago, said):
    patient = running(at=now() - 30 * HOUR, on=place)
    chart(patient, minutes_ago=minutes_ago)
    chart(patient, minutes_ago=5, temperature=None)
    (item,) = [each for each in bedside(client, patient).due if each.title == "Full set"]
    assert (said in item.detail) if said else ("temperature" not in item.detail)


def test_off_the_ward_says_where_and_who_charts(place, client):
    patient = running(at=now() - HOUR, on=place)
    leave_ward(
        patient.id, destination="MRI", escort="A. Park", left_at=now() - 5 * MINUTE, by=patient.by_nurse, at=now()
    )
    assert bedside(client, patient).away.endswith(": MRI, with A. Park, who charts.")
    board = client.get(f"/wards/{place.pk}/")
    assert board.context["board"].rows[0].away in board.content.decode()
    assert ": MRI, with A. Park, who charts." in board.context["board"].rows[0].away


def test_the_boards_row_carries_what_else_will_be_late_first(place, client):
    patient = running(at=now() - HOUR, on=place)
    open_prompt(patient, "line_check", due=-45, interval=240)
    open_prompt(patient, "liver_enzymes", due=600, interval=1440)
    page = client.get(f"/wards/{place.pk}/")
    (other,) = [each.other for each in page.context["board"].rows]
    assert (other.words, other.state, other.detail) == ("45 min late", "late", "Pump, line and site")


def test_an_event_is_one_tap_a_double_tap_is_one_event_and_a_mistake_is_withdrawn(place, client):
    patient = running(at=now() - HOUR, on=place)
    fall = next(each for each in bedside(client, patient).events.buttons if each.kind == "fall")
    for _ in range(2):
        answer = client.post(f"/admissions/{patient.id}/events", {"kind": "fall", "client_id": fall.client_id})
        assert (answer.status_code, answer["Location"]) == (303, f"/admissions/{patient.id}/")
    (line,) = bedside(client, patient).events.lines
    assert line.words.startswith("Fall at ")
    asked = client.get(line.withdraw_href)
    assert (asked.status_code, asked.context["ask"].title) == (200, "Recorded by mistake?")
    refused = client.post(line.withdraw_href, {"text": "  "})
    assert (refused.status_code, AdverseEvent.objects.count()) == (422, 1)
    assert refused.context["problems"]
    assert client.post(line.withdraw_href, {"text": "wrong bed"}).status_code == 303
    assert bedside(client, patient).events.lines == ()
    assert client.post(line.withdraw_href, {"text": "wrong bed"}).status_code == 409


def offering(patient, dose="0.05"):
    chart(patient, minutes_ago=1, sedation="3")
    alert = Alert.objects.get(rule="sedation", admission_id=patient.id)
    alert.offer = {"act": "decrease", "dose_mg_per_kg_h": dose}
    alert.save()
    return alert


def test_an_offered_decrease_is_recorded_by_one_tap_that_names_the_rate_to_set_first(place, client):
    patient = running(at=now() - HOUR, on=place)
    offering(patient)
    (offer,) = [each.offer for each in bedside(client, patient).alerts if each.offer]
    assert (offer.label, offer.first) == (
        "Record: reduced to 0.05 mg/kg/h",
        "reduce at the pump first: 1.7 mL/h",
    )
    sent = {"dose": offer.dose, "client_id": offer.client_id}
    assert [client.post(offer.href, sent).status_code for _ in range(2)] == [303, 303]
    course = Course.objects.get(admission_id=patient.id)
    assert (course.dose_mg_per_kg_h, course.rate_ml_per_h) == (Decimal("0.05"), Decimal("1.70"))
    assert not [each for each in bedside(client, patient).alerts if each.offer]


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("admissions/{stay}/decrease", {"dose": "lots"}),
        ("admissions/{stay}/decrease", {"dose": "-1"}),
        ("admissions/{stay}/decrease", {"dose": "0.05", "client_id": "x"}),
        ("admissions/{stay}/events", {"kind": "sneeze"}),
        ("admissions/{stay}/events", {"kind": "systolic"}),
        ("admissions/{stay}/events", {}),
        ("alerts/{alert}/snooze", {"minutes": "x"}),
        ("alerts/{alert}/note", {"kind": "snooze", "text": "x"}),
        ("alerts/{alert}/resolve", {"rang_at": "soon", "text": "x"}),
    ],
)
def test_a_tap_that_cannot_be_read_is_refused_and_changes_nothing(place, client, address, sent):
    patient = running(at=now() - HOUR, on=place)
    alert = offering(patient)
    answer = client.post("/" + address.format(stay=patient.id, alert=alert.pk), sent)
    assert answer.status_code == 400
    alert.refresh_from_db()
    assert (alert.closed_at, alert.snoozed_until, AdverseEvent.objects.count()) == (None, None, 0)


@pytest.mark.parametrize("act", ["snooze", "note", "resolve"])
def test_short_forms_of_another_wards_alert_are_not_there(client, act):
    elsewhere = running(at=now() - HOUR)
    chart(elsewhere, minutes_ago=1, heart_rate=150)
    alert = Alert.objects.get(rule="heart_rate")
    assert client.get(f"/alerts/{alert.pk}/{act}").status_code == 404
    assert client.post(f"/alerts/{alert.pk}/{act}", {"text": "x", "minutes": "15"}).status_code == 404


def red(patient, **changed):
    chart(patient, **{"minutes_ago": 1, "systolic": 186} | changed)
    return Alert.objects.get(rule="systolic", admission_id=patient.id)


def test_a_snooze_is_asked_and_then_done_once(place, client):
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)
    (card,) = [each for each in bedside(client, patient).alerts if each.id == alert.pk]
    assert card.snooze_words == "Snooze 15 min…"
    asked = client.get(card.snooze_href).context["ask"]
    assert (asked.submit, asked.minutes) == ("Snooze 15 min", "15")
    alert.refresh_from_db()
    assert alert.snoozed_until is None
    sent = {"minutes": asked.minutes, "rang_at": asked.rang_at, "client_id": asked.client_id}
    assert client.post(card.snooze_href, sent).status_code == 303
    (card,) = [each for each in bedside(client, patient).alerts if each.id == alert.pk]
    assert card.snooze_href == ""
    assert "Snoozed, rings again" in card.notes
    row = client.get(f"/wards/{place.pk}/").context["board"].rows[0]
    assert row.sayings[0].next.startswith("Snoozed, rings again ")
    again = client.post(f"/alerts/{alert.pk}/snooze", {"minutes": "15", "rang_at": asked.rang_at})
    assert again.status_code == 422
    assert "It was put off already" in again.content.decode()


def test_a_note_is_kept_with_what_was_said(place, client):
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)
    empty = client.post(f"/alerts/{alert.pk}/note", {"kind": "call", "text": ""})
    assert (empty.status_code, empty.context["ask"].picks[1].is_chosen) == (422, True)
    taken = client.post(f"/alerts/{alert.pk}/note", {"kind": "call", "text": "Dr Vance: recheck in 5 min"})
    assert taken.status_code == 303
    note = AlertNote.objects.get()
    assert (note.kind, note.text) == ("call", "Dr Vance: recheck in 5 min")


def test_what_was_said_stands_on_the_card_and_the_look_then_holds(place, client, nurse):
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)

    def card():
        return next(each for each in bedside(client, patient).alerts if each.id == alert.pk)

    client.post(card().acknowledge_href, {"with_patient": "no", "rang_at": card().rang_at})
    assert "if nothing follows" in card().notes
    assert card().written == ()
    client.post(f"/alerts/{alert.pk}/note", {"kind": "call", "text": "Dr Vance: recheck in 5 min"})
    assert "if nothing follows" not in card().notes
    (said,) = card().written
    assert said.startswith("Call ")
    assert said.endswith(f", {nurse.display_name}: Dr Vance: recheck in 5 min")
    assert said in client.get(f"/admissions/{patient.id}/").content.decode()


def test_a_set_after_a_look_is_something_that_follows_it(place, client):
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)
    alert_page = bedside(client, patient).alerts[0]
    client.post(alert_page.acknowledge_href, {"with_patient": "yes", "rang_at": alert_page.rang_at})
    chart(patient, systolic=184)
    (card,) = [each for each in bedside(client, patient).alerts if each.id == alert.pk]
    assert "Seen by" in card.notes
    assert "if nothing follows" not in card.notes


def test_a_nurse_who_may_not_resolve_reads_why_and_keeps_what_was_typed(place, client):
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)
    rang_at = client.get(f"/alerts/{alert.pk}/resolve").context["ask"].rang_at
    refused = client.post(f"/alerts/{alert.pk}/resolve", {"text": "sat up", "rang_at": rang_at})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert page.count("Chart a new one, or let a physician resolve it with a note.") == 1
    assert "sat up" in page
    physician = Client()
    physician.force_login(patient.physician, backend="accounts.backends.RosterBackend")
    assert physician.post(f"/alerts/{alert.pk}/resolve", {"text": "labetalol", "rang_at": rang_at}).status_code == 303
    alert.refresh_from_db()
    assert (alert.close_reason, alert.closed_by_id) == ("labetalol", patient.physician.pk)
    assert client.get(f"/alerts/{alert.pk}/resolve").status_code == 409


def test_who_was_told_and_who_is_next_stands_on_the_card_and_on_the_board(place, client, nurse):
    person(Role.CHARGE_NURSE, ward=place, name="L. Park")
    patient = running(at=now() - HOUR, on=place)
    alert = red(patient)
    (card,) = [each for each in bedside(client, patient).alerts if each.id == alert.pk]
    assert card.told.startswith("nurses ")
    assert card.next.startswith("Next: charge nurse ")
    assert card.next.endswith("(L. Park).")
    assert card.snooze_href
    row = client.get(f"/wards/{place.pk}/").context["board"].rows[0]
    assert row.sayings[0].next.startswith("Next: L. Park ")


def test_saving_a_red_set_with_the_patient_acknowledges_it(place, client, nurse):
    patient = running(at=now() - HOUR, on=place)
    form = posted(systolic="186", diastolic="98", warning_symptoms="none", with_patient="yes")
    assert client.post(f"/admissions/{patient.id}/sets/new", form).status_code == 303
    alert = Alert.objects.get(rule="systolic")
    assert (alert.acknowledged_by_id, ObservationSet.objects.get().warning_symptoms) == (nurse.pk, [])


def test_warning_signs_are_none_or_some_and_never_both(place, client):
    patient = running(at=now() - HOUR, on=place)
    both = posted(systolic="186", warning_symptoms=["none", "chest_pain"])
    refused = client.post(f"/admissions/{patient.id}/sets/new", both)
    assert (refused.status_code, ObservationSet.objects.count()) == (422, 0)
    assert "it cannot be both" in refused.content.decode()
    some = posted(systolic="186", warning_symptoms=["syncope", "chest_pain"])
    assert client.post(f"/admissions/{patient.id}/sets/new", some).status_code == 303
    made = ObservationSet.objects.get()
    assert sorted(made.warning_symptoms or []) == ["chest_pain", "syncope"]
    corrected = client.get(f"/sets/{made.pk}/correct").content.decode()
    assert corrected.count('name="with_patient"') == 0
    assert len(re.findall(r'name="warning_symptoms"\s+value="(?:syncope|chest_pain)"[^>]*checked', corrected)) == 2


def test_the_preview_asks_for_warning_signs_and_says_when_a_second_reading_is_due(place, client):
    patient = running(at=now() - HOUR, on=place)
    chart(patient, minutes_ago=30)

    def said(**typed):
        return client.post(f"/admissions/{patient.id}/sets/preview", posted(**typed)).content.decode()

    assert "Ask for warning signs." in said(systolic="186")
    assert "Ask for" not in said(systolic="186", warning_symptoms="none")
    assert "Ask for" not in said(systolic="165")
    assert re.search(r"Blood pressure: second reading due \d\d:\d\d to \d\d:\d\d, not an alert", said(systolic="165"))
