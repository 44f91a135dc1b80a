"""An alert's life at the bedside: seen while charting, told from step to step, put off, resolved; events by one tap."""

import pytest
from playwright.sync_api import Page, expect

from infusion.models import Course
from monitoring.models import AdverseEvent, Alert, AlertNote, ObservationSet
from monitoring.sweeps import settle_due_stays
from tests.functional.a_ward import SmallWard, now
from tests.functional.conftest import NewPage, assert_accessible, sign_in

pytestmark = pytest.mark.browser


def test_a_red_set_asks_for_warning_signs_and_offers_to_be_with_the_patient(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    ward.chart(patient, minutes_ago=20)
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    sign_in(page, to=f"/admissions/{patient.id}/sets/new")
    signs, with_patient = page.locator(".tile[data-k=warning_symptoms]"), page.get_by_label("I am with the patient")
    expect(page.locator("[data-k=systolic]")).to_be_visible()
    expect(signs).to_be_hidden()
    expect(with_patient).to_be_hidden()
    page.locator("#systolic").fill("186")
    page.locator("#diastolic").fill("104")
    expect(page.locator("#words")).to_contain_text("Saving raises red")
    expect(page.locator("#words")).to_contain_text("Ask for warning signs.")
    signs.tap()
    page.locator(".choices .btn", has_text="Chest pain").tap()
    page.locator(".choices .btn", has_text="None of these").tap()
    expect(signs).to_contain_text("None")
    expect(signs).not_to_contain_text("Chest pain")
    expect(page.locator("#words")).not_to_contain_text("Ask for")
    with_patient.check()
    assert_accessible(page)
    page.get_by_role("button", name="Save").tap()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    expect(page.locator(".alert-card.red").first).to_contain_text("Red, seen by nurse1")
    assert ObservationSet.objects.order_by("-id")[0].warning_symptoms == []


def test_a_red_set_is_seen_on_saving_without_javascript_too(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    page = new_page(java_script_enabled=False)
    sign_in(page, to=f"/admissions/{patient.id}/sets/new")
    page.locator("#systolic").fill("186")
    page.locator("#group_warning_symptoms").get_by_text("Fainted").click()
    page.get_by_label("I am with the patient, if it raises red").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    expect(page.locator(".alert-card.red").first).to_contain_text("Red, seen by nurse1")
    assert ObservationSet.objects.get().warning_symptoms == ["syncope"]


def test_a_ladder_is_shown_and_moves_on_while_the_page_stands_open(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    ward.chart(patient, heart_rate=150, minutes_ago=3)
    sign_in(page, to=f"/admissions/{patient.id}/")
    expect(page.locator(".live")).to_contain_text("Live")
    card = page.locator(".alert-card.red").first
    expect(card.locator(".told")).to_contain_text("Told nurses ")
    expect(card.locator(".told")).to_contain_text("Next: charge nurse ")
    settle_due_stays(at=now())
    expect(card.locator(".told")).to_contain_text("(charge1)")
    expect(card.locator(".told")).to_contain_text("Next: physicians ")
    assert_accessible(page)
    page.goto("/")
    expect(page.locator(".bedrow .say").first).to_contain_text("charge1")
    assert_accessible(page)


def test_a_snooze_is_asked_first_and_a_note_and_a_refusal_say_why(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    ward.chart(patient, systolic=186, minutes_ago=1)
    sign_in(page, to=f"/admissions/{patient.id}/")
    card = page.locator(".alert-card.red").first
    card.get_by_role("link", name="Snooze 15 min").click()
    expect(page.get_by_role("heading", name="Snooze this alert?")).to_be_visible()
    assert_accessible(page)
    assert Alert.objects.get(rule="systolic").snoozed_until is None
    page.get_by_role("button", name="Snooze 15 min").click()
    expect(card).to_contain_text("Snoozed, rings again")
    card.get_by_role("link", name="Note or call").click()
    page.get_by_role("radio", name="Call").check()
    page.get_by_label("In words").fill("Dr Vance: labetalol, recheck in 15 min")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert AlertNote.objects.get(kind="call").text == "Dr Vance: labetalol, recheck in 15 min"
    card.get_by_role("link", name="Resolve").click()
    page.get_by_label("What was done").fill("sat up")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#problems")).to_contain_text("The value is not back in range.")
    expect(page.get_by_label("What was done")).to_have_value("sat up")
    assert_accessible(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_an_event_is_recorded_by_one_tap_and_withdrawn_with_a_reason(
    ward: SmallWard, new_page: NewPage, java_script: bool
):
    patient = ward.admit(hours=2)
    ward.chart(patient, minutes_ago=1)
    page = new_page(java_script_enabled=java_script, viewport={"width": 768, "height": 1024})
    sign_in(page, to=f"/admissions/{patient.id}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Record: fall").click()
    events = page.locator("#part-events")
    expect(events).to_contain_text("Fall at ")
    expect(page.locator(".alert-card.red").first).to_contain_text("Red, not seen")
    if java_script:
        assert_accessible(page)
    events.get_by_role("link", name="Recorded by mistake").click()
    page.get_by_label("Why it is withdrawn").fill("Tapped in the wrong bed")
    page.get_by_role("button", name="Withdraw it").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    expect(events).not_to_contain_text("Fall at ")
    expect(page.locator(".alert-card.red")).to_have_count(0)
    assert AdverseEvent.objects.get(withdraws__isnull=False).note == "Tapped in the wrong bed"


def test_an_offered_decrease_names_the_rate_and_is_recorded_by_one_tap(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    ward.chart(patient, sedation="3", minutes_ago=1)
    sign_in(page, to=f"/admissions/{patient.id}/")
    offer = page.get_by_role("button", name="Record: reduced to 0.05 mg/kg/h")
    expect(offer).to_contain_text("reduce at the pump first: 1.7 mL/h")
    offer.click()
    expect(page.locator(".dosenow")).to_contain_text("0.05")
    expect(offer).to_have_count(0)
    assert f"{Course.objects.get(admission_id=patient.id).dose_mg_per_kg_h:.2f}" == "0.05"


def test_without_a_network_an_event_is_said_to_be_not_recorded(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    sign_in(page, to=f"/admissions/{patient.id}/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Record: seizure").click()
    expect(page.get_by_role("alert")).to_contain_text("The event is NOT recorded here.")
    assert not AdverseEvent.objects.exists()
    page.context.set_offline(False)
    page.get_by_role("button", name="Record: seizure").click()
    expect(page.locator("#part-events")).to_contain_text("Seizure at ")
