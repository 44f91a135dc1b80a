"""Charting: quick with a thumb, possible with a keyboard or without JavaScript, and never losing what was typed."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from monitoring.models import ObservationSet
from tests.factories import PASSWORD
from tests.functional.a_ward import SmallWard
from tests.functional.conftest import NewPage, assert_accessible, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def patient(ward: SmallWard):
    stay = ward.admit(hours=2)
    ward.chart(stay, minutes_ago=30)
    return stay


def open_chart(page: Page, patient) -> None:
    sign_in(page, to=f"/admissions/{patient.id}/sets/new")
    expect(page.get_by_role("heading", name="OKAFOR, Ngozi")).to_be_visible()


def newest(patient) -> ObservationSet:
    return ObservationSet.objects.filter(admission_id=patient.id).order_by("-id")[0]


def test_a_set_is_charted_with_a_thumb(patient, new_page: NewPage):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_chart(page, patient)
    expect(page.locator("[data-k=respiratory_rate] .l")).to_contain_text("16 · 30 min")
    for digits in ("22", "95"):
        for digit in digits:
            page.get_by_role("button", name=digit, exact=True).tap()
        page.get_by_role("button", name="Next").tap()
    page.locator(".choices .btn", has_text="Air").tap()
    expect(page.locator("#words")).to_contain_text("NEWS2 3 so far")
    page.locator("[data-k=sedation]").tap()
    page.locator(".choices .btn", has_text="Frequently drowsy").tap()
    expect(page.locator("#words")).to_contain_text("Saving raises yellow: POSS 3")
    page.locator("[data-k=temperature]").tap()
    page.get_by_role("button", name="Can't get it").tap()
    page.get_by_role("button", name="Equipment").tap()
    expect(page.locator("[data-k=temperature]")).to_contain_text("not taken: equipment")
    page.get_by_role("button", name="Save").tap()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    saved = newest(patient)
    assert (saved.respiratory_rate, saved.spo2, saved.on_oxygen, saved.sedation) == (22, 95, False, "3")
    assert saved.absent == {"temperature": "equipment"}


def test_the_form_finds_nothing_wrong_with_itself(patient, page: Page):
    open_chart(page, patient)
    assert_accessible(page)
    gloved = page.locator(".tile:visible, .pad .btn, #save").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(gloved) >= 56
    page.locator("[data-k=sedation]").click()
    assert_accessible(page)


def test_a_set_is_charted_with_the_keyboard_alone(patient, page: Page):
    sign_in(page, to=f"/admissions/{patient.id}/")
    page.locator("#chart-a-set").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#respiratory_rate")).to_be_focused()
    for keys in ("16", "Enter", "97", "Enter", " ", "Enter", "84", "Enter", "130", "Enter", "80", "Enter"):
        page.keyboard.press(keys) if len(keys) > 3 or keys == " " else page.keyboard.type(keys)
    expect(page.locator("#group_consciousness")).to_be_visible()
    page.keyboard.press("z")  # asleep, roused easily
    expect(page.locator("[data-k=pain]")).to_contain_text("not taken: asleep")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/admissions/{patient.id}/")
    saved = newest(patient)
    assert (saved.heart_rate, saved.systolic, saved.diastolic) == (84, 130, 80)
    assert (saved.consciousness, saved.sedation, saved.pain, saved.absent["pain"]) == ("A", "S", None, "asleep")
    assert saved.on_oxygen is False


def test_a_set_is_charted_without_javascript(patient, new_page: NewPage):
    page = new_page(java_script_enabled=False)
    open_chart(page, patient)
    page.locator("#respiratory_rate").fill("18")
    page.locator("#spo2").fill("96")
    page.locator("#temperature").fill("36,9")
    page.locator("#group_oxygen").get_by_text("Oxygen, then litres").click()
    page.locator("#oxygen_l_per_min").fill("2")
    page.locator("#group_pain").get_by_text("7", exact=True).click()
    page.get_by_label("Asleep, roused easily").check()
    page.locator("#absent_heart_rate").select_option("equipment")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    saved = newest(patient)
    assert (saved.temperature, saved.oxygen_l_per_min, saved.pain) == (Decimal("36.9"), Decimal("2.0"), 7)
    assert (saved.sedation, saved.absent) == ("S", {"heart_rate": "equipment"})


@pytest.mark.parametrize("java_script", [True, False])
def test_an_impossible_value_is_refused_and_everything_typed_stays(patient, new_page: NewPage, java_script: bool):
    page = new_page(java_script_enabled=java_script)
    open_chart(page, patient)
    page.locator("#spo2").fill("104")
    page.locator("#heart_rate").fill("88")
    page.get_by_role("button", name="Save").click()
    problems = page.locator("#problems")
    expect(problems).to_contain_text("Nothing is saved yet; nothing is lost.")
    expect(problems.get_by_role("link")).to_contain_text("SpO2 104 % is not possible")
    expect(page.locator("#heart_rate")).to_have_value("88")
    expect(page.locator("#spo2")).to_have_attribute("aria-invalid", "true")
    if java_script:
        expect(problems).to_be_focused()
        assert_accessible(page)
    page.locator("#spo2").fill("94")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert (newest(patient).spo2, newest(patient).heart_rate) == (94, 88)


def test_a_rare_value_is_asked_about_once(patient, page: Page):
    open_chart(page, patient)
    page.locator("#heart_rate").fill("220")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Heart rate 220 is right, I checked it").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert (newest(patient).heart_rate, newest(patient).confirmed) == (220, ["heart_rate"])


def test_a_rare_value_that_is_changed_after_it_was_confirmed_is_asked_about_again(patient, page: Page):
    open_chart(page, patient)
    before = ObservationSet.objects.count()
    page.locator("#heart_rate").fill("220")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Heart rate 220 is right, I checked it").check()
    page.locator("#heart_rate").fill("230")
    expect(page.locator(".pick")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Heart rate 230 is right, I checked it")).not_to_be_checked()
    assert ObservationSet.objects.count() == before


def test_a_late_entry_asks_why_in_one_tap(patient, page: Page):
    open_chart(page, patient)
    reasons = page.get_by_role("group", name="Charted more than 30 min after it was seen")
    expect(reasons).to_be_hidden()
    typed = page.locator("#observed_at").input_value()
    page.locator("#observed_at").fill(f"{typed[:11]}{(int(typed[11:13]) - 1) % 24:02d}{typed[13:]}")
    page.locator("#heart_rate").fill("80")
    expect(reasons).to_be_visible()
    reasons.get_by_label("Emergency on the ward").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert newest(patient).late_reason == "Emergency on the ward"
    expect(page.locator(".flow .tag-late")).to_contain_text("late")


def test_a_double_tap_on_save_is_one_set(patient, page: Page):
    open_chart(page, patient)
    before = ObservationSet.objects.count()
    page.locator("#heart_rate").fill("80")
    page.get_by_role("button", name="Save").dblclick()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert ObservationSet.objects.count() == before + 1


def test_a_dead_network_keeps_what_was_typed(patient, page: Page):
    open_chart(page, patient)
    page.locator("#heart_rate").fill("81")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#kept")).to_contain_text("Not saved: Plateau does not answer.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert newest(patient).heart_rate == 81


def test_an_ended_session_keeps_what_was_typed_until_somebody_signs_in_again(patient, page: Page):
    open_chart(page, patient)
    page.locator("#heart_rate").fill("82")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#kept")).to_contain_text("Your sign-in has ended; nothing is saved yet.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again in a new tab").click()
    tab = opened.value
    tab.get_by_label("Name").fill("nurse1")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/wards/**")
    expect(page.locator("#heart_rate")).to_have_value("82")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert newest(patient).heart_rate == 82


def test_recording_a_stop_costs_nothing_of_what_was_typed(patient, page: Page):
    open_chart(page, patient)
    page.locator("#heart_rate").fill("83")
    page.get_by_role("button", name="Record stop").click()
    expect(page.locator("#kept")).to_contain_text("The stop is recorded.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    assert newest(patient).heart_rate == 83


def test_a_correction_gives_its_reason_and_strikes_the_old_value_through(patient, ward: SmallWard, page: Page):
    wrong = ward.chart(patient, systolic=184, diastolic=86, minutes_ago=5)
    sign_in(page, to=f"/admissions/{patient.id}/")
    page.locator(f"#correct-{wrong.pk}").click()
    expect(page.locator("#systolic")).to_have_value("184")
    page.locator("#systolic").fill("148")
    page.get_by_role("button", name="Save correction").click()
    expect(page.locator("#problems")).to_contain_text("Say why the set is corrected.")
    page.get_by_label("Why it is corrected").fill("Typed the wrong digit")
    page.get_by_role("button", name="Save correction").click()
    page.wait_for_url(f"**/admissions/{patient.id}/")
    cell = page.locator(".flow td", has_text="148/86")
    expect(cell.locator("s")).to_contain_text("184/86")
    expect(page.locator("#corrections")).to_contain_text("1 corrected")
    assert newest(patient).corrects_id == wrong.pk
