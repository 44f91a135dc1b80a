"""The bedside: what is open, what is due, and what makes safe in one tap."""

import pytest
from playwright.sync_api import expect

from infusion.models import Course
from monitoring.models import Acknowledgement, Alert
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
