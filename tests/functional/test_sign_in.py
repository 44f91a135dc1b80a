"""Coming in and going out."""

import pytest
from playwright.sync_api import Page, expect

from accounts.roles import Role
from tests.factories import person
from tests.functional.a_ward import SmallWard
from tests.functional.conftest import assert_accessible, sign_in

pytestmark = pytest.mark.browser


def test_a_stranger_signs_in_and_arrives_where_they_were_going(ward: SmallWard, page: Page):
    patient = ward.admit()
    sign_in(page, to=f"/admissions/{patient.id}/")
    expect(page.get_by_role("heading", name="OKAFOR, Ngozi")).to_be_visible()


def test_a_wrong_password_says_so_and_keeps_the_name(ward: SmallWard, page: Page):
    page.goto("/accounts/sign-in/")
    page.get_by_label("Name").fill("nurse1")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="password")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("nurse1")
    assert_accessible(page)


def test_signing_out_closes_the_ward(ward: SmallWard, page: Page):
    ward.admit()
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"/wards/{ward.ward.pk}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_works_on_no_ward_is_told_so(ward: SmallWard, page: Page):
    person(Role.ADMINISTRATOR, name="admin1")
    sign_in(page, "admin1")
    expect(page.get_by_role("heading", name="No ward to show")).to_be_visible()
    assert_accessible(page)


def test_another_wards_patient_is_refused_in_the_same_look(ward: SmallWard, page: Page):
    patient = ward.admit()
    person(Role.NURSE, name="stranger1")
    sign_in(page, "stranger1", to=f"/admissions/{patient.id}/")
    expect(page.get_by_role("heading", name="There is no such patient on your wards.")).to_be_visible()
    expect(page.get_by_text("The bedside monitor is primary.")).to_be_visible()
    assert_accessible(page)


def test_the_night_is_one_tap_and_stays(ward: SmallWard, page: Page):
    sign_in(page)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Night").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
