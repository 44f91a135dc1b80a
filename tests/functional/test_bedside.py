"""The bedside: what is open, what is due, and what makes safe in one tap."""

import pytest
from playwright.sync_api import Page, expect

from infusion.models import Course
from monitoring.models import Acknowledgement, Alert
from patients.models import Patient
from tests.factories import PASSWORD
from tests.functional.a_ward import SmallWard
from tests.functional.conftest import NewPage, assert_accessible, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("java_script", [True, False])
def test_a_red_alert_is_acknowledged_in_one_tap(ward: SmallWard, new_page: NewPage, java_script: bool):
    patient = ward.admit(hours=2)
    ward.chart(patient, heart_rate=150, minutes_ago=1)
    page = new_page(java_script_enabled=java_script)
    sign_in(page, to=f"/admissions/{patient.id}/")
    card = page.locator(".alert-card.red")
    expect(card).to_contain_text("Red, not seen")
    card.get_by_role("button", name="I am with the patient").click()
    expect(card).to_contain_text("Red, seen by nurse1")
    expect(card.get_by_role("button")).to_have_count(0)
    assert Acknowledgement.objects.get(alert__rule="heart_rate").with_patient


def test_what_rang_again_since_the_page_showed_it_is_not_acknowledged_unseen(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    ward.chart(patient, heart_rate=135, minutes_ago=2)
    page = new_page(java_script_enabled=False)
    sign_in(page, to=f"/admissions/{patient.id}/")
    ward.chart(patient, heart_rate=150)
    page.locator(".alert-card.red").get_by_role("button", name="I have seen it").click()
    expect(page.locator(".alert-card.red")).to_contain_text("Red, not seen")
    assert Alert.objects.get(rule="heart_rate").acknowledged_at is None


def test_a_stop_is_recorded_in_one_tap_that_says_to_stop_at_the_pump_first(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    page = new_page()
    sign_in(page, to=f"/admissions/{patient.id}/")
    stop = page.get_by_role("button", name="Record stop")
    expect(stop).to_contain_text("stop at the pump first")
    stop.click()
    expect(page.get_by_text("Plateau does not drive the pump: it must be stopped there.")).to_be_visible()
    expect(stop).to_have_count(0)
    assert Course.objects.get(admission_id=patient.id).state == "stopped"


def test_without_a_network_the_page_stays_and_says_what_is_not_recorded(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    ward.chart(patient, heart_rate=150, minutes_ago=1)
    sign_in(page, to=f"/admissions/{patient.id}/")
    expect(page.locator(".live")).to_contain_text("Live")
    page.context.set_offline(True)
    expect(page.locator(".live")).to_contain_text("Not live since")
    page.get_by_role("button", name="Record stop").click()
    expect(page.get_by_role("alert")).to_contain_text("The stop is NOT recorded here.")
    assert_accessible(page)
    page.get_by_role("button", name="I have seen it").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Not recorded that you have seen it.")
    page.context.set_offline(False)
    expect(page.locator(".live")).to_contain_text("Live")
    page.get_by_role("button", name="I have seen it").first.click()
    expect(page.locator(".alert-card.red")).to_contain_text("Red, seen by nurse1")
    expect(page.locator("#unrecorded")).to_be_hidden()
    page.get_by_role("button", name="Record stop").click()
    expect(page.get_by_text("Stop recorded for")).to_be_visible()


def test_a_stop_after_the_sign_in_ended_is_said_to_be_not_recorded(ward: SmallWard, page: Page):
    patient = ward.admit(hours=2)
    sign_in(page, to=f"/admissions/{patient.id}/")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers) as poll:  # as the stream opens
        page.reload()
    poll.value.finished()
    page.context.clear_cookies()
    page.get_by_role("button", name="Record stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Your sign-in has ended.")
    assert Course.objects.get(admission_id=patient.id).state == "running"
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("Name").fill("nurse1")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")


@pytest.mark.parametrize("page_of", ["", "sets/new"])
def test_a_long_name_leaves_the_stop_on_a_phones_screen(ward: SmallWard, new_page: NewPage, page_of: str):
    patient = ward.admit(hours=2)
    Patient.objects.filter(pk=patient.admission.patient_id).update(
        family_name="Wolfeschlegelsteinhausenbergerdorff-Papadimitrakopoulou", given_name="Maria Magdalena"
    )
    page = new_page(viewport={"width": 390, "height": 844})
    sign_in(page, to=f"/admissions/{patient.id}/{page_of}")
    expect(page.get_by_role("button", name="Record stop")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_bedside_follows_what_others_chart(ward: SmallWard, new_page: NewPage):
    patient = ward.admit(hours=2)
    ward.chart(patient, minutes_ago=20)
    page = new_page()
    sign_in(page, to=f"/admissions/{patient.id}/")
    expect(page.locator(".live")).to_contain_text("Live")
    expect(page.locator(".flow thead th")).to_have_count(2)
    ward.chart(patient, psychotomimetic=2, minutes_ago=0)
    expect(page.locator(".flow thead th")).to_have_count(3)
    expect(page.locator(".alert-card.yellow")).to_contain_text("Yellow, not seen")
    assert_accessible(page)
